// Paints one matrix: thumbnails, cells, labels on both axes, what is pointed at, and the scale.

import { every, paintCells, paintLabels, paintLines, scaleBar, short, sized, swatch, widestLabel } from '../browser/axes.js';
import { at, rgb } from '../browser/colour.js';
import { element } from '../browser/dom.js';

const TALLEST_ROW = 28; // of stretched cells, in pixels
const WIDEST_COLUMN = 96;
const STRETCHED_HEIGHT = 340;

export const signed = (number) => String(number).replace('-', '−');

// What stands on the axes: a label, a number, or both.
function axisLabels(matrix) {
  const rows = matrix.rows.map((label, row) => {
    const number = signed(row + matrix.firstRow);
    return !label ? number : matrix.rowsNumbered ? `${number} ${short(label)}` : short(label);
  });
  return { rows, columns: matrix.columns.map((label, column) => short(label) || signed(column + matrix.firstColumn)) };
}

export function paintMatrix(canvas, matrix, colours) {
  const masked = rgb(colours.masked);
  const ramp = colours[matrix.scale];
  return paintCells(canvas, matrix, (cell) => {
    const value = matrix.values[cell];
    return Number.isNaN(value) ? masked : at(ramp, (value - matrix.low) / (matrix.high - matrix.low));
  });
}

export function paintFigure(figure, matrix, colours, cell) {
  const { canvas } = figure;
  const room = figure.figure.clientWidth || 320;
  const size = room < 420 ? 12 : 15;
  const family = getComputedStyle(figure.figure).fontFamily;
  const labels = axisLabels(matrix);
  const longest = (texts) => Math.ceil(widestLabel(canvas, texts, [`${size}px ${family}`], size)) + 10;
  const [left, top] = [longest(labels.rows), longest(labels.columns)];
  const { across, down } = cellSize(matrix, room - left - 4);
  const box = (figure.box = { left, top, across, down });
  const context = sized(canvas, left + across * matrix.width + 2, top + down * matrix.height + 2);

  if (matrix.paintedIn !== colours) { // the pointer redraws often, the cells change with the theme only
    matrix.paintedIn = colours;
    matrix.painted = paintMatrix(document.createElement('canvas'), matrix, colours);
  }
  // Where several values share a pixel: their mean, not one of them.
  context.imageSmoothingEnabled = across * (devicePixelRatio || 1) < 1;
  context.drawImage(matrix.painted, left, top, across * matrix.width, down * matrix.height);
  paintLines(context, matrix, box, colours.background);
  if (matrix.nOwn) {
    context.fillStyle = colours.accent;
    context.fillRect(left - 4, top, 3, down * matrix.nOwn);
  }
  const written = (texts, marked, pointed, length) => {
    const nth = every(size, length);
    return [...texts.keys()].filter((index) => isLabelled(index, pointed, nth)).map((index) => ({
      at: index, text: texts[index], style: index === pointed ? 'bold' : '',
      ink: index === pointed ? colours.accent : marked[index] ? colours.muted : colours.text,
    }));
  };
  paintLabels(context, box, {
    rows: written(labels.rows, matrix.rowsMarked, cell?.row, down),
    columns: written(labels.columns, matrix.columnsMarked, cell?.column, across),
  }, { size, family });
  if (cell && cell.row < matrix.height && cell.column < matrix.width) paintCross(context, matrix, box, colours, cell);
}

// Every n-th, and always the one that is pointed at, which its neighbours make room for.
function isLabelled(index, pointed, nth) {
  return index === pointed || (index % nth === 0 && !(pointed >= 0 && nth > 1 && Math.abs(index - pointed) < nth));
}

function cellSize(matrix, room) {
  if (matrix.cells === 'stretched') {
    return { across: Math.min(WIDEST_COLUMN, room / matrix.width), down: Math.min(TALLEST_ROW, STRETCHED_HEIGHT / matrix.height) };
  }
  const size = Math.max(2, Math.min(52, room / matrix.width, 640 / matrix.height));
  return { across: size, down: size };
}

function paintCross(context, matrix, { left, top, across, down }, colours, { row, column }) {
  context.strokeStyle = colours.accent;
  context.lineWidth = 1.5;
  context.strokeRect(left, top + row * down, matrix.width * across, down);
  context.strokeRect(left + column * across, top, across, matrix.height * down);
  context.lineWidth = 3;
  context.strokeStyle = colours.text;
  context.strokeRect(left + column * across, top + row * down, across, down);
}

export function drawLegend(legend, words, matrix, colours) {
  const end = (value) => signed(Math.round(value * 1000) / 1000);
  legend.replaceChildren();
  element('span', '', legend, end(matrix.low));
  scaleBar(legend, (share) => at(colours[matrix.scale], share));
  element('span', '', legend, end(matrix.high));
  if (words.legend) element('span', '', legend, words.legend);
  if (matrix.values.some(Number.isNaN)) swatch(legend, colours.masked, words.masked);
}
