// Before the page draws anything: each item of the dashboard's grid is as large as its picture will
// be, wherever it stands. Panels ask for as many points as they are wide, once, and draw once;
// panels.js moves the items to their places later. The placeholder becomes {width, height}, CSS
// pixels.
(() => {
  'use strict';
  if (window.top !== window) return;
  const { width, height } = __PANELSHOT__;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.react-grid-item { width: ${width}px !important; height: ${height}px !important; transition: none !important; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(window, Symbol.for('panelshot.panels'), { configurable: true, writable: true, value: { sheets: [sheet] } });
})();
