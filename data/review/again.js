// again.js: "capture this panel again at another range"

import { post } from './api.js';
import { openForm } from './dialog.js';
import { choice, field, foreign, freshId, h } from './dom.js';
import { formatMoment, fromLocalInput, toLocalInput } from './format.js';
import { PRESETS, presetRange, problemOf } from './ranges.js';
import { messageOf } from './say.js';
import { language, t } from './text.js';
import { nameOf } from './verdict.js';

/** @returns whether it was asked for. */
export function captureAgain(cell, run) {
  let preset = '6h';
  let end = 'run';
  const from = h('input', { type: 'datetime-local', value: toLocalInput(cell.range.from) });
  const to = h('input', { type: 'datetime-local', value: toLocalInput(cell.range.to) });
  const label = h('input', { type: 'text', maxlength: 100, dir: 'auto' });
  const group = freshId('again');
  const own = h('input', { type: 'radio', name: group, value: 'own' });
  const last = h('input', { type: 'radio', name: group, value: 'last', checked: true });
  const wanted = () =>
    own.checked
      ? { from: fromLocalInput(from.value), to: fromLocalInput(to.value), label: '' }
      : presetRange(preset, end === 'run' ? run.now : Date.now());
  const presets = choice(
    t('again.last'),
    PRESETS.map(([name]) => [name, name]),
    preset,
    (name) => {
      preset = name;
      last.checked = true;
    },
  );
  const ends = choice(
    t('again.end'),
    [
      ['run', t('again.end.run', { when: formatMoment(run.now, language(), run.timezone) })],
      ['now', t('again.end.now')],
    ],
    end,
    (name) => {
      end = name;
      last.checked = true;
    },
  );
  for (const one of [from, to])
    one.addEventListener('input', () => {
      own.checked = true;
    });
  return openForm(
    t('again.title'),
    () => ({
      body: [
        h('p', { class: 'strong' }, foreign(nameOf(cell))),
        h('p', { class: 'quiet' }, t('again.text')),
        h(
          'fieldset',
          {},
          h('legend', {}, h('label', { class: 'check' }, last, h('span', {}, t('again.last')))),
          presets,
          h('p', { class: 'caption' }, t('again.end')),
          ends,
        ),
        h(
          'fieldset',
          {},
          h('legend', {}, h('label', { class: 'check' }, own, h('span', {}, t('again.own')))),
          h('div', { class: 'pair' }, field(t('again.from'), from), field(t('again.to'), to)),
          h('p', { class: 'hint' }, t('again.zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })),
        ),
        field(t('again.label'), label),
      ],
      doLabel: t('again.do'),
      describe: messageOf,
    }),
    async () => {
      const range = wanted();
      const problem = problemOf(range);
      if (problem) throw new Error(t(`again.${problem}`));
      const name = label.value.trim() || range.label;
      await post(`/runs/${run.id}/cells`, { cell: cell.id, from: range.from, to: range.to, ...(name ? { label: name } : {}) });
      return true;
    },
    { kind: 'wide again' },
  );
}
