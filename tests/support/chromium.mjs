// Pictures of the same pages by Debian's Chromium, to compare with.
//
// renderV3 and renderV5 wait as two generations of the official renderer do, written anew from a
// description of what they wait for: a browser per picture, and their fixed pauses. ChromiumBest is
// no product: it is how fast Chromium is with our own rule of readiness, in a browser that stays.
//
// A request: { url, width, height, scale, renderKey, domain, timezone, language, timeoutMs }, with a
// height of -1 for the full page. An answer: { png, width, height }.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execFileSync } from 'node:child_process';

const require = createRequire(new URL('../fixtures/grafana/package.json', import.meta.url));
const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')).href);

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars',
];
const TIMEOUT_MS = 60000;

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

const running = new Set();
const folders = new Set();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Main processes of all browsers that run now: what a memory measurement walks down from. */
export const browserPids = () => [...running].map((one) => one.browser.process().pid);

/** Ends every browser, whatever it is doing. */
export const endAllBrowsers = () => Promise.allSettled([...running].map((one) => one.close()));

export function chromiumVersion() {
  return execFileSync(EXECUTABLE, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
}

/** A browser with a profile that nobody has used. close() also removes the profile. */
async function launch({ timezone = '' } = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'panelshot-chromium-'));
  folders.add(folder);
  // The browser ends with the pipe, whatever becomes of this process.
  const browser = await puppeteer.launch({
    executablePath: EXECUTABLE,
    ignoreDefaultArgs: true,
    args: [...FLAGS, `--user-data-dir=${folder}`, '--remote-debugging-pipe', 'about:blank'],
    pipe: true,
    defaultViewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    env: { ...process.env, ...(timezone && { TZ: timezone }) },
  });
  const one = {
    browser,
    async close() {
      await browser.close();
      running.delete(one);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
      folders.delete(folder);
    },
  };
  running.add(one);
  return one;
}

async function prepare(page, { url, width, scale = 1, renderKey, domain, timezone, language }, height) {
  await page.setViewport({ width, height, deviceScaleFactor: scale });
  if (renderKey) await page.browserContext().setCookie({ name: 'renderKey', value: renderKey, domain: domain || new URL(url).hostname, path: '/' });
  if (language) await page.setExtraHTTPHeaders({ 'Accept-Language': language });
  if (timezone) await page.emulateTimezone(timezone);
}

function heightAtFirst({ width, height }) {
  return height === -1 ? Math.floor(width * 0.75) : height;
}

const answer = (request, png, height) => ({ png: Buffer.from(png), width: request.width, height });

// ---- Version 3: puppeteer, network idle, a look at each mutation

/** Scrolls as slowly as version 3 does. Returns the height of the picture, 0 for "as it was". */
async function scrollV3(page) {
  const size = await page.evaluate(() => {
    const scroller = document.querySelector('#page-scrollbar') ?? document.body;
    return {
      inBox: scroller !== document.body,
      view: scroller.clientHeight,
      content: scroller.scrollHeight,
      around: document.body.clientHeight - scroller.clientHeight,
    };
  });
  if (size.content <= size.view) return 0;
  const scroll = (top) => page.evaluate((inBox, to) => {
    (inBox ? document.querySelector('#page-scrollbar') : window).scrollTo(0, to);
  }, size.inBox, top);
  for (let step = 1; step <= Math.floor(size.content / size.view); step++) {
    await scroll(step * size.view);
    await later(500);
  }
  await scroll(0);
  return size.content + size.around;
}

function panelsRenderedV3(isFullPage) {
  if (window.__grafanaSceneContext) return window.__grafanaRunningQueryCount === 0;
  const count = (selector) => document.querySelectorAll(selector).length;
  if (isFullPage) {
    const filled = [...document.querySelectorAll("[class$='panel-content']")].filter((one) => one.children.length > 0).length;
    const rows = count('.dashboard-row') || count('[data-testid="dashboard-row-container"]');
    return filled + rows >= count('[data-panelId]');
  }
  const expected = count('.panel-solo') || count("[class$='panel-container']");
  return expected === 0 || (window.panelsRendered ?? 0) >= expected;
}

/** One picture as version 3 takes it, from nothing to the end of its browser. */
export async function renderV3(request) {
  const { timeoutMs = TIMEOUT_MS } = request;
  const isFullPage = request.height === -1;
  const height = heightAtFirst(request);
  const one = await launch({ timezone: request.timezone });
  try {
    const page = await one.browser.newPage();
    await prepare(page, request, height);
    await page.mouse.move(request.width, height); // nothing is hovered there
    await page.goto(request.url, { waitUntil: 'networkidle0', timeout: timeoutMs });
    const fullHeight = isFullPage ? await scrollV3(page) : 0;
    await page.waitForFunction(panelsRenderedV3, { polling: 'mutation', timeout: timeoutMs }, isFullPage);
    await later(50);
    if (fullHeight > 0) await page.setViewport({ width: request.width, height: fullHeight, deviceScaleFactor: request.scale ?? 1 });
    return answer(request, await page.screenshot({ type: 'png', captureBeyondViewport: false }), fullHeight || height);
  } finally {
    await one.close(); // before it answers
  }
}

// ---- Version 5: a fixed second, scrolling, then a look ten times a second

/** How many http requests of @page run. Streams and sockets never end and do not count. */
function watchRequests(page) {
  const open = new Set();
  const ended = (request) => open.delete(request);
  page.on('request', (request) => {
    // A redirect is a new request for puppeteer, the same for the page.
    for (const before of request.redirectChain()) open.delete(before);
    if (/^https?:/.test(request.url()) && !['websocket', 'eventsource'].includes(request.resourceType())) open.add(request);
  });
  page.on('requestfinished', ended);
  page.on('requestfailed', ended);
  return open;
}

async function scrollV5(page) {
  const steps = await page.evaluate(() => Math.floor(document.body.scrollHeight / window.innerHeight));
  await later(50);
  for (let step = 0; step < steps; step++) {
    await page.evaluate(() => window.scrollBy({ top: window.innerHeight, behavior: 'instant' }));
    await later(50);
  }
  await page.evaluate(() => window.scrollTo(0, 0));
}

/** Without the readiness binding, which Grafana does not offer unless it is told to. */
async function waitForReadyV5(page, open, deadline) {
  const GIVE_UP_ON_FIRST_QUERY_MS = 3000;
  const started = Date.now();
  let hasSeenQuery = false;
  let hashBefore = null;
  while (Date.now() < deadline) {
    await later(100);
    if (open.size > 0) {
      hashBefore = null;
      continue;
    }
    const isQuerying = await page.evaluate(() => Boolean(window.__grafanaSceneContext) && window.__grafanaRunningQueryCount > 0);
    hasSeenQuery ||= isQuerying;
    if (isQuerying || (!hasSeenQuery && Date.now() - started < GIVE_UP_ON_FIRST_QUERY_MS)) continue;
    // It hashes a text that is the same for every page: what is left of this step is one more turn.
    const hash = await page.evaluate(() => String(document.body));
    if (hash === hashBefore) return;
    hashBefore = hash;
  }
  throw new Error('the page did not become ready');
}

/** One picture as version 5 takes it. It answers before its browser has ended: see onPicture. */
export async function renderV5(request, { onPicture = () => {} } = {}) {
  const deadline = Date.now() + (request.timeoutMs ?? TIMEOUT_MS);
  const scale = request.scale ?? 1;
  let height = heightAtFirst(request);
  const one = await launch();
  try {
    const page = await one.browser.newPage();
    const open = watchRequests(page);
    await prepare(page, request, height);
    await page.goto(request.url, { waitUntil: 'load', timeout: deadline - Date.now() });
    await page.waitForSelector('body');
    await later(1000);
    await scrollV5(page);
    await waitForReadyV5(page, open, deadline);
    const contentHeight = request.height === -1 ? await page.evaluate(() => document.body.scrollHeight) : 0;
    if (contentHeight > height) {
      height = contentHeight;
      await page.setViewport({ width: request.width, height, deviceScaleFactor: scale });
      await waitForReadyV5(page, open, deadline);
    }
    const picture = answer(request, await page.screenshot({ type: 'png', captureBeyondViewport: false }), height);
    onPicture();
    return picture;
  } finally {
    await one.close();
  }
}

// ---- The best of Chromium: a browser that stays, our own rule

/** Put into each page at document start: knows for how long nothing has changed. */
function installWatch() {
  let changedAt = performance.now();
  const changed = () => { changedAt = performance.now(); };
  new MutationObserver(changed).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  for (const name of ['load', 'DOMContentLoaded', 'resize']) window.addEventListener(name, changed, true);
  // Recent Grafana mounts every panel at once when it finds this function.
  window.__grafanaImageRendererMessageChannel = () => {};

  const hasSettled = () => {
    if (document.readyState !== 'complete') return false;
    if (window.__grafanaRunningQueryCount > 0 || document.querySelector('[aria-label="Panel loading bar"]')) return false;
    return document.fonts.status === 'loaded' && [...document.images].every((image) => image.complete);
  };
  const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
  window.__settled = async (quietMs) => {
    for (;;) {
      const quietFor = performance.now() - changedAt;
      if (hasSettled() && quietFor >= quietMs) {
        const before = changedAt;
        await frame();
        await frame();
        if (changedAt === before) return;
      } else {
        await new Promise((resolve) => { setTimeout(resolve, Math.max(5, Math.min(20, quietMs - quietFor))); });
      }
    }
  };
}

export class ChromiumBest {
  #one;
  #quietMs;
  #optimizeForSpeed;

  constructor(one, quietMs, optimizeForSpeed) {
    this.#one = one;
    this.#quietMs = quietMs;
    this.#optimizeForSpeed = optimizeForSpeed;
  }

  /** optimizeForSpeed: Chromium's faster and larger PNG. */
  static async start({ quietMs = 100, optimizeForSpeed = true } = {}) {
    return new ChromiumBest(await launch(), quietMs, optimizeForSpeed);
  }

  get pid() {
    return this.#one.browser.process().pid;
  }

  /** onPicture() is called before the context is put away, which a caller would not wait for. */
  async render(request, { onPicture = () => {} } = {}) {
    const context = await this.#one.browser.createBrowserContext();
    try {
      const page = await context.newPage();
      const deadline = Date.now() + (request.timeoutMs ?? TIMEOUT_MS);
      let height = heightAtFirst(request);
      const open = watchRequests(page);
      await Promise.all([prepare(page, request, height), page.evaluateOnNewDocument(installWatch)]);
      await page.goto(request.url, { waitUntil: 'domcontentloaded', timeout: deadline - Date.now() });
      await this.#settle(page, open, deadline);
      if (request.height === -1) {
        const wanted = await this.#contentHeight(page);
        if (wanted > height) {
          height = wanted;
          await page.setViewport({ width: request.width, height, deviceScaleFactor: request.scale ?? 1 });
          await this.#settle(page, open, deadline);
        }
      }
      const png = await page.screenshot({ type: 'png', captureBeyondViewport: false, optimizeForSpeed: this.#optimizeForSpeed });
      onPicture();
      return answer(request, png, height);
    } finally {
      await context.close();
    }
  }

  async #settle(page, open, deadline) {
    for (;;) {
      let timer;
      const tooLate = new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the page did not settle')), Math.max(0, deadline - Date.now()));
      });
      const settled = page.evaluate((quietMs) => window.__settled(quietMs), this.#quietMs);
      settled.catch(() => {}); // it fails later when the page is closed
      await Promise.race([settled, tooLate]).finally(() => clearTimeout(timer));
      if (open.size === 0) return;
      await later(10);
    }
  }

  #contentHeight(page) {
    return page.evaluate(() => {
      const box = document.querySelector('#page-scrollbar');
      const { body, documentElement } = document;
      return box ? box.scrollHeight + body.clientHeight - box.clientHeight : Math.max(body.scrollHeight, documentElement.scrollHeight);
    });
  }

  close() {
    return this.#one.close();
  }
}

// ---- Pages and files

/** As the official renderer asks for PDF: no margins, no headers. A4, lying, unless told otherwise. */
export async function printByChromium() {
  const one = await launch();
  return {
    async print(url, options = {}) {
      const page = await one.browser.newPage();
      try {
        await page.evaluateOnNewDocument(installWatch);
        await page.setViewport({ width: 1000, height: 500 });
        const open = watchRequests(page);
        await page.goto(url, { waitUntil: 'load', timeout: TIMEOUT_MS });
        const settle = async () => {
          do await page.evaluate(() => window.__settled(300)); while (open.size > 0);
        };
        await settle();
        // Every panel is mounted and drawn once it has been in view.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewport({ width: 1000, height });
        await settle();
        const session = await page.createCDPSession();
        const { data } = await session.send('Page.printToPDF', {
          landscape: true, printBackground: true, paperWidth: 8.2677, paperHeight: 11.70,
          marginTop: 0, marginBottom: 0, marginLeft: 0, marginRight: 0, ...options,
        });
        return Buffer.from(data, 'base64');
      } finally {
        await page.close();
      }
    },
    close: () => one.close(),
  };
}

/** The first file that the page at @url offers: { name, body }. */
export async function downloadByChromium(url) {
  const one = await launch();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'panelshot-chromium-files-'));
  folders.add(folder);
  try {
    const session = await one.browser.target().createCDPSession();
    await session.send('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath: folder, eventsEnabled: true });
    const begun = new Promise((resolve) => { session.once('Browser.downloadWillBegin', resolve); });
    const ended = new Promise((resolve) => {
      session.on('Browser.downloadProgress', ({ state }) => { if (state !== 'inProgress') resolve(state); });
    });
    const page = await one.browser.newPage();
    page.goto(url).catch(() => {}); // an address that is a file itself is no page
    const { guid, suggestedFilename } = await begun;
    await ended;
    return { name: suggestedFilename, body: readFileSync(path.join(folder, guid)) };
  } finally {
    await one.close();
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

/** Reads pictures of any kind that browsers know: decode(body, mimeType) gives the same as PNG. */
export async function decodeByChromium() {
  const one = await launch();
  const page = await one.browser.newPage();
  return {
    async decode(body, mimeType) {
      const address = await page.evaluate(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.naturalWidth;
        canvas.height = image.naturalHeight;
        canvas.getContext('2d').drawImage(image, 0, 0);
        return canvas.toDataURL('image/png');
      }, `data:${mimeType};base64,${body.toString('base64')}`);
      return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64');
    },
    close: () => one.close(),
  };
}
