// Every head as a point by two of its scores, with what chance would give.

import { element } from '../browser/dom.js';
import { choice, roving } from './fields.js';
import { BADGE_WORDS, badgeOf, headName, READS } from './grid.js';
import { allHeads } from './unpacking.js';

export const SCORES = {
  previous: 'reads the token before', duplicate: 'reads the same token elsewhere', induction: 'reads what followed the same token',
  first: 'reads the first token', self: 'reads itself', entropy: 'spread (entropy, share of the most)', distance: 'mean distance in tokens',
};
const MEANING = {
  previous: 'share of the weight on the token just before', duplicate: 'share on the same token at another place',
  induction: 'share on the token that came after the same token before', first: 'share on the first token',
  self: 'share on the token itself', entropy: '0 when one token gets all, 1 when all get the same', distance: 'how far away the head reads, on average',
};

export function makeFinder(app, parent, part) {
  const root = element('div', 'finder', parent);
  const there = Object.keys(SCORES).filter((name) => part.scores[name]);
  if (!there.length) {
    element('p', 'note', root, 'No scores came with these weights, so there is nothing to find heads by.');
    return { root, update() {} };
  }
  const missing = ['duplicate', 'induction'].filter((name) => part.sameText && !part.scores[name]);
  const axis = (label, name) => choice(root, label, there.map((each) => [each, SCORES[each]]), (value) => {
    app.state[name] = value;
    app.change('finder');
  });
  const [y, x] = [axis('Up', 'y'), axis('Right', 'x')];
  const plot = element('div', 'plot', root);
  plot.setAttribute('role', 'group');
  plot.setAttribute('aria-label', 'All heads by two scores; arrow keys move, Enter opens');
  const lines = { x: element('i', 'chance down', plot), y: element('i', 'chance across', plot) };
  const words = { x: element('span', 'chance-word down', plot, 'chance'), y: element('span', 'chance-word across', plot, 'chance') };
  const ends = { x: element('span', 'end right', plot), y: element('span', 'end up', plot), zero: element('span', 'end zero', plot, '0') };
  const heads = allHeads(part);
  const points = heads.map((each) => {
    const node = element('button', 'point', plot);
    node.type = 'button';
    node.addEventListener('click', () => { app.pick(each); app.view('map'); });
    node.addEventListener('pointerenter', () => say(each));
    node.addEventListener('focus', () => say(each));
    return node;
  });
  roving(points, 1, 0);
  const readout = element('p', 'readout', root, 'Point at a head to read its scores; click opens it.');
  readout.setAttribute('aria-live', 'polite');
  const note = element('p', 'note', root);
  note.textContent = 'The broken lines are what a head would score that reads everything alike. Heads of one layer share a colour.' +
    (missing.length ? ' No token of this sentence comes twice in the right way, so it says nothing about ' +
      `${missing.map((name) => `“${BADGE_WORDS[name]}”`).join(' and ')}: try one that repeats, such as “one two three one two three”.` : '');

  const score = (name, [layer, head]) => part.scores[name][layer][head];
  const valid = (name, other) => (there.includes(app.state[name]) ? app.state[name] : there[other % there.length]);

  function say(each) {
    const parts = [valid('y', 1), valid('x', 0)].map((name) =>
      `${SCORES[name]} ${score(name, each).toFixed(3)} (chance ${part.chance[name].toFixed(3)}; ${MEANING[name]})`);
    const badge = badgeOf(part, each);
    readout.textContent = `${headName(each)}: ${parts.join('; ')}${badge ? `. It reads mostly ${READS[badge]}.` : ''}`;
  }

  return {
    root,
    update(flags) {
      if (!(flags.has('finder') || flags.has('head') || flags.has('view'))) return;
      const names = { x: valid('x', 0), y: valid('y', 1) };
      [x.value, y.value] = [names.x, names.y];
      const most = {};
      for (const [end, name] of Object.entries(names)) {
        most[end] = name === 'distance' ? Math.max(part.chance[name], ...heads.map((each) => score(name, each))) || 1 : 1;
      }
      const share = (end, value) => 100 * (0.04 + 0.92 * (value / most[end]));
      heads.forEach((each, index) => {
        const node = points[index];
        node.style.left = `${share('x', score(names.x, each))}%`;
        node.style.bottom = `${share('y', score(names.y, each))}%`;
        node.style.background = app.palette.series[each[0] % app.palette.series.length];
        node.setAttribute('aria-pressed', String(each[0] === app.state.layer && each[1] === app.state.head));
        node.setAttribute('aria-label', `${headName(each)}: ${SCORES[names.x]} ${score(names.x, each).toFixed(2)}, ${SCORES[names.y]} ${score(names.y, each).toFixed(2)}`);
      });
      for (const [end, side] of [['x', 'left'], ['y', 'bottom']]) {
        lines[end].style[side] = words[end].style[side] = `${share(end, part.chance[names[end]])}%`;
      }
      ends.x.textContent = `${most.x.toFixed(most.x === 1 ? 0 : 1)} ${SCORES[names.x]} →`;
      ends.y.textContent = `↑ ${most.y.toFixed(most.y === 1 ? 0 : 1)} ${SCORES[names.y]}`;
    },
  };
}
