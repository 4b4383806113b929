// early.js: theme and language before the first paint, so that nothing flashes
//
// The one script that is no module: a module would run after the page was painted.

(() => {
  const remembered = (name) => {
    try {
      return window.localStorage.getItem(`panelshot.${name}`);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const theme = remembered('theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  const language = remembered('language') ?? navigator.language;
  root.lang = /^zh/i.test(language) ? 'zh-CN' : 'en';
})();
