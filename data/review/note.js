// note.js: a note, written over the grid

import { cellOf } from './cells.js';
import { openForm } from './dialog.js';
import { field, h } from './dom.js';
import { forgetDraft, recallDraft, rememberDraft } from './memory.js';
import { me } from './session.js';
import { t } from './text.js';
import { giveVerdict, nameOf } from './verdict.js';

/** A text field whose content survives a reload until it is saved. */
export function draftArea(cell, { onSave } = {}) {
  const user = me()?.name;
  const area = h('textarea', {
    rows: 3,
    maxlength: 4000,
    dir: 'auto',
    'data-part': 'note',
    value: recallDraft(user, cell.id) ?? cell.verdict.note,
  });
  area.addEventListener('input', () => {
    const saved = cellOf(cell.id)?.verdict.note ?? '';
    if (area.value === saved) forgetDraft(user, cell.id);
    else rememberDraft(user, cell.id, area.value);
  });
  area.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSave?.();
    }
  });
  return area;
}

export function writeNote(id) {
  const cell = cellOf(id);
  let area;
  return openForm(
    t('note.title', { cell: nameOf(cell) }),
    ({ form }) => {
      area = draftArea(cell, { onSave: () => form.requestSubmit() });
      return {
        body: [field(t('verdict.note'), area, cell.verdict.kind === 'none' ? t('verdict.note.first') : t('verdict.note.hint'))],
        focus: area,
        doLabel: t('save'),
      };
    },
    async () => {
      // Without a verdict a note stays a draft: it goes with the verdict.
      if (cell.verdict.kind !== 'none') await giveVerdict(id, null, { note: area.value.trim() });
      return true;
    },
  );
}
