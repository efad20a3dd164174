// Copies the address of this view. A text too long for it is kept in this tab, so that a reload does not lose it.
// It is on every page, so what every page's address, text and history need is here too.

const KEPT = 'headlight-long-text';
const LONE_SURROGATE = /\p{Surrogate}/gu;

if (!window.headlightListens) {
  window.headlightListens = true;
  mendText();
  keepHistoryShort();
}

// Half of a surrogate pair cannot be sent: the connection would break over it and the text be lost. It becomes
// U+FFFD before Streamlit reads the box, and the page says so.
function mendText() {
  document.addEventListener('input', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement)) return;
    const mended = box.value.replace(LONE_SURROGATE, '\uFFFD');
    if (mended === box.value) return;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), 'value').set.call(box, mended);
  }, true);
}

// Back must undo what somebody did. Streamlit makes two entries of one page change, the page's path and then what
// follows the question mark: Back to the first of them runs the same page again, and seems to do nothing. So only the
// first entry after somebody did something is one, and those that follow by themselves take its place.
function keepHistoryShort() {
  const { pushState, replaceState } = history;
  let acted = true;
  for (const kind of ['pointerdown', 'click', 'keydown', 'input']) {
    document.addEventListener(kind, () => { acted = true; }, true);
  }
  window.addEventListener('popstate', () => { acted = false; }, true);
  history.pushState = (...entry) => {
    (acted ? pushState : replaceState).apply(history, entry);
    acted = false;
  };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('[data-root]') ?? parentElement.appendChild(document.createElement('div'));
  root.dataset.root = '';
  if (data.keep === null) sessionStorage.removeItem(KEPT);
  else if (data.keep !== undefined) sessionStorage.setItem(KEPT, data.keep);
  else if (sessionStorage.getItem(KEPT) !== null) setTriggerValue('restored', sessionStorage.getItem(KEPT));

  root.replaceChildren();
  const button = root.appendChild(document.createElement('button'));
  button.type = 'button';
  button.textContent = 'Copy link';
  button.setAttribute('aria-label', 'Copy link to this view');
  const note = root.appendChild(document.createElement('p'));
  note.setAttribute('aria-live', 'polite');
  note.textContent = data.note;
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
  const field = root.querySelector('input') ?? root.appendChild(document.createElement('input'));
  field.readOnly = true;
  field.setAttribute('aria-label', 'Link to this view');
  field.value = link;
  field.select();
  if (document.execCommand('copy')) {
    field.remove();
    note.textContent = 'Link copied.';
  } else {
    note.textContent = 'Copy this link by hand:';
  }
}
