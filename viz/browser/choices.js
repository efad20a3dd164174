// What a viewer chose in a figure, as parameters of the page's address. The server hears nothing of it, so an address
// that it writes may lack ours, or hold old ones: then they are put back. A choice outlives a page change, as those do
// that the server's session keeps. A reload, a link, Back and Forward bring what the address says and nothing else.

// Browsers refuse an address that changes too often, as it would while a slider is drawn about: a hundred times in ten
// seconds for the strictest. After as many in a row as a hand can click, the next waits.
const [MOST_WRITINGS, WITHIN, PAUSE] = [40, 10_000, 400]; // times, ms, ms
const book = (globalThis.headlightChoices ??= openBook());

function openBook() {
  const opened = { memory: {}, live: new Set(), writings: [], arrival: arriveAt(location.pathname) };
  const { pushState, replaceState } = history;
  opened.replace = (url) => {
    opened.writings.push(Date.now());
    replaceState.call(history, history.state, '', url);
  };
  for (const [name, method] of Object.entries({ pushState, replaceState })) {
    history[name] = (...entry) => {
      method.apply(history, entry);
      opened.live.forEach((each) => each.write());
    };
  }
  window.addEventListener('popstate', () => {
    opened.arrival = arriveAt(location.pathname);
    opened.live.forEach((each) => each.arrive());
  }, true);
  window.addEventListener('pagehide', () => opened.live.forEach((each) => each.write()));
  return opened;
}

// Somebody came to a page by its address; each figure reads there once.
function arriveAt(path) {
  return { path, readers: new Set() };
}

// Keeps the parameters `names` in the address. `memory` names what figures of several pages remember together; left
// out, the page keeps it for itself. `adopt` is called when Back or Forward changed them under a figure that stays.
// Values are texts, null where nothing but the usual is chosen. `isNew` tells whether they come from the address.
export function keepInAddress(names, { memory = location.pathname, adopt }) {
  const path = location.pathname;
  const known = (book.memory[memory] ??= {});
  const reader = names.join();
  let later = 0;
  const read = () => {
    const asked = new URLSearchParams(location.search);
    book.arrival.readers.add(reader);
    for (const name of names) known[name] = asked.get(name);
  };
  const values = () => Object.fromEntries(names.map((name) => [name, known[name] ?? null]));
  const isHere = () => location.pathname === path && location.protocol.startsWith('http');

  function write() {
    clearTimeout(later);
    later = 0;
    if (!isHere()) return;
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values())) {
      if (url.searchParams.get(name) === value) continue;
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    if (url.href !== location.href) book.replace(url);
  }

  const claim = {
    write,
    arrive() {
      if (!isHere()) return;
      const before = JSON.stringify(values());
      read();
      if (JSON.stringify(values()) !== before) adopt();
    },
  };
  const isNew = book.arrival.path === path && !book.arrival.readers.has(reader);
  if (isNew) read();
  else write();
  book.live.add(claim);
  return {
    isNew, values,
    keep(chosen) {
      Object.assign(known, chosen);
      book.writings = book.writings.filter((time) => Date.now() - time < WITHIN);
      if (book.writings.length < MOST_WRITINGS) write();
      else if (!later) later = setTimeout(write, PAUSE);
    },
    leave() { clearTimeout(later); book.live.delete(claim); },
  };
}
