// What processes hold, out of /proc.

import { readFileSync } from 'node:fs';
import { descendants } from './harness.mjs';

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
