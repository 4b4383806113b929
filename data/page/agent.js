// What the page is doing, told to the engine as it happens (see src/engine/ready.h).
//
// Put into the main frame at document start, in the page's own world because Grafana's hooks are
// plain variables of window. The placeholder becomes a JSON object of options.
(() => {
  'use strict';
  if (window.top !== window) return;
  let options = __PANELSHOT__;
  window.name = ''; // it outlives the document, and the person
  const handler = window.webkit && window.webkit.messageHandlers && window.webkit.messageHandlers.panelshot;
  if (!handler) return;

  // The page may replace these later; what we use must not pass through its hands.
  const post = handler.postMessage.bind(handler);
  const later = window.setTimeout.bind(window);
  const nextFrame = window.requestAnimationFrame.bind(window);
  const stringify = JSON.stringify;

  const TICK_MS = 20;
  const short = (text) => { const cut = String(text).slice(0, 300); return cut.toWellFormed ? cut.toWellFormed() : cut; };
  const LOADING_BAR = '[aria-label="Panel loading bar"], [data-testid="data-testid Panel loading bar"], [data-testid="Panel loading bar"]';

  const PANEL = '[data-testid^="data-testid Panel header"], [data-panelid], [data-panelId], [class$="panel-container"]';

  const hooks = { scene: false, binding: false, queries: -1, rendered: -1, channel: '', error: '', failedFile: '' };
  let quietTicks = 0;
  let turns = 0;
  let frames = 0;
  let isTicking = false;
  let isFraming = false;
  let lastReport = '';

  let badSelector = false;
  function checkSelector() {
    try {
      document.querySelector(options.waitFor || 'x');
      badSelector = false;
    } catch {
      badSelector = true;
    }
  }
  checkSelector();

  function count(selector) {
    return document.querySelectorAll(selector).length;
  }

  function pendingImages() {
    let n = 0;
    for (const image of document.images) {
      // A lazy image outside the view is not asked for; it is not missing from the picture either.
      if (!image.complete && !(image.loading === 'lazy' && !image.currentSrc)) n++;
    }
    // Grafana's icons: while one is fetched, its duplicates stand as empty graphics and look again
    // every 100 ms, without a request or a mutation of their own.
    return n + count('svg[class*="-Icon"]:empty');
  }

  // A dashboard or panel of Grafana's that shows nothing of its own yet: an empty root, or the
  // preloader that comes with the document.
  function isBooting() {
    if (!window.grafanaBootData || hooks.scene || hooks.rendered >= 0) return false;
    return /\/d(-solo)?\//.test(location.pathname) && !document.querySelector(PANEL);
  }

  function report() {
    const facts = {
      key: options.key,
      scene: hooks.scene,
      binding: hooks.binding,
      booting: isBooting(),
      queries: hooks.queries,
      rendered: hooks.rendered,
      expected: count('.panel-solo') || count('[class$="panel-container"]'), // Grafana before Scenes
      channel: hooks.channel,
      error: hooks.error,
      failedFile: hooks.failedFile,
      bars: count(LOADING_BAR),
      fonts: document.fonts && document.fonts.status === 'loading' ? 1 : 0,
      images: pendingImages(),
      missing: options.waitFor && !badSelector ? !document.querySelector(options.waitFor) : false,
      badSelector,
      quiet: quietTicks * TICK_MS,
      frames,
      alive: Math.floor(turns * TICK_MS / 1000), // makes the report differ once a second
      width: window.innerWidth,
      height: window.innerHeight,
    };
    const text = stringify(facts);
    if (text === lastReport) return;
    lastReport = text;
    post(text);
  }

  // Quiet is counted in turns of this event loop, not read off a clock: while a long task runs the
  // clock goes on but no turn is taken, and what waits behind that task may still change the page.
  function tick() {
    quietTicks++;
    turns++;
    report();
    if (quietTicks * TICK_MS < options.longQuietMs + TICK_MS) later(tick, TICK_MS);
    else isTicking = false;
  }

  function frame() {
    frames++;
    if (frames < 3) {
      nextFrame(frame);
      return;
    }
    isFraming = false;
    report();
  }

  function changed() {
    const isFirst = quietTicks > 0;
    quietTicks = 0;
    frames = 0;
    if (isFirst) report(); // at once: a picture may be about to be taken
    if (!isTicking) {
      isTicking = true;
      later(tick, TICK_MS);
    }
    if (!isFraming) {
      isFraming = true;
      nextFrame(frame);
    }
  }

  // A variable of Grafana's that tells us when it is written.
  function watch(name, onWrite) {
    let value;
    Object.defineProperty(window, name, {
      configurable: true,
      enumerable: true,
      get: () => value,
      set(next) {
        value = next;
        onWrite(next);
        changed();
        report();
      },
    });
  }
  // Grafana may keep a scene, with what it knew then, and show it again.
  const scenes = new WeakSet(); // of earlier visits
  let ownScenes = []; // of this one
  watch('__grafanaSceneContext', (value) => {
    hooks.scene = Boolean(value);
    if (value && typeof value === 'object') ownScenes.push(value);
  });
  watch('__grafanaRenderBindingSupported', (value) => { hooks.binding = Boolean(value); });
  watch('__grafanaRunningQueryCount', (value) => { hooks.queries = typeof value === 'number' ? value : -1; });
  watch('panelsRendered', (value) => { hooks.rendered = typeof value === 'number' ? value : -1; });

  // Recent Grafana takes this function as the proof that a renderer is looking: it then mounts all
  // panels at once and reports through it.
  Object.defineProperty(window, '__grafanaImageRendererMessageChannel', {
    configurable: true,
    writable: true,
    value: (message) => {
      try {
        const { type, data } = JSON.parse(message);
        if (type !== 'REPORT_RENDER_COMPLETE') return;
        hooks.channel = data && data.success === false ? 'failed' : 'done';
      } catch {
        return;
      }
      changed();
      report();
    },
  });
  window.__grafanaImageRendererReadinessTimeoutMs = options.timeoutMs;

  window.addEventListener('error', (event) => {
    const target = event.target;
    if (target && target !== window && target.tagName) {
      if (target.tagName === 'SCRIPT' && !hooks.failedFile) hooks.failedFile = short(target.src);
    } else if (!hooks.error) {
      hooks.error = short(event.message || 'script error');
    }
    changed();
    report();
  }, true);
  window.addEventListener('unhandledrejection', (event) => {
    if (!hooks.error) hooks.error = short((event.reason && event.reason.message) || event.reason);
    report();
  });

  new MutationObserver(changed).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  document.addEventListener('load', changed, true); // images and style sheets; does not bubble, hence the capture
  document.addEventListener('scroll', changed, true); // of any box; what comes into view may be drawn only now
  document.addEventListener('DOMContentLoaded', changed);
  // Fonts with font-display: swap end their loading without an event of document.fonts.
  new PerformanceObserver(changed).observe({ type: 'resource' });
  window.addEventListener('load', changed);
  window.addEventListener('resize', changed);
  if (document.fonts) {
    document.fonts.addEventListener('loading', changed);
    document.fonts.addEventListener('loadingdone', changed);
    document.fonts.addEventListener('loadingerror', changed);
  }

  // For lead.js: a new visit begins in this document, and knows nothing of those before it.
  let begunAt = Date.now();
  function begin(next) {
    options = next;
    Object.assign(hooks, { scene: false, queries: -1, rendered: -1, channel: '', error: '', failedFile: '' });
    window.__grafanaImageRendererReadinessTimeoutMs = options.timeoutMs;
    checkSelector();
    for (const one of ownScenes) scenes.add(one);
    ownScenes = [];
    begunAt = Date.now();
    lastReport = '';
    turns = 0;
    changed();
    report();
  }
  Object.defineProperty(window, Symbol.for('panelshot.agent'), {
    value: Object.freeze({ begin, get key() { return options.key; }, get begunAt() { return begunAt; }, isKnownScene: (one) => scenes.has(one) }),
  });
  changed();
  report();
})();
