// What a run of the tests told the world, and the secrets that it used: tests/run looks for the
// ones in the other at its end (audit.py). Without PANELSHOT_AUDIT nothing is kept.

import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.env.PANELSHOT_AUDIT;
if (folder) mkdirSync(path.join(folder, 'texts'), { recursive: true });

/** @text: anything that must not be found in a log, an error or a list of processes. */
export function noteSecret(text) {
  if (folder && text) appendFileSync(path.join(folder, 'secrets'), `${JSON.stringify(text)}\n`);
  return text;
}

/** @kind: "log", "error" or "process". */
export function noteText(kind, text) {
  if (folder && text) appendFileSync(path.join(folder, 'texts', `${kind}-${process.pid}`), `${text}\n`);
}

/** The command lines of processes, as anyone on the machine can list them. */
export function noteProcesses(pids) {
  for (const pid of folder ? pids : []) {
    try {
      noteText('process', readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // Gone meanwhile.
    }
  }
}
