// run-actions.js: what is done to a whole run: a verdict for many cells, sign-off, report

import { ApiError, fetchFile, get, post } from './api.js';
import { openDialog, openForm } from './dialog.js';
import { button, choice, field, foreign, h, icon, select } from './dom.js';
import { formatCount } from './format.js';
import { queryOf } from './route.js';
import { confirmedBar, titleOf } from './runs.js';
import { toast } from './say.js';
import { language, t } from './text.js';
import { SEVERITIES } from './verdict.js';

/** The filter as words. */
export function describeFilter({ filter, text, dashboard, range }, facets) {
  const title = facets?.dashboards.find(({ uid }) => uid === dashboard)?.title ?? dashboard;
  const parts = [
    ...filter.map((name) => t(`filter.${name}`)),
    dashboard && `${t('filter.dashboard')}: ${title}`,
    range && `${t('filter.range')}: ${range}`,
    text && `“${text}”`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : t('bulk.all');
}

/** @returns how many cells were changed, or null. */
export async function giveToAll(run, chosen, facets) {
  // A verdict for many is for those that nobody has looked at: what has one already keeps it.
  const filter = { ...chosen, filter: [...new Set(['unconfirmed', ...chosen.filter])] };
  const count = async () => {
    const query = queryOf(filter);
    query.set('limit', 1);
    return (await get(`/runs/${run.id}/cells?${query}`)).total;
  };
  let n = await count();
  let kind = 'ok';
  const typed = h('input', {
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'off',
    required: true,
    class: 'count',
    'data-part': 'count',
  });
  const note = h('textarea', { rows: 2, maxlength: 4000, dir: 'auto' });
  const severity = select(
    SEVERITIES.map((name) => [name, t(`severity.${name}`)]),
    'medium',
  );
  const severityField = field(t('verdict.severity'), severity);
  return openForm(
    t('bulk.title'),
    ({ form }) => {
      const countField = field('', typed);
      const draw = () => {
        countField.querySelector('label').textContent = t('bulk.count', { n: formatCount(n, 'en-US').replaceAll(',', '') });
        severityField.hidden = kind !== 'abnormal';
        const doIt = form.closest('dialog')?.querySelector('footer [type=submit] .label');
        if (doIt) doIt.textContent = t(`bulk.do.${kind}`, { n });
      };
      form.redraw = draw;
      draw();
      return {
        body: [
          h('p', {}, t('bulk.text')),
          h('p', { class: 'box' }, h('span', { class: 'quiet' }, `${t('bulk.filter')}: `), foreign(describeFilter(filter, facets))),
          choice(
            t('verdict.title'),
            [
              ['ok', t('verdict.ok'), 'check'],
              ['abnormal', t('verdict.abnormal'), 'alert'],
              ['ignored', t('verdict.ignored'), 'skip'],
            ],
            kind,
            (name) => {
              kind = name;
              draw();
            },
          ),
          severityField,
          field(t('verdict.note'), note),
          countField,
        ],
        focus: typed,
        doLabel: t(`bulk.do.${kind}`, { n }),
      };
    },
    async (dialog) => {
      if (Number(typed.value.trim().replace(/[\s,]/g, '')) !== n) throw new ApiError(0, 'count', t('bulk.count', { n }));
      try {
        const { changed } = await post(`/runs/${run.id}/verdicts`, {
          verdict: kind,
          ...(kind === 'abnormal' ? { severity: severity.value } : {}),
          note: note.value.trim(),
          count: n,
          filter: { filter: filter.filter.join(','), text: filter.text, dashboard: filter.dashboard, range: filter.range },
        });
        toast(t('said.bulk', { n: changed }), { kind: 'ok', glyph: 'check' });
        return changed;
      } catch (error) {
        if (error.status !== 409) throw error;
        n = await count();
        dialog.querySelector('form').redraw();
        typed.value = '';
        typed.focus();
        throw new ApiError(409, 'conflict', t('bulk.changed', { n: formatCount(n, language()) }));
      }
    },
    { kind: 'bulk' },
  );
}

export function copyable(text) {
  const copy = button(t('copy'), {
    glyph: 'copy',
    kind: 'small',
    onclick: async () => {
      await navigator.clipboard?.writeText(text).catch(() => {});
      copy.querySelector('.label').textContent = t('copied');
    },
  });
  return h('div', { class: 'copyable' }, h('code', { tabindex: 0, 'data-part': 'secret' }, text), copy);
}

function countsTable({ counts }) {
  const row = (label, n, kind) => h('div', {}, h('dt', {}, label), h('dd', { class: kind }, formatCount(n, language())));
  return h(
    'dl',
    { class: 'counts' },
    row(t('runs.cells.head'), counts.cells),
    row(t('verdict.ok'), counts.ok, 'good'),
    row(t('verdict.abnormal'), counts.abnormal, 'bad'),
    row(t('verdict.ignored'), counts.ignored),
    row(t('verdict.none'), counts.cells - counts.confirmed, counts.cells > counts.confirmed ? 'warn' : ''),
    row(t('runs.failed'), counts.failed),
  );
}

/** @returns the signed run, or null. */
export async function signOff(run) {
  let seen = await get(`/runs/${run.id}`);
  const comment = h('textarea', { rows: 3, maxlength: 4000, dir: 'auto' });
  const sure = h('input', { type: 'checkbox', required: true });
  const withOpen = h('input', { type: 'checkbox' });
  const state = h('div', { class: 'sign-state' });
  const draw = () => {
    const open = seen.counts.cells - seen.counts.confirmed;
    withOpen.required = open > 0;
    state.replaceChildren(
      confirmedBar(seen, { isWide: true }),
      countsTable(seen),
      ...(open > 0
        ? [
            h(
              'div',
              { class: 'box warn' },
              h('p', {}, icon('alert'), h('strong', {}, t('sign.open', { n: open }))),
              h('label', { class: 'check' }, withOpen, h('span', {}, t('sign.withopen'))),
            ),
          ]
        : []),
    );
  };
  draw();
  const signed = await openForm(
    t('sign.title'),
    () => ({
      body: [
        h('p', {}, foreign(titleOf(seen), 'strong'), h('span', { class: 'quiet' }, foreign(` · ${seen.name}`))),
        state,
        h('p', {}, t('sign.text')),
        field(t('sign.comment'), comment),
        h('label', { class: 'check' }, sure, h('span', {}, t('sign.sure'))),
      ],
      focus: comment,
      doLabel: t('sign.do'),
    }),
    async () => {
      try {
        return await post(`/runs/${run.id}/signoff`, {
          comment: comment.value.trim(),
          count: seen.counts.confirmed,
          withOpen: withOpen.checked,
        });
      } catch (error) {
        if (error.status !== 409) throw error;
        seen = await get(`/runs/${run.id}`);
        sure.checked = false;
        draw();
        throw new ApiError(409, 'conflict', seen.state === 'signed' ? error.message : t('sign.count'));
      }
    },
    { kind: 'wide sign' },
  );
  if (signed) await showHead(signed);
  return signed;
}

export function showHead(run) {
  return openDialog(
    t('sign.done'),
    (close) => {
      const done = button(t('close'), { kind: 'primary', onclick: () => close(true) });
      return {
        body: [h('p', { class: 'seal' }, icon('seal')), h('p', {}, t('sign.keep')), copyable(run.signed.head)],
        actions: [done],
        focus: done,
      };
    },
    { kind: 'head' },
  );
}

export function askReport(run) {
  let format = 'html';
  let inLanguage = language();
  const state = h('p', { class: 'quiet', role: 'status' });
  return openForm(
    t('report.title'),
    () => ({
      body: [
        h('p', {}, foreign(titleOf(run), 'strong')),
        h('p', { class: 'caption' }, t('report.format')),
        choice(
          t('report.format'),
          ['html', 'pdf', 'md', 'zip'].map((name) => [name, t(`report.${name}`)]),
          format,
          (name) => {
            format = name;
          },
        ),
        h('p', { class: 'caption' }, t('report.language')),
        choice(
          t('report.language'),
          [
            ['en', 'English'],
            ['zh-CN', '简体中文'],
          ],
          inLanguage,
          (name) => {
            inLanguage = name;
          },
        ),
        state,
      ],
      doLabel: t('report.do'),
    }),
    async () => {
      state.textContent = t('report.making');
      try {
        const { name, blob } = await fetchFile(`/runs/${run.id}/report?format=${format}&lang=${inLanguage}`);
        const address = URL.createObjectURL(blob);
        h('a', { href: address, download: name ?? `${run.name}.${format}` }).click();
        window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
        return true;
      } finally {
        state.textContent = '';
      }
    },
    { kind: 'report' },
  );
}
