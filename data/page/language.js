// Makes the page see the job's language.
//
// WebKit keeps one language per engine, for all its web processes; jobs of two languages run side
// by side, so the page's own view of it is replaced. Accept-Language is set on every request by
// the web-process extension. Workers keep the engine's language. The
// placeholder becomes {languages: [...]}.
(() => {
  'use strict';
  const languages = Object.freeze(__PANELSHOT__.languages);
  const defaults = (locales) => (locales === undefined ? languages : locales);

  Object.defineProperty(Navigator.prototype, 'language', { configurable: true, enumerable: true, get: () => languages[0] });
  Object.defineProperty(Navigator.prototype, 'languages', { configurable: true, enumerable: true, get: () => languages });

  for (const name of Object.getOwnPropertyNames(Intl)) {
    const Original = Intl[name];
    if (typeof Original !== 'function' || !Original.supportedLocalesOf) continue;
    const Localized = new Proxy(Original, {
      apply: (target, self, [locales, ...rest]) => Reflect.apply(target, self, [defaults(locales), ...rest]),
      construct: (target, [locales, ...rest], newTarget) =>
        Reflect.construct(target, [defaults(locales), ...rest], newTarget === Localized ? target : newTarget),
    });
    Object.defineProperty(Original.prototype, 'constructor', { value: Localized, configurable: true, writable: true });
    Object.defineProperty(Intl, name, { value: Localized, configurable: true, writable: true });
  }

  // The first argument of these is the locale.
  for (const [holder, names] of [
    [Date.prototype, ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']],
    [Number.prototype, ['toLocaleString']],
    [BigInt.prototype, ['toLocaleString']],
    [String.prototype, ['toLocaleUpperCase', 'toLocaleLowerCase']],
  ]) {
    for (const name of names) wrap(holder, name, 0);
  }
  wrap(String.prototype, 'localeCompare', 1);

  function wrap(holder, name, position) {
    const original = holder[name];
    const wrapped = {
      [name](...args) {
        if (args[position] === undefined) args[position] = languages;
        return Reflect.apply(original, this, args);
      },
    }[name];
    Object.defineProperty(holder, name, { value: wrapped, configurable: true, writable: true });
  }
})();
