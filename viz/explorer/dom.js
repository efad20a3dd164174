// Elements without markup: every text goes through textContent, so no token can become an element.

export function element(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

export function button(className, parent, text, onClick) {
  const made = element('button', className, parent, text);
  made.type = 'button';
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

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

const LONGEST_LABEL = 14; // characters on an axis; the line under the map gives the whole label

export const short = (label) => {
  const characters = [...label];
  return characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL - 1).join('')}…` : label;
};

// A canvas of a size in CSS pixels, sharp on every screen; returns its context, in CSS pixels.
export function sized(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
