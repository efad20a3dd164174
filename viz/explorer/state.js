// What the viewer chose: kept in the tab's session, and layer, head and pins in the address. The server hears nothing
// of it; what it writes into the address wipes ours away, so ours is written again after every render.

import { hasHead } from './unpacking.js';

const KEPT = 'headlight-explorer';
const MOST_PINS = 12;

const START = {
  layer: 0, head: 0, a: [2, 7], b: [99, 0], pins: [], view: 'map', show: 'head', of: 'layer', chosen: [], words: false,
  hideFirst: false, hideSpecial: false, threshold: 0, contrast: 1, x: 'previous', y: 'first', stage: 0,
};

// The address speaks when somebody came by it: a link, a reload, Back. At any other time the server may just have
// written an old one there, and what the tab kept is newer.
let cameByAddress = true;
addEventListener('popstate', () => { cameByAddress = true; });

// Returns the state to begin with and, for what the link asks that is not there, sentences that say so.
export function begin(mode, parts) {
  const [partA, partB] = [parts[0], parts[parts.length - 1]];
  const kept = stored();
  const state = { ...structuredClone(START), ...kept, hover: null, swapped: false };
  const asked = new URLSearchParams(cameByAddress ? location.search : '');
  cameByAddress = false;
  const problems = [];
  if (mode === 'explore') {
    for (const [name, size] of [['layer', partA.layers], ['head', partA.heads]]) {
      const value = asked.get(name);
      if (value !== null && !(/^\d{1,4}$/.test(value) && Number(value) < size)) {
        problems.push(`The link asks for a ${name} that is not there, so ${name} 0 is shown. There are 0 to ${size - 1}.`);
        state[name] = 0;
      } else if (value !== null) state[name] = Number(value);
    }
  } else {
    for (const [name, part] of [['a', partA], ['b', partB]]) {
      const value = asked.get(name);
      const head = /^(\d{1,4})\.(\d{1,4})$/.exec(value ?? '')?.slice(1).map(Number);
      if (value !== null && !(head && hasHead(part, head))) {
        problems.push(`The link asks for a head ${name.toUpperCase()} that is not there, so another one is shown.`);
      } else if (head) state[name] = head;
    }
  }
  if (asked.has('pins')) state.pins = pinsFrom(asked.get('pins'));
  fit(mode, parts, state);
  return { state, problems };
}

// Brings a state that was kept for another sentence or model within what there is.
function fit(mode, parts, state) {
  const [partA, partB] = [parts[0], parts[parts.length - 1]];
  const nearest = (part, [layer, head]) => [Math.min(layer, part.layers - 1), Math.min(head, part.heads - 1)];
  [state.layer, state.head] = nearest(partA, [state.layer, state.head]);
  state.a = nearest(partA, state.a);
  state.b = nearest(partB, state.b);
  state.chosen = state.chosen.filter((each) => hasHead(partA, each));
  state.pins = state.pins.filter(([row, column]) => (row ?? 0) < partA.height && (column ?? 0) < partA.width);
  if (state.show === 'rollout' && !partA.sameText) state.show = 'head';
}

function stored() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    // Only what has the form of a state: another version may have written it.
    return Object.fromEntries(Object.entries(kept).filter(([name, value]) =>
      name in START && typeof value === typeof START[name] && Array.isArray(value) === Array.isArray(START[name])));
  } catch {
    return {}; // no storage here (a file opened from disk), or not ours
  }
}

export function remember(mode, state) {
  const { hover, swapped, ...kept } = state;
  // A is the page's own sentence for whoever comes next, also when the sides are swapped now.
  if (swapped) [kept.a, kept.b] = [kept.b, kept.a];
  try { sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* no storage here */ }
  const address = new URL(location.href);
  const wanted = mode === 'explore'
    ? { layer: state.layer, head: state.head } : { a: kept.a.join('.'), b: kept.b.join('.') };
  for (const [name, value] of Object.entries({ ...wanted, pins: pinsText(state.pins) })) {
    if (value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (address.href === location.href || location.protocol === 'file:' || location.protocol === 'about:') return;
  history.replaceState(history.state, '', address);
}

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
