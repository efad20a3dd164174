// What the viewer chose, and how it is written in the address, which remembers it.

import { keepInAddress } from '../browser/choices.js';
import { OF, SHOW } from './controls.js';
import { VIEWS } from './explore.js';
import { SCORES } from './finder.js';
import { N_STAGES } from './microscope.js';
import { hasHead } from './unpacking.js';

const MOST_PINS = 12;
const MOST_THRESHOLD = 0.5;
const MOST_CONTRAST = 5;

const START = {
  layer: 0, head: 0, a: [2, 7], b: [99, 0], pins: [], view: 'map', show: 'head', of: 'layer', chosen: [], words: false,
  hideFirst: false, hideSpecial: false, threshold: 0, contrast: 1, x: 'previous', y: 'first', stage: 0, several: false,
  table: false, swapped: false,
};

// The parameters of each kind of page, as viz/explorer/__init__.py names them too.
const PARAMETERS = {
  explore: ['layer', 'head', 'pins', 'view', 'show', 'of', 'chosen', 'by', 'hide', 'threshold', 'contrast', 'up', 'right',
    'stage', 'together', 'table'],
  compare: ['a', 'b', 'swapped', 'pins', 'by', 'hide', 'table'],
};

// How each parameter is written (null: nothing but the usual) and read; it reads null when no such thing can be. `there`
// says what there is of it, for a link that asks for something else.
const FIELDS = {
  layer: place('layer', ({ a }) => a.layers),
  head: place('head', ({ a }) => a.heads),
  a: oneHead('a'),
  b: oneHead('b'),
  pins: { write: ({ pins }) => pinsText(pins), read: (text) => ({ pins: pinsFrom(text) }) },
  view: word('view', 'view', VIEWS),
  show: word('show', 'combination', SHOW),
  of: word('of', 'set of heads', OF),
  chosen: { write: ({ chosen }) => chosen.map((each) => each.join('.')).join('_'), read: (text) => ({ chosen: headsFrom(text) }) },
  by: flag({ words: 'words' }, 'way to cut the sentence'),
  hide: flag({ first: 'hideFirst', special: 'hideSpecial' }, 'kind of tokens to hide'),
  threshold: amount('threshold', 0, MOST_THRESHOLD),
  contrast: amount('contrast', 1, MOST_CONTRAST),
  up: word('y', 'score', SCORES),
  right: word('x', 'score', SCORES),
  stage: place('stage', () => N_STAGES),
  together: flag({ yes: 'several' }, 'way to draw chosen heads'),
  table: flag({ open: 'table' }, 'state of the table'),
  swapped: flag({ yes: 'swapped' }, 'order of A and B'),
};

function place(key, countOf) {
  return {
    write: (state) => (state[key] === START[key] && key === 'stage' ? null : String(state[key])),
    read: (text, parts, isNew) => (/^\d{1,4}$/.test(text) && !(isNew && Number(text) >= countOf(parts)) ? { [key]: Number(text) } : null),
    problem: (parts) => `a ${key} that is not there, so ${key} 0 is shown. There are 0 to ${countOf(parts) - 1}.`,
  };
}

function oneHead(side) {
  return {
    write: (state) => state[state.swapped ? { a: 'b', b: 'a' }[side] : side].join('.'),
    read: (text, parts, isNew) => {
      const [head] = headsFrom(text);
      return head && !(isNew && !hasHead(parts[side], head)) ? { [side]: head } : null;
    },
    problem: () => `a head ${side.toUpperCase()} that is not there, so another one is shown.`,
  };
}

function word(key, what, there) {
  return {
    write: (state) => (state[key] === START[key] ? null : state[key]),
    read: (text) => (Object.hasOwn(there, text) ? { [key]: text } : null),
    problem: () => `a ${what} that is not there, so it is ${START[key]}. There are ${Object.keys(there).join(', ')}.`,
  };
}

// Switches that are off at the beginning: those that are on stand in the address, each by its word.
function flag(keys, what) {
  return {
    write: (state) => Object.entries(keys).filter(([, key]) => state[key]).map(([text]) => text).join('_'),
    read: (text) => {
      const words = text.split('_');
      return words.every((each) => Object.hasOwn(keys, each)) ? Object.fromEntries(words.map((each) => [keys[each], true])) : null;
    },
    problem: () => `a ${what} that is not there. There is ${Object.keys(keys).join(' and ')}.`,
  };
}

function amount(key, low, high) {
  return {
    write: (state) => (state[key] === START[key] ? null : String(state[key])),
    read: (text) => (/^\d(\.\d+)?$/.test(text) && Number(text) >= low && Number(text) <= high ? { [key]: Number(text) } : null),
    problem: () => `a ${key} that cannot be, so ${START[key]} is used. It can be ${low} to ${high}.`,
  };
}

// Returns the state to begin with, the claim that keeps it in the address and, for what the link asks that is not
// there, sentences that say so. Both pages of the explorer remember together what both have. Of two swapped sides the
// parts change places. `adopt` is called when Back or Forward brought another state.
export function begin(mode, parts, adopt) {
  const claim = keepInAddress(PARAMETERS[mode], { memory: 'explorer', adopt });
  const state = { ...structuredClone(START), hover: null };
  const sides = { a: parts[0], b: parts[parts.length - 1] };
  const problems = [];
  for (const [name, text] of Object.entries(claim.values())) {
    if (text === null) continue;
    const chosen = FIELDS[name].read(text, sides, claim.isNew);
    if (chosen) Object.assign(state, chosen);
    else if (claim.isNew) problems.push(`The link asks for ${FIELDS[name].problem(sides)}`);
  }
  fit(sides, state);
  if (state.swapped && parts.length > 1) {
    [state.a, state.b] = [state.b, state.a];
    parts.reverse();
  } else state.swapped = false;
  return { state, problems, claim };
}

// Brings a state that was kept for another sentence or model within what there is.
function fit({ a, b }, state) {
  const nearest = (part, [layer, head]) => [Math.min(layer, part.layers - 1), Math.min(head, part.heads - 1)];
  [state.layer, state.head] = nearest(a, [state.layer, state.head]);
  state.a = nearest(a, state.a);
  state.b = nearest(b, state.b);
  state.chosen = state.chosen.filter((each) => hasHead(a, each));
  state.pins = state.pins.filter(([row, column]) => (row ?? 0) < a.height && (column ?? 0) < a.width);
  state.stage = Math.min(state.stage, N_STAGES - 1);
  if (state.show === 'rollout' && !a.sameText) state.show = 'head';
}

// What the address is to say of a state.
export const addressOf = (mode, state) => Object.fromEntries(PARAMETERS[mode].map((name) => [name, FIELDS[name].write(state) || null]));

// "2.7_4.1": head 7 of layer 2 and head 1 of layer 4, each once.
const headsFrom = (text) => [...new Set(text.split('_'))].filter((each) => /^\d{1,4}\.\d{1,4}$/.test(each))
  .map((each) => each.split('.').map(Number));

// "3.2_x.5": query 3 with key 2, and key 5 alone.
const pinsText = (pins) => pins.map((pin) => pin.map((each) => each ?? 'x').join('.')).join('_');

const pinsFrom = (text) => text.split('_').slice(0, MOST_PINS)
  .filter((each) => /^(\d{1,3}|x)\.(\d{1,3}|x)$/.test(each) && each !== 'x.x')
  .map((each) => each.split('.').map((end) => (end === 'x' ? null : Number(end))));

const samePin = (a, b) => a[0] === b[0] && a[1] === b[1];

// A click pins alone, or takes the only pin off; with Shift it is added to the others, or taken from them.
export function togglePin(state, pin, adding) {
  const others = state.pins.filter((each) => !samePin(each, pin));
  const was = others.length < state.pins.length;
  if (adding) state.pins = was ? others : [...others, pin].slice(-MOST_PINS);
  else state.pins = was && state.pins.length === 1 ? [] : [pin];
}
