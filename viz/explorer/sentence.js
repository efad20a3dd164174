// The sentence as chips that carry the row in focus, a line that says the weight in words, and the row as a table.

import { UNIT, headInts, seenCells } from './data.js';
import { css, readable, tableIndex, tableOf } from './colour.js';
import { element, roving } from './dom.js';
import { headName } from './grid.js';
import { HIDDEN, MASKED, written } from './numbers.js';

const MOST_NAMED = 3; // keys named in a sentence

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

export function makeSentence(app, parent, part) {
  const root = element('div', 'sentence', parent);
  const strips = part.sameText ? [['both', 'The sentence']] : [['query', 'Reads (query)'], ['key', 'Is read (key)']];
  let chips = [];
  let labels = '';

  function build(matrix) {
    labels = JSON.stringify([matrix.rows, matrix.columns]);
    root.replaceChildren();
    chips = strips.flatMap(([axis, title]) => {
      const strip = element('div', 'strip', root);
      strip.setAttribute('role', 'group');
      strip.setAttribute('aria-label', `${title}; arrow keys move, Enter pins, Shift and Enter adds`);
      if (!part.sameText) element('b', 'axis', strip, title);
      const [names, marked] = axis === 'key' ? [matrix.columns, matrix.columnsMarked] : [matrix.rows, matrix.rowsMarked];
      const made = names.map((name, index) => chip(strip, name, marked[index], axis, index));
      roving(made.map(({ node }) => node), 1, 0);
      return made;
    });
  }

  function chip(strip, name, marked, axis, index) {
    const node = element('button', `chip${marked ? ' special' : ''}`, strip);
    node.type = 'button';
    element('span', 'piece', node, name);
    const number = element('small', '', node, '');
    const at = () => {
      const matrix = app.matrix;
      return { row: axis === 'key' ? null : matrix.firstOfRow[index], column: axis === 'query' ? null : matrix.firstOfColumn[index], token: true };
    };
    node.addEventListener('pointerenter', () => app.hover(at()));
    node.addEventListener('pointerleave', () => app.hover(null));
    node.addEventListener('focus', () => { if (node.matches(':focus-visible')) app.hover(at()); });
    node.addEventListener('blur', () => app.hover(null));
    node.addEventListener('click', (event) => app.pin([at().row, at().column], event.shiftKey));
    node.setAttribute('aria-label', `${axis === 'key' ? 'key' : 'token'} ${index} “${name}”`);
    return { node, number, axis, index };
  }

  function light() {
    const { matrix, palette } = app;
    const lit = app.numbersFocus(matrix);
    const table = tableOf(palette, 1, false);
    const { reads, readBy, readsError, readByError } = sums(matrix, lit.rows, lit.columns);
    const pinnedRows = new Set(app.state.pins.flatMap(([row]) => (row === null ? [] : [matrix.rowOf[row]])));
    const pinnedColumns = new Set(app.state.pins.flatMap(([, column]) => (column === null ? [] : [matrix.columnOf[column]])));
    for (const { node, number, axis, index } of chips) {
      const ofKey = axis === 'query' ? (lit.columns.length ? readBy[index] : null) : lit.rows.length ? reads[index] : null;
      const colour = ofKey && !ofKey.status ? table.subarray(tableIndex(ofKey.sum / matrix.high), tableIndex(ofKey.sum / matrix.high) + 3) : null;
      node.style.background = colour ? css(colour) : '';
      node.style.color = colour ? readable(colour) : '';
      number.textContent = !ofKey ? '' : ofKey.status === HIDDEN ? 'hidden' : ofKey.status ? '·' : written(ofKey.sum, axis === 'query' ? readByError : readsError);
      const bar = axis === 'both' && lit.columns.length && !readBy[index].status ? Math.min(1, readBy[index].sum / matrix.high) : 0;
      node.style.setProperty('--read-by', `${Math.round(100 * bar)}%`);
      const on = axis !== 'key' && lit.rows.includes(index) || axis !== 'query' && lit.columns.includes(index);
      node.classList.toggle('lit', on);
      node.setAttribute('aria-pressed', String(axis !== 'key' && pinnedRows.has(index) || axis === 'key' && pinnedColumns.has(index)));
    }
  }

  return {
    update(flags) {
      if (!app.matrix) return;
      if (flags.has('matrix') && labels !== JSON.stringify([app.matrix.rows, app.matrix.columns])) build(app.matrix);
      if (flags.has('matrix') || flags.has('focus')) light();
    },
  };
}

const quoted = (label) => `“${label}”`;

export function cellSentence(matrix, title, row, column) {
  const cell = row * matrix.width + column;
  const start = `${title}: query ${row} ${quoted(matrix.rows[row])} reads key ${column} ${quoted(matrix.columns[column])}: `;
  if (matrix.status[cell] === MASKED) return `${start}hidden by the mask`;
  if (matrix.status[cell] === HIDDEN) return `${start}hidden by you`;
  const rest = matrix.hidden && matrix.hidden[row] > 0 ? `; ${written(matrix.hidden[row], matrix.hiddenError)} of the row is hidden` : '';
  const what = matrix.difference ? 'difference' : matrix.lengths ? 'length' : 'weight';
  const below = Math.abs(matrix.values[cell]) < matrix.threshold * matrix.high ? ', below the threshold' : '';
  return `${start}${what} ${written(matrix.values[cell], matrix.errors[row])}${below}${rest}`;
}

function strongest(list, labels, error) {
  return list.map(({ sum, status }, index) => ({ sum, status, index })).filter(({ sum, status }) => !status && sum > 0)
    .sort((a, b) => b.sum - a.sum).slice(0, MOST_NAMED)
    .map(({ sum, index }) => `${quoted(labels[index])} ${written(sum, error)}`).join(', ');
}

function tokenSentence(app, lit) {
  const { matrix } = app;
  const { reads, readBy, readsError, readByError } = sums(matrix, lit.rows, lit.columns);
  const names = (list, labels) => list.map((index) => quoted(labels[index])).join(' + ');
  const parts = [];
  if (lit.rows.length) parts.push(`${names(lit.rows, matrix.rows)} ${lit.rows.length > 1 ? 'together read' : 'reads'} most: ${strongest(reads, matrix.columns, readsError) || 'nothing'}`);
  if (lit.columns.length) parts.push(`${names(lit.columns, matrix.columns)} ${lit.columns.length > 1 ? 'together are' : 'is'} read most by: ${strongest(readBy, matrix.rows, readByError) || 'nothing'}`);
  return parts.join('. ');
}

// A thumbnail under the pointer speaks for its own head.
function thumbSentence(app, { row, column, part, head }) {
  const ints = headInts(part, head);
  const cell = row * part.width + column;
  const start = `${headName(head)}: query ${row} ${quoted(part.queries[row])} reads key ${column} ${quoted(part.keys[column])}: `;
  if (!seenCells(part, head[0])[cell]) return `${start}hidden by the mask`;
  return start + (ints ? `weight ${written(ints[cell] / UNIT, 0.5 / UNIT)}` : 'open the head to read it');
}

export function hoverSentence(app, point) {
  const { matrix } = app;
  if (point.head) return thumbSentence(app, point);
  const [row, column] = [matrix.rowOf[point.row], matrix.columnOf[point.column]];
  if (point.token || row === undefined || column === undefined) {
    return tokenSentence(app, { rows: row === undefined ? [] : [row], columns: column === undefined ? [] : [column] });
  }
  return cellSentence(matrix, app.title, row, column);
}

export function pinSentence(app) {
  const { matrix } = app;
  const { pins } = app.state;
  if (!pins.length) return '';
  const cells = pins.filter(([row, column]) => row !== null && column !== null && (row !== column || !app.parts[0].sameText));
  const values = cells.map(([row, column]) => [matrix.rowOf[row], matrix.columnOf[column]]).filter(([row, column]) => !matrix.status[row * matrix.width + column]);
  if (pins.length === 1 && cells.length === 1) return `Pinned. ${cellSentence(matrix, app.title, ...values[0] ?? [matrix.rowOf[pins[0][0]], matrix.columnOf[pins[0][1]]])}`;
  const sum = values.reduce((all, [row, column]) => all + matrix.values[row * matrix.width + column], 0);
  const error = values.reduce((all, [row]) => all + matrix.errors[row], 0);
  const added = cells.length > 1 ? `The ${cells.length} pinned cells add up to ${written(sum, error)}. ` : '';
  return `${pins.length} pinned (Esc clears). ${added}${tokenSentence(app, app.pinned(matrix))}`;
}

export function makeTable(app, parent) {
  const root = element('details', 'table', parent);
  element('summary', '', root, 'The row as a table');
  const table = element('table', '', root);
  root.addEventListener('toggle', () => app.change('focus'));

  function fill() {
    const { matrix } = app;
    const lit = app.numbersFocus(matrix);
    const rows = lit.rows.length ? lit.rows : [matrix.height - 1];
    const { reads, readsError } = sums(matrix, rows, []);
    table.replaceChildren();
    const caption = element('caption', '', table);
    caption.textContent = `${app.title}: what ${rows.map((row) => `query ${row} ${quoted(matrix.rows[row])}`).join(' and ')} ${rows.length > 1 ? 'read together' : 'reads'}`;
    const head = element('tr', '', element('thead', '', table));
    for (const title of ['Place', 'Key', matrix.lengths ? 'Length' : 'Weight']) element('th', '', head, title).scope = 'col';
    const body = element('tbody', '', table);
    reads.forEach(({ sum, status }, index) => {
      const line = element('tr', '', body);
      element('td', '', line, String(index));
      element('th', '', line, matrix.columns[index]).scope = 'row';
      element('td', '', line, status === HIDDEN ? 'hidden by you' : status ? 'hidden by the mask' : written(sum, readsError));
    });
    if (matrix.hidden) {
      const line = element('tr', '', body);
      element('td', '', line, '');
      element('th', '', line, 'hidden by you').scope = 'row';
      element('td', '', line, written(rows.reduce((all, row) => all + matrix.hidden[row], 0), matrix.hiddenError * rows.length));
    }
  }

  return { root, update(flags) { if (root.open && app.matrix && (flags.has('focus') || flags.has('matrix'))) fill(); } };
}
