// The colours of weights and of their differences; fixed scales, so that two heads compare by eye.

import { at } from '../browser/colour.js';

// Contrast c draws a weight w where the scale has w^(1/c): 1 is the plain scale, more makes small weights visible.
export const contrasted = (value, contrast) => Math.sign(value) * Math.abs(value) ** (1 / contrast);

const STEPS = 1000;

// Colours of 0 to 1 (weights) or -1 to 1 (difference) as one table, because every cell asks for one.
export function tableOf(palette, contrast, ofDifference) {
  const ramp = ofDifference ? palette.difference : palette.weights;
  const table = new Uint8Array((STEPS + 1) * 3);
  for (let step = 0; step <= STEPS; step++) {
    const place = ofDifference ? (contrasted((2 * step) / STEPS - 1, contrast) + 1) / 2 : contrasted(step / STEPS, contrast);
    table.set(at(ramp, place), 3 * step);
  }
  return table;
}

export const tableIndex = (share) => 3 * Math.round(STEPS * (share < 0 ? 0 : share > 1 ? 1 : share));

// Text that can be read on a cell of a scale.
export const inkOn = ([red, green, blue], palette) =>
  (0.299 * red + 0.587 * green + 0.114 * blue < 140 ? palette.ink_on_dark : palette.ink_on_light);
