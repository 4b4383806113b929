// Leads a page of Grafana on to another address, inside the application.
//
// The body of an async function with the arguments address ("" to park only), key, timeoutMs, waitFor
// and longQuietMs (see agent.js). It always goes by way of an address where no dashboard is: then the
// old panels are gone before the new ones are asked for, even where both addresses are the same, and
// whatever is on the screen afterwards belongs to the new address.
// Returns "" or why the page cannot be led.
const agent = window[Symbol.for('panelshot.agent')];
const boot = window.grafanaBootData;
if (!agent || !boot) return 'it is no page of Grafana';

const PANEL = '[data-testid^="data-testid Panel header"], [data-panelid], [data-panelId], [data-viz-panel-key], .react-grid-item';
const PARKED = '/panelshot-parked';
const PATIENCE_MS = 1000;
const subPath = ((boot.settings && boot.settings.appSubUrl) || '').replace(/\/$/, '');

// Grafana's router listens for popstate and ignores those without a state. The history does not
// grow, however long the page stays.
function go(to) {
  history.replaceState({}, '', to);
  window.dispatchEvent(new PopStateEvent('popstate', { state: {} }));
}

function isEmpty() {
  return !window.__grafanaSceneContext && !document.querySelector(PANEL);
}

/** Whether the old panels go away in time. */
function emptied() {
  if (isEmpty()) return true;
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => { if (isEmpty()) end(true); });
    const timer = setTimeout(() => end(isEmpty()), PATIENCE_MS);
    function end(value) {
      observer.disconnect();
      clearTimeout(timer);
      resolve(value);
    }
    observer.observe(document, { subtree: true, childList: true, attributes: true });
  });
}

if (location.pathname !== subPath + PARKED) go(subPath + PARKED);
if (!await emptied()) return 'its panels stay when the address changes';
if (location.pathname !== subPath + PARKED) return `it went to ${location.pathname} by itself`;
if (!address) return '';

const to = new URL(address);
if (to.origin !== location.origin) return 'the address is on another host';
agent.begin({ key, timeoutMs, waitFor, longQuietMs });
go(to.pathname + to.search + to.hash);
return '';
