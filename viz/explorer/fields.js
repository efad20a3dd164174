// What the viewer presses and sets: buttons, choices, boxes to tick, sliders.

import { element } from '../browser/dom.js';

export function button(className, parent, text, onClick) {
  const made = element('button', className, parent, text, { type: 'button' });
  if (onClick) made.addEventListener('click', onClick);
  return made;
}

export function choice(parent, label, options, onChange, name = label) {
  const box = element('label', 'field', parent, `${label} `);
  const select = element('select', '', box);
  select.setAttribute('aria-label', name);
  for (const [value, text] of options) element('option', '', select, text).value = value;
  select.addEventListener('change', () => onChange(select.value));
  return select;
}

export function check(parent, label, onChange) {
  const box = element('label', 'field check', parent);
  const input = element('input', '', box);
  input.type = 'checkbox';
  box.append(` ${label}`);
  input.addEventListener('change', () => onChange(input.checked));
  return input;
}

export function slider(parent, label, { low, high, step }, onInput) {
  const box = element('label', 'field', parent, `${label} `);
  const value = element('span', 'amount', box);
  const input = element('input', '', box);
  Object.assign(input, { type: 'range', min: low, max: high, step });
  input.setAttribute('aria-label', label);
  input.addEventListener('input', () => onInput(Number(input.value)));
  return { input, value };
}

// One tab stop for many buttons; the arrow keys go from one to the next.
export function roving(buttons, columns, start) {
  const stop = (index) => buttons.forEach((each, at) => { each.tabIndex = at === index ? 0 : -1; });
  stop(start);
  buttons.forEach((each, index) => {
    each.addEventListener('focus', () => stop(index));
    each.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      const to = event.key === 'Home' ? 0 : event.key === 'End' ? buttons.length - 1 : index + step;
      if (!buttons[to]) return;
      event.preventDefault();
      buttons[to].focus();
    });
  });
  return stop;
}
