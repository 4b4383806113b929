// verdict.js: giving a verdict, undoing it, and meeting somebody who was faster
//
// A verdict is shown at once and saved after. What the server has in another revision is never
// overwritten: both are shown, and the reviewer chooses.

import { put } from './api.js';
import { beginSaving, cellOf, endSaving, loadCell } from './cells.js';
import { openDialog } from './dialog.js';
import { button, foreign, h, icon } from './dom.js';
import { formatMoment, shorten } from './format.js';
import { forgetDraft, recallDraft, rememberDraft } from './memory.js';
import { complain, toast } from './say.js';
import { me } from './session.js';
import { language, t } from './text.js';

export const GLYPHS = { none: 'circle', ok: 'check', abnormal: 'alert', ignored: 'skip' };
export const SEVERITIES = ['low', 'medium', 'high', 'critical'];

const undoable = [];

export const nameOf = (cell) => `${shorten(cell.panel.title || cell.panel.key, 60)}, ${shorten(cell.range.label, 40)}`;

export function describeVerdict({ kind, severity }) {
  return kind === 'abnormal' && severity && severity !== 'none'
    ? `${t('verdict.abnormal')} (${t(`severity.${severity}`)})`
    : t(`verdict.${kind}`);
}

export function badge(verdict, { isSmall = false } = {}) {
  return h(
    'span',
    { class: `badge verdict-${verdict.kind}${isSmall ? ' small' : ''}` },
    icon(GLYPHS[verdict.kind] ?? 'circle'),
    h('span', { class: verdict.kind === 'none' && isSmall ? 'hidden' : 'label' }, describeVerdict(verdict)),
  );
}

function card(title, verdict, zone) {
  return h(
    'section',
    { class: 'side-of-conflict' },
    h('h3', {}, title),
    badge(verdict),
    verdict.note ? h('p', { class: 'note' }, foreign(verdict.note)) : null,
    verdict.by
      ? h('p', { class: 'quiet' }, foreign(t('verdict.by', { name: verdict.by, when: formatMoment(verdict.at, language(), zone) })))
      : null,
  );
}

function askConflict(cell, theirs, mine) {
  return openDialog(
    t('conflict.title'),
    (close) => {
      const keep = button(t('conflict.keep'), { kind: 'primary', onclick: () => close('keep') });
      return {
        body: [
          h('p', {}, t('conflict.text')),
          h('p', { class: 'strong' }, foreign(nameOf(cell))),
          h(
            'div',
            { class: 'two-sides' },
            card(t('conflict.theirs'), theirs, cell.timezone),
            card(t('conflict.mine'), mine, cell.timezone),
          ),
        ],
        actions: [button(t('conflict.replace'), { kind: 'danger', onclick: () => close('replace') }), keep],
        focus: keep,
      };
    },
    { kind: 'wide conflict' },
  );
}

const plain = ({ kind, severity, note }) => ({ kind, severity: kind === 'abnormal' ? severity : 'none', note });

function bodyOf({ kind, severity, note }, revision) {
  return { verdict: kind, ...(kind === 'abnormal' && severity && severity !== 'none' ? { severity } : {}), note: note ?? '', revision };
}

/** Saves it against @revision. @returns the cell as the server has it now; null when theirs stays. */
async function save(id, wanted, revision) {
  beginSaving(id, { ...wanted, by: me()?.name, at: Date.now() });
  try {
    const cell = await put(`/cells/${id}/verdict`, bodyOf(wanted, revision));
    endSaving(id, cell);
    return cell;
  } catch (error) {
    if (error.status !== 409 || !error.body.cell) {
      endSaving(id, null);
      await loadCell(id)
        .then((cell) => endSaving(id, cell))
        .catch(() => {});
      throw error;
    }
    const theirs = error.body.cell;
    endSaving(id, theirs);
    if ((await askConflict({ ...cellOf(id), ...theirs }, theirs.verdict, { ...wanted, by: me()?.name, at: Date.now() })) !== 'replace')
      return null;
    return save(id, wanted, theirs.verdict.revision);
  }
}

/** Changes of a cell happen one after the other, however fast keys are pressed. */
const turns = new Map();

function inTurn(id, work) {
  const turn = (turns.get(id) ?? Promise.resolve()).then(work, work);
  const done = turn.finally(() => {
    if (turns.get(id) === done) turns.delete(id);
  });
  turns.set(id, done);
  return done;
}

/** @kind null keeps the verdict: its severity or note is changed. @returns whether it was saved. */
export const giveVerdict = (id, kind, more) => inTurn(id, () => judge(id, kind, more));

async function judge(id, kind, { severity, note } = {}) {
  const cell = cellOf(id);
  const before = cell.verdict;
  const draft = recallDraft(me()?.name, id);
  const wanted = {
    kind: kind ?? before.kind,
    severity: severity ?? (before.kind === 'abnormal' && before.severity !== 'none' ? before.severity : 'medium'),
    note: note ?? draft ?? before.note ?? '',
  };
  try {
    const saved = await save(id, plain(wanted), before.revision);
    if (!saved) return false;
    if (recallDraft(me()?.name, id) === wanted.note) forgetDraft(me()?.name, id);
    undoable.push({ id, before: plain(before) });
    toast(t('said.verdict', { cell: nameOf(saved), verdict: describeVerdict(saved.verdict) }), {
      kind: saved.verdict.kind,
      glyph: GLYPHS[saved.verdict.kind],
      group: 'verdict',
      action: { label: t('verdict.undo'), run: () => undoVerdict() },
    });
    return true;
  } catch (error) {
    // A note that could not be saved is a draft again.
    if (note) rememberDraft(me()?.name, id, note);
    complain(error);
    return false;
  }
}

/** The latest verdict that was given here. @returns the cell's id, or 0. */
export async function undoVerdict() {
  await Promise.all(turns.values());
  const last = undoable.pop();
  if (!last) {
    toast(t('said.nothing'));
    return 0;
  }
  try {
    const seen = cellOf(last.id) ?? (await loadCell(last.id));
    const cell = await inTurn(last.id, () => save(last.id, last.before, seen.verdict.revision));
    if (!cell) return 0;
    toast(t('said.undone', { cell: nameOf(cell), verdict: describeVerdict(cell.verdict) }), { glyph: 'undo', group: 'verdict' });
    return last.id;
  } catch (error) {
    undoable.push(last);
    complain(error);
    return 0;
  }
}

export function forgetUndo() {
  undoable.length = 0;
}
