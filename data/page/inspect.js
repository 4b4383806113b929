// Asked once a page has settled: is this the picture that was asked for, and how tall is it?
//
// The body of an async function with one argument, selector: the element to be cut out, or "".
// Returns a JSON text (see ShotInspection in src/engine/facts.h).
const boot = window.grafanaBootData;
const user = boot && boot.user;
const body = document.body;

// Grafana scrolls its pages inside a container, whose name depends on the version.
function findScroller() {
  const named = document.querySelector('#page-scrollbar') || document.querySelector('main [class*="scrollbar-view"]');
  if (named && named.scrollHeight > named.clientHeight) return named;
  return document.scrollingElement || body || document.documentElement;
}

function contentHeight() {
  const scroller = findScroller();
  const root = document.scrollingElement || document.documentElement;
  if (scroller === root || scroller === body) {
    // The body's own scrollHeight counts too: a body with a fixed height and overflow keeps its
    // content from the root.
    return Math.max(root ? root.scrollHeight : 0, body ? body.scrollHeight : 0);
  }
  return scroller.scrollHeight + Math.max(0, window.innerHeight - scroller.clientHeight);
}

const PANEL = '[data-testid^="data-testid Panel header"], [data-panelid], [data-panelId], [class$="panel-container"], [class$="panel-content"], .react-grid-item';
const GRAPHIC = 'img, svg, canvas, video, picture, input, textarea, select, button, iframe, object, embed, hr, progress, meter';

const hasPanels = Boolean(document.querySelector(PANEL));

function elementBox() {
  const element = selector ? document.querySelector(selector) : null;
  if (!element) return { hasElement: false };
  const box = element.getBoundingClientRect();
  const x = Math.floor(box.left);
  const y = Math.floor(box.top);
  return { hasElement: true, x, y, width: Math.ceil(box.right) - x, height: Math.ceil(box.bottom) - y };
}

function isPainted(element) {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== 'hidden';
}

function isBlank() {
  if (!body) return true;
  const root = document.querySelector('#reactRoot, #grafanaRoot');
  // Grafana's bundle never started: nothing is there, or the preloader of its document.
  if (root && (root.childElementCount === 0 || root.querySelector(':scope > .preloader'))) return true;
  if (body.innerText.trim() !== '') return false;
  for (const element of body.querySelectorAll(GRAPHIC)) {
    if (isPainted(element)) return false;
  }
  // A page may draw with backgrounds and borders alone.
  for (const element of body.querySelectorAll('*')) {
    if (element.shadowRoot && isPainted(element)) return false;
    const style = getComputedStyle(element);
    const hasPaint = style.backgroundImage !== 'none' || style.backgroundColor !== 'rgba(0, 0, 0, 0)' || parseFloat(style.borderTopWidth) > 0;
    if (hasPaint && isPainted(element)) return false;
  }
  return true;
}

function notFound() {
  if (hasPanels) return '';
  const text = body ? body.innerText.trim() : '';
  const match = text.length < 4000 && text.match(/^.*\b(panel|dashboard)\b[^\n]{0,80}\bnot found\b.*$/im);
  if (!match) return '';
  const cut = match[0].trim().slice(0, 200);
  return cut.toWellFormed ? cut.toWellFormed() : cut;
}

return JSON.stringify({
  height: Math.ceil(contentHeight()),
  blank: isBlank(),
  notFound: notFound(),
  authenticatedBy: user && typeof user.authenticatedBy === 'string' ? user.authenticatedBy : null,
  isLoginForm: Boolean(document.querySelector('form input[type="password"]')) && !hasPanels,
  hasPanels,
  ...elementBox(),
});
