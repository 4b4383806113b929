// What is measured, and what it is measured on: the stand-in Grafana with a fixed workload, a
// panelshot server, Chromium. Started when first asked for, all ended by close().

import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChromiumBest, browserPids, chromiumVersion, endAllBrowsers, renderV3, renderV5 } from '../support/chromium.mjs';
import { BUILD, eventually, run, scratch, secretFile, startServer } from '../support/harness.mjs';
import { startStandIn } from './stand-in.mjs';
import { readNames } from './zip.mjs';

const DIST = fileURLToPath(new URL('../fixtures/grafana/dist', import.meta.url));
const LEAST_BUNDLE_BYTES = 2_500_000;
const QUERY_DELAY_MS = 50;
const READY_MS = 30000;
const INSPECTION_MS = 600000;
const RANGE = 'from=1721736889194&to=1721738490788';

const PLAIN = 'plain';

/** An option or a kind that this build of panelshot does not have. */
export class Unknown extends Error {}

/** Width and height as the file itself says. */
function sizeOf(png) {
  if (png.length < 1000 || png.readUInt32BE(0) !== 0x89504e47) throw new Error(`no picture: ${png.subarray(0, 200)}`);
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

export class World {
  #grafana = null;
  #servers = new Map();
  #settings = null;
  #token = '';
  #best = null;
  #heights = new Map();

  static async start() {
    const world = new World();
    world.#grafana = await startStandIn({ queryDelayMs: QUERY_DELAY_MS });
    world.#token = secretFile(await world.#grafana.call('token'));
    world.#settings = (await run(['print-config'])).stdout.toString();
    return world;
  }

  /** The page of an address below the stand-in, as a request with a key of its own. */
  async page(address, { width = 1000, height = 500, deviceScaleFactor = 1 } = {}) {
    const renderKey = await this.#grafana.call('mintRenderKey');
    return {
      name: address, url: `${this.#grafana.url}/${address}&${RANGE}`, width, height,
      renderKey, domain: '127.0.0.1', ...(deviceScaleFactor !== 1 && { deviceScaleFactor }),
    };
  }

  /** Whether this build has the setting. */
  knows(setting) {
    return this.#settings.includes(`\n${setting}:`);
  }

  /** Of a server that signs in with a token, and needs no render key. */
  get tokenArguments() {
    return ['--token-for', `${this.#grafana.url}=${this.#token}`];
  }

  /** A server that runs and has drawn its own test page, to be stopped by the caller. */
  async startServer(args = []) {
    const server = await startServer(['--log-level', 'warning', ...args]);
    const isReady = await eventually(async () => (await server.get('/readyz')).status === 200, READY_MS);
    if (!isReady) {
      await server.stop();
      throw new Error(`panelshot serve is not ready after ${READY_MS} ms`);
    }
    return server;
  }

  /** The server of this name; the arguments are those of the first call. */
  async server(name = PLAIN, args = []) {
    if (!this.#servers.has(name)) this.#servers.set(name, this.startServer(args));
    return this.#servers.get(name);
  }

  async best() {
    this.#best ??= ChromiumBest.start();
    return this.#best;
  }

  /** @returns milliseconds from the request to the whole answer. */
  async ours(request) {
    return this.oursBy(await this.server(), request);
  }

  /** In a server that signs in with a token: every visit is the same person's. */
  async oursByToken(request) {
    const { renderKey, domain, ...rest } = request;
    return this.oursBy(await this.server('token', this.tokenArguments), rest);
  }

  async oursBy(server, request) {
    const { name, ...params } = request;
    const started = performance.now();
    const { status, body, text } = await server.render(params);
    const ms = performance.now() - started;
    if (status !== 200) throw new Error(`panelshot answered ${status} for ${name}: ${text}`);
    this.#check(request, body);
    return ms;
  }

  /** The first picture of an origin, in a server that ran before the clock started. */
  async oursCold(request) {
    const server = await this.startServer();
    try {
      return await this.oursBy(server, request);
    } finally {
      await server.stop();
    }
  }

  /** All panels of a dashboard from one visit, as a zip. */
  async oursEachPanel(request, count) {
    const { name, ...job } = request;
    const server = await this.server();
    const started = performance.now();
    const { status, body } = await server.post({ ...job, pictures: [{ name: 'all', kind: 'eachPanel' }] }, { headers: { Accept: 'application/zip' } });
    const ms = performance.now() - started;
    if (status === 400) throw new Unknown('pictures of kind eachPanel');
    if (status !== 200) throw new Error(`panelshot answered ${status} for each panel of ${name}: ${body}`);
    const pictures = readNames(body).filter((one) => one.endsWith('.png'));
    if (pictures.length !== count) throw new Error(`${pictures.length} pictures of ${name}, not ${count}`);
    return ms;
  }

  /** All cells of a plan, from the start of the program to its end; @dashboards and @ranges are YAML. @returns ms for each cell. */
  async inspection(dashboards, ranges, count) {
    const folder = scratch();
    const plan = path.join(folder, 'plan.yaml');
    writeFileSync(plan, `grafana: {address: "${this.#grafana.url}", tokenFile: "${this.#token}"}\ntimezone: UTC\nranges: ${ranges}\ndashboards: ${dashboards}\n`);
    const started = performance.now();
    const { code, stdout, stderr } = await run(
      ['inspect', 'run', plan, '--archive', path.join(folder, 'archive'), '--now', '2026-11-24T12:00', '--json'], { timeoutMs: INSPECTION_MS });
    const ms = performance.now() - started;
    if (code === 2 && /unknown command/.test(stderr)) throw new Unknown('inspections');
    if (code !== 0) throw new Error(`panelshot inspect run ended with ${code}: ${stderr}`);
    const { counts } = JSON.parse(stdout).run;
    if (counts.cells !== count || counts.failed !== 0) throw new Error(`${counts.cells} cells, not ${count}; ${counts.failed} failed`);
    return ms / count;
  }

  async oursFromNothing(request) {
    const started = performance.now();
    const { code, stdout, stderr } = await run(['render', request.url, '-o', '-', '--render-key', request.renderKey, '--domain', request.domain,
      '--width', String(request.width), '--height', String(request.height)]);
    const ms = performance.now() - started;
    if (code !== 0) throw new Error(`panelshot render ended with ${code}: ${stderr}`);
    this.#check(request, stdout);
    return ms;
  }

  /** It closes its browser and then answers. */
  async v3(request) {
    const started = performance.now();
    const { png } = await renderV3(request);
    const ms = performance.now() - started;
    this.#check(request, png);
    return ms;
  }

  /** It answers and then closes its browser. */
  async v5(request) {
    const started = performance.now();
    let ms = 0;
    const { png } = await renderV5(request, { onPicture: () => { ms = performance.now() - started; } });
    this.#check(request, png);
    return ms;
  }

  async chromiumBest(request) {
    const best = await this.best();
    return this.#byBest(best, request, performance.now());
  }

  async chromiumBestFromNothing(request) {
    const started = performance.now();
    const one = await ChromiumBest.start();
    try {
      return await this.#byBest(one, request, started);
    } finally {
      await one.close();
    }
  }

  async #byBest(best, request, started) {
    let ms = 0;
    const { png } = await best.render(request, { onPicture: () => { ms = performance.now() - started; } });
    this.#check(request, png);
    return ms;
  }

  /** Roots of the process trees of Chromium. */
  async roots(who) {
    const best = this.#best ? (await this.#best).pid : 0;
    return who === 'best' ? [best] : browserPids().filter((pid) => pid !== best);
  }

  /** A fast answer with the wrong picture would win, so all must agree about its size. */
  #check({ name, width, height, deviceScaleFactor: scale = 1 }, png) {
    const size = sizeOf(png);
    const key = `${name} ${scale}`;
    const wanted = height === -1 ? this.#heights.get(key) ?? size.height : height * scale;
    this.#heights.set(key, wanted);
    if (size.width !== width * scale || Math.abs(size.height - wanted) > 2 * scale) {
      throw new Error(`a picture of ${key} is ${size.width}×${size.height}, not ${width * scale}×${wanted}`);
    }
  }

  /** Visits each page once, and tells what the visits were made of. */
  async workload() {
    const request = await this.page('d-solo/panels?panelId=1');
    await this.#grafana.call('takePaths');
    await this.chromiumBest(request);
    const scripts = (await this.#grafana.call('takePaths')).filter((one) => /^\/public\/build\/.*\.js$/.test(one));
    const bytes = [...new Set(scripts)].reduce((sum, one) => sum + statSync(path.join(DIST, one)).size, 0);
    if (bytes < LEAST_BUNDLE_BYTES) throw new Error(`the bundle has ${bytes} bytes, at least ${LEAST_BUNDLE_BYTES} are wanted`);
    await this.ours(await this.page('d-solo/panels?panelId=1'));
    const server = await this.server();
    const version = await server.get('/version');
    return {
      bundle_bytes: bytes,
      query_delay_ms: QUERY_DELAY_MS,
      panels: await this.#grafana.call('panelCounts'),
      versions: {
        panelshot: (await run(['version'])).stdout.toString().trim().replace(/^panelshot /, ''),
        webkit: /WebKit(?:GTK)? ([\d.]+)/.exec(version.text)?.[1] ?? '',
        chromium: /[\d.]+/.exec(chromiumVersion())?.[0] ?? '',
        grafana: this.#grafana.version,
        node: process.version,
      },
    };
  }

  get build() {
    return BUILD;
  }

  async picture(address, size) {
    const { name, ...params } = await this.page(address, size);
    const { body } = await (await this.server()).render(params);
    this.#check({ name, ...params }, body);
    return body;
  }

  async close() {
    const [servers, best, grafana] = [[...this.#servers.values()], this.#best, this.#grafana];
    this.#servers.clear();
    this.#best = null;
    this.#grafana = null;
    await Promise.allSettled([...servers.map(async (one) => (await one).stop()), best?.then((one) => one.close()), endAllBrowsers()]);
    await grafana?.close();
  }
}
