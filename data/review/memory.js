// memory.js: what this browser remembers
//
// Choices of the page, and drafts of notes by user and cell. Storage may be refused or full: then
// the page works all the same and forgets.

const PREFIX = 'panelshot.';

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function recall(name) {
  try {
    return storage()?.getItem(PREFIX + name) ?? null;
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null || value === '') storage()?.removeItem(PREFIX + name);
    else storage()?.setItem(PREFIX + name, value);
  } catch {
    // Full or refused.
  }
}

const draftName = (user, cell) => `draft.${encodeURIComponent(user)}.${cell}`;

/** What somebody began to write about a cell; null when there is nothing. */
export const recallDraft = (user, cell) => recall(draftName(user, cell));

export const rememberDraft = (user, cell, text) => remember(draftName(user, cell), text);

export const forgetDraft = (user, cell) => remember(draftName(user, cell), null);
