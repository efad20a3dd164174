// Bars of the next token, or of what fits a blank, worked out here from all the logits. Names go through textContent, so none becomes markup.

const REPORT_AFTER = 300; // ms without a change before the server hears of the settings
const WRITE_AFTER = 450; // ms between two tokens that are written one after another
const RUN = 10; // tokens in such a run
const KS = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000, 50000];

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.host ?? parentElement;
  const state = (host.bars ??= { settings: null, asked: null, answered: null, remaining: 0, all: false });
  const { header, logits } = unpack(data);
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
  return () => { clearTimeout(state.writing); state.remaining = 0; };
}

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, logits: new Float32Array(bytes.slice(4 + length).buffer) };
}

// ---- The arithmetic of model/science/distribution.py, in doubles.

const rank = (logits) => Uint32Array.from(logits, (_, id) => id).sort((a, b) => logits[b] - logits[a] || a - b);

const total = (values) => values.reduce((sum, value) => sum + value, 0);

// Both in the order of `ranked`: what is kept is a beginning, so filters only say how long.
function softmax(logits, ranked, temperature) {
  if (temperature === 0) return Float64Array.from(ranked, (_, place) => (place === 0 ? 1 : 0));
  const most = logits[ranked[0]];
  const shares = Float64Array.from(ranked, (id) => Math.exp((logits[id] - most) / temperature));
  const sum = total(shares);
  return shares.map((share) => share / sum);
}

function countTopK(logits, ranked, k) {
  if (k === 0 || k >= ranked.length) return ranked.length;
  let count = k;
  while (count < ranked.length && logits[ranked[count]] === logits[ranked[k - 1]]) count += 1;
  return count;
}

// The sum runs up from the unlikeliest, as in transformers.
function countTopP(shares, p) {
  if (p === 1) return shares.length;
  let sum = 0;
  for (let place = shares.length - 1; place > 0; place--) {
    sum += shares[place];
    if (sum > 1 - p) return place + 1;
  }
  return 1;
}

function entropy(shares) {
  return shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log2(share) : sum), 0);
}

function chances(logits, ranked, { temperature, top_k, top_p }) {
  const own = softmax(logits, ranked, 1);
  const tempered = softmax(logits, ranked, temperature);
  const afterTopK = temperature === 0 ? 1 : countTopK(logits, ranked, top_k);
  const left = tempered.subarray(0, afterTopK);
  const leftSum = total(left);
  const kept = countTopP(left.map((share) => share / leftSum), top_p);
  const keptSum = total(tempered.subarray(0, kept));
  const filtered = tempered.map((share, place) => (place < kept ? share / keptSum : 0));
  return {
    own, tempered, filtered, afterTopK, kept,
    byTopK: total(tempered.subarray(afterTopK)),
    byTopP: total(tempered.subarray(kept, afterTopK)),
  };
}

// ---- The page.

function element(name, className, parent, text, attributes = {}) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

const whole = (number) => number.toLocaleString('en-GB');
const percent = (share) => (share > 0 && share < 0.00005 ? '<0.01 %' : `${(100 * share).toFixed(2)} %`);
const bits = (number) => `${number.toFixed(2)} bits`;
const count = (number) => `${whole(number)} token${number === 1 ? '' : 's'}`;

function build(parent, header, ranked, state) {
  // The controls stay as they are, so that a slider under somebody's finger is not taken away.
  const old = parent.querySelector('.bars');
  const root = old ?? element('div', 'bars', parent);
  if (!old) {
    const knobs = element('div', 'knobs', root);
    state.knobs = KNOBS.map((knob) => buildKnob(knob, knobs));
    const actions = element('div', 'actions', root);
    state.buttons = Array.from({ length: 4 }, () => element('button', '', actions, '', { type: 'button' }));
    state.note = element('p', 'note', actions, '', { 'aria-live': 'polite' });
    state.table = element('table', '', root, undefined, { role: 'table' });
  }
  state.knobs.forEach(({ knob, slider, box }) => {
    [box.min, box.max] = knob.range(header, ranked.length);
    [slider.min, slider.max] = (knob.sliderRange ?? knob.range)(header, ranked.length);
  });
  state.note.textContent = header.controls.note;
  const rows = buildRows(header, ranked, state);
  return {
    draw: (now) => { drawKnobs(state, now, ranked.length); drawRows(rows, now, state, ranked.length); },
    listen: (compute) => listen(header, ranked, state, rows, compute),
    enable: () => drawActions(header, ranked, state),
  };
}

// top-k runs over rounded numbers with "all" (0) at the right end; the box beside it takes any number.
const kSteps = (n) => [...KS.filter((k) => k < n), 0];
const KNOBS = [
  {
    name: 'temperature', title: 'Temperature', step: 0.05,
    range: (header) => [0, header.controls.most_temperature],
    toSlider: (value) => value, fromSlider: (value) => value,
    says: (settings) => settings.temperature === 0 ? 'only the likeliest token is left'
      : settings.temperature === 1 ? 'as the model says'
      : settings.temperature < 1 ? 'the favourite gains' : 'the choices draw level',
  },
  {
    name: 'top_k', title: 'Top-k', step: 1, whole: true,
    range: (_, n) => [0, n],
    toSlider: (k, n) => {
      const steps = kSteps(n);
      const place = steps.findIndex((step) => step >= k);
      return k === 0 || place < 0 ? steps.length - 1 : place;
    },
    fromSlider: (place, n) => kSteps(n)[place],
    sliderRange: (_, n) => [0, kSteps(n).length - 1],
    says: (settings, now) => settings.top_k === 0 ? '0: off, all are kept'
      : `keeps ${whole(now.afterTopK)}, drops ${percent(now.byTopK)}`,
  },
  {
    name: 'top_p', title: 'Top-p', step: 0.01,
    range: () => [0, 1],
    toSlider: (value) => value, fromSlider: (value) => value,
    says: (settings, now) => settings.top_p === 1 ? '1: off, all are kept'
      : `keeps ${whole(now.kept)}, drops ${percent(now.byTopP)}${settings.top_k ? ' more' : ''}`,
  },
];

function buildKnob(knob, parent) {
  const root = element('div', 'knob', parent);
  const label = element('label', '', root);
  element('span', 'title', label, knob.title);
  const slider = element('input', '', label, undefined, { type: 'range', step: knob.step });
  const box = element('input', '', root, undefined, { type: 'number', step: 'any', 'aria-label': `${knob.title}, exactly` });
  const effect = element('p', '', root);
  return { knob, slider, box, effect };
}

function drawKnobs(state, now, n) {
  state.knobs.forEach(({ knob, slider, box, effect }) => {
    const value = state.settings[knob.name];
    slider.value = knob.toSlider(value, n);
    slider.setAttribute('aria-valuetext', knob.name === 'top_k' && value === 0 ? 'all' : String(value));
    if (box.getRootNode().activeElement !== box) box.value = String(value);
    effect.textContent = knob.says(state.settings, now);
  });
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
  state.knobs.forEach(({ knob, slider, box }) => {
    slider.oninput = () => change(knob.name, knob.fromSlider(Number(slider.value), n));
    box.oninput = () => {
      const [low, high] = knob.range(header, n);
      const value = box.value === '' ? NaN : Number(box.value);
      const fits = value >= low && value <= high && (!knob.whole || Number.isInteger(value));
      box.setAttribute('aria-invalid', String(!fits));
      if (fits) change(knob.name, value);
    };
    box.onblur = () => { box.value = String(state.settings[knob.name]); box.setAttribute('aria-invalid', 'false'); };
  });
  rows.body.querySelectorAll('.name').forEach((button) => {
    button.addEventListener('click', () => {
      if (!state.waiting && state.remaining === 0) state.act('token', Number(button.dataset.id));
    });
  });
  rows.more.addEventListener('click', () => {
    state.all = !state.all;
    const again = buildRows(header, ranked, state);
    Object.assign(rows, again);
    listen(header, ranked, state, rows, compute);
    compute();
    rows.more.focus();
  });
}
