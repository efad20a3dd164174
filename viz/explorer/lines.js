// The same weights as two columns of tokens with lines between them: one head, or several in their colours.

import { short, sized, swatch, widestLabel } from '../browser/axes.js';
import { css, rgb } from '../browser/colour.js';
import { element } from '../browser/dom.js';
import { contrasted } from './scale.js';

const OPACITIES = 16; // of opacity: lines of one step are drawn at one stroke
const FAINTEST = 0.01;
const ROW = 24;

export function makeLines(app, parent) {
  const figure = element('figure', 'lines', parent);
  const caption = element('figcaption', '', figure);
  const key = element('div', 'legend', figure);
  const holder = element('div', 'holder', figure);
  const base = element('canvas', '', holder);
  const over = element('canvas', 'over', holder);
  let shown = null;

  const tokenAt = (event) => {
    if (!shown) return null;
    const { matrix } = shown.layers[0];
    const index = Math.floor((event.offsetY - 8) / shown.row);
    if (event.offsetX < shown.x0 + 12) return index >= 0 && index < matrix.height ? { row: matrix.firstOfRow[index], column: null } : null;
    if (event.offsetX > shown.x1 - 12) return index >= 0 && index < matrix.width ? { row: null, column: matrix.firstOfColumn[index] } : null;
    return null;
  };
  over.addEventListener('pointermove', (event) => app.hover(tokenAt(event)));
  over.addEventListener('pointerleave', () => app.hover(null));
  over.addEventListener('click', (event) => { const at = tokenAt(event); if (at) app.pin([at.row, at.column], event.shiftKey); });

  // layers: [{ name, colour, matrix }], all with the same tokens
  function show(layers, title) {
    caption.textContent = title;
    key.replaceChildren();
    if (layers.length > 1) {
      for (const { name, colour } of layers) {
        swatch(key, colour, name);
      }
    }
    element('span', 'muted', key, `Left: reads. Right: is read. Lines below ${FAINTEST} are not drawn.`);
    const { matrix } = layers[0];
    const font = figure.clientWidth < 420 ? 12 : 15;
    const longest = (labels) => Math.ceil(widestLabel(base, labels.map(short), [`600 ${font}px ${app.font}`], 12)) + 12;
    const x0 = longest(matrix.rows);
    const width = Math.min(figure.clientWidth || 320, 620);
    const row = matrix.height > 60 ? 16 : ROW;
    shown = { layers, font, row, x0, x1: width - longest(matrix.columns), width, height: 16 + row * Math.max(matrix.height, matrix.width) };
    const context = sized(base, shown.width, shown.height);
    draw(context, () => true);
    labels(context, null);
    sized(over, shown.width, shown.height);
  }

  function draw(context, wanted) {
    const { row: pitch, x0, x1, layers } = shown;
    context.lineWidth = 2;
    for (const { matrix, colour } of layers) {
      const steps = Array.from({ length: OPACITIES + 1 }, () => new Path2D());
      for (let cell = 0; cell < matrix.values.length; cell++) {
        const value = matrix.values[cell] / matrix.high;
        if (!(value >= FAINTEST) || value < app.state.threshold) continue;
        const row = Math.floor(cell / matrix.width);
        const column = cell - row * matrix.width;
        if (!wanted(row, column)) continue;
        const path = steps[Math.ceil(OPACITIES * Math.min(1, contrasted(value, app.state.contrast)))];
        path.moveTo(x0 + 4, 8 + (row + 0.5) * pitch);
        path.lineTo(x1 - 4, 8 + (column + 0.5) * pitch);
      }
      context.strokeStyle = colour;
      steps.forEach((path, step) => { context.globalAlpha = step / OPACITIES; context.stroke(path); });
    }
    context.globalAlpha = 1;
  }

  function labels(context, lit) {
    const { matrix } = shown.layers[0];
    context.textBaseline = 'middle';
    const write = (list, marked, isLit, x, align) => list.forEach((label, index) => {
      const on = lit && isLit(index);
      context.textAlign = align;
      context.fillStyle = on ? app.palette.accent : marked[index] ? app.palette.muted : app.palette.text;
      context.font = `${on ? '600 ' : ''}${shown.font}px ${app.font}`;
      context.globalAlpha = lit && !on ? 0.6 : 1;
      context.fillText(short(label), x, 8 + (index + 0.5) * shown.row);
    });
    write(matrix.rows, matrix.rowsMarked, (row) => lit.rows.has(row), shown.x0 - 2, 'right');
    write(matrix.columns, matrix.columnsMarked, (column) => lit.columns.has(column), shown.x1 + 2, 'left');
    context.globalAlpha = 1;
  }

  function light({ rows, columns }) {
    if (!shown) return;
    const { matrix } = shown.layers[0];
    const context = sized(over, shown.width, shown.height);
    if (!rows.length && !columns.length) return;
    context.fillStyle = css(rgb(app.palette.background));
    context.fillRect(0, 0, shown.width, shown.height);
    const lit = { rows: new Set(rows.map((token) => matrix.rowOf[token])), columns: new Set(columns.map((token) => matrix.columnOf[token])) };
    draw(context, (row, column) => lit.rows.has(row) || lit.columns.has(column));
    labels(context, lit);
  }

  return { figure, over, show, light, shown: () => shown };
}
