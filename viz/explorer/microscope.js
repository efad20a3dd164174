// How one weight came about, number by number: query and key, their products and sum, scale, position, mask, softmax
// over the row, and the values that the weights mix. The vectors of a head are fetched once, then kept.

import { sized } from '../browser/axes.js';
import { at, css } from '../browser/colour.js';
import { arrowSteps, clamp, element } from '../browser/dom.js';
import { button } from './fields.js';
import { headName } from './grid.js';
import { headInts, seenCells, UNIT } from './unpacking.js';

const SECONDS = 1.6; // a stage, when played
const STAGES = ['The two vectors', 'Multiply and add', 'Scale', 'Position', 'Mask', 'Softmax over the row', 'Mix the values'];
export const N_STAGES = STAGES.length;
const POSITION_WORDS = {
  learned: 'Nothing is added here: in this model the place of a token is part of its vector from the first layer on.',
  sinusoidal: 'Nothing is added here: in this model the place of a token is part of its vector from the first layer on.',
  rotary: 'This model turned the query and the key by an angle that grows with their places before they were multiplied: the vectors above are the turned ones.',
  none: 'This model adds nothing for the place here.',
};

const number = (value, digits = 3) => value.toFixed(digits).replace('-', '−');

// All the numbers of one weight, in float64 from the float32 vectors.
function computed(vectors, seen, width, row, column) {
  const d = vectors.d;
  const query = vectors.query.subarray(row * d, (row + 1) * d);
  const keyOf = (key) => vectors.key.subarray(key * d, (key + 1) * d);
  const dot = (key) => keyOf(key).reduce((sum, each, i) => sum + each * query[i], 0);
  const biasOf = (key) => (vectors.bias ? vectors.bias[row * width + key] : 0);
  const scores = Array.from({ length: width }, (_, key) => (seen[row * width + key] ? dot(key) * vectors.scale + biasOf(key) : null));
  const largest = Math.max(...scores.filter((each) => each !== null));
  const exponentials = scores.map((each) => (each === null ? 0 : Math.exp(each - largest)));
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  const weights = exponentials.map((each) => each / total);
  const output = new Float64Array(d);
  weights.forEach((weight, key) => { for (let i = 0; i < d; i++) output[i] += weight * vectors.value[key * d + i]; });
  const key = keyOf(column);
  return {
    query, key, products: key.map((each, i) => each * query[i]), dot: dot(column), bias: biasOf(column), scores, largest,
    exponentials, total, weights, value: vectors.value.subarray(column * d, (column + 1) * d), output,
  };
}

export function makeMicroscope(app, parent, part) {
  const root = element('div', 'microscope', parent);
  const heading = element('h4', '', root);
  const bar = element('div', 'bar', root);
  const back = button('', bar, '◀', () => go(app.state.stage - 1));
  const play = button('', bar, '▶ Play', () => (timer ? stop() : start()));
  const next = button('', bar, '▶|', () => go(app.state.stage + 1));
  back.setAttribute('aria-label', 'One stage back');
  next.setAttribute('aria-label', 'One stage on');
  const scrub = element('input', '', bar);
  Object.assign(scrub, { type: 'range', min: 0, max: N_STAGES - 1, step: 1 });
  scrub.setAttribute('aria-label', 'Stage');
  scrub.addEventListener('input', () => go(Number(scrub.value)));
  const where = element('span', 'muted', bar);
  const stages = element('ol', 'stages', root);
  root.addEventListener('keydown', (event) => {
    const step = arrowSteps[event.key]?.[1];
    if (!step || event.target === scrub || event.target.closest?.('canvas')) return;
    event.preventDefault();
    go(app.state.stage + step);
  });
  let timer = null;
  let drawn = '';

  function go(stage) {
    if (stage < 0 || stage >= N_STAGES) return stop();
    app.state.stage = stage;
    app.change('microscope');
    return undefined;
  }
  function start() {
    if (app.state.stage === N_STAGES - 1) app.state.stage = 0;
    timer = setInterval(() => (app.state.stage < N_STAGES - 1 ? go(app.state.stage + 1) : stop()), SECONDS * 1000);
    play.textContent = '❚❚ Pause';
    app.change('microscope');
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = '▶ Play';
  }

  const cell = () => {
    const pin = [...app.state.pins].reverse().find(([row, column]) => row !== null && column !== null);
    return pin ?? [part.height - 1, Math.min(part.width - 1, part.sameText ? Math.max(0, part.height - 2) : 0)];
  };

  // Asks for the vectors of the chosen head, once; returns why that cannot be, if so.
  function ask() {
    const { layer, head } = app.state;
    const problem = app.problemOf(part, 'vectors');
    if (!problem && !part.vectors.has(`${layer}.${head}`)) app.fetch(part, { what: 'vectors', layer, head });
    return problem;
  }

  function draw() {
    const head = [app.state.layer, app.state.head];
    const [row, column] = cell();
    const vectors = part.vectors.get(head.join('.'));
    heading.textContent = `${headName(head)}: how query ${row} “${part.queries[row]}” comes to read key ${column} “${part.keys[column]}”`;
    if (!vectors) {
      const problem = ask();
      stages.replaceChildren(element('li', 'note', null, problem || 'The vectors of this head are on their way …'));
      drawn = '';
      return;
    }
    const key = [head, row, column, app.palette.background, root.clientWidth].join();
    if (drawn !== key) {
      drawn = key;
      stages.replaceChildren(...build(vectors, head, row, column));
    }
    [...stages.children].forEach((each, index) => {
      each.hidden = index > app.state.stage;
      each.classList.toggle('now', index === app.state.stage);
    });
    if (app.state.stage > 0) stages.children[app.state.stage].scrollIntoView?.({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }

  function build(vectors, head, row, column) {
    const seen = seenCells(part, head[0]);
    const c = computed(vectors, seen, part.width, row, column);
    const { scale, d } = vectors;
    const shown = headInts(part, head)?.[row * part.width + column];
    const open = c.scores[column] !== null;
    const plain = c.dot * scale;
    const stripes = (list) => stripeTable(app, root.clientWidth || 320, list);
    return [
      stage(0, `${d} numbers each: what “${part.queries[row]}” asks for and what “${part.keys[column]}” offers.`,
        stripes([['query', c.query, app.palette.query], ['key', c.key, app.palette.key]])),
      stage(1, `Each number of the query times the one of the key below it. All ${d} products added: `,
        stripes([['product', c.products, app.palette.text]]), number(c.dot)),
      stage(2, Math.abs(scale - 1) < 1e-9 ? 'This model does not scale: ' : `Times ${number(scale, 4)}${Math.abs(scale - 1 / Math.sqrt(d)) < 1e-6 ? ` (1 divided by the square root of ${d})` : ''}, so that long vectors do not give extreme scores: ${number(c.dot)} × ${number(scale, 4)} = `,
        null, number(plain)),
      stage(3, vectors.bias ? `This model adds a number for how far apart the two are: ${number(plain)} + ${number(c.bias)} = ` : POSITION_WORDS[vectors.scheme] ?? 'Nothing is added here.',
        null, vectors.bias ? number(plain + c.bias) : ''),
      stage(4, open ? `The query may read this key, so the score stays: ${number(c.scores[column])}. It may read ${c.scores.filter((each) => each !== null).length} of ${part.width} keys.`
        : 'The mask hides this key from this query: its score becomes minus infinity and its weight 0.'),
      stage(5, open ? `e to the power of each score, divided by the sum over the row: ${number(c.exponentials[column])} ÷ ${number(c.total)} = ` : 'Softmax shares 1 among the keys that may be read; this one gets ',
        rowTable(app, part, c, column), number(c.weights[column]), shown === undefined ? '' : ` (on the map: ${number(shown / UNIT)})`),
      stage(6, `The value of “${part.keys[column]}”, ${number(c.weights[column])} of it, and the sum over all keys: what this head hands on for “${part.queries[row]}”.`,
        stripes([['value', c.value, app.palette.value], ['× weight', c.value.map((each) => each * c.weights[column]), app.palette.value], ['sum of all', c.output, app.palette.text]])),
    ];
  }

  return {
    root, ask,
    update(flags) {
      if (app.state.view !== 'microscope') return stop();
      if (!['microscope', 'view', 'matrix', 'focus', 'grid', 'answer'].some((flag) => flags.has(flag))) return undefined;
      scrub.value = app.state.stage;
      where.textContent = `${app.state.stage + 1} of ${N_STAGES}`;
      draw();
      return undefined;
    },
  };
}

function stage(index, text, content = null, result = '', after = '') {
  const root = element('li', 'stage');
  element('b', '', root, `${STAGES[index]}. `);
  element('span', '', root, text);
  if (result) element('strong', 'result', root, result);
  if (after) element('span', '', root, after);
  if (content) root.append(content);
  return root;
}

// Vectors as rows of coloured cells, all on one scale; the pointer or the arrow keys read a place in each.
function stripeTable(app, room, list) {
  const root = element('div', 'stripes');
  const most = Math.max(1e-9, ...list.flatMap(([, values]) => [...values].map(Math.abs)));
  const d = list[0][1].length;
  const width = Math.max(120, Math.min(room - (room < 420 ? 36 : 140), 12 * d)); // beside its name, or below it
  const readout = element('p', 'note', null, `Blue below 0, orange above; the strongest colour is ±${number(most, 2)}. Point at a place to read it.`);
  for (const [name, values, colour] of list) {
    const line = element('div', 'stripe', root);
    element('span', '', line, name).style.color = colour;
    const canvas = element('canvas', '', line);
    const context = sized(canvas, width, 22);
    values.forEach((value, i) => {
      context.fillStyle = css(at(app.palette.difference, (value / most + 1) / 2));
      context.fillRect((i * width) / d, 0, width / d + 0.5, 22);
    });
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${name}: ${d} numbers; arrow keys read them`);
    let place = 0;
    const say = (i) => {
      place = clamp(i, 0, d - 1);
      readout.textContent = `Place ${place}: ${list.map(([each, of]) => `${each} ${number(of[place])}`).join(', ')}`;
    };
    canvas.addEventListener('pointermove', (event) => say(Math.floor((event.offsetX / width) * d)));
    canvas.addEventListener('keydown', (event) => {
      const step = arrowSteps[event.key]?.[1];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      say(place + step);
    });
  }
  readout.setAttribute('aria-live', 'polite');
  root.append(readout);
  return root;
}

function rowTable(app, part, c, column) {
  const table = element('table', 'softmax');
  const head = element('tr', '', element('thead', '', table));
  for (const title of ['key', 'score', 'e^(score − top)', 'weight']) element('th', '', head, title).scope = 'col';
  const body = element('tbody', '', table);
  const strongest = [...c.weights.keys()].sort((a, b) => c.weights[b] - c.weights[a]).slice(0, 8);
  const shown = [...new Set([...strongest, column])].sort((a, b) => a - b);
  for (const key of shown) {
    const line = element('tr', key === column ? 'this' : '', body);
    element('th', '', line, part.keys[key]).scope = 'row';
    element('td', '', line, c.scores[key] === null ? 'masked' : number(c.scores[key]));
    element('td', '', line, number(c.exponentials[key]));
    const weight = element('td', 'bar-cell', line, number(c.weights[key]));
    weight.style.setProperty('--share', `${100 * c.weights[key]}%`);
  }
  if (shown.length < part.width) {
    const rest = [...c.weights.keys()].filter((key) => !shown.includes(key));
    const line = element('tr', '', body);
    element('th', '', line, `${rest.length} more`).scope = 'row';
    element('td', '', line, '');
    element('td', '', line, number(rest.reduce((sum, key) => sum + c.exponentials[key], 0)));
    element('td', '', line, number(rest.reduce((sum, key) => sum + c.weights[key], 0)));
  }
  return table;
}
