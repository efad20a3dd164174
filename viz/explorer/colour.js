// One palette for all pictures; fixed scales, so that two heads compare by eye.

export const rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

export function at(ramp, place) {
  const x = Math.max(0, Math.min(1, place));
  const upper = Math.max(1, ramp.findIndex(([end]) => end >= x));
  const [[x0, from], [x1, to]] = [ramp[upper - 1], ramp[upper]];
  const mix = (x - x0) / (x1 - x0);
  const [a, b] = [rgb(from), rgb(to)];
  return a.map((part, index) => Math.round(part + (b[index] - part) * mix));
}

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

export const css = ([red, green, blue]) => `rgb(${red},${green},${blue})`;

export const readable = ([red, green, blue]) => (0.299 * red + 0.587 * green + 0.114 * blue < 140 ? '#FFFFFF' : '#1B1B1B');

export function isDark(root) {
  const colour = getComputedStyle(root).getPropertyValue('--st-background-color').trim() || '#ffffff';
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = colour;
  const [red, green, blue] = rgb(probe.fillStyle);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
