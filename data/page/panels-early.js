// Before the page draws anything: each item of the dashboard's grid is as large as its picture will
// be, and stands where the grid begins. Panels ask for as many points as they are wide, once, and draw
// once; all of them are in the view, so that those are mounted which otherwise wait until somebody
// scrolls. panels.js moves the items to their places later. The placeholder becomes {width, height},
// CSS pixels.
(() => {
  'use strict';
  if (window.top !== window) return;
  const { width, height } = __PANELSHOT__;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.react-grid-item { position: absolute !important; left: 0 !important; top: 0 !important; transform: none !important;
    width: ${width}px !important; height: ${height}px !important; transition: none !important; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(window, Symbol.for('panelshot.panels'), { configurable: true, writable: true, value: { sheets: [sheet] } });
})();
