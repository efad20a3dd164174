// All heads of all layers as thumbnails on one canvas, with a button over each. A pixel that covers several cells
// shows the largest of them: with the nearest or the mean, the line of a previous-token head would vanish.

import { sized } from '../browser/axes.js';
import { css, rgb } from '../browser/colour.js';
import { clamp, element } from '../browser/dom.js';
import { roving } from './fields.js';
import { hiddenColumns } from './matrices.js';
import { tableIndex, tableOf } from './scale.js';
import { allHeads, headIndex, headInts, rowSums, seenCells } from './unpacking.js';

const GUTTER = 26; // for the layers' numbers
const GAP = 4;
const BADGES = { previous: '←', duplicate: '=', induction: '↻', first: '⇤', self: '●' };
export const BADGE_WORDS = {
  previous: 'previous token', duplicate: 'same token', induction: 'after the same token', first: 'first token', self: 'itself',
};
export const READS = { // each as the object of "reads"
  previous: 'the previous token', duplicate: 'the same token', induction: 'what follows the same token', first: 'the first token',
  self: 'the token itself',
};

// The pattern that a head follows clearly: the highest score of at least 0.4 that is also twice what chance gives.
export function badgeOf(part, [layer, head]) {
  const clear = Object.keys(BADGES).map((name) => [name, part.scores[name]?.[layer][head] ?? 0])
    .filter(([name, score]) => score >= 0.4 && score >= 2 * part.chance[name]);
  return clear.sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

export const headName = ([layer, head]) => `Layer ${layer}, head ${head}`;

export function makeGrid(app, parent, part, { picked, onPick, marks = () => [] }) {
  const root = element('div', 'grid', parent);
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', `All ${part.layers * part.heads} heads; arrow keys move, Enter opens`);
  const base = element('canvas', '', root);
  const over = element('canvas', 'over', root);
  const heads = allHeads(part);
  const numbers = { layers: [], heads: [] };
  for (let head = 0; head < part.heads; head++) numbers.heads.push(element('span', 'number', root, String(head)));
  for (let layer = 0; layer < part.layers; layer++) numbers.layers.push(element('span', 'number', root, String(layer)));
  const buttons = heads.map((each) => thumb(app, root, part, each, onPick));
  const stop = roving(buttons, part.heads, headIndex(part, picked()));
  const box = {
    width: 0, height: 0, top: 18, // the pointer may come before the first painting
    at: ([layer, head]) => [GUTTER + head * (box.width + GAP), box.top + layer * (box.height + GAP)],
  };

  function place() {
    const room = root.clientWidth || 300;
    const shape = clamp(part.height / part.width, 0.4, 2.5);
    const width = clamp(Math.min((room - GUTTER) / part.heads - GAP, 560 / part.layers / shape - GAP), 8, 72);
    Object.assign(box, { width: Math.floor(width), height: Math.floor(width * shape) });
    root.style.height = `${box.top + part.layers * (box.height + GAP)}px`;
    const put = (node, left, top, w, h) => Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${w}px`, height: `${h}px` });
    heads.forEach((each, index) => put(buttons[index], ...box.at(each), box.width, box.height));
    const every = Math.ceil(14 / (box.width + GAP));
    numbers.heads.forEach((node, head) => { put(node, box.at([0, head])[0], 0, box.width, 16); node.hidden = head % every > 0; });
    numbers.layers.forEach((node, layer) => put(node, 0, box.at([layer, 0])[1] + box.height / 2 - 8, GUTTER - 6, 16));
  }

  function paint() {
    place();
    const [width, height] = [GUTTER + part.heads * (box.width + GAP), box.top + part.layers * (box.height + GAP)];
    const context = sized(base, width, height);
    const ratio = devicePixelRatio || 1;
    const size = { width: Math.round(box.width * ratio), height: Math.round(box.height * ratio) };
    for (const each of heads) {
      const [left, top] = box.at(each);
      context.putImageData(picture(app, part, each, size), Math.round(left * ratio), Math.round(top * ratio));
    }
    sized(over, width, height);
  }

  // Everything but the rows and columns in focus steps back, in every thumbnail at once.
  function light({ rows, columns }) {
    const context = sized(over, GUTTER + part.heads * (box.width + GAP), box.top + part.layers * (box.height + GAP));
    if (!rows.length && !columns.length) return;
    const bands = (lit, count, size) => spaces(lit.filter((each) => each < count), count, size);
    const [across, down] = [bands(rows, part.height, box.height), bands(columns, part.width, box.width)];
    context.fillStyle = app.palette.background;
    context.globalAlpha = 0.72;
    context.beginPath();
    for (const each of heads) {
      const [left, top] = box.at(each);
      for (const [y, h] of across) for (const [x, w] of down) context.rect(left + x, top + y, w, h);
    }
    context.fill();
  }

  function mark() {
    const chosen = new Set(app.state.chosen.map((each) => headIndex(part, each)));
    const marked = marks();
    heads.forEach((each, index) => {
      const node = buttons[index];
      node.setAttribute('aria-pressed', String(index === headIndex(part, picked())));
      node.classList.toggle('chosen', chosen.has(index));
      node.dataset.side = marked.filter(([, head]) => headIndex(part, head) === index).map(([name]) => name).join('');
    });
    stop(headIndex(part, picked()));
  }

  return {
    root, buttons,
    update(flags) {
      if (flags.has('grid')) paint();
      if (flags.has('grid') || flags.has('head') || flags.has('controls')) mark();
      if (flags.has('grid') || flags.has('focus')) light(app.focusOf(part));
    },
  };
}

function thumb(app, root, part, each, onPick) {
  const node = element('button', 'thumb', root);
  node.type = 'button';
  const badge = badgeOf(part, each);
  if (badge) {
    const mark = element('i', 'badge', node, BADGES[badge]);
    mark.setAttribute('aria-hidden', 'true');
  }
  node.setAttribute('aria-label', headName(each) + (badge ? `, reads mostly ${READS[badge]}` : ''));
  node.title = node.getAttribute('aria-label');
  node.addEventListener('click', (event) => onPick(each, event));
  node.addEventListener('pointermove', (event) => {
    const [w, h] = [node.clientWidth, node.clientHeight];
    const row = clamp(Math.floor((event.offsetY / h) * part.height), 0, part.height - 1);
    const column = clamp(Math.floor((event.offsetX / w) * part.width), 0, part.width - 1);
    app.hover({ row, column, part, head: each });
  });
  node.addEventListener('pointerleave', () => app.hover(null));
  return node;
}

// The stretches that are not lit; a lit row is at least two pixels high, or it would not be seen.
function spaces(lit, count, size) {
  const least = Math.min(2, size);
  const bands = [...new Set(lit)].sort((a, b) => a - b).map((each) => {
    const start = (each / count) * size;
    return [start, Math.max(start + least, ((each + 1) / count) * size)];
  });
  const result = [];
  let from = 0;
  for (const [start, end] of bands) {
    if (start > from) result.push([from, start - from]);
    from = Math.max(from, end);
  }
  if (from < size) result.push([from, size - from]);
  return result;
}

function picture(app, part, each, { width, height }) {
  const pooled = part.ints ? poolExact(app.state, part, each, width, height) : poolPicture(part, each, width, height);
  const image = new ImageData(width, height);
  const table = tableOf(app.palette, app.state.contrast, false);
  const masked = rgb(app.palette.masked);
  const words = new Uint32Array(image.data.buffer); // a pixel at a time: this loop paints 144 heads
  const pack = (red, green, blue) => (255 << 24) | (blue << 16) | (green << 8) | red;
  const maskedWord = pack(...masked);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * pooled.height) / height) * pooled.width;
    for (let x = 0; x < width; x++) {
      const share = pooled.cells[row + Math.floor((x * pooled.width) / width)];
      const from = share < 0 ? 0 : tableIndex(share < app.state.threshold ? 0 : share);
      words[y * width + x] = share < 0 ? maskedWord : pack(table[from], table[from + 1], table[from + 2]);
    }
  }
  return image;
}

function poolExact(look, part, each, width, height) {
  const size = { height: Math.min(part.height, height), width: Math.min(part.width, width) };
  const cells = new Float32Array(size.height * size.width).fill(-1); // -1: all of it masked
  const ints = headInts(part, each);
  const seen = seenCells(part, each[0]);
  const sums = rowSums(part, each);
  const gone = hiddenColumns(part, look);
  const hiding = gone.some(Boolean);
  const columnOf = Int32Array.from({ length: part.width }, (_, key) => Math.floor((key * size.width) / part.width));
  for (let row = 0; row < part.height; row++) {
    const [from, to] = [row * part.width, Math.floor((row * size.height) / part.height) * size.width];
    let rest = sums[row];
    if (hiding) gone.forEach((each_, key) => { if (each_) rest -= ints[from + key]; });
    const scale = hiding ? (rest > 0 ? sums[row] / rest : 0) : 1;
    for (let key = 0; key < part.width; key++) {
      if (!seen[from + key] || (hiding && gone[key])) continue;
      const share = (ints[from + key] * scale) / 1000;
      if (share > cells[to + columnOf[key]]) cells[to + columnOf[key]] = share;
    }
  }
  return { ...size, cells };
}

function poolPicture(part, each, width, height) {
  const size = { height: Math.min(part.pictureHeight, height), width: Math.min(part.pictureWidth, width) };
  const cells = new Float32Array(size.height * size.width).fill(-1);
  const start = headIndex(part, each) * part.pictureHeight * part.pictureWidth;
  const seen = seenCells(part, each[0]);
  for (let row = 0; row < part.pictureHeight; row++) for (let column = 0; column < part.pictureWidth; column++) {
    const [query, key] = [Math.min(part.height, (row + 1) * part.pool) - 1, column * part.pool];
    if (!seen[query * part.width + key]) continue; // the lower left cell is the last that a mask hides
    const to = Math.floor((row * size.height) / part.pictureHeight) * size.width + Math.floor((column * size.width) / part.pictureWidth);
    cells[to] = Math.max(cells[to], part.pictures[start + row * part.pictureWidth + column] / 255);
  }
  return { ...size, cells };
}

export function makeGridLegend(app, parent, part) {
  const root = element('p', 'note', parent);
  const present = [...new Set(allHeads(part).map((each) => badgeOf(part, each)).filter(Boolean))];
  element('span', '', root, 'Rows are layers, columns heads. A pixel shows the largest weight it covers.');
  for (const name of present) element('span', 'badge-word', root, `${BADGES[name]} ${BADGE_WORDS[name]}`);
  return {
    update() { root.style.setProperty('--dot', css(rgb(app.palette.accent))); },
  };
}
