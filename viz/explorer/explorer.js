// The explorer: unpacks what the page sent, keeps what the viewer chose, and paints at most once a frame.

import { followTheme, paletteOf } from '../browser/colour.js';
import { element } from '../browser/dom.js';
import { makeCompare } from './compare.js';
import { makeExplore } from './explore.js';
import { addressOf, begin, togglePin } from './state.js';
import { unpack, unpackAnswer } from './unpacking.js';

const ALL = ['matrix', 'grid', 'focus', 'head', 'view', 'controls', 'finder', 'microscope', 'look'];

export default function explorer({ data, parentElement }) {
  const host = parentElement.host ?? parentElement;
  const kept = (host.explorer ??= { bytes: null, app: null, stop: null });
  if (kept.app && sameBytes(kept.bytes, data)) {
    kept.app.change('grid', 'matrix', 'focus'); // the theme changed
    return kept.end;
  }
  kept.bytes = data;
  performance.mark('headlight: mounted');
  kept.end = () => { kept.stop?.(); kept.app = kept.stop = null; };
  unpack(data).then((unpacked) => {
    if (kept.bytes !== data) return; // newer bytes came meanwhile
    const begins = (fromHistory) => {
      kept.stop?.();
      kept.app = start(parentElement, unpacked, { fromHistory, again: () => begins(true) });
      kept.stop = kept.app.stop;
    };
    begins(false);
  });
  return kept.end;
}

const sameBytes = (a, b) => a?.length === b.length && a.every((byte, index) => byte === b[index]);

// `again` begins anew when Back or Forward brought another state. The sentence may be about to change with it, so a
// beginning `fromHistory` writes nothing into the address before the viewer does something.
function start(parent, { header, parts: inOrder, answers }, { fromHistory, again }) {
  parent.querySelector('.explorer')?.remove();
  const root = element('div', `explorer ${header.mode}`, parent);
  const parts = [...inOrder];
  const { state, problems, claim } = begin(header.mode, parts, again);
  const app = { root, header, parts, state, matrix: null, title: '', palette: header.palettes.light, tables: {}, font: 'sans-serif' };
  const problem = new Map(); // what cannot be fetched, and why
  const asked = new Set();
  const flags = new Set();
  let frame = 0;
  let keeps = !fromHistory;

  for (const sentence of [...problems, ...cutSentences(parts), ...(header.note ? [header.note] : [])]) element('p', 'warning', root, sentence).setAttribute('role', 'status');

  app.change = (...names) => {
    names.forEach((name) => flags.add(name));
    if (!frame) frame = requestAnimationFrame(paint);
  };

  function paint() {
    frame = 0;
    const now = new Set(flags);
    flags.clear();
    if (now.has('grid')) {
      app.palette = paletteOf(header.palettes, root);
      app.font = getComputedStyle(root).fontFamily;
    }
    if (now.has('grid') || now.has('look')) { app.tables = {}; now.add('matrix'); }
    app.layout.update(now);
    if (keeps && ['address', 'head', 'view', 'controls', 'microscope', 'finder'].some((flag) => now.has(flag))) claim.keep(addressOf(header.mode, state));
    keeps = true;
    if (!root.dataset.painted) performance.measure('headlight: mounted to painted', 'headlight: mounted');
    root.dataset.painted = String(Number(root.dataset.painted ?? 0) + 1);
  }

  app.hover = (point) => {
    if (JSON.stringify(strip(state.hover)) === JSON.stringify(strip(point))) return;
    state.hover = point;
    app.change('focus');
  };
  app.pin = (pin, adding) => {
    togglePin(state, pin, adding);
    app.change('focus', 'address', 'microscope');
  };
  app.pick = ([layer, head]) => {
    Object.assign(state, { layer, head });
    app.layout.ask?.(); // at once: the answer travels while this frame is painted
    app.change('matrix', 'focus', 'head', 'controls');
  };
  app.swap = () => {
    [state.a, state.b] = [state.b, state.a];
    if (parts.length > 1) { // of two sentences or models the whole sides change places
      state.swapped = !state.swapped;
      parts.reverse();
      root.replaceChildren();
      app.layout = makeCompare(app);
    }
    app.change(...ALL, 'address');
  };
  app.view = (name) => {
    state.view = name;
    app.change('view', 'focus', 'microscope', 'finder');
  };
  app.lookInside = (pin) => {
    if (!state.pins.some((each) => each.join() === pin.join())) state.pins = [pin];
    if (header.mode === 'explore') app.view('microscope');
  };

  // The tokens in focus, those pinned and the one under the pointer; in a view by words, all tokens of their words.
  app.focusOf = (part) => {
    const points = [...state.pins, ...(state.hover ? [[state.hover.row, state.hover.column]] : [])];
    const spread = (tokens, words) => (state.words
      ? [...words.keys()].filter((token) => tokens.some((each) => words[each] === words[token])) : [...new Set(tokens)]);
    const side = (end) => points.map((each) => each[end]).filter((each) => each !== null && each !== undefined);
    return { rows: spread(side(0), part.queryWords), columns: spread(side(1), part.keyWords) };
  };
  app.pinned = (matrix) => {
    const side = (end, of) => {
      const tokens = state.pins.map((each) => each[end]).filter((each) => each !== null && each < of.length);
      return [...new Set(tokens.map((token) => of[token]))];
    };
    return { rows: side(0, matrix.rowOf), columns: side(1, matrix.columnOf) };
  };
  // Whose numbers the sentence carries: what is under the pointer, else what is pinned.
  app.numbersFocus = (matrix) => {
    if (!state.hover) return app.pinned(matrix);
    const { row, column } = state.hover;
    const list = (token, of) => (token === null || of[token] === undefined ? [] : [of[token]]);
    return { rows: list(row, matrix.rowOf), columns: list(column, matrix.columnOf) };
  };

  app.problemOf = (part, what) => problem.get(`${part.key} ${what}`) ?? (header.asks ? '' : notCarried(part, what));
  app.normsReason = () => (parts[0].norms ? '' : app.problemOf(parts[0], 'norms'));
  app.fetch = (part, request) => {
    const full = { key: part.key, ...request };
    const name = JSON.stringify(full);
    if (!header.asks || asked.has(name)) return false;
    asked.add(name);
    (globalThis.headlightAsks ??= []).push(full);
    document.dispatchEvent(new CustomEvent('headlight-ask'));
    return false;
  };
  // Keeps an answer; tells whether it was about what is shown.
  function keep({ header: answer, arrays }) {
    const part = parts.find((each) => each.key === answer.key);
    if (!part) return false; // about the sentence before
    if (answer.problem) problem.set(`${part.key} ${answer.what}`, answer.problem);
    else if (answer.what === 'matrix') part.fetched.set(answer.name, arrays[0]);
    else if (answer.what === 'norms') [part.norms] = arrays;
    else if (answer.what === 'vectors') {
      const [query, key, value, bias] = arrays;
      part.vectors.set(`${answer.layer}.${answer.head}`, { query, key, value, bias, d: answer.d, scale: answer.scale, scheme: answer.scheme });
    }
    return true;
  }
  async function hear(bytes) {
    const answer = await unpackAnswer(bytes);
    if (!keep(answer)) return undefined;
    if (answer.header.what !== 'vectors') return app.change('matrix', 'focus', 'controls', 'answer');
    flags.add('answer');
    cancelAnimationFrame(frame);
    return paint(); // somebody waits for these numbers
  }
  answers.forEach(keep);
  const onAnswer = (event) => hear(event.detail);
  document.addEventListener('headlight-answer', onAnswer);

  const onKey = (event) => {
    if (event.key !== 'Escape' || ['INPUT', 'TEXTAREA'].includes(event.composedPath()[0].tagName)) return;
    state.pins = [];
    state.hover = null;
    app.change('focus', 'address', 'microscope');
  };
  document.addEventListener('keydown', onKey);

  app.layout = header.mode === 'compare' ? makeCompare(app) : makeExplore(app);
  let width = root.clientWidth;
  const sizes = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - width) < 1) return; // our own painting changes the height only
    width = root.clientWidth;
    app.change('grid', 'view');
  });
  sizes.observe(root);
  const stopFollowing = followTheme(() => app.change('grid', 'view'));
  const onFonts = () => app.change('grid', 'view'); // labels were measured in another font
  document.fonts.addEventListener('loadingdone', onFonts);

  app.stop = () => {
    claim.leave();
    cancelAnimationFrame(frame);
    sizes.disconnect();
    stopFollowing();
    document.fonts.removeEventListener('loadingdone', onFonts);
    document.removeEventListener('headlight-answer', onAnswer);
    document.removeEventListener('keydown', onKey);
  };
  if (globalThis.headlightAnswer) hear(globalThis.headlightAnswer);
  app.change(...ALL, 'address');
  return app;
}

const strip = (point) => point && { row: point.row, column: point.column, head: point.head, token: point.token };

// Why a file cannot show what it would have to ask for.
function notCarried(part, what) {
  if (what === 'norms') return 'This needs the running app: this file does not carry the lengths of the values.';
  if (!part.vectors.size) return 'This needs the running app: this file carries no query, key and value vectors.';
  return `This file carries the query, key and value vectors of ${part.vectors.size} of the ${part.layers * part.heads} heads, and not of this one. ` +
    'To have it, open this head in the microscope of the app and save the file again.';
}

function cutSentences(parts) {
  return parts.filter(({ cut }) => cut[0] || cut[1]).map(({ cut, height, width }) =>
    `Only the first ${Math.max(height, width)} tokens are drawn; ${Math.max(...cut)} more are left out, because more would not stay fast.`);
}
