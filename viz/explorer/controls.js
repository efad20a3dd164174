// How the chosen head is looked at: combined with others, columns hidden, words or tokens, threshold and contrast.

import { element } from '../browser/dom.js';
import { check, choice, slider } from './fields.js';

export const SHOW = { head: 'the chosen head', mean: 'mean of heads', max: 'maximum of heads', rollout: 'rollout up to this layer', norms: 'weight × length of value' };
export const OF = { layer: 'this layer', all: 'all layers', chosen: 'chosen heads' };

export function makeControls(app, parent, part) {
  const root = element('details', 'controls', parent);
  const summary = element('summary', '', root);
  const body = element('div', 'fields', root);
  const set = (name, flags) => (value) => { app.state[name] = value; app.change(...flags); };
  const shown = ['matrix', 'focus', 'controls'];

  const offered = Object.entries(SHOW).filter(([name]) => name !== 'rollout' || part.sameText);
  const show = choice(body, 'Show', offered, set('show', shown));
  const of = choice(body, 'of', Object.entries(OF), set('of', shown), 'Of which heads');
  const words = choice(body, 'by', [['tokens', 'tokens'], ['words', 'words']], (value) => set('words', shown)(value === 'words'), 'Tokens or words');
  const first = check(body, 'Hide the first token', set('hideFirst', [...shown, 'grid']));
  const special = check(body, 'Hide special tokens', set('hideSpecial', [...shown, 'grid']));
  const threshold = slider(body, 'Threshold', { low: 0, high: 0.5, step: 0.01 }, set('threshold', [...shown, 'grid', 'look']));
  const contrast = slider(body, 'Contrast', { low: 1, high: 5, step: 0.5 }, set('contrast', [...shown, 'grid', 'look']));
  const note = element('p', 'note', body);
  special.closest('label').hidden = !part.keysMarked.some(Boolean);

  return {
    update(flags) {
      if (!flags.has('controls')) return;
      const { state } = app;
      [...show.options].forEach((option) => { option.disabled = option.value === 'norms' && Boolean(app.normsReason()); });
      Object.assign(show, { value: state.show });
      Object.assign(of, { value: state.of });
      of.closest('label').hidden = !['mean', 'max'].includes(state.show);
      words.value = state.words ? 'words' : 'tokens';
      first.checked = state.hideFirst;
      special.checked = state.hideSpecial;
      threshold.input.value = state.threshold;
      threshold.value.textContent = state.threshold.toFixed(2);
      contrast.input.value = state.contrast;
      contrast.value.textContent = state.contrast.toFixed(1);
      summary.textContent = `Combine and filter${inForce(state)}`;
      note.textContent = meaning(app);
    },
  };
}

function inForce(state) {
  const parts = [];
  if (state.show !== 'head') parts.push(SHOW[state.show]);
  if (state.words) parts.push('words');
  if (state.hideFirst) parts.push('first token hidden');
  if (state.hideSpecial) parts.push('special tokens hidden');
  if (state.threshold) parts.push(`from ${state.threshold.toFixed(2)}`);
  if (state.contrast > 1) parts.push(`contrast ${state.contrast.toFixed(1)}`);
  return parts.length ? ` · ${parts.join(' · ')}` : '';
}

function meaning({ state, matrix, normsReason }) {
  const parts = [];
  if (state.of === 'chosen' && ['mean', 'max'].includes(state.show)) {
    parts.push(state.chosen.length ? 'Ctrl and click on a thumbnail, or the key X, adds or takes away a head.' : 'No head is chosen yet, so this layer is shown: choose with Ctrl and click on a thumbnail, or the key X.');
  }
  if (state.show === 'max') parts.push('The largest weight of all these heads, cell by cell: its rows do not add up to 1.');
  if (state.show === 'rollout') parts.push('How much of each input token has reached each place after this layer, if half of every step is the residual connection and half the mean of the heads (Abnar and Zuidema 2020). Values and feed-forward networks are left out. Shown to two decimals.');
  if (state.show === 'norms') parts.push('How long the vector is that each key adds: the weight times the length of the value after the head’s output matrix (Kobayashi et al. 2020). A large weight on a short vector moves little.');
  else if (normsReason()) parts.push(normsReason());
  if (state.words) parts.push('The weights of a word’s pieces are added when it is read and averaged when it reads.');
  if (matrix?.hidden) parts.push('Hidden columns are taken out and the rest of each row is brought back to its sum; the bar beside the map is what was hidden. Fewer digits are shown where little is left.');
  if (state.contrast > 1) parts.push('Contrast changes the colours only: small weights look larger than they are.');
  return parts.join(' ');
}
