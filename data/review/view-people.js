// view-people.js: who may do what, and tokens for scripts

import { get, patch, post, remove } from './api.js';
import { openDialog, openForm } from './dialog.js';
import { button, field, foreign, h, select } from './dom.js';
import { formatMoment } from './format.js';
import { copyable } from './run-actions.js';
import { complain, messageOf, toast } from './say.js';
import { me } from './session.js';
import { language, t } from './text.js';

const ROLES = ['viewer', 'reviewer', 'admin'];
const DAYS = [0, 7, 30, 90, 365];
const DAY_MS = 86_400_000;

const roles = () => ROLES.map((name) => [name, t(`role.${name}`)]);

class People {
  constructor() {
    this.users = h('tbody', { role: 'rowgroup' });
    this.tokens = h('tbody', { role: 'rowgroup' });
    this.noTokens = h('p', { class: 'quiet' }, t('tokens.none'));
    const head = (...keys) =>
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          keys.map((key) => h('th', { role: 'columnheader', scope: 'col' }, t(key))),
        ),
      );
    this.tokenTable = h(
      'table',
      { role: 'table', class: 'list', 'aria-label': t('tokens.title') },
      head('tokens.for', 'people.role', 'tokens.by', 'people.seen', 'tokens.until', 'people.actions'),
      this.tokens,
    );
    this.element = h(
      'div',
      { class: 'page' },
      h('div', { class: 'page-head' }, h('h1', {}, t('people.title'))),
      h(
        'section',
        { class: 'panel' },
        h(
          'div',
          { class: 'section-head' },
          h('h2', {}, t('people.users')),
          button(t('people.add'), { glyph: 'plus', kind: 'primary', onclick: () => this.add() }),
        ),
        h(
          'table',
          { role: 'table', class: 'list', 'aria-label': t('people.users') },
          head('people.name', 'people.role', 'people.state', 'people.seen', 'people.created', 'people.actions'),
          this.users,
        ),
      ),
      h(
        'section',
        { class: 'panel' },
        h(
          'div',
          { class: 'section-head' },
          h('h2', {}, t('tokens.title')),
          button(t('tokens.add'), { glyph: 'plus', onclick: () => this.addToken() }),
        ),
        this.noTokens,
        this.tokenTable,
      ),
    );
    this.title = t('people.title');
  }

  async load() {
    const [{ users }, { tokens }] = await Promise.all([get('/users'), get('/tokens')]);
    const cell = (label, ...content) => h('td', { role: 'cell', 'data-label': t(label) }, content);
    const head = (...content) => h('th', { role: 'rowheader', scope: 'row' }, content);
    this.users.replaceChildren(
      ...users.map((user) =>
        h(
          'tr',
          { role: 'row', class: user.disabled ? 'disabled' : undefined, 'data-user': user.name },
          head(foreign(user.name), user.name === me().name ? h('span', { class: 'chip' }, t('people.you')) : null),
          cell(
            'people.role',
            select(roles(), user.role, (role) => this.change(user, { role }), { 'aria-label': `${t('people.role')}: ${user.name}` }),
          ),
          cell(
            'people.state',
            user.disabled ? h('span', { class: 'chip' }, t('people.disabled')) : h('span', { class: 'chip good' }, t('people.active')),
            user.hasPassword ? null : h('span', { class: 'quiet block' }, t('people.proxy')),
          ),
          cell('people.seen', user.seen ? formatMoment(user.seen, language()) : t('people.never')),
          cell('people.created', formatMoment(user.created, language())),
          cell(
            'people.actions',
            h(
              'div',
              { class: 'actions' },
              button(t('people.reset'), { kind: 'small', onclick: () => this.setPassword(user) }),
              button(t(user.disabled ? 'people.enable' : 'people.disable'), {
                kind: user.disabled ? 'small' : 'small danger',
                disabled: user.name === me().name,
                onclick: () => this.change(user, { disabled: !user.disabled }),
              }),
            ),
          ),
        ),
      ),
    );
    this.tokens.replaceChildren(
      ...tokens.map((token) =>
        h(
          'tr',
          { role: 'row', 'data-token': token.id },
          head(foreign(token.name)),
          cell('people.role', t(`role.${token.role}`)),
          cell('tokens.by', foreign(token.createdBy)),
          cell('people.seen', token.seen ? formatMoment(token.seen, language()) : t('people.never')),
          cell('tokens.until', token.expires ? formatMoment(token.expires, language()) : t('tokens.forever')),
          cell('people.actions', button(t('tokens.revoke'), { kind: 'small danger', onclick: () => this.revoke(token) })),
        ),
      ),
    );
    this.tokenTable.hidden = tokens.length === 0;
    this.noTokens.hidden = tokens.length > 0;
  }

  async reload() {
    try {
      await this.load();
    } catch (error) {
      complain(error);
    }
  }

  async change(user, change) {
    try {
      await patch(`/users/${encodeURIComponent(user.name)}`, change);
      toast(t('people.saved'), { kind: 'ok', glyph: 'check' });
    } catch (error) {
      complain(error);
    }
    await this.reload();
  }

  async setPassword(user) {
    const password = h('input', { type: 'password', autocomplete: 'new-password', required: true, minlength: 10, maxlength: 1024 });
    const isDone = await openForm(
      t('people.reset.title', { name: user.name }),
      () => ({ body: field(t('password.new'), password, t('setup.rule')), focus: password, doLabel: t('save'), describe: messageOf }),
      async () => {
        await patch(`/users/${encodeURIComponent(user.name)}`, { password: password.value });
        return true;
      },
    );
    if (isDone) toast(t('password.done'), { kind: 'ok', glyph: 'check' });
  }

  async add() {
    const name = h('input', {
      type: 'text',
      required: true,
      maxlength: 64,
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
    });
    const role = select(roles(), 'reviewer');
    const password = h('input', { type: 'password', autocomplete: 'new-password', minlength: 10, maxlength: 1024 });
    const isDone = await openForm(
      t('people.add.title'),
      () => ({
        body: [
          field(t('people.name'), name),
          field(t('people.role'), role),
          field(t('login.password'), password, `${t('setup.rule')} ${t('people.nopassword')}`),
        ],
        focus: name,
        doLabel: t('people.add.do'),
        describe: messageOf,
      }),
      async () => {
        await post('/users', { name: name.value.trim(), role: role.value, ...(password.value ? { password: password.value } : {}) });
        return true;
      },
    );
    if (isDone) await this.reload();
  }

  async addToken() {
    const name = h('input', { type: 'text', required: true, maxlength: 64, autocomplete: 'off' });
    const role = select(roles(), 'viewer');
    const days = select(
      DAYS.map((n) => [String(n), n === 0 ? t('tokens.forever') : t('tokens.days', { n })]),
      '90',
    );
    const made = await openForm(
      t('tokens.add.title'),
      () => ({
        body: [field(t('tokens.for'), name), field(t('people.role'), role), field(t('tokens.expires'), days)],
        focus: name,
        doLabel: t('tokens.make'),
        describe: messageOf,
      }),
      () =>
        post('/tokens', {
          name: name.value.trim(),
          role: role.value,
          ...(days.value === '0' ? {} : { expires: Date.now() + Number(days.value) * DAY_MS }),
        }),
    );
    if (!made) return;
    await openDialog(t('tokens.title'), (close) => {
      const done = button(t('close'), { kind: 'primary', onclick: () => close(true) });
      return { body: [h('p', {}, t('tokens.once')), copyable(made.token)], actions: [done], focus: done };
    });
    await this.reload();
  }

  async revoke(token) {
    const isSure = await openDialog(t('tokens.revoke'), (close) => {
      const keep = button(t('cancel'), { kind: 'quiet', onclick: () => close() });
      return {
        body: h('p', {}, foreign(t('tokens.revoke.text', { name: token.name }))),
        actions: [keep, button(t('tokens.revoke'), { kind: 'danger', onclick: () => close(true) })],
        focus: keep,
      };
    });
    if (!isSure) return;
    try {
      await remove(`/tokens/${token.id}`);
    } catch (error) {
      complain(error);
    }
    await this.reload();
  }
}

export async function open() {
  const view = new People();
  await view.load();
  return view;
}
