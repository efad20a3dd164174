// What is shown, to take away: PNG and SVG for papers and slides, CSV and JSON for numbers.

import { short, sized } from '../browser/axes.js';
import { css } from '../browser/colour.js';
import { element } from '../browser/dom.js';
import { shape } from '../browser/svg.js';
import { button } from './fields.js';
import { cellColour, paintMap } from './map.js';
import { digitsFor, HIDDEN } from './matrices.js';

const FORMULA_STARTS = ['=', '+', '-', '@', '\t', '\r'];
const CELL = 22; // of an SVG, in user units

export function makeTakeaway(app, parent) {
  const root = element('div', 'takeaway', parent);
  element('span', '', root, 'Take what is shown: ');
  for (const [name, write] of Object.entries({ PNG: pngOf, SVG: svgOf, CSV: csvOf, JSON: jsonOf })) {
    button('', root, name, async () => save(`headlight-attention.${name.toLowerCase()}`, await write(app)));
  }
}

function save(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function pngOf(app) {
  const pictures = app.layout.shown().map(({ title, matrix }) => {
    const canvas = document.createElement('canvas');
    const box = paintMap(canvas, matrix, app, { room: 900 });
    return { title, canvas, box };
  });
  const whole = document.createElement('canvas');
  const width = pictures.reduce((sum, { box }) => sum + box.width + 24, 24);
  const height = Math.max(...pictures.map(({ box }) => box.height)) + 80;
  const context = sized(whole, width, height);
  context.fillStyle = app.palette.background;
  context.fillRect(0, 0, width, height);
  let left = 24;
  for (const { title, canvas, box } of pictures) {
    context.fillStyle = app.palette.text;
    context.font = `600 16px ${app.font}`;
    context.fillText(title, left, 30);
    context.drawImage(canvas, left, 44, box.width, box.height);
    left += box.width + 24;
  }
  context.fillStyle = app.palette.muted;
  context.font = `13px ${app.font}`;
  context.fillText(source(app), 24, height - 14);
  return new Promise((resolve) => whole.toBlob(resolve, 'image/png'));
}

const source = (app) => `${app.layout.part.about.model ?? 'attention'} · colour from 0 to ${app.matrix.lengths ? 'the largest length' : '1'}${app.state.contrast > 1 ? ` · contrast ${app.state.contrast}` : ''}`;

function svgOf(app) {
  const maps = app.layout.shown();
  const [left, top] = [130, 150];
  const widths = maps.map(({ matrix }) => left + matrix.width * CELL + 20);
  const height = top + Math.max(...maps.map(({ matrix }) => matrix.height)) * CELL + 40;
  const root = shape('svg', null, { viewBox: `0 0 ${widths.reduce((a, b) => a + b, 0)} ${height}`, 'font-family': 'sans-serif', 'font-size': 13 });
  shape('rect', root, { width: '100%', height: '100%', fill: app.palette.background });
  let x = 0;
  maps.forEach(({ title, matrix }, index) => {
    const group = shape('g', root, { transform: `translate(${x} 0)`, fill: app.palette.text });
    shape('text', group, { x: 10, y: 20, 'font-weight': 'bold' }, title);
    matrix.rows.forEach((label, row) => shape('text', group, { x: left - 6, y: top + (row + 0.5) * CELL, 'text-anchor': 'end', 'dominant-baseline': 'middle' }, short(label)));
    matrix.columns.forEach((label, column) => shape('text', group, { transform: `translate(${left + (column + 0.5) * CELL} ${top - 6}) rotate(-90)`, 'dominant-baseline': 'middle' }, short(label)));
    for (let row = 0; row < matrix.height; row++) for (let column = 0; column < matrix.width; column++) {
      const cell = row * matrix.width + column;
      const box = shape('rect', group, { x: left + column * CELL, y: top + row * CELL, width: CELL - 1, height: CELL - 1, fill: css(cellColour(matrix, cell, app)) });
      shape('title', box, {}, `${matrix.rows[row]} → ${matrix.columns[column]}: ${cellText(matrix, row, column)}`);
    }
    x += widths[index];
  });
  shape('text', root, { x: 10, y: height - 12, fill: app.palette.muted }, source(app));
  return new Blob([new XMLSerializer().serializeToString(root)], { type: 'image/svg+xml' });
}

const value = (matrix, row, column) => {
  const each = matrix.values[row * matrix.width + column];
  return Number.isNaN(each) ? null : Number(each.toFixed(digitsFor(matrix.errors[row])));
};

const cellText = (matrix, row, column) => {
  const status = matrix.status[row * matrix.width + column];
  return status ? (status === HIDDEN ? 'hidden by you' : 'hidden by the mask') : String(value(matrix, row, column));
};

// RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front.
function csvOf(app) {
  const cell = (text) => {
    const safe = FORMULA_STARTS.some((start) => text.startsWith(start)) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = ['shown,query_position,query,key_position,key,weight'];
  for (const { title, matrix } of app.layout.shown()) {
    matrix.rows.forEach((query, row) => matrix.columns.forEach((key, column) => {
      lines.push([cell(title), row, cell(query), column, cell(key), value(matrix, row, column) ?? ''].join(','));
    }));
  }
  return new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' });
}

function jsonOf(app) {
  const { state } = app;
  const shown = app.layout.shown().map(({ title, matrix }) => ({
    shown: title, queries: matrix.rows, keys: matrix.columns, hidden_mass: matrix.hidden ? [...matrix.hidden] : null,
    weights: matrix.rows.map((_, row) => matrix.columns.map((__, column) => value(matrix, row, column))),
  }));
  const about = app.parts.map((part) => part.about);
  const look = Object.fromEntries(['words', 'hideFirst', 'hideSpecial', 'threshold'].map((name) => [name, state[name]]));
  return new Blob([JSON.stringify({ about, look, maps: shown, pins: state.pins }, null, 1)], { type: 'application/json' });
}
