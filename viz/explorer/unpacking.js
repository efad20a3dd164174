// From packed bytes to the integers of every head; `packing.py` says how they are laid out.

import { framed } from '../browser/bytes.js';

export const UNIT = 1000; // an integer of 1000 is a weight of 1

export async function unpack(data) {
  const [header, rest] = framed(data);
  let start = 0;
  const next = (length) => rest.subarray(start, (start += length));
  const [packed, answered] = [header.lengths.map(next), header.answers.map(next)];
  const [parts, answers] = [await Promise.all(packed.map(unpackPart)), await Promise.all(answered.map(unpackAnswer))];
  return { header, parts, answers };
}

export async function unpackAnswer(data) {
  const [header, rest] = framed(data);
  const body = (await inflate(rest)).buffer;
  let start = 0;
  const arrays = header.arrays.map(({ shape, type }) => {
    const size = shape.reduce((product, each) => product * each, 1);
    const bytes = size * (type === 'f4' ? 4 : 2);
    const part = body.slice(start, start + bytes);
    start += bytes;
    return type === 'f4' ? new Float32Array(part) : new Uint16Array(part);
  });
  return { header, arrays };
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function unpackPart(bytes) {
  const [header, rest] = framed(bytes);
  const body = await inflate(rest);
  const { layers, heads, queries, keys } = header;
  const [height, width] = [queries.length, keys.length];
  const cells = height * width;
  let start = 0;
  const take = (count) => body.subarray(start, (start += count));
  const planes = (count) => {
    const [low, high] = [take(count), take(count)];
    return Uint16Array.from(low, (byte, index) => byte | (high[index] << 8));
  };
  const part = {
    ...header, height, width, seen: new Uint8Array(layers * cells), ints: null, pictures: null,
    fetched: new Map(), vectors: new Map(), norms: null, cache: new Map(),
  };
  for (let layer = 0; layer < layers; layer++) {
    const bits = take(Math.ceil(cells / 8));
    for (let cell = 0; cell < cells; cell++) part.seen[layer * cells + cell] = (bits[cell >> 3] >> (7 - (cell & 7))) & 1;
  }
  part.sums = planes(layers * heads * height);
  if (!header.exact) {
    part.pictureHeight = Math.ceil(height / header.pool);
    part.pictureWidth = Math.ceil(width / header.pool);
    part.pictures = take(layers * heads * part.pictureHeight * part.pictureWidth);
    return part;
  }
  part.ints = new Uint16Array(layers * heads * cells);
  const widths = Array.from({ length: height }, (_, row) => (header.causal ? Math.min(row + 1, width) : width));
  const packed = planes(layers * heads * widths.reduce((sum, each) => sum + each, 0));
  let from = 0;
  for (let row = 0, index = 0; index < layers * heads * height; index++, row = index % height) {
    part.ints.set(packed.subarray(from, from + widths[row]), index * width);
    from += widths[row];
  }
  return part;
}

export const headIndex = (part, [layer, head]) => layer * part.heads + head;

// The integers of a head, or null when they have not been fetched yet.
export function headInts(part, [layer, head]) {
  if (!part.ints) return part.fetched.get(`head ${layer}.${head}`) ?? null;
  const cells = part.height * part.width;
  const start = headIndex(part, [layer, head]) * cells;
  return part.ints.subarray(start, start + cells);
}

export function rowSums(part, [layer, head]) {
  const start = headIndex(part, [layer, head]) * part.height;
  return part.sums.subarray(start, start + part.height);
}

export function seenCells(part, layer) {
  const cells = part.height * part.width;
  return part.seen.subarray(layer * cells, (layer + 1) * cells);
}

export const allHeads = (part) =>
  Array.from({ length: part.layers * part.heads }, (_, index) => [Math.floor(index / part.heads), index % part.heads]);

export const hasHead = (part, [layer, head]) =>
  Number.isInteger(layer) && Number.isInteger(head) && layer >= 0 && head >= 0 && layer < part.layers && head < part.heads;
