// main.js: from an address to a view
//
// A view is a module with open(app, route), which returns { title, element, keys?, focus?, onEvent?,
// dispose? }. Its element becomes the main part of the page; going elsewhere disposes of it.

import { onSessionOver } from './api.js';
import { forgetCells } from './cells.js';
import { button, h } from './dom.js';
import { shorten } from './format.js';
import { connect, disconnect, listen } from './events.js';
import { showHelp } from './help.js';
import { holdKeys, releaseKeys, setAlways, setBindings } from './keys.js';
import { parseRoute } from './route.js';
import { announce, complain, messageOf, regions } from './say.js';
import { findSession, isProgram, me, signOut } from './session.js';
import { Shell } from './shell.js';
import { askToSignIn } from './sign-in.js';
import { language, setLanguage, t } from './text.js';
import { forgetUndo } from './verdict.js';

const VIEWS = {
  runs: () => import('./view-runs.js'),
  run: () => import('./view-run.js'),
  cell: () => import('./view-cell.js'),
  history: () => import('./view-history.js'),
  plans: () => import('./view-plans.js'),
  people: () => import('./view-people.js'),
  login: () => import('./sign-in.js'),
  setup: () => import('./setup.js'),
};

class App {
  constructor() {
    /** What views keep for when one comes back: the focused card of each run. */
    this.memory = new Map();
    this.view = null;
    this.turn = 0;
    this.shell = new Shell(this);
  }

  async start() {
    setLanguage(language());
    document.body.append(...this.shell.nodes(), ...regions());
    setAlways([
      { keys: ['?'], name: 'key.?', run: () => showHelp() },
      { keys: ['g'], name: 'key.g', run: () => this.go('/review/') },
    ]);
    window.addEventListener('popstate', () => this.show());
    document.addEventListener('click', (event) => this.onLink(event));
    listen((event) => this.onEvent(event));
    onSessionOver(() => this.signInAgain());
    await this.enter();
  }

  /** Asks who is signed in, and shows what the address says. */
  async enter() {
    const route = parseRoute(window.location.pathname, window.location.search);
    try {
      const { user, setup } = await findSession();
      this.needsSetup = setup;
      if (user) {
        this.listen();
        if (route.view === 'login') window.history.replaceState(null, '', '/review/');
      } else if (route.view !== 'login' && route.view !== 'setup') {
        const here = window.location.pathname + window.location.search;
        window.history.replaceState(null, '', here === '/review/' ? '/review/login' : `/review/login?next=${encodeURIComponent(here)}`);
      }
    } catch (error) {
      this.showTrouble(error);
      return;
    }
    await this.show();
  }

  listen() {
    if (isProgram()) return;
    connect({
      onRefused: () => {
        if (me()) this.signInAgain().catch(complain);
      },
    });
  }

  /** One dialog however many requests wait for it. @returns whether the same person is back. */
  signInAgain() {
    if (!me()) return Promise.resolve(false);
    this.again ??= (async () => {
      const before = me().name;
      const name = await askToSignIn(before);
      this.again = null;
      if (name === null) {
        this.leave();
        return false;
      }
      this.listen();
      if (name === before) return true;
      this.reset();
      this.show();
      return false;
    })();
    return this.again;
  }

  reset() {
    forgetCells();
    forgetUndo();
    this.memory.clear();
  }

  leave() {
    const here = window.location.pathname + window.location.search;
    window.location.assign(`/review/login?next=${encodeURIComponent(here)}`);
  }

  async signOut() {
    try {
      await signOut();
    } catch (error) {
      complain(error);
      return;
    }
    disconnect();
    this.reset();
    this.go('/review/login');
  }

  go(address, { replace = false } = {}) {
    if (replace) window.history.replaceState(null, '', address);
    else window.history.pushState(null, '', address);
    return this.show();
  }

  onLink(event) {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (
      url.origin !== window.location.origin ||
      !url.pathname.startsWith('/review/') ||
      url.pathname.startsWith('/review/assets/') ||
      url.hash
    )
      return;
    event.preventDefault();
    this.go(url.pathname + url.search);
  }

  onEvent(event) {
    if (event.kind === 'connection') this.shell.showConnection(event.isConnected);
    else this.view?.onEvent?.(event);
  }

  /** Draws the view of the address anew: after going somewhere, and in another language. */
  async show({ keepsFocus = false } = {}) {
    const turn = ++this.turn;
    holdKeys();
    const route = parseRoute(window.location.pathname, window.location.search);
    this.shell.showBusy(true);
    let view;
    try {
      if (VIEWS[route.view]) {
        const module = await VIEWS[route.view]();
        view = await module.open(this, route);
      } else {
        view = this.missing();
      }
    } catch (error) {
      if (turn !== this.turn) return;
      if (error.name === 'AbortError') {
        releaseKeys();
        return;
      }
      view = this.trouble(error);
    }
    if (turn !== this.turn) {
      view.dispose?.();
      return;
    }
    this.view?.dispose?.();
    this.view = view;
    setBindings(view.keys ?? []);
    this.shell.show(route, view);
    document.title = `${shorten(view.title, 90)} · panelshot`;
    if (!keepsFocus) {
      window.scrollTo(0, 0);
      announce(view.title);
    }
    view.shown?.();
    if (!keepsFocus) this.placeFocus(view);
    this.shell.showBusy(false);
    releaseKeys();
  }

  placeFocus(view) {
    const target = view.focus?.() ?? view.element.querySelector('h1');
    if (!target) return;
    if (!target.hasAttribute('tabindex') && /^H\d$/.test(target.tagName)) target.setAttribute('tabindex', '-1');
    target.focus({ preventScroll: true });
  }

  showTrouble(error) {
    this.view?.dispose?.();
    this.view = this.trouble(error);
    this.shell.show({ view: 'missing' }, this.view);
    this.shell.showBusy(false);
  }

  trouble(error) {
    return {
      title: t('error.title'),
      element: h(
        'div',
        { class: 'empty' },
        h('h1', {}, error.status === 404 ? t('error.missing') : t('error.title')),
        h('p', { dir: 'auto' }, error.status === 404 ? t('error.missing.text') : messageOf(error)),
        h(
          'p',
          {},
          button(t('error.again'), { kind: 'primary', glyph: 'retry', onclick: () => (me() ? this.show() : this.enter()) }),
          ' ',
          h('a', { class: 'button', href: '/review/' }, t('nav.runs')),
        ),
      ),
    };
  }

  missing() {
    return {
      title: t('error.missing'),
      element: h(
        'div',
        { class: 'empty' },
        h('h1', {}, t('error.missing')),
        h('p', {}, t('error.missing.text')),
        h('p', {}, h('a', { class: 'button primary', href: '/review/' }, t('nav.runs'))),
      ),
    };
  }
}

new App().start();
