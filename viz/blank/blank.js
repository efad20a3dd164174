// The sentence as tokens, one of them hidden. Names go through textContent, so none becomes markup.

import { clamp, element } from '../browser/dom.js';

const N_HUES = 6; // as in viz/chips.py
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.blank') ?? begin(parentElement);
  draw(root, data, data.hidden);
  root.onclick = (event) => {
    const chip = event.target.closest('button:not(.hidden)');
    if (!chip) return;
    const place = Number(chip.dataset.place);
    draw(root, data, place);
    setTriggerValue('place', place);
  };
  root.onkeydown = (event) => {
    const chips = [...root.querySelectorAll('button')];
    const from = chips.indexOf(document.activeElement);
    if (!(event.key in STEPS) || from < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    reach(chips, clamp(from + STEPS[event.key], 0, chips.length - 1));
  };
}

function begin(parent) {
  const question = element('p', 'question', parent);
  element('b', '', question, 'What fits the blank, and how sure is the model?');
  question.append(' Click another token to hide that one.');
  const root = element('div', 'strip blank', parent, undefined, {
    role: 'group', 'aria-label': 'The sentence. Choose the token to hide',
  });
  new ResizeObserver(() => bringIntoView(root)).observe(root); // its style may come after its tokens
  return root;
}

// One stop of the Tab key for the whole sentence; the arrows go on from there.
function reach(chips, chosen) {
  chips.forEach((chip, place) => { chip.tabIndex = place === chosen ? 0 : -1; });
  chips[chosen].focus();
}

// What stands there already stays: a token exchanged between the press of a button and its release is not clicked.
function draw(root, { tokens, mask }, hidden) {
  const drawn = JSON.stringify([tokens, mask, hidden]);
  if (root.drawn === drawn) return;
  root.drawn = drawn;
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.place : null;
  root.replaceChildren(...tokens.map((token, place) => buildChip(token, place, place === hidden ? mask : null)));
  if (focused !== null) root.querySelector(`[data-place="${Number(focused)}"]`)?.focus({ preventScroll: true });
  bringIntoView(root);
}

// A long sentence scrolls in a box of its own; the page stays where it is.
function bringIntoView(root) {
  const chip = root.querySelector('button.hidden');
  if (!chip) return;
  const [box, at] = [root, chip].map((each) => each.getBoundingClientRect());
  root.scrollTop += Math.max(0, at.bottom - box.bottom) - Math.max(0, box.top - at.top);
}

function buildChip({ name, special }, place, mask) {
  const className = `chip hue${place % N_HUES}${special ? ' special' : ''}`;
  const chip = element(special ? 'span' : 'button', className, null, name, { dir: 'auto' });
  if (special) return chip;
  chip.type = 'button';
  chip.dataset.place = place;
  chip.tabIndex = mask === null ? -1 : 0;
  chip.setAttribute('aria-pressed', String(mask !== null));
  chip.title = `${mask === null ? 'hide' : 'hidden:'} ${name}`;
  if (mask !== null) {
    chip.classList.add('hidden');
    chip.replaceChildren(mask, ' ', element('s', '', null, name));
  }
  return chip;
}
