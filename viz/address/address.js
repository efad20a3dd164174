// The button that copies the link to this view. It is on every page, so what every page's text and history need is
// begun here too.

import { element } from '../browser/dom.js';
import { drawCopyButton } from './copying.js';
import { keepHistoryShort } from './history.js';
import { keepLongText } from './long_text.js';
import { mendSurrogates } from './surrogates.js';

if (!window.headlightListens) {
  window.headlightListens = true;
  mendSurrogates();
  keepHistoryShort();
}

export default function ({ data, parentElement, setTriggerValue }) {
  keepLongText(data.keep, (text) => setTriggerValue('restored', text));
  const root = parentElement.querySelector('[data-root]') ?? element('div', '', parentElement, undefined, { 'data-root': '' });
  drawCopyButton(root, data.note);
}
