// setup.js: the one-time link of the first start

import { field, h } from './dom.js';
import { messageOf } from './say.js';
import { setUp } from './session.js';
import { gate } from './sign-in.js';
import { t } from './text.js';

let secret = '';

export function open(app) {
  // Out of the address at once: it must not stay in the history or be seen on a screen.
  secret = new URLSearchParams(window.location.hash.slice(1)).get('secret') ?? secret;
  window.history.replaceState(null, '', '/review/setup');
  const name = h('input', {
    type: 'text',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    maxlength: 64,
  });
  const password = h('input', { type: 'password', autocomplete: 'new-password', required: true, minlength: 10, maxlength: 1024 });
  const again = h('input', { type: 'password', autocomplete: 'new-password', required: true, maxlength: 1024 });
  const trouble = h('p', { class: 'trouble', role: 'alert' }, secret === '' ? t('setup.broken') : '');
  const doIt = h('button', { type: 'submit', class: 'button primary big', disabled: secret === '' }, t('setup.do'));
  const form = h(
    'form',
    {
      on: {
        submit: async (event) => {
          event.preventDefault();
          trouble.textContent = '';
          if (password.value !== again.value) {
            trouble.textContent = t('setup.differ');
            again.focus();
            return;
          }
          doIt.disabled = true;
          try {
            await setUp(secret, name.value.trim(), password.value);
            secret = '';
            app.listen();
            app.go('/review/', { replace: true });
          } catch (error) {
            trouble.textContent = messageOf(error);
          } finally {
            doIt.disabled = false;
          }
        },
      },
    },
    field(t('login.name'), name),
    field(t('login.password'), password, t('setup.rule')),
    field(t('setup.again'), again),
    trouble,
    doIt,
  );
  return { title: t('setup.title'), element: gate(t('setup.title'), t('setup.about'), form), focus: () => name };
}
