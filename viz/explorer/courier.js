// Carries what the explorer asks to the server, one request at a time, and the answers back. It is a component of its
// own, inside a fragment, so that an answer travels alone and nothing else on the page runs again.

const PATIENCE_MS = 15_000;
const road = (globalThis.headlightRoad ??= { send: null, busy: 0 });

function next() {
  if (road.busy || !road.send || !globalThis.headlightAsks?.length) return;
  road.busy = setTimeout(() => { road.busy = 0; next(); }, PATIENCE_MS);
  road.send(globalThis.headlightAsks.shift());
}

if (!road.listens) {
  road.listens = true;
  document.addEventListener('headlight-ask', next);
}

export default function ({ data, setTriggerValue }) {
  const send = (request) => setTriggerValue('asked', request);
  road.send = send;
  clearTimeout(road.busy);
  road.busy = 0;
  if (data?.length) {
    globalThis.headlightAnswer = data;
    document.dispatchEvent(new CustomEvent('headlight-answer', { detail: data }));
  }
  next();
  return () => { if (road.send === send) road.send = null; };
}
