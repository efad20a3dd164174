// Back must undo what somebody did. Streamlit makes two entries of one page change, the page's path and then what
// follows the question mark: Back to the first of them runs the same page again, and seems to do nothing. So only the
// first entry after somebody did something is one, and those that follow by themselves take its place.
export function keepHistoryShort() {
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
