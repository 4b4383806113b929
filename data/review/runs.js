// runs.js: what is said of a run wherever it is named

import { foreign, h, icon } from './dom.js';
import { formatAway, formatCount, formatDuration, formatExact, formatMoment, formatShare } from './format.js';
import { runAddress } from './route.js';
import { language, t } from './text.js';

export function stateOf(run) {
  return run.state === 'running' && run.interrupted ? 'interrupted' : run.state;
}

const STATE_ICONS = { running: 'play', interrupted: 'alert', done: 'circle', signed: 'seal' };

export function stateChip(run) {
  const state = stateOf(run);
  return h('span', { class: `state state-${state}` }, icon(STATE_ICONS[state]), t(`state.${state}`));
}

export const titleOf = (run) => run.title || run.plan;

export function when(ms, zone) {
  return h(
    'time',
    { datetime: ms ? new Date(ms).toISOString() : undefined, title: formatExact(ms, zone) },
    formatMoment(ms, language(), zone),
  );
}

/** Confirmed of total, told apart by verdict: as a bar, and as words. */
export function confirmedBar({ counts }, { isWide = false } = {}) {
  const { cells, confirmed, ok, abnormal, ignored } = counts;
  const part = (kind, n) =>
    n > 0
      ? h('span', {
          class: `part verdict-${kind}`,
          style: { 'flex-grow': String(n) },
          title: `${t(`verdict.${kind}`)}: ${formatCount(n, language())}`,
        })
      : null;
  return h(
    'div',
    { class: `confirmed${isWide ? ' wide' : ''}` },
    h(
      'div',
      { class: 'bar', 'aria-hidden': 'true' },
      part('ok', ok),
      part('abnormal', abnormal),
      part('ignored', ignored),
      part('none', Math.max(0, cells - confirmed)),
    ),
    h(
      'span',
      { class: 'figures' },
      h('strong', {}, formatCount(confirmed, language())),
      h('span', { class: 'quiet' }, ` / ${formatCount(cells, language())} · ${formatShare(confirmed, cells)}`),
    ),
  );
}

export function dueText(run) {
  if (run.state === 'signed')
    return h(
      'span',
      { class: 'quiet' },
      t('run.signedby', { name: run.signed?.by ?? '', when: formatMoment(run.signed?.at, language(), run.timezone) }),
    );
  if (!run.due) return h('span', { class: 'quiet' }, t('run.nodue'));
  const text = formatMoment(run.due, language(), run.timezone);
  return run.overdue
    ? h('span', { class: 'overdue' }, icon('clock'), t('run.overdue', { when: formatAway(run.due, Date.now(), language()) }))
    : h('span', { title: text }, t('run.due', { when: formatAway(run.due, Date.now(), language()) }));
}

export function startedBy(run) {
  return run.startedBy ? foreign(run.startedBy) : h('span', { class: 'quiet' }, t(`trigger.${run.trigger}`));
}

/** Live progress of a run; null when nobody captures it. */
export function progressBar(run, progress) {
  if (!progress) return null;
  const { visits, visitsDone, cells, captured, failed, left, doing } = progress;
  const share = cells > 0 ? (captured + failed) / cells : 0;
  return h(
    'div',
    { class: 'progress', 'data-part': 'progress' },
    h(
      'div',
      {
        class: 'progress-track',
        role: 'progressbar',
        'aria-label': t('state.running'),
        'aria-valuemin': 0,
        'aria-valuemax': cells,
        'aria-valuenow': captured + failed,
      },
      h('span', { style: { width: `${(share * 100).toFixed(1)}%` } }),
    ),
    h(
      'div',
      { class: 'progress-words' },
      h('strong', {}, formatShare(captured + failed, cells)),
      h('span', {}, t('run.progress', { a: visitsDone, b: visits })),
      failed > 0 ? h('span', { class: 'bad' }, `${t('runs.failed')}: ${formatCount(failed, language())}`) : null,
      left > 0 ? h('span', {}, t('run.left', { time: formatDuration(left, language()) })) : null,
      doing ? h('span', { class: 'quiet doing' }, foreign(t('run.doing', { text: doing }))) : null,
    ),
  );
}

export function crumbs(...parts) {
  return h(
    'nav',
    { class: 'crumbs', 'aria-label': t('back') },
    h('a', { href: '/review/' }, t('nav.runs')),
    parts.map(([address, label]) => [icon('right'), address ? h('a', { href: address }, label) : h('span', {}, label)]),
  );
}

export const runLink = (run) => h('a', { href: runAddress(run.id) }, foreign(titleOf(run)));
