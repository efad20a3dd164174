const KEPT = 'headlight-long-text';

// A text too long for a link is kept in this tab, so that a reload does not lose it. `keep` is the text, null for none
// and undefined when the page has just begun: then what was kept is given back.
export function keepLongText(keep, giveBack) {
  if (keep === null) sessionStorage.removeItem(KEPT);
  else if (keep !== undefined) sessionStorage.setItem(KEPT, keep);
  else if (sessionStorage.getItem(KEPT) !== null) giveBack(sessionStorage.getItem(KEPT));
}
