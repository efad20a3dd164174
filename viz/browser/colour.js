// Colours of scales, and which of the two themes holds.

export const rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

export const css = ([red, green, blue]) => `rgb(${red},${green},${blue})`;

export function at(ramp, place) {
  const x = Math.max(0, Math.min(1, place));
  const upper = Math.max(1, ramp.findIndex(([end]) => end >= x));
  const [[x0, from], [x1, to]] = [ramp[upper - 1], ramp[upper]];
  const mix = (x - x0) / (x1 - x0);
  const [a, b] = [rgb(from), rgb(to)];
  return a.map((part, index) => Math.round(part + (b[index] - part) * mix));
}

const SYSTEM = matchMedia('(prefers-color-scheme: dark)');

// The palette of the theme in which an element stands: Streamlit says it, a saved page leaves it to the system.
export function paletteOf(palettes, element) {
  const schemes = getComputedStyle(element).colorScheme;
  const dark = schemes.includes('dark') && (!schemes.includes('light') || SYSTEM.matches);
  return palettes[dark ? 'dark' : 'light'];
}

// Calls back when the theme changes; returns how to stop that.
export function followTheme(redraw) {
  const app = document.querySelector('[data-testid="stApp"]');
  const observer = new MutationObserver(() => redraw());
  if (app) observer.observe(app, { attributes: true, attributeFilter: ['class', 'style'] });
  const onSystem = () => redraw();
  SYSTEM.addEventListener('change', onSystem);
  return () => { observer.disconnect(); SYSTEM.removeEventListener('change', onSystem); };
}
