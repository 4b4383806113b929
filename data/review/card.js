// card.js: one cell among many

import { objectAddress } from './api.js';
import { foreign, h, icon } from './dom.js';
import { formatVariables, shorten } from './format.js';
import { cellAddress } from './route.js';
import { t } from './text.js';
import { GLYPHS, badge } from './verdict.js';

const CHANGED = 0.3;

export const isChanged = (cell) => cell.change.score >= CHANGED;

export function flagsOf(cell) {
  return [...(cell.state === 'captured' ? [] : [cell.state]), ...cell.flags];
}

export function flagLabel(name) {
  return t(`flag.${name}`);
}

export function picture(cell, alt = '') {
  const hash = cell.thumbnail ?? cell.picture;
  if (hash) return h('img', { class: 'thumb', src: objectAddress(hash), alt, loading: 'lazy', decoding: 'async', draggable: 'false' });
  return h(
    'span',
    { class: `thumb none ${cell.state}` },
    icon(cell.state === 'failed' ? 'alert' : cell.state === 'pending' ? 'clock' : 'image'),
    h('span', {}, t(`flag.${cell.state}`)),
  );
}

/** What a small picture has room for: the first flag, how many more, and whether it changed. */
function fewChips(cell) {
  const flags = flagsOf(cell).filter((name) => cell.picture || !['failed', 'pending', 'pruned'].includes(name));
  const shown = flags.slice(0, 1).map((name) => h('span', { class: `chip flag-${name}` }, flagLabel(name)));
  if (flags.length > 1) shown.push(h('span', { class: 'chip' }, `+${flags.length - 1}`));
  if (isChanged(cell)) shown.push(h('span', { class: 'chip changed', title: t('filter.changed') }, icon('change')));
  return shown;
}

export function chips(cell, most = 2) {
  const flags = flagsOf(cell).filter((name) => cell.picture || !['failed', 'pending', 'pruned'].includes(name));
  const shown = flags.slice(0, most).map((name) => h('span', { class: `chip flag-${name}` }, icon('flag'), flagLabel(name)));
  if (flags.length > most) shown.push(h('span', { class: 'chip' }, `+${flags.length - most}`));
  if (isChanged(cell))
    shown.push(h('span', { class: 'chip changed', title: shorten(cell.change.reason, 200) }, icon('change'), t('filter.changed')));
  return shown;
}

function quick(kind) {
  return h(
    'button',
    {
      type: 'button',
      tabindex: -1,
      class: `quick verdict-${kind}`,
      'data-verdict': kind,
      title: t(`verdict.${kind}`),
      'aria-label': t(`verdict.${kind}`),
    },
    icon(GLYPHS[kind]),
  );
}

const whisper = (...texts) =>
  h(
    'span',
    { class: 'hidden' },
    texts.filter(Boolean).map((text) => `${shorten(text, 80)}, `),
  );

/**
 * Inside of a grid's cell; what it says is its name for those who do not see it, so what has no room
 * is said to them alone. @isShort: its panel stands above it already.
 */
export function fillCard(element, cell, { filter, isShort, mayJudge, draft }) {
  element.className = `card verdict-${cell.verdict.kind} state-${cell.state}${draft ? ' has-draft' : ''}`;
  const title = cell.panel.title || cell.panel.key;
  const variables = formatVariables(cell.variables);
  const reason = isChanged(cell) ? cell.change.reason : cell.flagDetail || cell.failure || '';
  element.replaceChildren(
    h('a', { class: 'card-picture', href: cellAddress(cell.id, filter), tabindex: -1, 'aria-hidden': 'true' }, picture(cell)),
    h('div', { class: 'card-chips' }, fewChips(cell)),
    h(
      'div',
      { class: 'card-caption' },
      isShort ? whisper(title, variables) : h('div', { class: 'card-title' }, foreign(title)),
      h(
        'div',
        { class: 'card-line' },
        badge(cell.verdict, { isSmall: true }),
        foreign(cell.range.label, 'range'),
        cell.verdict.note ? [icon('note', 'has-note'), whisper(cell.verdict.note)] : null,
        draft ? h('span', { class: 'draft-dot', title: t('verdict.draft') }, whisper(t('verdict.draft'))) : null,
      ),
      h(
        'div',
        { class: 'card-reason' },
        foreign(reason || (isShort ? '' : cell.dashboard.title)),
        isShort || reason !== '' || variables === '' ? null : foreign(` · ${variables}`),
      ),
      whisper(reason === '' || isShort ? '' : cell.dashboard.title, cell.picture ? '' : t(`flag.${cell.state}`)),
    ),
    // By keyboard there are letters for it.
    mayJudge ? h('div', { class: 'card-quick', 'aria-hidden': 'true' }, quick('ok'), quick('abnormal'), quick('ignored')) : '',
  );
}
