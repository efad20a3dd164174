// One matrix with tokens on both axes: a canvas with the cells and one over it for what is in focus.

import { every, paintCells, paintLabels, paintLines, placeAt, scaleBar, short, sized, swatch, widestLabel } from '../browser/axes.js';
import { rgb } from '../browser/colour.js';
import { arrowSteps, clamp, element } from '../browser/dom.js';
import { HIDDEN, MASKED, written } from './matrices.js';
import { tableIndex, tableOf } from './scale.js';

const TALLEST = 600;
const HIDDEN_WIDTH = 18; // the column beside the map that says how much of a row is hidden

export function makeMap(app, parent, name, { onHover, tall = TALLEST, widest = 56 }) {
  const figure = element('figure', 'map', parent);
  const caption = element('figcaption', '', figure);
  const holder = element('div', 'holder', figure);
  const base = element('canvas', 'cells', holder);
  const over = element('canvas', 'over', holder);
  over.tabIndex = 0;
  over.setAttribute('role', 'application');
  over.setAttribute('aria-roledescription', 'attention map');
  let matrix = null;
  let box = null;

  const cellAt = (event) => {
    if (!box) return null;
    const { row, column } = placeAt(event, box);
    const [inRows, inColumns] = [row >= 0 && row < matrix.height, column >= 0 && column < matrix.width];
    if (inRows && inColumns) return { row, column };
    if (inRows && event.offsetX < box.left) return { row, column: null };
    return inColumns && event.offsetY < box.top ? { row: null, column } : null;
  };
  const tokens = (cell) => cell && {
    row: cell.row === null ? null : matrix.firstOfRow[cell.row], column: cell.column === null ? null : matrix.firstOfColumn[cell.column],
  };
  over.addEventListener('pointermove', (event) => onHover(tokens(cellAt(event))));
  over.addEventListener('pointerleave', () => onHover(null));
  over.addEventListener('click', (event) => { const at = tokens(cellAt(event)); if (at) app.pin([at.row, at.column], event.shiftKey); });
  over.addEventListener('dblclick', (event) => { const at = tokens(cellAt(event)); if (at) app.lookInside([at.row, at.column]); });
  over.addEventListener('keydown', (event) => {
    if (!matrix) return;
    const at = app.state.hover ?? pinned(app.state);
    const [row, column] = [matrix.rowOf[at.row ?? 0] ?? 0, matrix.columnOf[at.column ?? 0] ?? 0];
    const step = arrowSteps[event.key];
    if (step) onHover(tokens({ row: clamp(row + step[0], 0, matrix.height - 1), column: clamp(column + step[1], 0, matrix.width - 1) }));
    else if (event.key === 'Enter' || event.key === ' ') app.pin([at.row ?? 0, at.column ?? 0], event.shiftKey);
    else if (event.key === 'm') app.lookInside([at.row ?? 0, at.column ?? 0]);
    else return;
    event.preventDefault();
  });

  function show(next, title) {
    matrix = next;
    caption.textContent = title;
    over.setAttribute('aria-label', `${title}: ${matrix.height} by ${matrix.width} values; arrow keys read them, Enter pins`);
    box = paintMap(base, matrix, app, { room: figure.clientWidth || 320, tall, widest });
    sized(over, box.width, box.height);
  }

  function light({ rows, columns }, point) {
    if (!matrix) return;
    const context = sized(over, box.width, box.height);
    const lit = (tokensLit, of) => [...new Set(tokensLit.map((token) => of[token]).filter((each) => each !== undefined))];
    const at = point && { row: matrix.rowOf[point.row], column: matrix.columnOf[point.column] };
    paintFocus(context, matrix, box, app, { rows: lit(rows, matrix.rowOf), columns: lit(columns, matrix.columnOf) }, at);
  }

  return { figure, caption, over, show, light, matrix: () => matrix, box: () => box, empty(text) { caption.textContent = text; matrix = box = null; sized(base, 1, 1); sized(over, 1, 1); } };
}

const pinned = (state) => {
  const [row, column] = state.pins[state.pins.length - 1] ?? [0, 0];
  return { row: row ?? 0, column: column ?? 0 };
};

// Draws a matrix and returns where its cells lie, in CSS pixels.
export function paintMap(canvas, matrix, app, { room, tall = TALLEST, widest = 56 }) {
  const size = room < 420 ? 12 : 14;
  const fonts = ['600', 'italic'].map((style) => `${style} ${size}px ${app.font}`);
  const [left, top] = [matrix.rows, matrix.columns].map((labels) => Math.ceil(widestLabel(canvas, labels.map(short), fonts, 12)) + 10);
  const side = matrix.hidden ? HIDDEN_WIDTH + 8 : 2;
  const cell = Math.max(1, Math.min(widest, (room - left - side) / matrix.width, Math.max(tall - top, 240) / matrix.height));
  const box = { left, top, cell, across: cell, down: cell, size, width: left + cell * matrix.width + side, height: top + cell * matrix.height + 2 };
  const context = sized(canvas, box.width, box.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(cellsOf(matrix, app), left, top, cell * matrix.width, cell * matrix.height);
  paintLines(context, matrix, box, app.palette.background);
  if (matrix.hidden) paintHidden(context, matrix, box, app.palette);
  paintTokens(context, matrix, box, app, null);
  return box;
}

const cellsOf = (matrix, app) =>
  paintCells(document.createElement('canvas'), matrix, (cell) => cellColour(matrix, cell, app));

export function cellColour(matrix, cell, app) {
  const status = matrix.status[cell];
  if (status) return rgb(status === MASKED ? app.palette.masked : app.palette.panel);
  const value = matrix.values[cell];
  const table = (app.tables[matrix.difference ? 'difference' : 'weights'] ??= tableOf(app.palette, app.state.contrast, matrix.difference));
  const share = Number.isNaN(value) || Math.abs(value) < app.state.threshold * matrix.high ? 0 : value / matrix.high;
  const from = tableIndex(matrix.difference ? (share + 1) / 2 : share);
  return [table[from], table[from + 1], table[from + 2]];
}

function paintHidden(context, matrix, { left, top, cell }, palette) {
  const x = left + matrix.width * cell + 8;
  matrix.hidden.forEach((mass, row) => {
    const y = top + row * cell;
    const inner = Math.max(1, cell - (cell >= 9 ? 1 : 0));
    context.fillStyle = palette.panel;
    context.fillRect(x, y, HIDDEN_WIDTH - 2, inner);
    context.fillStyle = palette.muted;
    context.fillRect(x, y, (HIDDEN_WIDTH - 2) * Math.min(1, mass), inner);
  });
}

// The labels of every n-th token, or of those in focus, on plates over the others.
function paintTokens(context, matrix, box, app, lit) {
  const style = (labels, marked, wanted) => wanted.map((index) => ({
    at: index, text: short(labels[index]), style: lit ? '600' : marked[index] ? 'italic' : '',
    ink: lit ? app.palette.accent : marked[index] ? app.palette.muted : app.palette.text,
  }));
  const nth = every(box.size, box.cell);
  const spaced = (labels) => [...labels.keys()].filter((index) => index % nth === 0);
  paintLabels(context, box, {
    rows: style(matrix.rows, matrix.rowsMarked, lit?.rows ?? spaced(matrix.rows)),
    columns: style(matrix.columns, matrix.columnsMarked, lit?.columns ?? spaced(matrix.columns)),
  }, { size: box.size, family: app.font, plate: lit && app.palette.background });
}

function paintFocus(context, matrix, box, app, lit, at) {
  const { left, top, cell } = box;
  if (!lit.rows.length && !lit.columns.length) return;
  const [width, height] = [matrix.width * cell, matrix.height * cell];
  context.fillStyle = app.palette.background;
  context.globalAlpha = 0.5;
  const dark = (list, count) => [...Array(count).keys()].filter((each) => !list.includes(each));
  const columns = runs(dark(lit.columns, matrix.width));
  for (const [row, rows] of runs(dark(lit.rows, matrix.height))) {
    for (const [column, count] of columns) context.fillRect(left + column * cell, top + row * cell, count * cell, rows * cell);
  }
  context.globalAlpha = 1;
  context.strokeStyle = app.palette.accent;
  context.lineWidth = cell < 6 ? 1 : 1.5;
  for (const row of lit.rows) context.strokeRect(left, top + row * cell, width, cell);
  for (const column of lit.columns) context.strokeRect(left + column * cell, top, cell, height);
  paintTokens(context, matrix, box, app, lit);
  if (at?.row === undefined || at.column === undefined) return;
  context.lineWidth = 3;
  context.strokeStyle = app.palette.text;
  const grow = cell < 6 ? 2 : 0;
  context.strokeRect(left + at.column * cell - grow, top + at.row * cell - grow, cell + 2 * grow, cell + 2 * grow);
}

// Neighbours joined: [first, how many].
function runs(list) {
  const result = [];
  for (const each of list) {
    const last = result[result.length - 1];
    if (last && last[0] + last[1] === each) last[1] += 1;
    else result.push([each, 1]);
  }
  return result;
}

export function makeLegend(app, parent) {
  const root = element('div', 'legend', parent);
  return {
    show(matrix) {
      root.replaceChildren();
      const { difference } = matrix;
      element('span', '', root, difference ? '−1' : '0');
      const table = tableOf(app.palette, app.state.contrast, difference);
      scaleBar(root, (share) => table.subarray(tableIndex(share), tableIndex(share) + 3));
      element('span', '', root, matrix.lengths ? written(matrix.high, matrix.errors[0]) : '1');
      if (app.state.contrast > 1) element('span', '', root, `contrast ${app.state.contrast}`);
      if (matrix.status.includes(MASKED)) swatch(root, app.palette.masked, 'hidden by the mask');
      if (matrix.status.includes(HIDDEN)) swatch(root, app.palette.panel, 'hidden by you');
      if (matrix.hidden) swatch(root, app.palette.muted, 'how much of the row that was');
    },
  };
}
