// What the end-to-end tests share: a panelshot server, the command line, pictures as pixels.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { noteProcesses, noteSecret, noteText } from './audit.mjs';

export { startForeign, startGrafana } from '../fixtures/grafana/server.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUILD = process.env.PANELSHOT_BUILD ?? path.join(ROOT, 'build');
export const PANELSHOT = path.join(BUILD, 'src', 'panelshot');
export const isLong = process.env.PANELSHOT_TEST_LONG === '1';

const require = createRequire(new URL('../fixtures/grafana/package.json', import.meta.url));
const { PNG } = require('pngjs');

// An environment as a service has it: no language, no session of anybody's.
function cleanEnvironment(more) {
  for (const name of ['AUTH_TOKEN', 'PANELSHOT_TOKEN', 'PANELSHOT_JWT', 'PANELSHOT_RENDER_KEY']) noteSecret(more[name]);
  const kept = ['PATH', 'HOME', 'PANELSHOT_ENGINE', 'PANELSHOT_WEBEXT_DIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'TMPDIR'];
  const env = Object.fromEntries(kept.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  return { ...env, ...more };
}

/** A folder of the test's own, removed at the end of the process. */
export function scratch(name = 'panelshot-test-') {
  const folder = mkdtempSync(path.join(os.tmpdir(), name));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function secretFile(text) {
  const file = path.join(scratch(), 'secret');
  writeFileSync(file, `${noteSecret(text)}\n`, { mode: 0o600 });
  return file;
}

/** Starts panelshot; ended is its outcome. */
export function start(args, { env = {}, timeoutMs = 60000, input, cwd, program = PANELSHOT } = {}) {
  const child = spawn(program, args, { env: cleanEnvironment(env), cwd, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  const out = [];
  const err = [];
  child.stdout.on('data', (data) => out.push(data));
  child.stderr.on('data', (data) => err.push(data));
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const ended = once(child, 'close').then(([code, signal]) => {
    clearTimeout(timer);
    const stderr = Buffer.concat(err).toString();
    noteText('log', stderr);
    return { code, signal, stdout: Buffer.concat(out), stderr };
  });
  return { child, ended };
}

/** Runs panelshot to its end. */
export const run = (args, options) => start(args, options).ended;

// A test that fails before it stops its server must not keep the whole file waiting.
const running = new Set();
if (process.argv[1]?.endsWith('.test.mjs')) {
  after(() => { for (const child of running) child.kill('SIGKILL'); });
}

/** What a test asks of a server that it gives no command of its own. */
const SERVE = ['serve', '--listen', '127.0.0.1:0', '--log-level', 'debug'];

/** A server on a free port. stop() waits for its end and returns everything it logged. */
export async function startServer(args = [], { env = {}, command = SERVE } = {}) {
  const child = spawn(PANELSHOT, [...command, '--ready-fd', '3', ...args], {
    env: cleanEnvironment(env),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (data) => { log += data; });
  running.add(child);
  const ended = once(child, 'close').finally(() => {
    running.delete(child);
    noteText('log', log);
  });
  const port = await Promise.race([
    once(child.stdio[3], 'data').then(([data]) => Number(String(data).trim())),
    ended.then(([code]) => { throw new Error(`panelshot serve ended with ${code}: ${log}`); }),
  ]);
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid,
    port,
    url,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await ended;
      return { code, log };
    },
    /** GET /render with these parameters; @returns status, headers, body. */
    async render(params, { headers = {}, signal } = {}) {
      const query = new URLSearchParams(params);
      for (const [name, value] of Object.entries(headers)) if (/auth|token|jwt|cookie/i.test(name)) noteSecret(value);
      const waiting = fetch(`${url}/render?${query}`, { headers: { 'X-Auth-Token': '-', ...headers }, signal });
      noteProcesses([child.pid, ...descendants(child.pid).map(({ pid }) => pid)]);
      return read(await waiting);
    },
    async get(target, { headers = {}, method = 'GET' } = {}) {
      return read(await fetch(`${url}${target}`, { headers, method, redirect: 'manual' }));
    },
    /** POST /render with this job. */
    async post(job, { headers = {} } = {}) {
      noteSecret(job.renderKey);
      return read(await fetch(`${url}/render`, {
        method: 'POST', headers: { 'X-Auth-Token': '-', 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(job),
      }));
    },
    /** What /metrics tells under this name, labels and all. */
    async metric(name) {
      const { text } = await read(await fetch(`${url}/metrics`));
      const line = text.split('\n').find((one) => one.startsWith(`${name} `));
      return Number(line?.slice(name.length));
    },
  };
}

async function read(answer) {
  const body = Buffer.from(await answer.arrayBuffer());
  const isText = (answer.headers.get('content-type') ?? '').startsWith('text/');
  if (answer.status >= 400) noteText('error', body.toString());
  return { status: answer.status, headers: answer.headers, body, text: isText ? body.toString() : '' };
}

/** { width, height, data: RGBA, colorType } */
export function decode(body) {
  const png = PNG.sync.read(body);
  return { width: png.width, height: png.height, data: png.data, colorType: body[25] };
}

export function pixel({ width, data }, x, y) {
  const at = (y * width + x) * 4;
  return [data[at], data[at + 1], data[at + 2]];
}

/** How many pixels of two pictures of one size differ by more than @threshold in any channel. */
export function countDifferent(a, b, threshold = 0) {
  if (a.width !== b.width || a.height !== b.height) return Infinity;
  let n = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    const isOther = Math.abs(a.data[i] - b.data[i]) > threshold || Math.abs(a.data[i + 1] - b.data[i + 1]) > threshold
      || Math.abs(a.data[i + 2] - b.data[i + 2]) > threshold;
    if (isOther) n++;
  }
  return n;
}

/** Keeps a picture for the eye, under the build folder. */
export function keep(name, body) {
  const file = path.join(BUILD, 'pictures', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, body);
  return file;
}

/** Pids of all descendants of @pid, oldest first, with their command names. */
export function descendants(pid) {
  const found = [];
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [, comm, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat);
      parents.set(Number(name), { parent: Number(parent), comm, state });
    } catch {
      // Gone between the listing and the reading.
    }
  }
  const walk = (parent) => {
    for (const [id, entry] of parents) {
      if (entry.parent === parent) {
        found.push({ pid: id, ...entry });
        walk(id);
      }
    }
  };
  walk(pid);
  return found;
}

/** Until @check is truthy; for what no event tells, such as processes of others that end. */
export async function eventually(check, timeoutMs = 10000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value || Date.now() > end) return value;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** mulberry32: numbers in [0, 1), the same for one seed in every run, so that a failure can be repeated. */
export function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export { existsSync };
