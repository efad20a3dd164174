// The three controls: each a slider with a box beside it for an exact number, and a line on what it does.

import { element } from '../browser/dom.js';
import { percent, whole } from './numbers.js';

const KS = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000, 50000];

// top-k runs over rounded numbers with "all" (0) at the right end; the box beside it takes any number.
const kSteps = (n) => [...KS.filter((k) => k < n), 0];
const KNOBS = [
  {
    name: 'temperature', title: 'Temperature', step: 0.05,
    range: (header) => [0, header.controls.most_temperature],
    toSlider: (value) => value, fromSlider: (value) => value,
    says: (settings) => settings.temperature === 0 ? 'only the likeliest token is left'
      : settings.temperature === 1 ? 'as the model says'
      : settings.temperature < 1 ? 'the favourite gains' : 'the choices draw level',
  },
  {
    name: 'top_k', title: 'Top-k', step: 1, whole: true,
    range: (_, n) => [0, n],
    toSlider: (k, n) => {
      const steps = kSteps(n);
      const place = steps.findIndex((step) => step >= k);
      return k === 0 || place < 0 ? steps.length - 1 : place;
    },
    fromSlider: (place, n) => kSteps(n)[place],
    sliderRange: (_, n) => [0, kSteps(n).length - 1],
    says: (settings, now) => settings.top_k === 0 ? '0: off, all are kept'
      : `keeps ${whole(now.afterTopK)}, drops ${percent(now.byTopK)}`,
  },
  {
    name: 'top_p', title: 'Top-p', step: 0.01,
    range: () => [0, 1],
    toSlider: (value) => value, fromSlider: (value) => value,
    says: (settings, now) => settings.top_p === 1 ? '1: off, all are kept'
      : `keeps ${whole(now.kept)}, drops ${percent(now.byTopP)}${settings.top_k ? ' more' : ''}`,
  },
];

export function buildKnobs(parent) {
  return KNOBS.map((knob) => buildKnob(knob, parent));
}

function buildKnob(knob, parent) {
  const root = element('div', 'knob', parent);
  const label = element('label', '', root);
  element('span', 'title', label, knob.title);
  const slider = element('input', '', label, undefined, { type: 'range', step: knob.step });
  const box = element('input', '', root, undefined, { type: 'number', step: 'any', 'aria-label': `${knob.title}, exactly` });
  const effect = element('p', '', root);
  return { knob, slider, box, effect };
}

export function drawKnobs(state, now, n) {
  state.knobs.forEach(({ knob, slider, box, effect }) => {
    const value = state.settings[knob.name];
    slider.value = knob.toSlider(value, n);
    slider.setAttribute('aria-valuetext', knob.name === 'top_k' && value === 0 ? 'all' : String(value));
    if (box.getRootNode().activeElement !== box) box.value = String(value);
    effect.textContent = knob.says(state.settings, now);
  });
}

export function setRanges(state, header, n) {
  state.knobs.forEach(({ knob, slider, box }) => {
    [box.min, box.max] = knob.range(header, n);
    [slider.min, slider.max] = (knob.sliderRange ?? knob.range)(header, n);
  });
}

// Tells of a change while a slider moves, and of a number that was typed once it fits.
export function listenToKnobs(state, header, n, change) {
  state.knobs.forEach(({ knob, slider, box }) => {
    slider.oninput = () => change(knob.name, knob.fromSlider(Number(slider.value), n));
    box.oninput = () => {
      const [low, high] = knob.range(header, n);
      const value = box.value === '' ? NaN : Number(box.value);
      const fits = value >= low && value <= high && (!knob.whole || Number.isInteger(value));
      box.setAttribute('aria-invalid', String(!fits));
      if (fits) change(knob.name, value);
    };
    box.onblur = () => { box.value = String(state.settings[knob.name]); box.setAttribute('aria-invalid', 'false'); };
  });
}
