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

async function residentPage(world, notes) {
  const canGiveBack = world.knows('render.page-idle');
  const args = [...world.tokenArguments, ...(canGiveBack ? ['--render.page-idle', IDLE] : [])];
  if (!canGiveBack) notes.push('skipped: pages that are given back; this build does not know --render.page-idle');
  return inServer(world, args, async (server) => {
    const before = await restingMib(server.pid);
    const { renderKey, domain, ...request } = await page(world, 0);
    await world.oursBy(server, request);
    const parts = { resident_page: judged(await restingMib(server.pid) - before, MIB.resident_page) };
    if (!canGiveBack) return parts;

    let now = Infinity;
    const halfOf = before + parts.resident_page.mib / 2;
    const isBack = await eventually(async () => { now = await restingMib(server.pid); return now < halfOf; }, IDLE_LIMIT_MS);
    if (!isBack) notes.push(`a page is not given back within ${IDLE_LIMIT_MS / 1000} s of its idle time`);
    return { ...parts, after_page_idle: judged(now, MIB.engine_up) };
  });
}

async function idle(world, rounds) {
  const notes = [];
  const ours = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await inServer(world, [], (server) => restingMib(server.pid)));
  }
  const parts = { engine_up: judged(Math.max(...ours), MIB.engine_up) };
  if (world.knows('engine.idle-timeout')) {
    await inServer(world, ['--engine.idle-timeout', IDLE], async (server) => {
      if (!await eventually(() => !hasEngine(server), IDLE_LIMIT_MS)) notes.push('the engine does not stop when it is idle');
      parts.on_demand = judged(await restingMib(server.pid), MIB.on_demand);
    });
  } else {
    notes.push('skipped: engines on demand; this build does not know --engine.idle-timeout');
  }
  Object.assign(parts, await residentPage(world, notes));
  return { values: { ours }, parts, notes };
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
