// Two heads side by side, A and B, of any layer, sentence or model, and what sets them apart.

import { element } from '../browser/dom.js';
import { button, check, choice } from './fields.js';
import { BADGE_WORDS, badgeOf, headName, makeGrid } from './grid.js';
import { makeLegend, makeMap } from './map.js';
import { difference, rankCorrelation, rowDistances, shownMatrix } from './matrices.js';
import { cellSentence } from './readout.js';
import { makeRowTable } from './row_table.js';
import { makeSentence } from './sentence.js';
import { makeTakeaway } from './takeaway.js';
import { allHeads } from './unpacking.js';

const COMPARE_HINT = 'Point at a cell: the same cell lights up in all maps. Click pins, Shift and click adds, Esc clears.';
// What tests/browser/test_explorer_numbers.py finds for rounded weights: the mean right to 0.01, a row to 0.04.
const [MEAN_DIGITS, ROW_DIGITS] = [2, 1];

export function makeCompare(app) {
  const parts = { a: app.parts[0], b: app.parts[app.parts.length - 1] };
  const apart = parts.a !== parts.b;
  const now = { a: null, b: null, d: null }; // what is shown
  const sentences = (apart ? ['a', 'b'] : ['a']).map((side) => {
    if (apart) element('b', 'axis', app.root, `${side.toUpperCase()} reads`);
    return makeSentence(sideApp(side), app.root, parts[side]);
  });
  const bar = element('div', 'bar', app.root);
  const selects = {};
  for (const side of ['a', 'b']) {
    const heads = allHeads(parts[side]).map((each) => {
      const badge = badgeOf(parts[side], each);
      return [each.join('.'), headName(each) + (badge ? ` (${BADGE_WORDS[badge]})` : '')];
    });
    selects[side] = choice(bar, side.toUpperCase(), heads, (value) => pick(side, value.split('.').map(Number)), `Head ${side.toUpperCase()}`);
    if (side === 'a') {
      button('swap', bar, '⇄ Swap', app.swap);
    }
  }
  const first = check(bar, 'Hide the first token', (value) => { app.state.hideFirst = value; app.change('matrix', 'focus', 'grid', 'controls'); });
  const special = check(bar, 'Hide special tokens', (value) => { app.state.hideSpecial = value; app.change('matrix', 'focus', 'grid', 'controls'); });
  special.closest('label').hidden = ![parts.a, parts.b].some((part) => part.keysMarked.some(Boolean));
  const words = check(bar, 'Whole words', (value) => { app.state.words = value; app.change('matrix', 'focus', 'controls'); });
  const numbers = element('p', 'numbers', app.root);
  numbers.setAttribute('aria-live', 'polite');
  const note = element('p', 'note', app.root);
  const holder = element('div', 'maps', app.root);
  const maps = Object.fromEntries(['a', 'b', 'd'].map((side) => [side, makeMap(app, holder, side, { onHover: app.hover, tall: 420, widest: 40 })]));
  const legends = { a: makeLegend(app, maps.a.figure), d: makeLegend(app, maps.d.figure) };
  const readout = element('p', 'readout', app.root);
  readout.setAttribute('aria-live', 'polite');
  const pinned = element('p', 'readout pinned', app.root);

  const gridBox = element('div', 'grids', app.root);
  const hint = element('p', 'note', app.root);
  hint.textContent = 'Click on a thumbnail gives A that head, Shift and click gives it to B.' ;
  const grids = (apart ? ['a', 'b'] : ['a']).map((side) => {
    const box = element('div', '', gridBox);
    if (apart) element('b', 'axis', box, `${side.toUpperCase()}: all heads`);
    return makeGrid(app, box, parts[side], {
      picked: () => app.state[side],
      onPick: (head, event) => pick(apart ? side : event.shiftKey ? 'b' : 'a', head),
      marks: () => (apart ? [[side.toUpperCase(), app.state[side]]] : [['A', app.state.a], ['B', app.state.b]]),
    });
  });
  hint.hidden = apart;
  const rows = element('div', 'row-distances', app.root); // last, for it grows and shrinks with what is compared
  const table = makeRowTable(app, app.root);
  makeTakeaway(app, app.root);
  // The chips of B carry B's rows.
  function sideApp(side) {
    return new Proxy(app, { get: (target, name) => (name === 'matrix' ? now[side] ?? target.matrix : target[name]) });
  }

  function pick(side, head) {
    app.state[side] = head;
    app.change('matrix', 'focus', 'head', 'address');
  }

  function look() {
    const view = { ...app.state, show: 'head' };
    let ready = true;
    for (const side of ['a', 'b']) {
      const shown = shownMatrix(parts[side], view, app.state[side]);
      if (shown.pending) { app.fetch(parts[side], shown.pending); ready = false; }
      now[side] = shown.pending ? null : Object.assign(shown, { threshold: 0 });
    }
    now.d = ready ? difference(now.a, now.b) : null;
    app.matrix = now.a;
    app.title = `A: ${headName(app.state.a)}`;
    return ready;
  }

  function draw() {
    const name = (side) => {
      const badge = badgeOf(parts[side], app.state[side]);
      return `${side.toUpperCase()}: ${headName(app.state[side]).toLowerCase()}${badge ? ` · ${BADGE_WORDS[badge]}` : ''}`;
    };
    maps.a.show(now.a, name('a'));
    maps.b.show(now.b, name('b'));
    legends.a.show(now.a);
    maps.d.figure.hidden = !now.d;
    rows.replaceChildren();
    note.textContent = now.d ? '' : `A has ${now.a.height} × ${now.a.width} ${app.state.words ? 'words' : 'tokens'} and B ${now.b.height} × ${now.b.width}, ` +
      'so their cells do not stand for the same places and there is no difference to draw. Give both the same number of tokens.';
    numbers.textContent = '';
    if (!now.d) return;
    maps.d.show(now.d, 'A − B');
    legends.d.show(now.d);
    if (`${now.a.rows}` !== `${now.b.rows}` || `${now.a.columns}` !== `${now.b.columns}`) {
      note.textContent = 'The tokens differ, so A and B are compared place by place.';
    }
    const distances = rowDistances(now.a, now.b);
    const mean = distances.reduce((sum, each) => sum + each, 0) / distances.length;
    const order = rankCorrelation(now.a, now.b);
    const say = (name, value, meaning) => {
      const one = element('span', 'one', numbers, `${name} `);
      element('b', '', one, value);
      element('span', 'muted', one, ` ${meaning}`);
    };
    say('Jensen-Shannon distance', mean.toFixed(MEAN_DIGITS), '0 alike, 1 nothing in common; mean over the rows');
    say('Rank correlation', Number.isNaN(order) ? 'none' : order.toFixed(2).replace('-', '−'), Number.isNaN(order) ? 'one of the heads is flat' : '1 same order of weights, 0 unrelated');
    element('span', 'muted', rows, 'Distance of each row: ');
    now.a.rows.forEach((label, row) => {
      const cell = element('span', 'row-distance', rows);
      element('span', '', cell, label);
      element('b', '', cell, distances[row].toFixed(ROW_DIGITS));
      cell.style.setProperty('--share', `${Math.round(100 * distances[row])}%`);
    });
  }

  function cells(point) {
    const texts = ['a', 'b', 'd'].filter((side) => now[side]).map((side) => {
      const matrix = now[side];
      const [row, column] = [matrix.rowOf[point.row], matrix.columnOf[point.column]];
      const title = { a: 'A', b: 'B', d: 'A − B' }[side];
      return row === undefined || column === undefined ? '' : cellSentence(matrix, title, row, column);
    });
    return texts.filter(Boolean);
  }

  return {
    part: parts.a,
    now, maps, grids,
    shown: () => [{ title: app.title, matrix: now.a }, { title: `B: ${headName(app.state.b)}`, matrix: now.b }, { title: 'A − B', matrix: now.d }].filter(({ matrix }) => matrix),
    picture: () => null,
    update(flags) {
      if (flags.has('matrix')) {
        for (const side of ['a', 'b']) selects[side].value = app.state[side].join('.');
        [first.checked, special.checked, words.checked] = [app.state.hideFirst, app.state.hideSpecial, app.state.words];
        if (!look()) {
          readout.textContent = 'The two heads are on their way …';
          return;
        }
        draw();
      }
      for (const each of [...grids, ...sentences, table]) each.update(flags);
      if (!now.a || !now.b || !(flags.has('focus') || flags.has('matrix'))) return;
      for (const side of ['a', 'b', 'd']) {
        if (now[side]) maps[side].light(app.focusOf(side === 'b' ? parts.b : parts.a), app.state.hover);
      }
      const lines = app.state.hover ? cells(app.state.hover) : [COMPARE_HINT];
      readout.replaceChildren(...lines.map((line) => element('span', 'line', null, line)));
      const pins = app.state.pins.filter(([row, column]) => row !== null && column !== null);
      pinned.replaceChildren(...pins.flatMap(([row, column]) => cells({ row, column })).map((line) => element('span', 'line', null, line)));
      pinned.hidden = !pins.length;
    },
  };
}
