// A fractional device scale factor: the view is made W·S × H·S large and zoomed by S, so that the
// page lays out at W × H; canvases ask devicePixelRatio how fine to draw. Whole factors come from
// the display and need none of this. The placeholder becomes {scale: S}.
(() => {
  'use strict';
  const { scale } = __PANELSHOT__;
  Object.defineProperty(window, 'devicePixelRatio', { configurable: true, enumerable: true, get: () => scale, set() {} });
})();
