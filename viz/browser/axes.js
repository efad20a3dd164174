// A grid of cells on a canvas with a label for each row and column, and the scale under it. `box` says where the cells
// lie, in CSS pixels: { left, top, across, down }, the last two the width and height of one.

import { css } from './colour.js';
import { element } from './dom.js';

const LONGEST_LABEL = 14; // characters on an axis; the line under the grid gives the whole label
const LEAST_LINED = 9; // pixels of a cell that still has lines around it

export const short = (label) => {
  const characters = [...label];
  return characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL - 1).join('')}…` : label;
};

// A canvas of a size in CSS pixels, sharp on every screen; returns its context, in CSS pixels.
export function sized(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// How wide the widest of the labels is in any of the fonts.
export function widestLabel(canvas, labels, fonts, least) {
  const context = canvas.getContext('2d');
  return fonts.reduce((most, font) => {
    context.font = font;
    return labels.reduce((width, label) => Math.max(width, context.measureText(label).width), most);
  }, least);
}

// One pixel a cell; the browser enlarges it without smoothing.
export function paintCells(canvas, { height, width }, colourOf) {
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let cell = 0; cell < width * height; cell++) image.data.set([...colourOf(cell), 255], 4 * cell);
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

export function paintLines(context, { height, width }, { left, top, across, down }, colour) {
  if (Math.min(across, down) < LEAST_LINED) return;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let row = 0; row <= height; row++) {
    context.moveTo(left, top + row * down); context.lineTo(left + width * across, top + row * down);
  }
  for (let column = 0; column <= width; column++) {
    context.moveTo(left + column * across, top); context.lineTo(left + column * across, top + height * down);
  }
  context.stroke();
}

// When there are more tokens than room, every n-th is labelled.
export const every = (size, cell) => Math.ceil((size + 2) / cell);

// Writes the labels, each { at, text, ink, style }: of rows at the left of the grid, of columns upright above it. A
// `plate` is the colour to lay under each, so that what it covers cannot be read through it.
export function paintLabels(context, { left, top, across, down }, { rows, columns }, { size, family, plate = null }) {
  context.textBaseline = 'middle';
  const write = ({ text, ink, style }, align, from, room) => {
    if (plate) {
      context.fillStyle = plate;
      context.fillRect(from, -size / 2 - 2, room, size + 4);
    }
    Object.assign(context, { fillStyle: ink, font: `${style} ${size}px ${family}`, textAlign: align });
    context.fillText(text, 0, 0);
  };
  for (const label of rows) {
    context.save();
    context.translate(left - 6, top + (label.at + 0.5) * down);
    write(label, 'right', 6 - left, left - 3);
    context.restore();
  }
  for (const label of columns) {
    context.save();
    context.translate(left + (label.at + 0.5) * across, top - 6);
    context.rotate(-Math.PI / 2);
    write(label, 'left', -3, top);
    context.restore();
  }
}

// The row and column under the pointer, which may lie outside of the grid.
export const placeAt = (event, { left, top, across, down }) =>
  ({ row: Math.floor((event.offsetY - top) / down), column: Math.floor((event.offsetX - left) / across) });

export function scaleBar(parent, colourOf) {
  const bar = element('canvas', '', parent);
  Object.assign(bar, { width: 128, height: 1 });
  const context = bar.getContext('2d');
  for (let x = 0; x < 128; x++) {
    context.fillStyle = css(colourOf(x / 127));
    context.fillRect(x, 0, 1, 1);
  }
}

export function swatch(parent, colour, text) {
  element('i', '', parent).style.background = colour;
  element('span', '', parent, text);
}
