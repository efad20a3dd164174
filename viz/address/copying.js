import { element } from '../browser/dom.js';

export function drawCopyButton(root, sentence) {
  root.replaceChildren();
  const button = element('button', '', root, 'Copy link', { type: 'button' });
  const note = element('p', '', root, sentence, { 'aria-live': 'polite' });
  button.onclick = () => copy(location.href, note, root);
}

// The clipboard belongs to secure pages; a classroom reaches this one over plain http, so there is the older way
// too, and a field to copy from by hand when a browser has neither.
async function copy(link, note, root) {
  try {
    await navigator.clipboard.writeText(link);
    note.textContent = 'Link copied.';
    return;
  } catch { /* no permission, or not a secure page */ }
  const field = root.querySelector('input') ?? element('input', '', root, undefined, { 'aria-label': 'Link to this view' });
  field.readOnly = true;
  field.value = link;
  field.select();
  if (document.execCommand('copy')) {
    field.remove();
    note.textContent = 'Link copied.';
  } else {
    note.textContent = 'Copy this link by hand:';
  }
}
