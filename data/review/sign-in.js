// sign-in.js: the view that asks who it is, and the same question over a view whose session is over

import { openForm } from './dialog.js';
import { field, h, logo } from './dom.js';
import { formatDuration } from './format.js';
import { safeReturn } from './route.js';
import { messageOf } from './say.js';
import { signIn } from './session.js';
import { language, t } from './text.js';

function describe(error) {
  if (error.status === 429 || error.body?.retryAfter)
    return t('login.locked', { wait: formatDuration((error.body.retryAfter || 60) * 1000, language()) });
  return error.status === 401 ? t('login.wrong') : messageOf(error);
}

function inputs(name = '') {
  return {
    name: h('input', {
      type: 'text',
      name: 'username',
      autocomplete: 'username',
      autocapitalize: 'none',
      spellcheck: 'false',
      required: true,
      maxlength: 64,
      value: name,
    }),
    password: h('input', { type: 'password', name: 'password', autocomplete: 'current-password', required: true, maxlength: 1024 }),
  };
}

/** @returns the name of who signed in; null: nobody. */
export async function askToSignIn(before) {
  const { name, password } = inputs(before);
  return openForm(
    t('login.title'),
    () => ({
      body: [h('p', {}, t('login.again')), field(t('login.name'), name), field(t('login.password'), password)],
      focus: password,
      doLabel: t('login.do'),
      describe,
    }),
    async () => (await signIn(name.value.trim(), password.value)).name,
  );
}

export function gate(title, about, form) {
  return h(
    'div',
    { class: 'gate' },
    h(
      'div',
      { class: 'gate-card' },
      h('div', { class: 'gate-brand' }, logo(), h('span', {}, `panelshot · ${t('app')}`)),
      h('h1', {}, title),
      h('p', { class: 'quiet' }, about),
      form,
    ),
  );
}

export function open(app, route) {
  const { name, password } = inputs();
  const trouble = h('p', { class: 'trouble', role: 'alert' });
  const doIt = h('button', { type: 'submit', class: 'button primary big' }, t('login.do'));
  const form = h(
    'form',
    {
      on: {
        submit: async (event) => {
          event.preventDefault();
          trouble.textContent = '';
          doIt.disabled = true;
          try {
            await signIn(name.value.trim(), password.value);
            app.listen();
            app.go(safeReturn(route.query.get('next')), { replace: true });
          } catch (error) {
            trouble.textContent = describe(error);
            password.select();
          } finally {
            doIt.disabled = false;
          }
        },
      },
    },
    field(t('login.name'), name),
    field(t('login.password'), password),
    trouble,
    doIt,
  );
  return {
    title: t('login.title'),
    element: gate(t('login.title'), app.needsSetup ? t('login.setup') : t('login.about'), form),
    focus: () => name,
  };
}
