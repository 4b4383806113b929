// view-plans.js: what is captured when

import { get, post } from './api.js';
import { button, foreign, h, icon } from './dom.js';
import { formatAway, formatBytes, formatCount, formatExact, formatMoment } from './format.js';
import { runAddress } from './route.js';
import { complain, toast } from './say.js';
import { may } from './session.js';
import { language, t } from './text.js';

class Plans {
  constructor(app) {
    this.app = app;
    this.list = h('ul', { class: 'plans' });
    this.size = h('p', { class: 'summary' });
    this.element = h(
      'div',
      { class: 'page' },
      h('div', { class: 'page-head' }, h('div', {}, h('h1', {}, t('plans.title')), this.size)),
      this.list,
    );
    this.title = t('plans.title');
  }

  async load() {
    const [{ plans }, archive] = await Promise.all([get('/plans'), get('/archive').catch(() => null)]);
    this.plans = plans;
    if (archive) {
      this.size.textContent = t('archive.size', {
        runs: formatCount(archive.runs, language()),
        cells: formatCount(archive.cells, language()),
        bytes: formatBytes(archive.bytes),
      });
    }
    this.draw();
  }

  draw() {
    const focused = document.activeElement?.closest?.('[data-plan]')?.dataset.plan;
    this.list.replaceChildren(...this.plans.map((plan) => this.makePlan(plan)));
    if (this.plans.length === 0)
      this.list.append(h('li', { class: 'empty small' }, h('h2', {}, t('plans.none')), h('p', {}, t('plans.none.text'))));
    if (focused) this.list.querySelector(`[data-plan="${CSS.escape(focused)}"] button`)?.focus();
  }

  makePlan(plan) {
    const fact = (label, ...value) => h('div', {}, h('dt', {}, label), h('dd', {}, value));
    const { last } = plan;
    return h(
      'li',
      { class: `panel plan${plan.error ? ' broken' : ''}`, 'data-plan': plan.name },
      h('div', { class: 'plan-head' }, h('h2', {}, foreign(plan.title || plan.name)), h('code', { class: 'quiet' }, foreign(plan.name))),
      plan.error
        ? h('div', { class: 'box bad' }, icon('alert'), h('div', {}, h('strong', {}, t('plans.error')), h('pre', {}, foreign(plan.error))))
        : null,
      plan.missed ? h('p', { class: 'box warn' }, icon('clock'), t('plans.missed')) : null,
      h(
        'dl',
        { class: 'plan-facts' },
        fact(
          t('plans.schedule'),
          plan.cron
            ? [h('code', {}, foreign(plan.cron)), plan.timezone ? h('span', { class: 'quiet' }, foreign(` ${plan.timezone}`)) : null]
            : h('span', { class: 'quiet' }, t('plans.byhand')),
        ),
        fact(
          t('plans.next'),
          plan.next
            ? h(
                'span',
                { title: formatExact(plan.next, plan.timezone) },
                h('strong', {}, formatAway(plan.next, Date.now(), language())),
                h('span', { class: 'quiet' }, ` · ${formatMoment(plan.next, language(), plan.timezone)}`),
              )
            : '–',
        ),
        fact(
          t('plans.last'),
          last
            ? [
                h('a', { href: runAddress(last.run) }, formatMoment(last.started, language(), plan.timezone)),
                h('span', { class: 'quiet' }, ` · ${t(`state.${last.state}`)}`),
              ]
            : h('span', { class: 'quiet' }, t('plans.never')),
        ),
      ),
      h(
        'div',
        { class: 'plan-actions' },
        plan.running ? h('span', { class: 'state state-running' }, icon('play'), t('plans.running')) : null,
        last ? h('a', { class: 'button small', href: `/review/?plan=${encodeURIComponent(plan.name)}` }, t('nav.runs')) : null,
        may('admin')
          ? button(t('plans.run'), {
              glyph: 'play',
              kind: 'small primary',
              disabled: plan.running || Boolean(plan.error),
              onclick: () => this.runNow(plan),
            })
          : null,
      ),
    );
  }

  async runNow(plan) {
    try {
      const { run } = await post('/runs', { plan: plan.name });
      toast(t('plans.started', { name: plan.title || plan.name }), {
        kind: 'ok',
        glyph: 'play',
        action: run ? { label: t('key.Enter'), run: () => this.app.go(runAddress(run.id)) } : null,
      });
      await this.load();
    } catch (error) {
      complain(error);
    }
  }

  onEvent(event) {
    if (!['plans', 'run', 'signoff', 'again'].includes(event.kind)) return;
    this.timer ??= window.setTimeout(() => {
      this.timer = null;
      this.load().catch(complain);
    }, 200);
  }

  dispose() {
    window.clearTimeout(this.timer);
  }
}

export async function open(app) {
  const view = new Plans(app);
  await view.load();
  return view;
}
