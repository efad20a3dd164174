// Draws nothing. Its listeners serve every box of the page, and those that come later.

const NARROW = 640; // pixels; the navigation lies over the page, not beside it

if (!window.headlightEnters) {
  window.headlightEnters = true;
  document.addEventListener('keydown', run, true);
  document.addEventListener('click', closeNavigation);
}

function run(event) {
  const box = event.target;
  if (event.key !== 'Enter' || !(box instanceof HTMLTextAreaElement)) return;
  // A word that is still being composed (Japanese, Chinese) ends with an Enter of its own.
  if (event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  event.preventDefault();
  event.stopPropagation();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', ctrlKey: true, bubbles: true }));
  if (matchMedia('(pointer: coarse)').matches) box.blur(); // the keyboard on the screen covers what was asked for
}

// Streamlit closes it after a choice only where the browser calls itself a telephone's.
function closeNavigation(event) {
  if (innerWidth > NARROW || !event.target.closest?.('[data-testid="stSidebarNavLink"]')) return;
  setTimeout(() => {
    document.querySelector('[data-testid="stSidebar"][data-collapsed="false"] [data-testid="stSidebarCollapseButton"] button')?.click();
  });
}

export default function () {}
