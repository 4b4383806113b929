// say.js: short words at the edge of the page, and to screen readers
//
// The live regions stay in the page for good: a region that comes with its text is not read.

import { h, icon, iconButton } from './dom.js';
import { t } from './text.js';

const STAY_MS = 6000;

const polite = h('div', { class: 'hidden', role: 'status', 'aria-live': 'polite', 'data-part': 'said' });
const assertive = h('div', { class: 'hidden', role: 'alert', 'aria-live': 'assertive' });
const toasts = h('div', { class: 'toasts' });

export const regions = () => [polite, assertive, toasts];

/** To screen readers alone. */
export function announce(text, { isUrgent = false } = {}) {
  const region = isUrgent ? assertive : polite;
  // The same words twice are two messages.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/** @action: { label, run } (nullable). @group: the latest of a group takes the place of the one before. */
export function toast(text, { kind = '', glyph = null, action = null, group = '', isUrgent = false } = {}) {
  announce(text, { isUrgent });
  if (group !== '') toasts.querySelector(`[data-group="${group}"]`)?.remove();
  const note = h('div', { class: `toast ${kind}`, 'data-group': group || undefined });
  let timer = 0;
  const end = () => {
    window.clearTimeout(timer);
    note.remove();
  };
  const start = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(end, isUrgent ? STAY_MS * 2 : STAY_MS);
  };
  note.append(...[glyph ? icon(glyph) : null, h('span', { class: 'text', dir: 'auto' }, text)].filter(Boolean));
  if (action) {
    note.append(
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          on: {
            click: () => {
              end();
              action.run();
            },
          },
        },
        action.label,
      ),
    );
  }
  note.append(iconButton(t('close'), 'close', { onclick: end, kind: 'small' }));
  note.addEventListener('pointerenter', () => window.clearTimeout(timer));
  note.addEventListener('pointerleave', start);
  note.addEventListener('focusin', () => window.clearTimeout(timer));
  note.addEventListener('focusout', start);
  toasts.append(note);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  start();
}

export function messageOf(error) {
  if (error?.status === 0) return t('error.network');
  return error?.status === 403 && !error.message ? t('error.forbidden') : String(error?.message ?? error);
}

export function complain(error) {
  if (error?.name === 'AbortError' || error?.isSilent) return;
  toast(`${t('error.title')}: ${messageOf(error)}`, { kind: 'bad', glyph: 'alert', isUrgent: true });
}
