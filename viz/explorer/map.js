// One matrix with tokens on both axes: a canvas with the cells and one over it for what is in focus.

import { css, rgb, tableIndex, tableOf } from './colour.js';
import { clamp, element, short, sized } from './dom.js';
import { HIDDEN, MASKED, written } from './numbers.js';

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
    const column = Math.floor((event.offsetX - box.left) / box.cell);
    const row = Math.floor((event.offsetY - box.top) / box.cell);
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
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
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
  const font = room < 420 ? 12 : 14;
  const longest = (labels) => widestLabel(canvas, labels, ['600', 'italic'].map((style) => `${style} ${font}px ${app.font}`));
  const left = Math.ceil(longest(matrix.rows)) + 10;
  const top = Math.ceil(longest(matrix.columns)) + 10;
  const side = matrix.hidden ? HIDDEN_WIDTH + 8 : 2;
  const cell = Math.max(1, Math.min(widest, (room - left - side) / matrix.width, Math.max(tall - top, 240) / matrix.height));
  const box = { left, top, cell, font, width: left + cell * matrix.width + side, height: top + cell * matrix.height + 2 };
  const context = sized(canvas, box.width, box.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(cellsOf(matrix, app), left, top, cell * matrix.width, cell * matrix.height);
  if (cell >= 9) paintLines(context, matrix, box, app.palette);
  if (matrix.hidden) paintHidden(context, matrix, box, app.palette);
  paintLabels(context, matrix, box, app, null);
  return box;
}

export function widestLabel(canvas, labels, fonts) {
  const context = canvas.getContext('2d');
  return fonts.reduce((most, font) => {
    context.font = font;
    return labels.reduce((widest, label) => Math.max(widest, context.measureText(short(label)).width), most);
  }, 12);
}

// One pixel a cell; the browser enlarges it without smoothing.
export function cellsOf(matrix, app) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: matrix.width, height: matrix.height });
  const image = new ImageData(matrix.width, matrix.height);
  matrix.values.forEach((_, cell) => image.data.set([...cellColour(matrix, cell, app), 255], 4 * cell));
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

export function cellColour(matrix, cell, app) {
  const status = matrix.status[cell];
  if (status) return rgb(status === MASKED ? app.palette.masked : app.palette.panel);
  const value = matrix.values[cell];
  const table = (app.tables[matrix.difference ? 'difference' : 'weights'] ??= tableOf(app.palette, app.state.contrast, matrix.difference));
  const share = Number.isNaN(value) || Math.abs(value) < app.state.threshold * matrix.high ? 0 : value / matrix.high;
  const from = tableIndex(matrix.difference ? (share + 1) / 2 : share);
  return [table[from], table[from + 1], table[from + 2]];
}

function paintLines(context, matrix, { left, top, cell }, palette) {
  context.strokeStyle = palette.background;
  context.lineWidth = 1;
  context.beginPath();
  for (let row = 0; row <= matrix.height; row++) {
    context.moveTo(left, top + row * cell); context.lineTo(left + matrix.width * cell, top + row * cell);
  }
  for (let column = 0; column <= matrix.width; column++) {
    context.moveTo(left + column * cell, top); context.lineTo(left + column * cell, top + matrix.height * cell);
  }
  context.stroke();
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

// When there are more tokens than room, every n-th is labelled; those in focus are written over them.
function paintLabels(context, matrix, { left, top, cell, font }, app, lit) {
  const every = Math.ceil((font + 2) / cell);
  const style = (marked) => {
    context.fillStyle = lit ? app.palette.accent : marked ? app.palette.muted : app.palette.text;
    context.font = `${lit ? '600 ' : marked ? 'italic ' : ''}${font}px ${app.font}`;
  };
  const wanted = (labels, list) => (list ?? [...labels.keys()].filter((index) => index % every === 0));
  context.textBaseline = 'middle';
  const plate = (x, y, width) => {
    if (!lit) return;
    const ink = context.fillStyle;
    context.fillStyle = app.palette.background;
    context.fillRect(x, y, width, font + 4);
    context.fillStyle = ink;
  };
  for (const row of wanted(matrix.rows, lit?.rows)) {
    style(matrix.rowsMarked[row]);
    context.textAlign = 'right';
    const y = top + (row + 0.5) * cell;
    plate(0, y - font / 2 - 2, left - 3);
    context.fillText(short(matrix.rows[row]), left - 6, y);
  }
  for (const column of wanted(matrix.columns, lit?.columns)) {
    style(matrix.columnsMarked[column]);
    context.save();
    context.translate(left + (column + 0.5) * cell, top - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    plate(-3, -font / 2 - 2, top);
    context.fillText(short(matrix.columns[column]), 0, 0);
    context.restore();
  }
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
  paintLabels(context, matrix, box, app, lit);
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
      const bar = element('canvas', '', root);
      Object.assign(bar, { width: 128, height: 1 });
      const context = bar.getContext('2d');
      const table = tableOf(app.palette, app.state.contrast, difference);
      for (let x = 0; x < 128; x++) {
        const from = tableIndex(x / 127);
        context.fillStyle = css(table.subarray(from, from + 3));
        context.fillRect(x, 0, 1, 1);
      }
      element('span', '', root, matrix.lengths ? written(matrix.high, matrix.errors[0]) : '1');
      if (app.state.contrast > 1) element('span', '', root, `contrast ${app.state.contrast}`);
      const key = (colour, text) => {
        element('i', '', root).style.background = colour;
        element('span', '', root, text);
      };
      if (matrix.status.includes(MASKED)) key(app.palette.masked, 'hidden by the mask');
      if (matrix.status.includes(HIDDEN)) key(app.palette.panel, 'hidden by you');
      if (matrix.hidden) key(app.palette.muted, 'how much of the row that was');
    },
  };
}
