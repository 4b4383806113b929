// Chromium on the review page: people who are signed in, and what they would have complained about.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { noteSecret } from '../support/audit.mjs';
import { BUILD } from '../support/harness.mjs';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/** Of everybody in an archive of make-archive. */
export const PASSWORD = noteSecret('correct horse 9');

export const launch = () => chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });

/** An archive with this many cells in its latest run. @returns the ids that make-archive prints. */
export async function makeArchive(folder, cells, ...grafana) {
  const { stdout } = await promisify(execFile)(path.join(BUILD, 'tests', 'review', 'make-archive'), [folder, String(cells), ...grafana]);
  return JSON.parse(stdout);
}

export class People {
  constructor(browser, url) {
    Object.assign(this, { browser, url, complaints: [], cookies: new Map() });
  }

  /** A browser window of somebody; @name '': not signed in. */
  async open(name, { theme = 'light', language = 'en-GB', at = '/review/', isPhone = false, ...more } = {}) {
    const context = await this.browser.newContext({
      colorScheme: theme, locale: language, viewport: isPhone ? { width: 390, height: 844 } : { width: 1280, height: 800 }, hasTouch: isPhone, isMobile: isPhone, ...more,
    });
    context.setDefaultTimeout(20_000);
    if (name !== '') await this.signIn(context, name);
    const page = await context.newPage();
    this.listen(page);
    await this.visit(page, at);
    return page;
  }

  /** Past the form, which has a test of its own; checking a password is slow on purpose, so once for each. */
  async signIn(context, name) {
    if (!this.cookies.has(name)) await this.#enter(context, name);
    else await context.addCookies(this.cookies.get(name));
  }

  async #enter(context, name) {
    const answer = await context.request.post(`${this.url}/api/v1/session`, { data: { name, password: PASSWORD } });
    if (!answer.ok()) throw new Error(`sign-in of ${name}: ${answer.status()} ${await answer.text()}`);
    this.cookies.set(name, await context.cookies());
  }

  listen(page) {
    page.on('pageerror', (error) => this.complaints.push(`${page.url()}: ${error.stack}`));
    page.on('dialog', (dialog) => {
      this.complaints.push(`${page.url()}: a dialog says ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('console', (message) => {
      // What the server refuses on purpose is told to the console by the browser itself.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.complaints.push(`${page.url()}: ${message.text()}`);
    });
  }

  async visit(page, at) {
    await page.goto(this.url + at);
    await settled(page);
  }
}

/** Goes to a view as links do: without loading the page anew. */
export async function walk(page, at) {
  await page.evaluate((address) => {
    window.history.pushState(null, '', address);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, at);
  await settled(page);
}

/** Until a view is there. */
export const settled = (page) => page.waitForFunction(() => document.querySelector('main')?.getAttribute('aria-busy') === 'false');

/** What axe finds, as lines; only what is serious. */
export async function findBarriers(page) {
  // The policy of the page forbids scripts that are not its own: this one comes by the debugger.
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const tell = ({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, ' ').slice(0, 160)}`;
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(tell).join(' | ')}`);
}

/** How far the page is wider than its window. */
export const overflowOf = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
