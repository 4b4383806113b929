// The stand-in Grafana in a process of its own: what serves the page must not wait behind what
// measures it. Ends with its parent.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(import.meta.url);

/** { url, call(name, …arguments), close() } */
export async function startStandIn(options) {
  const child = fork(FILE, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map();
  let next = 0;
  let failed = null;
  const call = (name, ...args) => new Promise((resolve, reject) => {
    if (failed) {
      reject(failed);
      return;
    }
    next += 1;
    waiting.set(next, { resolve, reject });
    child.send({ id: next, name, args });
  });
  child.on('message', ({ id, value }) => {
    waiting.get(id)?.resolve(value);
    waiting.delete(id);
  });
  child.on('exit', (code) => {
    failed = new Error(`the stand-in Grafana ended with ${code}`);
    for (const { reject } of waiting.values()) reject(failed);
  });
  const { url, version } = await call('info');
  return {
    url,
    version,
    call,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.kill('SIGKILL'); // it holds nothing that would have to be put away
      await ended;
    },
  };
}

async function serve() {
  const { startGrafana } = await import('../fixtures/grafana/server.mjs');
  process.on('SIGINT', () => {}); // the parent closes us in its own order
  const grafana = await startGrafana(JSON.parse(process.argv[2]));
  const calls = {
    info: () => ({ url: grafana.url, version: grafana.version }),
    token: () => grafana.tokens.admin,
    mintRenderKey: () => grafana.mintRenderKey('admin'),
    panelCounts: () => Object.fromEntries([...grafana.dashboards].map(([uid, one]) => [uid, one.panels.length])),
    /** Paths asked for since the last call; keeps the list short in long runs. */
    takePaths() {
      const paths = grafana.requests.map((one) => one.path);
      grafana.clear();
      return paths;
    },
  };
  process.on('message', ({ id, name, args }) => process.send({ id, value: calls[name](...args) ?? null }));
  process.on('disconnect', () => process.exit(0));
}

if (process.argv[1] === FILE) await serve();
