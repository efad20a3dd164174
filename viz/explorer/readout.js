// What is in focus or pinned, in words.

import { headName } from './grid.js';
import { HIDDEN, MASKED, sums, written } from './matrices.js';
import { headInts, seenCells, UNIT } from './unpacking.js';

const MOST_NAMED = 3; // keys named in a sentence

export const quoted = (label) => `“${label}”`;

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
