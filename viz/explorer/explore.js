// One attention to explore: the sentence, the grid of all heads, and beside it the chosen head in several views.

import { arrowSteps, element } from '../browser/dom.js';
import { makeControls } from './controls.js';
import { button, check } from './fields.js';
import { makeFinder } from './finder.js';
import { badgeOf, headName, makeGrid, makeGridLegend, READS } from './grid.js';
import { makeLines } from './lines.js';
import { makeLegend, makeMap } from './map.js';
import { shownMatrix } from './matrices.js';
import { makeMicroscope } from './microscope.js';
import { hoverSentence, pinSentence } from './readout.js';
import { makeRowTable } from './row_table.js';
import { makeSentence } from './sentence.js';
import { makeTakeaway } from './takeaway.js';
import { allHeads, headIndex } from './unpacking.js';

export const VIEWS = { map: 'Map', lines: 'Lines', microscope: 'Microscope', finder: 'Head finder' };
const EXPLORE_HINT = 'Point at a cell or a word to read its weights. Click pins, Shift and click adds, Esc clears.';

export function makeExplore(app) {
  const part = app.parts[0];
  const sentence = makeSentence(app, app.root, part);
  const body = element('div', 'body', app.root);
  const side = element('div', 'side', body);
  const grid = makeGrid(app, side, part, {
    picked: () => [app.state.layer, app.state.head],
    onPick: (head, event) => (event.ctrlKey || event.metaKey ? choose(head) : app.pick(head)),
  });
  grid.buttons.forEach((node, index) => node.addEventListener('keydown', (event) => {
    if (event.key !== 'x') return;
    event.preventDefault();
    choose(allHeads(part)[index]);
  }));
  const gridLegend = makeGridLegend(app, side, part);
  const main = element('div', 'main', body);
  const tabs = element('div', 'tabs', main);
  tabs.setAttribute('role', 'tablist');
  const buttons = Object.entries(VIEWS).map(([name, text]) => {
    const tab = button('tab', tabs, text, () => app.view(name));
    tab.setAttribute('role', 'tab');
    return [name, tab];
  });
  buttons.forEach(([, tab], index) => tab.addEventListener('keydown', (event) => {
    const step = arrowSteps[event.key]?.[1];
    if (!step) return;
    event.preventDefault();
    const [name, next] = buttons[(index + step + buttons.length) % buttons.length];
    next.focus();
    app.view(name);
  }));
  const panels = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, element('div', `panel ${name}`, main)]));
  const map = makeMap(app, panels.map, 'map', { onHover: app.hover });
  const legend = makeLegend(app, panels.map);
  const several = check(panels.lines, 'Chosen heads, each in its colour', (value) => { app.state.several = value; app.change('matrix', 'focus', 'address'); });
  const lines = makeLines(app, panels.lines);
  const microscope = makeMicroscope(app, panels.microscope, part);
  const finder = makeFinder(app, panels.finder, part);
  const readout = element('p', 'readout', main);
  readout.setAttribute('aria-live', 'polite');
  const pinned = element('p', 'readout pinned', main);
  pinned.setAttribute('aria-live', 'polite');
  const controls = makeControls(app, main, part);
  const table = makeRowTable(app, main);
  makeTakeaway(app, main);

  function choose(head) {
    const others = app.state.chosen.filter((each) => headIndex(part, each) !== headIndex(part, head));
    app.state.chosen = others.length < app.state.chosen.length ? others : [...others, head];
    app.change('matrix', 'focus', 'controls');
  }

  function title() {
    const { state } = app;
    const head = [state.layer, state.head];
    const of = { layer: `layer ${state.layer}`, all: 'all layers', chosen: state.chosen.length ? `${state.chosen.length} chosen heads` : `layer ${state.layer}` }[state.of];
    if (state.show === 'mean') return `Mean of ${of}`;
    if (state.show === 'max') return `Maximum of ${of}`;
    if (state.show === 'rollout') return `Rollout up to layer ${state.layer}`;
    return headName(head) + (state.show === 'norms' ? ', weight × length' : '');
  }

  function heading() {
    const badge = app.state.show === 'head' && badgeOf(part, [app.state.layer, app.state.head]);
    return title() + (badge ? ` · reads mostly ${READS[badge]}` : '');
  }

  function look() {
    const missing = app.state.show === 'norms' && !part.norms;
    const reason = missing && app.normsReason();
    const shown = missing ? { pending: reason ? null : { what: 'norms' } } : shownMatrix(part, app.state, [app.state.layer, app.state.head]);
    app.title = title();
    if (shown.pending === undefined) {
      app.matrix = Object.assign(shown, { threshold: app.state.threshold });
      return true;
    }
    if (shown.pending) app.fetch(part, shown.pending);
    app.matrix = null;
    readout.textContent = reason || `${title()} is on its way …`;
    map.empty(reason || `${title()} …`);
    return false;
  }

  function showLines() {
    const { state } = app;
    several.closest('label').hidden = state.chosen.length < 2;
    several.checked = state.several;
    const layers = state.several && state.chosen.length > 1
      ? state.chosen.map((head, index) => ({
        name: headName(head), colour: app.palette.series[index % app.palette.series.length],
        matrix: shownMatrix(part, { ...state, show: 'head' }, head), head,
      })) : [{ name: app.title, colour: app.palette.accent, matrix: app.matrix }];
    const there = layers.filter(({ matrix, head }) => !matrix.pending || app.fetch(part, matrix.pending, head));
    if (there.length) lines.show(there, layers.length > 1 ? `${layers.length} heads` : heading());
  }

  return {
    part,
    shown: () => [{ title: app.title, matrix: app.matrix }],
    map, lines, microscope, grid,
    ask: () => app.state.view === 'microscope' && microscope.ask(),
    picture: () => (app.state.view === 'lines' ? lines.shown() : null),
    update(flags) {
      if (flags.has('matrix') && !look()) flags.delete('focus');
      const { view } = app.state;
      if (flags.has('view') || flags.has('matrix')) {
        for (const [name, tab] of buttons) {
          tab.setAttribute('aria-selected', String(name === view));
          tab.tabIndex = name === view ? 0 : -1;
          panels[name].hidden = name !== view;
        }
      }
      if (app.matrix && (flags.has('matrix') || flags.has('view'))) {
        if (view === 'map') { map.show(app.matrix, heading()); legend.show(app.matrix); }
        if (view === 'lines') showLines();
      }
      for (const each of [grid, sentence, controls, finder, microscope, table]) each.update(flags);
      if (flags.has('grid')) gridLegend.update();
      if (!app.matrix || !(flags.has('focus') || flags.has('matrix') || flags.has('view'))) return;
      if (view === 'map') map.light(app.focusOf(part), app.state.hover);
      if (view === 'lines') lines.light(app.focusOf(part));
      readout.textContent = app.state.hover ? hoverSentence(app, app.state.hover) : EXPLORE_HINT;
      readout.hidden = view === 'finder' || view === 'microscope';
      pinned.textContent = pinSentence(app);
      pinned.hidden = !pinned.textContent;
    },
  };
}
