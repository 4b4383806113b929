// text.js: what the page says, in the reader's language
//
// t('key', { n: 3 }) takes the plural that the language asks for; an unknown key is our mistake and
// shows itself.

import { english } from './text-en.js';
import { chinese } from './text-zh.js';
import { recall, remember } from './memory.js';

const TEXTS = { en: english, 'zh-CN': chinese };

function initial() {
  const wanted = recall('language') ?? navigator.language ?? 'en';
  return /^zh/i.test(wanted) ? 'zh-CN' : 'en';
}

let current = initial();
let plural = new Intl.PluralRules(current);
let numbers = new Intl.NumberFormat(current);

export const language = () => current;

export function setLanguage(name) {
  current = TEXTS[name] ? name : 'en';
  plural = new Intl.PluralRules(current);
  numbers = new Intl.NumberFormat(current);
  remember('language', current);
  document.documentElement.lang = current;
}

export function t(key, values = {}) {
  let text = TEXTS[current][key] ?? english[key] ?? key;
  if (Array.isArray(text)) text = plural.select(values.n) === 'one' ? text[0] : text[1];
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}
