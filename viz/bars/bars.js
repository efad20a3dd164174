// Bars of the next token, or of what fits a blank, worked out here from all the logits. Names go through textContent, so
// none becomes markup.

import { floats, framed } from '../browser/bytes.js';
import { keepInAddress } from '../browser/choices.js';
import { element } from '../browser/dom.js';
import { chances, entropy, rank, total } from './distribution.js';
import { buildKnobs, drawKnobs, listenToKnobs, setRanges } from './knobs.js';
import { bits, count, percent, whole } from './numbers.js';

const REPORT_AFTER = 300; // ms without a change before the server hears of the settings
const WRITE_AFTER = 450; // ms between two tokens that are written one after another
const RUN = 10; // tokens in such a run

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.host ?? parentElement;
  const state = (host.bars ??= { settings: null, asked: null, answered: null, remaining: 0, all: false });
  const [header, body] = framed(data);
  const logits = floats(body);
  const { controls } = header;
  const ranked = rank(logits);
  if (state.asked !== controls.asked) {
    state.asked = controls.asked;
    state.settings = { temperature: controls.temperature, top_k: controls.top_k, top_p: controls.top_p };
  }
  state.settings.top_k = Math.min(state.settings.top_k, logits.length);
  state.report = () => setTriggerValue('settings', { ...state.settings });
  state.act = (kind, id) => {
    clearTimeout(state.reporting);
    state.waiting = true;
    view.enable();
    setTriggerValue('act', { ...state.settings, kind, id: id ?? null });
  };

  const answered = state.answered !== controls.answered;
  state.answered = controls.answered;
  state.waiting &&= !answered;
  state.claim?.leave();
  state.claim = keepInAddress(['listed'], { adopt: () => { readListed(state); state.listAnew(); } });
  readListed(state);
  const view = build(parentElement, header, ranked, state);
  const compute = () => view.draw(chances(logits, ranked, state.settings));
  view.listen(compute);
  compute();
  clearTimeout(state.writing);
  if (controls.stopped && !state.waiting) state.remaining = 0;
  if (state.remaining > 0) {
    state.writing = setTimeout(() => { state.remaining -= 1; state.act('sampled'); }, WRITE_AFTER);
  }
  view.enable();
  return () => { clearTimeout(state.writing); state.remaining = 0; state.claim.leave(); };
}

// Whether all candidates that have a name are listed, or only the first.
function readListed(state) {
  state.all = state.claim.values().listed === 'all';
  if (!state.all) state.claim.keep({ listed: null });
}

function build(parent, header, ranked, state) {
  // The controls stay as they are, so that a slider under somebody's finger is not taken away.
  const old = parent.querySelector('.bars');
  const root = old ?? element('div', 'bars', parent);
  if (!old) {
    const knobs = element('div', 'knobs', root);
    state.knobs = buildKnobs(knobs);
    const actions = element('div', 'actions', root);
    state.buttons = Array.from({ length: 4 }, () => element('button', '', actions, '', { type: 'button' }));
    state.note = element('p', 'note', actions, '', { 'aria-live': 'polite' });
    state.table = element('table', '', root, undefined, { role: 'table' });
  }
  setRanges(state, header, ranked.length);
  state.note.textContent = header.controls.note;
  const rows = buildRows(header, ranked, state);
  return {
    draw: (now) => { drawKnobs(state, now, ranked.length); drawRows(rows, now, state, ranked.length); },
    listen: (compute) => listen(header, ranked, state, rows, compute),
    enable: () => drawActions(header, ranked, state),
  };
}

// The buttons stay too, and with them the keyboard's focus: one that waits is marked as disabled and does nothing.
function drawActions(header, ranked, state) {
  const free = !state.waiting && state.remaining === 0;
  const running = state.remaining > 0;
  const best = header.candidates.find(({ id }) => id === ranked[0])?.name ?? `token ${ranked[0]}`;
  const { wording } = header;
  const actions = [
    [`${wording.likeliest}: ${best}`, free, () => state.act('likeliest')],
    [wording.draw, free, () => state.act('sampled')],
    [running ? `Stop (${state.remaining} to go)` : `Draw ${RUN}`, running || free, () => {
      clearTimeout(state.writing);
      state.remaining = running ? 0 : RUN - 1;
      if (!running) state.act('sampled');
      drawActions(header, ranked, state);
    }],
    ['Take back', free && header.controls.can_undo, () => state.act('undo')],
  ];
  actions.forEach(([text, allowed, act], place) => {
    const button = state.buttons[place];
    button.textContent = text;
    button.setAttribute('aria-disabled', String(!allowed));
    button.onclick = allowed ? act : null;
  });
  state.buttons[2].hidden = !wording.draws_on;
}

const COLUMNS = [
  ['own', 'The model’s own'],
  ['tempered', 'Tempered'],
  ['filtered', 'Filtered'],
];

function buildRows(header, ranked, state) {
  const byId = new Map(header.candidates.map((each) => [each.id, each]));
  const names = () => [...state.table.querySelectorAll('.name')];
  const focused = names().indexOf(state.table.getRootNode().activeElement);
  state.table.replaceChildren();
  const head = line(element('thead', '', state.table, undefined, { role: 'rowgroup' }), 'head');
  const first = element('th', '', head, header.wording.column, { role: 'columnheader', scope: 'col' });
  const most = Math.min(header.candidates.length, ranked.length);
  const more = element('button', 'more', first, state.all ? `only ${header.shown}` : `show ${most}`, { type: 'button' });
  const heads = COLUMNS.map(([, title]) => {
    const cell = element('th', '', head, undefined, { role: 'columnheader', scope: 'col' });
    element('span', '', cell, title);
    return element('small', '', cell);
  });
  const body = element('tbody', '', state.table, undefined, { role: 'rowgroup' });
  const n = Math.min(state.all ? header.candidates.length : header.shown, ranked.length);
  const marked = header.marked && { ...header.marked, place: ranked.indexOf(header.marked.candidate.id) };
  const places = Array.from({ length: n }, (_, place) => place);
  if (marked && marked.place >= n) places.push(marked.place);
  const rows = places.map((place) => {
    const id = ranked[place];
    const known = place === marked?.place ? marked.candidate : byId.get(id) ?? { name: `token ${id}`, kind: 'part' };
    const row = line(body, place === marked?.place ? `marked${place >= n ? ' apart' : ''}` : '');
    const cell = element('th', '', row, undefined, { role: 'rowheader', scope: 'row' });
    const name = element('button', `name ${known.kind}`, cell, undefined, {
      type: 'button', title: `token ${id}: ${header.wording.click}`, 'data-id': id, dir: 'auto',
    });
    element('bdi', '', name, known.name);
    if (place === marked?.place) element('small', '', cell, `${marked.word}, ${marked.rank}`);
    return { row, place, cells: COLUMNS.map(() => bar(row)) };
  });
  const cut = line(body, 'cut');
  const cutText = element('td', '', cut, '', { role: 'cell', colspan: 4 });
  const rest = line(body, 'rest');
  const restName = element('th', '', rest, undefined, { role: 'rowheader', scope: 'row' });
  element('span', '', restName, 'everything else');
  element('small', '', restName, ` ${whole(ranked.length - rows.length)}`);
  const restCells = COLUMNS.map(() => bar(rest));
  const sum = line(element('tfoot', '', state.table, undefined, { role: 'rowgroup' }), 'sum');
  element('th', '', sum, 'together', { role: 'rowheader', scope: 'row' });
  const sums = COLUMNS.map(() => element('td', '', sum, undefined, { role: 'cell' }));
  names()[focused]?.focus({ preventScroll: true });
  return { rows, shown: new Set(places), heads, body, cut, cutText, rest, restCells, sums, more };
}

const line = (parent, className) => element('tr', className, parent, undefined, { role: 'row' });

function bar(row) {
  const cell = element('td', '', row, undefined, { role: 'cell' });
  const track = element('span', 'track', cell, undefined, { 'aria-hidden': 'true' });
  return { cell, fill: element('i', '', track), amount: element('span', 'amount', cell) };
}

function fill({ cell, fill, amount }, share, dropped) {
  cell.classList.toggle('dropped', dropped);
  fill.style.width = `${100 * share}%`;
  amount.textContent = dropped ? 'dropped' : percent(share);
  cell.title = dropped ? 'dropped by the filters' : `probability ${share}`;
}

function drawRows(rows, now, state, n) {
  const { settings } = state;
  rows.rows.forEach(({ row, place, cells }) => {
    row.classList.toggle('out', place >= now.kept);
    COLUMNS.forEach(([column], i) => fill(cells[i], now[column][place], column === 'filtered' && place >= now.kept));
  });
  COLUMNS.forEach(([column], i) => {
    const shown = total(rows.rows.map(({ place }) => now[column][place]));
    // Not 1 less what is shown: rounding would leave a crumb, perhaps below 0.
    const rest = now[column].reduce((sum, share, place) => (rows.shown.has(place) ? sum : sum + share), 0);
    const keptShown = rows.rows.filter(({ place }) => place < now.kept).length;
    fill(rows.restCells[i], rest, column === 'filtered' && keptShown === now.kept && rows.rows.length < n);
    rows.sums[i].textContent = percent(shown + rest);
  });
  const limits = `of ${Math.log2(n).toFixed(2)}`;
  rows.heads[0].textContent = `entropy ${entropy(now.own).toFixed(2)} ${limits} bits`;
  rows.heads[1].textContent = `${settings.temperature === 0 ? 'temperature 0' : `logits ÷ ${settings.temperature}`} · entropy ${bits(entropy(now.tempered))}`;
  rows.heads[2].textContent = `${now.kept === n ? 'all' : whole(now.kept)} kept · entropy ${entropy(now.filtered).toFixed(2)} of ${Math.log2(now.kept).toFixed(2)} bits`;
  drawCut(rows, now, settings, n);
}

function drawCut(rows, now, settings, n) {
  const gone = n - now.kept;
  rows.cut.hidden = gone === 0;
  const by = settings.temperature === 0 ? 'temperature 0'
    : [settings.top_k && now.afterTopK < n ? `top-k ${settings.top_k}` : '', now.kept < now.afterTopK ? `top-p ${settings.top_p}` : '']
      .filter(Boolean).join(' and ');
  const keptShown = rows.rows.filter(({ place }) => place < now.kept).length;
  const inside = now.kept > keptShown ? `${whole(now.kept - keptShown)} more are kept, then ` : '';
  rows.cutText.textContent = `${inside}${by} cuts here: drops ${count(gone)}, ${percent(now.byTopK + now.byTopP)}`;
  const next = rows.rows.find(({ place }) => place >= now.kept)?.row ?? rows.rest;
  if (rows.cut.nextSibling !== next) next.before(rows.cut);
}

function listen(header, ranked, state, rows, compute) {
  const n = ranked.length;
  const change = (name, value) => {
    state.settings[name] = value;
    compute();
    clearTimeout(state.reporting);
    state.reporting = setTimeout(() => state.report(), REPORT_AFTER);
  };
  listenToKnobs(state, header, n, change);
  rows.body.querySelectorAll('.name').forEach((button) => {
    button.addEventListener('click', () => {
      if (!state.waiting && state.remaining === 0) state.act('token', Number(button.dataset.id));
    });
  });
  state.listAnew = () => {
    Object.assign(rows, buildRows(header, ranked, state));
    listen(header, ranked, state, rows, compute);
    compute();
  };
  rows.more.addEventListener('click', () => {
    state.all = !state.all;
    state.claim.keep({ listed: state.all ? 'all' : null });
    state.listAnew();
    rows.more.focus();
  });
}
