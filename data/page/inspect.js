// Asked once a page has settled: is this the picture that was asked for, and how tall is it?
//
// The body of an async function with one argument, selector: the element to be cut out, or "". That
// element is brought into the view, and what hangs over it is made invisible until it is no longer
// asked for; both are changes that the page's agent sees, so that the page settles again.
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

let element = null;
try {
  if (selector) element = document.querySelector(selector);
} catch {
  return JSON.stringify({ badSelector: true });
}
const HIDDEN = 'data-panelshot-hidden'; // see compat.css

// Where the page had scrolled its boxes to before it was an element's turn.
const BEFORE = Symbol.for('panelshot.before');

function rememberScroll() {
  if (window[BEFORE]) return;
  const boxes = [];
  for (let at = element.parentElement; at; at = at.parentElement) boxes.push([at, at.scrollLeft, at.scrollTop]);
  window[BEFORE] = { selector, boxes };
}

/** When it is another picture's turn. */
async function restoreScroll() {
  if (!window[BEFORE] || window[BEFORE].selector === selector) return;
  for (const [box, left, top] of window[BEFORE].boxes) box.scrollTo({ left, top, behavior: 'instant' });
  delete window[BEFORE];
  await nextFrames();
}

/** Scroll events, and what observes the view, come with the next frame. */
function nextFrames() {
  return new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
}

async function bringIntoView() {
  const box = element.getBoundingClientRect();
  if (box.top >= 0 && box.left >= 0 && box.bottom <= window.innerHeight && box.right <= window.innerWidth) return;
  rememberScroll();
  element.scrollIntoView({
    behavior: 'instant', // the page's style may want it smooth
    block: box.height > window.innerHeight ? 'start' : 'nearest',
    inline: box.width > window.innerWidth ? 'start' : 'nearest',
  });
  await nextFrames();
}

/** Headers, bars and notices that stay where they are while the page scrolls, if they are painted
 *  over the element. */
function findCovers() {
  const box = element.getBoundingClientRect();
  const covers = new Set();
  const hangsOver = (other) => ['fixed', 'sticky'].includes(getComputedStyle(other).position) && !other.contains(element);
  const STEPS = 8;
  for (let row = 0; row <= STEPS; row++) {
    for (let column = 0; column <= STEPS; column++) {
      const x = Math.min(Math.max(box.left + (box.width * column) / STEPS, box.left + 1), box.right - 1);
      const y = Math.min(Math.max(box.top + (box.height * row) / STEPS, box.top + 1), box.bottom - 1);
      for (const top of document.elementsFromPoint(x, y)) {
        if (element.contains(top) || top.contains(element)) break;
        for (let at = top; at && !at.contains(element); at = at.parentElement) {
          if (hangsOver(at)) covers.add(at);
        }
      }
    }
  }
  return covers;
}

/** Touches nothing that is as it should be, or the page would never come to rest. */
function hideCovers() {
  const covers = element ? findCovers() : new Set();
  for (const other of document.querySelectorAll(`[${HIDDEN}]`)) {
    // Hidden ones are not met at any point any more, so those of this element stay.
    if (other.getAttribute(HIDDEN) !== selector) other.removeAttribute(HIDDEN);
  }
  for (const other of covers) other.setAttribute(HIDDEN, selector);
}

/** Bars of a gauge grow to another length for a second, and no mutation tells. */
function endTransitions() {
  for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish();
}

endTransitions();
await restoreScroll();
if (element) await bringIntoView();
hideCovers();

function elementBox() {
  if (!element) return { hasElement: false };
  const box = element.getBoundingClientRect();
  const x = Math.floor(box.left);
  const y = Math.floor(box.top);
  const isEmpty = box.width === 0 || box.height === 0;
  return { hasElement: true, x, y, width: isEmpty ? 0 : Math.ceil(box.right) - x, height: isEmpty ? 0 : Math.ceil(box.bottom) - y };
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
