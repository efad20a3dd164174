// Draws nothing. One listener serves every box of the page, and those that come later.

if (!window.headlightEnters) {
  window.headlightEnters = true;
  document.addEventListener('keydown', run, true);
}

function run(event) {
  const box = event.target;
  if (event.key !== 'Enter' || !(box instanceof HTMLTextAreaElement)) return;
  // A word that is still being composed (Japanese, Chinese) ends with an Enter of its own.
  if (event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  event.stopPropagation();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', ctrlKey: true, bubbles: true }));
  if (matchMedia('(pointer: coarse)').matches) box.blur(); // the keyboard on the screen covers what was asked for
}

export default function () {}
