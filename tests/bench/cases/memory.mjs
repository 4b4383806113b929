// Memory: proportional set size of whole process trees. The official renderer's own process, Node
// or Go, is not counted; panelshot's server is.

import { descendants, eventually } from '../../support/harness.mjs';
import { inLanes, peakMib, restingMib } from '../measure.mjs';
import { MIB } from '../targets.mjs';

const KINDS = [1, 3, 6, 9];
const IDLE = '2s';
const IDLE_LIMIT_MS = 20000;

const page = (world, n) => world.page(`d-solo/panels?panelId=${KINDS[n % KINDS.length]}`);

const peakOfPanels = (world, who, render, count) => peakMib(() => world.roots(who),
  () => inLanes(2, count, async (n) => world[render](await page(world, n))));

/** More than a browser that ends gets: what a server gathers shows only after some. */
async function peakOfServer(world, count) {
  const server = await world.startServer();
  try {
    return await peakMib(() => [server.pid], () => inLanes(2, count, async (n) => world.oursBy(server, await page(world, n))));
  } finally {
    await server.stop();
  }
}

const judged = (mib, target) => ({ mib: Number(mib.toPrecision(4)), target, met: mib < target });
const hasEngine = (server) => descendants(server.pid).some((one) => one.comm.startsWith('panelshot-engin'));

/** In a server of its own, which @look gets. */
async function inServer(world, args, look) {
  const server = await world.startServer(args);
  try {
    return await look(server);
  } finally {
    await server.stop();
  }
}

/** Until it is under @target, but not for ever: what a server gives back it does in its own time. */
async function calmMib(server, target) {
  let now = Infinity;
  await eventually(async () => { now = await restingMib(server.pid); return now < target; }, IDLE_LIMIT_MS);
  return now;
}

/** The engine up and no page in it; then one page; then its idle time over. */
async function pages(world, args) {
  return inServer(world, [...world.tokenArguments, ...args], async (server) => {
    const before = await calmMib(server, MIB.engine_up);
    const { renderKey, domain, ...request } = await page(world, 0);
    await world.oursBy(server, request);
    const added = await restingMib(server.pid) - before;
    const parts = { engine_up: judged(before, MIB.engine_up), resident_page: judged(added, MIB.resident_page) };
    if (args.length === 0) return parts;
    return { ...parts, after_page_idle: judged(await calmMib(server, before + added / 4), MIB.engine_up) };
  });
}

async function onDemand(world) {
  return inServer(world, ['--engine.idle-timeout', IDLE], async (server) => {
    if (!await eventually(() => !hasEngine(server), IDLE_LIMIT_MS)) throw new Error('the engine does not stop when it is idle');
    return judged(await restingMib(server.pid), MIB.on_demand);
  });
}

async function idle(world, rounds) {
  const notes = [];
  const runs = [];
  const isKnown = (setting, what) => {
    if (!world.knows(setting)) notes.push(`skipped: ${what}; this build does not know --${setting}`);
    return world.knows(setting);
  };
  const args = isKnown('render.page-idle', 'pages that are given back') ? ['--render.page-idle', IDLE] : [];
  for (let round = 0; round < rounds; round++) runs.push(await pages(world, args));
  const parts = runs.at(-1);
  if (isKnown('engine.idle-timeout', 'engines on demand')) parts.on_demand = await onDemand(world);
  return { values: { ours: runs.map((one) => one.engine_up.mib) }, parts, notes };
}

export const cases = [
  {
    name: 'peak_memory_c2',
    about: 'the peak of all processes while two callers ask for panels, a new render key each time',
    unit: 'mib',
    warmUp: false,
    rounds: { full: 5, quick: 1 },
    contenders: {
      ours: (world) => peakOfServer(world, 24),
      chromium_v3: (world) => peakOfPanels(world, 'others', 'v3', 4),
      chromium_v5: (world) => peakOfPanels(world, 'others', 'v5', 4),
      chromium_best: (world) => peakOfPanels(world, 'best', 'chromiumBest', 12),
    },
  },
  {
    name: 'idle_memory',
    about: 'all processes while nothing is asked for: the engine up and no page in it; what else there is',
    unit: 'mib',
    rounds: { full: 3, quick: 1 },
    measure: idle,
  },
];
