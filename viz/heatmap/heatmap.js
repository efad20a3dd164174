// Draws packed matrices on canvases. All text goes through textContent or fillText, so no label can become markup.

import { placeAt } from '../browser/axes.js';
import { floats, framed } from '../browser/bytes.js';
import { keepInAddress } from '../browser/choices.js';
import { followTheme, paletteOf } from '../browser/colour.js';
import { arrowSteps, clamp, element } from '../browser/dom.js';
import { drawLegend, paintFigure, paintMatrix, signed } from './painting.js';

export default function ({ data, parentElement }) {
  const host = parentElement.host ?? parentElement;
  const state = (host.heatmap ??= { cell: null, picked: null, claim: null, problem: '', stop: null });
  state.stop?.();
  const { header, matrices } = unpack(data);
  const adopt = () => { state.picked = pickedMap(header, state); redraw(); };
  state.claim = header.parameter ? keepInAddress([header.parameter], { adopt }) : null;
  state.problem = '';
  state.picked = pickedMap(header, state);
  const view = build(parentElement, header, matrices, state);
  const redraw = () => draw(view, header, matrices, state);
  listen(view, header, matrices, state, redraw);

  const sizes = new ResizeObserver(redraw);
  sizes.observe(view.root);
  const stopFollowing = followTheme(redraw);
  state.stop = () => { sizes.disconnect(); stopFollowing(); state.claim?.leave(); };
  redraw();
  return state.stop;
}

function unpack(data) {
  const [header, body] = framed(data);
  const values = floats(body);
  let start = 0;
  const matrices = header.maps.map((map) => {
    const axes = header.axes[map.axes];
    const size = axes.rows.length * axes.columns.length;
    const matrix = { ...map, ...axes, height: axes.rows.length, width: axes.columns.length,
                     values: values.subarray(start, start + size) };
    start += size;
    return matrix;
  });
  return { header, matrices };
}

// The picked map belongs in the address, but the server need not hear of it. What a link asks for and is not there is
// taken out of it, with a sentence.
function pickedMap(header, state) {
  const asked = state.claim?.values()[header.parameter] ?? null;
  const there = /^\d{1,4}$/.test(asked ?? '') && Number(asked) < header.maps.length;
  if (there) return Number(asked);
  if (asked !== null && state.claim.isNew) {
    const [first, last] = [header.maps[0].thumb, header.maps[header.maps.length - 1].thumb];
    state.problem = `The link asks for a map that is not there, so “${header.maps[header.selected].thumb}” is shown. There are “${first}” to “${last}”.`;
    pick(header, state, header.selected);
  }
  return header.selected;
}

function pick(header, state, index) {
  state.picked = index;
  state.claim?.keep({ [header.parameter]: index === header.selected ? null : String(index) });
}

function build(parent, header, matrices, state) {
  parent.querySelector('.heatmap')?.remove();
  const root = element('div', 'heatmap', parent);
  if (state.problem) element('p', 'warning', root, state.problem, { role: 'status' });
  const body = element('div', 'body', root);
  const view = { root, thumbs: [], figures: [] };
  if (header.layout === 'pick') {
    const strip = element('div', 'thumbs', body);
    view.thumbs = matrices.map((matrix) => {
      const button = element('button', '', strip, undefined, { type: 'button' });
      const canvas = element('canvas', '', button);
      element('span', '', button, matrix.thumb);
      return { button, canvas };
    });
  }
  const maps = element('div', `maps ${header.layout}`, body);
  const shown = header.layout === 'pick' ? [null] : matrices;
  view.figures = shown.map(() => {
    const figure = element('figure', '', maps);
    const caption = element('figcaption', '', figure);
    const canvas = element('canvas', '', figure, undefined, { tabindex: 0, role: 'img' });
    const readout = element('p', 'readout', figure, undefined, { 'aria-live': 'polite' });
    return { figure, caption, canvas, readout, legend: element('div', 'legend', figure), box: null };
  });
  return view;
}

const matrixOf = (header, matrices, state, index) => matrices[header.layout === 'pick' ? state.picked : index];

function listen(view, header, matrices, state, redraw) {
  view.thumbs.forEach(({ button }, index) => {
    button.addEventListener('click', () => { pick(header, state, index); redraw(); });
  });
  view.figures.forEach(({ canvas }, index) => {
    const point = (event) => {
      const { row, column } = placeAt(event, view.figures[index].box);
      const matrix = matrixOf(header, matrices, state, index);
      const inside = row >= 0 && column >= 0 && row < matrix.height && column < matrix.width;
      state.cell = inside ? { row, column } : null;
      redraw();
    };
    canvas.addEventListener('pointermove', point);
    canvas.addEventListener('pointerdown', point);
    canvas.addEventListener('keydown', (event) => {
      const step = arrowSteps[event.key];
      if (!step) return;
      event.preventDefault();
      const matrix = matrixOf(header, matrices, state, index);
      const cell = state.cell ?? { row: 0, column: 0 };
      state.cell = { row: clamp(cell.row + step[0], 0, matrix.height - 1), column: clamp(cell.column + step[1], 0, matrix.width - 1) };
      redraw();
    });
  });
}

function draw(view, header, matrices, state) {
  const colours = paletteOf(header.palettes, view.root);
  view.thumbs.forEach(({ button, canvas }, index) => {
    button.setAttribute('aria-pressed', String(index === state.picked));
    paintMatrix(canvas, matrices[index], colours);
  });
  view.figures.forEach((figure, index) => {
    const matrix = matrixOf(header, matrices, state, index);
    figure.caption.textContent = matrix.name;
    figure.canvas.setAttribute('aria-label', `${matrix.name}: ${matrix.height} by ${matrix.width} values; arrow keys read them`);
    paintFigure(figure, matrix, colours, state.cell);
    figure.readout.textContent = sentence(header.words, matrix, state.cell);
    drawLegend(figure.legend, header.words, matrix, colours);
  });
}

function sentence(words, matrix, cell) {
  if (!cell || cell.row >= matrix.height || cell.column >= matrix.width) {
    return `Point at a cell, or use the arrow keys, to read its ${matrix.quantity || words.value}.`;
  }
  const value = matrix.values[cell.row * matrix.width + cell.column];
  const shown = Number.isNaN(value) ? words.masked : `${matrix.quantity || words.value} ${value.toFixed(words.digits).replace(/^-/, '−')}`;
  const named = (number, label) => (label ? `${signed(number)} “${label}”` : signed(number));
  return `${words.row} ${named(cell.row + matrix.firstRow, matrix.rows[cell.row])} ${words.verb} ` +
         `${words.column} ${named(cell.column + matrix.firstColumn, matrix.columns[cell.column])}: ${shown}`;
}
