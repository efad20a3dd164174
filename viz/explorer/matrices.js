// From integers to what is shown: combined, hidden columns out, words put together. Every value carries the error
// that its integers allow, and is written with no more digits than that error leaves right to one unit of the last.

import { allHeads, headIndex, headInts, rowSums, seenCells, UNIT } from './unpacking.js';

export const MASKED = 1; // the mask of the model hides the cell
export const HIDDEN = 2; // the viewer hides the column
const HALF = 0.5 / UNIT; // the most that rounding moved a weight

// The largest that tests/browser/test_explorer_numbers.py finds for 12 layers of 12 random heads is 0.0014.
const ROLLOUT_ERROR = 0.005;

// The heads that a look at a part combines.
function combinedHeads(part, look, head) {
  if (look.show === 'head' || look.show === 'norms') return [head];
  if (look.show === 'rollout') return allHeads(part).filter(([layer]) => layer <= head[0]);
  if (look.of === 'all') return allHeads(part);
  if (look.of === 'chosen' && look.chosen.length) return look.chosen.filter(([l, h]) => l < part.layers && h < part.heads);
  return allHeads(part).filter(([layer]) => layer === head[0]);
}

// The matrix of a look, or what must be fetched first: { pending: {...} }.
export function shownMatrix(part, look, head) {
  const heads = combinedHeads(part, look, head);
  const base = combine(part, look, head, heads);
  if (base.pending) return base;
  base.seen = seenOf(part, heads);
  const matrix = hide(part, look, base);
  return look.words ? joinWords(part, matrix) : byTokens(part, matrix);
}

function combine(part, look, head, heads) {
  const size = part.height * part.width;
  const result = { values: new Float32Array(size), error: HALF, high: 1, rowsAddUp: true, sums: new Float32Array(part.height) };
  if (!part.ints) {
    const single = heads.length === 1 && look.show !== 'rollout';
    const key = single ? `head ${heads[0].join('.')}` : `${look.show} ${look.show === 'rollout' ? head[0] : heads.map((each) => each.join('.'))}`;
    const ints = part.fetched.get(key);
    if (!ints) return { pending: { what: 'matrix', name: key, show: single ? 'head' : look.show, layer: head[0], heads } };
    for (let cell = 0; cell < size; cell++) result.values[cell] = ints[cell] / UNIT;
  } else if (look.show === 'rollout') {
    result.values = rollout(part)[head[0]];
    result.error = ROLLOUT_ERROR;
  } else if (look.show === 'max') {
    for (const each of heads) headInts(part, each).forEach((int, cell) => { if (int > result.values[cell] * UNIT) result.values[cell] = int / UNIT; });
  } else {
    const totals = new Uint32Array(size);
    for (const each of heads) {
      const ints = headInts(part, each);
      for (let cell = 0; cell < size; cell++) totals[cell] += ints[cell];
    }
    for (let cell = 0; cell < size; cell++) result.values[cell] = totals[cell] / heads.length / UNIT;
  }
  result.sums.fill(look.show === 'rollout' ? 1 : 0);
  if (look.show === 'head' || look.show === 'mean') {
    for (const each of heads) rowSums(part, each).forEach((sum, row) => { result.sums[row] += sum / heads.length / UNIT; });
  }
  if (look.show === 'max') result.rowsAddUp = false;
  if (look.show === 'norms') weigh(part, head, result);
  return result;
}

// Weight times the length of the key's transformed value.
function weigh(part, head, result) {
  const norms = part.norms.subarray(headIndex(part, head) * part.width, (headIndex(part, head) + 1) * part.width);
  let [longest, high] = [0, 0];
  for (const norm of norms) longest = Math.max(longest, norm);
  for (let cell = 0; cell < result.values.length; cell++) {
    result.values[cell] *= norms[cell % part.width];
    high = Math.max(high, result.values[cell]);
  }
  Object.assign(result, { error: HALF * longest, high: high || 1, rowsAddUp: false, lengths: true });
}

function seenOf(part, heads) {
  const layers = [...new Set(heads.map(([layer]) => layer))];
  if (layers.length === 1) return seenCells(part, layers[0]);
  const seen = new Uint8Array(part.height * part.width);
  for (const layer of layers) seenCells(part, layer).forEach((each, cell) => { seen[cell] |= each; });
  return seen;
}

// R_l = A_l R_(l-1) with A_l half the mean of the heads and half the identity, each row brought to the sum 1.
function rollout(part) {
  if (part.cache.has('rollout')) return part.cache.get('rollout');
  const n = part.width;
  let reached = Float64Array.from({ length: n * n }, (_, cell) => (cell % (n + 1) === 0 ? 1 : 0));
  const layers = [];
  for (let layer = 0; layer < part.layers; layer++) {
    const totals = new Float64Array(n * n);
    for (let head = 0; head < part.heads; head++) headInts(part, [layer, head]).forEach((int, cell) => { totals[cell] += int; });
    const next = new Float64Array(n * n);
    for (let row = 0; row < n; row++) {
      const step = totals.subarray(row * n, (row + 1) * n).map((total, key) => total / part.heads / UNIT / 2 + (key === row ? 0.5 : 0));
      const sum = step.reduce((a, b) => a + b, 0);
      for (let key = 0; key < n; key++) {
        if (!step[key]) continue;
        const share = step[key] / sum;
        for (let to = 0; to < n; to++) next[row * n + to] += share * reached[key * n + to];
      }
    }
    reached = next;
    layers.push(Float32Array.from(reached));
  }
  part.cache.set('rollout', layers);
  return layers;
}

export const hiddenColumns = (part, look) =>
  part.keys.map((_, key) => (look.hideFirst && key === 0) || (look.hideSpecial && part.keysMarked[key]));

// Takes the hidden columns out and brings each row back to the sum it had; says how much was hidden.
function hide(part, look, base) {
  const { height, width } = part;
  const gone = hiddenColumns(part, look);
  const any = gone.some(Boolean);
  const values = Float32Array.from(base.values);
  const status = new Uint8Array(height * width);
  const errors = new Float32Array(height).fill(base.error);
  const hidden = any && base.rowsAddUp ? new Float32Array(height) : null;
  for (let row = 0; row < height; row++) {
    let [mass, count] = [0, 0];
    for (let key = 0; key < width; key++) {
      const cell = row * width + key;
      status[cell] = !base.seen[cell] ? MASKED : gone[key] ? HIDDEN : 0;
      if (status[cell] === HIDDEN) { mass += values[cell]; count += 1; }
      if (status[cell]) values[cell] = NaN;
    }
    if (!hidden) continue;
    const rest = Math.max(0, base.sums[row] - mass);
    hidden[row] = mass;
    const lost = (count + 1) * base.error;
    const scale = rest > lost ? base.sums[row] / rest : NaN;
    let largest = 0;
    for (let cell = row * width; cell < (row + 1) * width; cell++) {
      if (Number.isNaN(values[cell])) continue;
      values[cell] = Math.min(base.sums[row], values[cell] * scale);
      largest = Math.max(largest, values[cell]);
    }
    errors[row] = (base.error + largest * lost) * scale;
  }
  return { ...base, values, status, errors, hidden, hiddenError: base.error * gone.filter(Boolean).length };
}

const identity = (length) => Int32Array.from({ length }, (_, index) => index);

function byTokens(part, matrix) {
  return {
    ...matrix, height: part.height, width: part.width, rows: part.queries, columns: part.keys,
    rowsMarked: part.queriesMarked, columnsMarked: part.keysMarked,
    rowOf: identity(part.height), columnOf: identity(part.width), firstOfRow: identity(part.height), firstOfColumn: identity(part.width),
  };
}

function wordsOf(labels, marked, numbers) {
  const of = Int32Array.from(numbers, (number) => number - numbers[0]);
  const count = of[of.length - 1] + 1;
  const groups = Array.from({ length: count }, () => []);
  of.forEach((word, token) => groups[word].push(token));
  return {
    of, groups, labels: groups.map((tokens) => tokens.map((token) => labels[token]).join('')),
    marked: groups.map((tokens) => tokens.every((token) => marked[token])), first: Int32Array.from(groups, ([token]) => token),
  };
}

// The pieces of a key are added, those of a query averaged (Clark et al. 2019, section 4.2): rows keep their sum.
function joinWords(part, matrix) {
  const rows = wordsOf(part.queries, part.queriesMarked, part.queryWords);
  const columns = wordsOf(part.keys, part.keysMarked, part.keyWords);
  const [height, width] = [rows.groups.length, columns.groups.length];
  const values = new Float32Array(height * width).fill(NaN);
  const status = new Uint8Array(height * width);
  const pieces = Math.max(...columns.groups.map((tokens) => tokens.length));
  const mean = (list, source) => list.reduce((sum, token) => sum + source[token], 0) / list.length;
  rows.groups.forEach((queries, row) => columns.groups.forEach((keys, column) => {
    let [total, open, gone] = [0, 0, 0];
    for (const query of queries) for (const key of keys) {
      const cell = query * part.width + key;
      if (!matrix.status[cell]) { total += Number.isNaN(matrix.values[cell]) ? 0 : matrix.values[cell]; open += 1; }
      if (matrix.status[cell] === HIDDEN) gone += 1;
    }
    const cell = row * width + column;
    status[cell] = open ? 0 : gone ? HIDDEN : MASKED;
    if (open) values[cell] = total / queries.length;
  }));
  return {
    ...matrix, height, width, values, status, rows: rows.labels, columns: columns.labels,
    rowsMarked: rows.marked, columnsMarked: columns.marked, rowOf: rows.of, columnOf: columns.of,
    firstOfRow: rows.first, firstOfColumn: columns.first,
    errors: Float32Array.from(rows.groups, (queries) => pieces * Math.max(...queries.map((query) => matrix.errors[query]))),
    sums: Float32Array.from(rows.groups, (queries) => mean(queries, matrix.sums)),
    hidden: matrix.hidden && Float32Array.from(rows.groups, (queries) => mean(queries, matrix.hidden)),
    high: matrix.lengths ? values.reduce((most, value) => (value > most ? value : most), 0) || 1 : matrix.high,
  };
}

// What the rows in `rows` read together, key by key, and what the queries read of `columns` together.
export function sums(matrix, rows, columns) {
  const total = (count, list, cell) => Array.from({ length: count }, (_, index) => {
    let [sum, open, status] = [0, 0, MASKED];
    for (const each of list) {
      const at = cell(each, index);
      if (matrix.status[at]) { status = Math.max(status, matrix.status[at]); continue; }
      sum += matrix.values[at];
      open += 1;
    }
    return open ? { sum, status: 0 } : { sum: NaN, status };
  });
  const error = (list) => list.reduce((all, row) => all + matrix.errors[row], 0);
  return {
    reads: total(matrix.width, rows, (row, column) => row * matrix.width + column), readsError: error(rows),
    readBy: total(matrix.height, columns, (column, row) => row * matrix.width + column),
    readByError: Math.max(...matrix.errors) * columns.length,
  };
}

// A − B, cell by cell; null when their cells do not stand for the same places.
export function difference(a, b) {
  if (a.height !== b.height || a.width !== b.width) return null;
  // Whole units less whole units are whole: written with three decimals nothing is lost again.
  const errorOf = (row) => (a.errors[row] + b.errors[row] <= 1.001 / UNIT ? HALF : a.errors[row] + b.errors[row]);
  return {
    ...a, values: a.values.map((value, cell) => value - b.values[cell]), high: 1, low: -1, difference: true, hidden: null,
    status: a.status.map((each, cell) => each || b.status[cell]), errors: a.errors.map((_, row) => errorOf(row)),
  };
}

// The Jensen-Shannon distance of each pair of rows, each brought to the sum 1 (Endres and Schindelin 2003). Weights
// below half a unit arrive as 0: what is missing of a row's sum is shared out among them, or rows would seem to have
// less in common than they have.
export function rowDistances(a, b) {
  const distribution = ({ values, width, sums }, row) => {
    const weights = values.slice(row * width, (row + 1) * width);
    const total = weights.reduce((sum, each) => sum + (each || 0), 0);
    const lost = Math.max(0, sums[row] - total);
    const smallest = lost / (weights.filter((each) => each === 0).length || 1);
    const sum = Math.max(total, total + (weights.includes(0) ? lost : 0)) || 1;
    return weights.map((each) => (Number.isNaN(each) ? 0 : each || smallest) / sum);
  };
  return Float64Array.from({ length: a.height }, (_, row) => {
    const [p, q] = [distribution(a, row), distribution(b, row)];
    let divergence = 0;
    p.forEach((x, key) => {
      const middle = (x + q[key]) / 2;
      if (x > 0) divergence += (x * Math.log2(x / middle)) / 2;
      if (q[key] > 0) divergence += (q[key] * Math.log2(q[key] / middle)) / 2;
    });
    return Math.sqrt(Math.min(1, Math.max(0, divergence)));
  });
}

// Spearman's correlation of the weights of all cells that both see, to three decimals: equal ones share their rank.
export function rankCorrelation(a, b) {
  const cells = [];
  a.values.forEach((value, cell) => { if (!Number.isNaN(value) && !Number.isNaN(b.values[cell])) cells.push(cell); });
  const [p, q] = [a, b].map(({ values }) => centredRanks(cells.map((cell) => Math.round(values[cell] * UNIT))));
  const dot = (x, y) => x.reduce((sum, each, index) => sum + each * y[index], 0);
  const length = Math.sqrt(dot(p, p) * dot(q, q));
  return length > 0 ? dot(p, q) / length : NaN;
}

function centredRanks(ints) {
  const counts = new Uint32Array(Math.max(0, ...ints) + 1);
  for (const int of ints) counts[int] += 1;
  let below = 0;
  const rank = Float64Array.from(counts, (count) => { below += count; return below - (count + 1) / 2; });
  return ints.map((int) => rank[int] - (ints.length - 1) / 2);
}

// As many decimals, three at most, as the error leaves right to one unit of the last.
export const digitsFor = (error) => Math.max(0, Math.min(3, Math.floor(-Math.log10(2 * error) + 1e-6)));

export function written(value, error) {
  if (!(error < 0.5)) return 'too small a rest to say';
  return value.toFixed(digitsFor(error)).replace(/^-(?=.*[1-9])/, '−').replace(/^-/, '');
}
