// dialog.js: dialogs that hold the focus, and give it back
//
// openDialog() resolves with what close() was given, or null after Escape.

import { button, freshId, h, iconButton } from './dom.js';
import { t } from './text.js';

/** @build: (close) => { body: nodes, actions: nodes, focus?: element } */
export function openDialog(title, build, { kind = '', isModal = true } = {}) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    let answer = null;
    const id = freshId('dialog');
    const dialog = h('dialog', { class: `dialog ${kind}`, 'aria-labelledby': id });
    const close = (value = null) => {
      answer = value;
      dialog.close();
    };
    const { body, actions = [], focus = null } = build(close, dialog);
    dialog.append(
      h('header', {}, h('h2', { id }, title), isModal ? iconButton(t('close'), 'close', { onclick: () => close() }) : null),
      h('div', { class: 'dialog-body' }, body),
      actions.length ? h('footer', {}, actions) : '',
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
      resolve(answer);
    });
    if (!isModal) dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('pointerdown', (event) => {
      const box = dialog.getBoundingClientRect();
      const isOutside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
      if (isModal && event.target === dialog && isOutside) close();
    });
    document.body.append(dialog);
    dialog.showModal();
    focus?.focus();
  });
}

/**
 * A form in a dialog. @submit: async () => value; what it throws is shown, and the dialog stays.
 * @build: (form) => { body, focus?, doLabel, kind?, describe?(error) }
 */
export function openForm(title, build, submit, options = {}) {
  return openDialog(
    title,
    (close, dialog) => {
      const trouble = h('p', { class: 'trouble', role: 'alert' });
      const form = h('form', { id: freshId('form'), method: 'dialog' });
      const {
        body,
        focus,
        doLabel,
        kind = 'primary',
        describe,
      } = build({
        form,
        fail: (text) => {
          trouble.textContent = text;
        },
      });
      const doIt = h('button', { type: 'submit', form: form.id, class: `button ${kind}` }, h('span', { class: 'label' }, doLabel));
      form.append(...[body].flat(Infinity).filter(Boolean), trouble);
      form.addEventListener('submit', async (event) => {
        event.preventDefault();
        trouble.textContent = '';
        doIt.disabled = true;
        try {
          const value = await submit(dialog);
          if (value !== undefined) close(value);
        } catch (error) {
          trouble.textContent = describe?.(error) ?? error.message;
        } finally {
          doIt.disabled = false;
        }
      });
      return { body: form, focus, actions: [button(t('cancel'), { kind: 'quiet', onclick: () => close() }), doIt] };
    },
    options,
  );
}
