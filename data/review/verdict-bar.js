// verdict-bar.js: the verdict of one cell, and every change of it

import { get } from './api.js';
import { button, choice, field, foreign, h, icon } from './dom.js';
import { formatExact } from './format.js';
import { recall, recallDraft, remember } from './memory.js';
import { draftArea } from './note.js';
import { messageOf } from './say.js';
import { me } from './session.js';
import { language, t } from './text.js';
import { GLYPHS, SEVERITIES, badge } from './verdict.js';

const KINDS = [
  ['ok', 'o'],
  ['abnormal', 'x'],
  ['ignored', 'i'],
];

export class VerdictBar {
  /** @options: { mayJudge, isSigned, onVerdict, onSeverity, onNote, onTake, onUndo } */
  constructor(cell, options) {
    this.cell = cell;
    this.options = options;
    this.status = h('div', { class: 'verdict-now' });
    this.history = h('ol', { class: 'verdict-history' });
    this.changes = h(
      'details',
      { class: 'changes', on: { toggle: () => this.changes.open && this.loadHistory() } },
      h('summary', {}, t('verdict.history')),
      this.history,
    );
    this.element = h(
      'section',
      { class: `panel verdict-bar${options.mayJudge ? '' : ' read-only'}`, 'aria-labelledby': 'verdict-title' },
      h('div', { class: 'verdict-head' }, h('h2', { id: 'verdict-title' }, t('verdict.title')), this.status),
      options.mayJudge ? this.controls() : h('p', { class: 'quiet' }, t(options.isSigned ? 'verdict.readonly' : 'verdict.viewer')),
      options.mayJudge ? null : this.readNote(),
      this.changes,
    );
    this.update(cell);
  }

  readNote() {
    this.noteText = h('p', { class: 'note' });
    return this.noteText;
  }

  controls() {
    this.buttons = KINDS.map(([kind, key]) =>
      h(
        'button',
        {
          type: 'button',
          class: `verdict-button verdict-${kind}`,
          'data-verdict': kind,
          'aria-keyshortcuts': key,
          on: { click: () => this.options.onVerdict(kind) },
        },
        icon(GLYPHS[kind]),
        h('span', {}, t(`verdict.${kind}`)),
        h('kbd', { 'aria-hidden': 'true' }, key),
      ),
    );
    this.severity = choice(
      t('verdict.severity'),
      SEVERITIES.map((name) => [name, t(`severity.${name}`)]),
      '',
      (name) => this.options.onSeverity(name),
    );
    this.severityField = h(
      'div',
      { class: 'field severity' },
      h('span', { class: 'caption', 'aria-hidden': 'true' }, t('verdict.severity')),
      this.severity,
    );
    this.area = draftArea(this.cell, { onSave: () => this.saveNote() });
    this.area.addEventListener('input', () => this.drawNote());
    this.area.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.element.querySelector('.verdict-button').focus();
      }
    });
    this.hint = h('p', { class: 'hint', id: 'note-hint' });
    this.noteButton = button(t('verdict.note.save'), { kind: 'small', onclick: () => this.saveNote() });
    const noteField = field([t('verdict.note'), h('kbd', { 'aria-hidden': 'true' }, 'n')], this.area);
    this.area.setAttribute('aria-describedby', 'note-hint');
    const advance = h('input', { type: 'checkbox', on: { change: () => remember('advance', advance.checked ? 'on' : null) } });
    advance.checked = recall('advance') === 'on';
    this.take = button(t('verdict.take'), { kind: 'small quiet', onclick: () => this.options.onTake() });
    return [
      h('div', { class: 'verdict-buttons', role: 'group', 'aria-label': t('verdict.title') }, this.buttons),
      this.severityField,
      noteField,
      h('div', { class: 'note-line' }, this.hint, this.noteButton),
      h(
        'div',
        { class: 'verdict-foot' },
        h('label', { class: 'check' }, advance, h('span', {}, t('verdict.advance'))),
        h('span', { class: 'spacer' }),
        this.take,
        button(t('verdict.undo'), { kind: 'small quiet', glyph: 'undo', key: 'u', onclick: () => this.options.onUndo() }),
      ),
    ];
  }

  update(cell) {
    const before = this.cell;
    this.cell = cell;
    const { verdict } = cell;
    this.element.dataset.verdict = verdict.kind;
    this.status.replaceChildren(
      badge(verdict),
      ...(verdict.by && verdict.kind !== 'none'
        ? [h('span', { class: 'quiet' }, foreign(verdict.by), h('br'), h('span', {}, formatExact(verdict.at, cell.timezone)))]
        : []),
    );
    if (this.noteText) this.noteText.replaceChildren(foreign(verdict.note));
    if (this.buttons) {
      for (const one of this.buttons) one.setAttribute('aria-pressed', String(one.dataset.verdict === verdict.kind));
      this.severityField.hidden = verdict.kind !== 'abnormal';
      this.severity.choose(verdict.severity);
      this.take.hidden = verdict.kind === 'none';
      // Whoever writes at this moment is not disturbed; without a draft the field follows what is saved.
      if (
        recallDraft(me()?.name, cell.id) === null &&
        this.area.value !== verdict.note &&
        (before.verdict.note !== verdict.note || document.activeElement !== this.area)
      )
        this.area.value = verdict.note;
      this.drawNote();
    }
    if (this.changes.open && before.verdict.revision !== verdict.revision) this.loadHistory();
  }

  drawNote() {
    const hasDraft = this.area.value.trim() !== (this.cell.verdict.note ?? '').trim();
    const isNone = this.cell.verdict.kind === 'none';
    this.noteButton.disabled = !hasDraft || isNone;
    this.hint.classList.toggle('draft', hasDraft);
    this.hint.textContent = hasDraft ? `${t('verdict.draft')}.${isNone ? ` ${t('verdict.note.first')}` : ''}` : t('verdict.note.hint');
  }

  saveNote() {
    if (!this.noteButton.disabled) this.options.onNote(this.area.value.trim());
  }

  focusNote() {
    if (this.area) {
      this.area.focus();
      this.area.scrollIntoView({ block: 'nearest' });
    }
  }

  async loadHistory() {
    try {
      const { verdicts } = await get(`/cells/${this.cell.id}/verdicts`);
      this.history.replaceChildren(
        ...(verdicts.length === 0 ? [h('li', { class: 'quiet' }, t('verdict.nohistory'))] : []),
        ...verdicts
          .toReversed()
          .map((verdict) =>
            h(
              'li',
              {},
              badge(verdict, { isSmall: true }),
              verdict.note ? h('p', { class: 'note' }, foreign(verdict.note)) : null,
              h(
                'p',
                { class: 'quiet' },
                foreign(verdict.by),
                ` · ${formatExact(verdict.at, this.cell.timezone)} · `,
                foreign(t('verdict.from', { origin: verdict.from })),
              ),
            ),
          ),
      );
    } catch (error) {
      this.history.replaceChildren(h('li', { class: 'trouble' }, messageOf(error)));
    }
  }

  dispose() {
    this.history.replaceChildren();
  }
}
