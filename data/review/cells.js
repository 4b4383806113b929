// cells.js: the cells that this page knows, one truth for all that show them
//
// A cell that comes late (an answer overtaken by another) does not replace a newer verdict; one whose
// verdict is being saved keeps it until the server has spoken.

import { get } from './api.js';

const known = new Map();
const saving = new Map();
const watchers = new Set();

export const cellOf = (id) => known.get(id) ?? null;

/** @returns a function that stops it. @watch: (cell) => void */
export function watchCells(watch) {
  watchers.add(watch);
  return () => watchers.delete(watch);
}

export function mergeCell(old, fresh) {
  if (!old) return fresh;
  const merged = { ...old, ...fresh };
  if (old.verdict.revision > fresh.verdict.revision) merged.verdict = old.verdict;
  return merged;
}

/** In full a cell tells of its run; in lists it has the run's id. */
const plain = (cell) => (typeof cell.run === 'object' ? { ...cell, run: cell.run.id } : cell);

export function takeCell(given) {
  const fresh = plain(given);
  const old = known.get(fresh.id);
  const merged = mergeCell(old, fresh);
  const mine = saving.get(fresh.id);
  if (mine) merged.verdict = { ...merged.verdict, ...mine, revision: old?.verdict.revision ?? 0 };
  known.set(fresh.id, merged);
  for (const watch of [...watchers]) watch(merged, old ?? null);
  return merged;
}

/** Shows a verdict before it is saved. */
export function beginSaving(id, verdict) {
  saving.set(id, verdict);
  const cell = known.get(id);
  if (cell) takeCell(cell);
}

export function endSaving(id, cell) {
  saving.delete(id);
  if (cell) {
    const old = known.get(id);
    // What was shown meanwhile is not the truth: the server's word replaces it whatever its number.
    known.set(id, { ...old, ...plain(cell) });
    takeCell(cell);
  }
}

export async function loadCell(id, options) {
  return takeCell(await get(`/cells/${id}`, options));
}

/** All cells that a filter finds; pages of what the server gives at most. */
export async function loadCells(run, query, { signal, limit = 5000, onFirst } = {}) {
  const ids = [];
  for (;;) {
    const page = new URLSearchParams(query);
    page.set('offset', ids.length);
    page.set('limit', limit);
    if (!page.has('order')) page.set('order', 'worst');
    const { cells, total } = await get(`/runs/${run}/cells?${page}`, { signal });
    for (const cell of cells) {
      known.set(cell.id, mergeCell(known.get(cell.id), cell));
      ids.push(cell.id);
    }
    if (cells.length === 0 || ids.length >= total) return ids;
    onFirst?.([...ids]);
  }
}

export function forgetCells() {
  known.clear();
  saving.clear();
}
