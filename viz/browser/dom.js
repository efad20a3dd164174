// Elements without markup: every text goes through textContent, so no token can become an element.

export function element(name, className, parent, text, attributes = {}) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// The steps of the arrow keys, down and across; undefined for any other key.
export const arrowSteps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
