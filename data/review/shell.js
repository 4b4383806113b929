// shell.js: what stands around every view

import { openForm } from './dialog.js';
import { field, foreign, h, icon, iconButton, logo } from './dom.js';
import { put } from './api.js';
import { isLive } from './events.js';
import { showHelp } from './help.js';
import { recall, remember } from './memory.js';
import { toast } from './say.js';
import { isProgram, may, me, signIn } from './session.js';
import { language, setLanguage, t } from './text.js';

const THEMES = ['auto', 'light', 'dark'];
const THEME_ICONS = { auto: 'half', light: 'sun', dark: 'moon' };

function themeNow() {
  const theme = recall('theme');
  return THEMES.includes(theme) ? theme : 'auto';
}

function setTheme(theme) {
  remember('theme', theme === 'auto' ? null : theme);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function askPassword() {
  const old = h('input', { type: 'password', autocomplete: 'current-password', required: true });
  const fresh = h('input', { type: 'password', autocomplete: 'new-password', required: true, minlength: 10 });
  return openForm(
    t('password.title'),
    () => ({
      body: [field(t('password.old'), old), field(t('password.new'), fresh, t('setup.rule'))],
      focus: old,
      doLabel: t('save'),
    }),
    async () => {
      // A wrong password is no session that is over.
      await put('/session/password', { old: old.value, new: fresh.value }, { isSignIn: true });
      // It ends all sessions of this person, this one too.
      await signIn(me().name, fresh.value);
      toast(t('password.done'), { kind: 'ok', glyph: 'check' });
      return true;
    },
  );
}

export class Shell {
  constructor(app) {
    this.app = app;
    this.header = h('header', { class: 'top' });
    this.busy = h('div', { class: 'busy', hidden: true });
    this.main = h('main', { id: 'main', tabindex: -1 });
    this.route = { view: '' };
  }

  nodes() {
    return [
      h(
        'a',
        {
          class: 'skip',
          href: '#main',
          on: {
            click: (event) => {
              event.preventDefault();
              this.main.focus();
            },
          },
        },
        t('skip'),
      ),
      this.header,
      this.busy,
      this.main,
    ];
  }

  show(route, view) {
    this.route = route;
    this.drawHeader();
    this.main.className = `view-${route.view}`;
    this.main.replaceChildren(view.element);
  }

  showBusy(isBusy) {
    this.busy.hidden = !isBusy;
    this.main.setAttribute('aria-busy', String(isBusy));
  }

  showConnection(isConnected) {
    if (!this.live) return;
    this.live.classList.toggle('off', !isConnected);
    this.live.replaceChildren(h('span', { class: 'dot' }), h('span', { class: 'label' }, t(isConnected ? 'live.on' : 'live.off')));
  }

  link(view, address, label) {
    const isHere = this.route.view === view || (view === 'runs' && ['run', 'cell', 'history'].includes(this.route.view));
    return h('a', { href: address, class: 'nav', 'aria-current': this.route.view === view ? 'page' : isHere ? 'true' : undefined }, label);
  }

  drawHeader() {
    document.querySelector('.skip').textContent = t('skip');
    const user = me();
    const hadFocus = this.header.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    this.live = h('span', { class: 'live' });
    this.header.replaceChildren(
      h('a', { class: 'brand', href: '/review/' }, logo(), h('span', { class: 'label' }, t('app'))),
      user
        ? h(
            'nav',
            { 'aria-label': t('nav.main') },
            this.link('runs', '/review/', t('nav.runs')),
            this.link('plans', '/review/plans', t('nav.plans')),
            may('admin') ? this.link('people', '/review/people', t('nav.people')) : null,
          )
        : '',
      h('span', { class: 'spacer' }),
      user && !isProgram() ? this.live : '',
      this.languageButton(),
      this.themeButton(),
      user ? iconButton(t('nav.help'), 'help', { onclick: () => showHelp(), 'data-part': 'help', kind: 'wide-only' }) : '',
      user ? this.accountMenu(user) : '',
    );
    this.showConnection(isLive());
    if (hadFocus) this.header.querySelector(`[data-part="${hadFocus}"]`)?.focus();
  }

  languageButton() {
    const other = language() === 'en' ? 'zh-CN' : 'en';
    return h(
      'button',
      {
        type: 'button',
        class: 'icon-button text',
        title: t('nav.language'),
        'aria-label': t('nav.language'),
        'data-part': 'language',
        on: {
          click: () => {
            setLanguage(other);
            this.app.show({ keepsFocus: true });
          },
        },
      },
      other === 'en' ? 'EN' : '中文',
    );
  }

  themeButton() {
    const now = themeNow();
    return iconButton(t(`nav.theme.${now}`), THEME_ICONS[now], {
      'data-part': 'theme',
      onclick: () => {
        setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
        this.drawHeader();
      },
    });
  }

  accountMenu(user) {
    const menu = h(
      'details',
      { class: 'menu' },
      h(
        'summary',
        { 'aria-label': t('nav.account', { name: user.name }), 'data-part': 'account' },
        icon('user'),
        foreign(user.name, 'label'),
      ),
      h(
        'div',
        { class: 'menu-body' },
        h('p', {}, foreign(user.name, 'strong'), h('span', { class: 'quiet' }, t(`role.${user.role}`))),
        h(
          'button',
          {
            type: 'button',
            on: {
              click: () => {
                menu.open = false;
                askPassword();
              },
            },
          },
          t('nav.password'),
        ),
        h('button', { type: 'button', on: { click: () => this.app.signOut() } }, t('nav.out')),
      ),
    );
    closeOutside(menu);
    return menu;
  }
}

/** <details> as a menu: Escape and a click elsewhere close it. */
export function closeOutside(menu) {
  const close = (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  };
  menu.addEventListener('toggle', () => {
    if (menu.open) document.addEventListener('pointerdown', close);
    else document.removeEventListener('pointerdown', close);
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) {
      event.preventDefault();
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}
