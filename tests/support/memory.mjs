// What processes hold, out of /proc.

import { readFileSync } from 'node:fs';
import { descendants } from './harness.mjs';

const LOOKS = 9;
const LOOK_EVERY_MS = 100;

/** Proportional set size: a page that n processes share counts 1/n in each. */
function pssBytes(pid) {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))[1]) * 1024;
  } catch (error) {
    // Gone meanwhile, or going: a process that exits has no memory map left.
    if (error.code === 'ENOENT' || error.code === 'ESRCH' || error instanceof TypeError) return 0;
    throw error;
  }
}

/** Of all processes in the trees below @roots. */
export const treePss = (roots) => roots.flatMap((pid) => [pid, ...descendants(pid).map((one) => one.pid)])
  .reduce((sum, pid) => sum + pssBytes(pid), 0);

/** What the tree below @pid holds: the median of some looks, as collectors come and go. */
export async function restingBytes(pid) {
  const looks = [];
  for (let i = 0; i < LOOKS; i++) {
    looks.push(treePss([pid]));
    await new Promise((resolve) => { setTimeout(resolve, LOOK_EVERY_MS); });
  }
  return looks.sort((a, b) => a - b)[(LOOKS - 1) / 2];
}
