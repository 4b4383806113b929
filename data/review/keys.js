// keys.js: keys of a view
//
// A binding: { keys: ["j"], name: "key.j", run(event) }. Not while somebody writes, while a dialog is
// open, or with Ctrl, Alt or Meta. Letters can be switched off (WCAG 2.1.4).

import { recall, remember } from './memory.js';

const MOST_HELD = 20;

let bindings = [];
let always = [];

export const hasLetters = () => recall('shortcuts') !== 'off';
export const setLetters = (isOn) => remember('shortcuts', isOn ? null : 'off');

export const setAlways = (list) => {
  always = list;
};
export const setBindings = (list) => {
  bindings = list;
};
export const listBindings = () => ({ always, bindings });

/** The key that was meant: an input method for Chinese hides it behind "Process". */
export function keyOf(event) {
  if (event.key === 'Process' || event.keyCode === 229) return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : '';
  return event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
}

function isWriting(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true;
  return target.tagName === 'INPUT' && !['checkbox', 'radio', 'range', 'button'].includes(target.type);
}

/** Enter and space belong to whatever has the focus. */
function isOfControl(event, key) {
  const control = event.target instanceof Element && event.target.closest('button, a[href], summary, input, select, textarea');
  return control && (key === 'Enter' || key === ' ');
}

/** While a view is on its way its keys wait: they are not meant for the one before. */
let held = null;

export const holdKeys = () => {
  held ??= [];
};

function act(key, event) {
  const found = [...bindings, ...always].find((binding) => binding.keys.includes(key) && (!binding.when || binding.when(event)));
  found?.run(event, key);
  return found !== undefined;
}

export function releaseKeys() {
  const waiting = held ?? [];
  held = null;
  while (held === null && waiting.length > 0) act(waiting.shift());
  if (held !== null) held.push(...waiting);
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const key = keyOf(event);
  if (key === '' || isWriting(event.target) || document.querySelector('dialog[open]') || isOfControl(event, key)) return;
  if (key.length === 1 && !hasLetters()) return;
  if (held !== null && (key.length === 1 || key === 'Escape' || key === 'Enter')) {
    event.preventDefault();
    if (held.length < MOST_HELD) held.push(key);
    return;
  }
  if (act(key, event)) event.preventDefault();
});
