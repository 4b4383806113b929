// Numbers out of samples.

import { treePss } from '../support/memory.mjs';

const SAMPLE_EVERY_MS = 100;
const RESTING_LOOKS = 9;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Each contender once per round, each round beginning with another one: what the machine does
 * meanwhile then falls on all alike.
 * contenders: { NAME: async (world) => number }; @returns { NAME: [number] }
 */
export async function alternate(world, contenders, rounds, onValue) {
  const names = Object.keys(contenders);
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      const value = await contenders[name](world);
      values[name].push(value);
      onValue(name, round, value);
    }
  }
  return values;
}

/** What the tree below @pid holds, in MiB: the median of some looks, as collectors come and go. */
export async function restingMib(pid) {
  const looks = [];
  for (let i = 0; i < RESTING_LOOKS; i++) {
    looks.push(treePss([pid]) / 2 ** 20);
    await new Promise((resolve) => { setTimeout(resolve, SAMPLE_EVERY_MS); });
  }
  return median(looks);
}

/** The most that the trees under rootsOf() held together while @work ran, in MiB. */
export async function peakMib(rootsOf, work) {
  let most = 0;
  let failed = null;
  const look = async () => {
    try {
      most = Math.max(most, treePss(await rootsOf()));
    } catch (error) {
      failed ??= error;
    }
  };
  const timer = setInterval(look, SAMPLE_EVERY_MS);
  try {
    await work();
    await look();
  } finally {
    clearInterval(timer);
  }
  if (failed) throw failed;
  return most / 2 ** 20;
}

/** Runs @work(n) for n from 0, @lanes at the same time. */
export async function inLanes(lanes, count, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
