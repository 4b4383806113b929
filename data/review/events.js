// events.js: what others change, as it happens
//
// One connection for the whole page. The browser connects again by itself and says what it saw last;
// when the server turns it away for good, somebody has to sign in first.

const KINDS = ['cell', 'run', 'verdict', 'bulk', 'signoff', 'plans', 'progress'];

const listeners = new Set();
let source = null;
let isConnected = false;

function tell(event) {
  for (const listen of [...listeners]) listen(event);
}

function setConnected(value) {
  if (isConnected === value) return;
  isConnected = value;
  tell({ kind: 'connection', isConnected });
}

export const isLive = () => isConnected;

/** @returns a function that stops listening. Events: { kind, run, cell, … }. */
export function listen(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}

export function connect({ onRefused } = {}) {
  disconnect();
  source = new EventSource('/api/v1/events');
  const mine = source;
  let last = null;
  source.addEventListener('hello', (event) => {
    const hello = JSON.parse(event.data);
    // Connected anew: whatever was missed is asked for by the views.
    if (last !== null && hello.last !== last) tell({ kind: 'again' });
    last = hello.last;
    setConnected(true);
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      if (event.lastEventId) last = Number(event.lastEventId);
      tell({ ...JSON.parse(event.data), kind });
    });
  }
  source.addEventListener('error', () => {
    setConnected(false);
    if (mine.readyState === EventSource.CLOSED && mine === source) {
      source = null;
      onRefused?.();
    }
  });
}

export function disconnect() {
  source?.close();
  source = null;
  setConnected(false);
}
