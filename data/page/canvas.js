// Canvas text baselines. WebKit takes "top", "middle" and "bottom" from the font's ascent and
// descent in whole pixels, Chromium from those two scaled so that together they are the font's size
// (the em box), which sets axis labels 1 to 3 px lower here. So text is drawn from the alphabetic
// baseline, where both agree, moved by what Chromium would. Seen with uPlot's axes in Grafana 12.2
// and 13.
(() => {
  'use strict';
  const prototype = CanvasRenderingContext2D.prototype;
  const measure = prototype.measureText;
  const SIZE = /\b([\d.]+)px/;
  const BIG_PX = 1000; // so large that the rounding of what is measured does not matter
  const known = new Map();

  /** Of the em box, in parts of the font's size. The baseline must be the alphabetic one. */
  function emBox(context) {
    const { font } = context;
    let box = known.get(font);
    if (!box) {
      context.font = font.replace(SIZE, `${BIG_PX}px`);
      const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = measure.call(context, 'x');
      context.font = font;
      box = { ascent: ascent / (ascent + descent), descent: descent / (ascent + descent) };
      known.set(font, box);
    }
    return box;
  }

  function shiftOf(context, baseline) {
    const size = Number((SIZE.exec(context.font) || [])[1]) || 0;
    switch (baseline) {
      case 'top': return size * emBox(context).ascent;
      case 'hanging': return measure.call(context, 'x').fontBoundingBoxAscent * 0.8;
      case 'middle': return size * (emBox(context).ascent - emBox(context).descent) / 2;
      case 'bottom': return -size * emBox(context).descent;
      default: return 0;
    }
  }

  // A font that comes late has other measures than the one that stood in for it.
  if (document.fonts) document.fonts.addEventListener('loadingdone', () => known.clear());

  for (const name of ['fillText', 'strokeText']) {
    const original = prototype[name];
    prototype[name] = function (text, x, y, ...rest) {
      const baseline = this.textBaseline;
      if (baseline === 'alphabetic' || baseline === 'ideographic') return original.call(this, text, x, y, ...rest);
      this.textBaseline = 'alphabetic';
      try {
        original.call(this, text, x, Number(y) + shiftOf(this, baseline), ...rest);
      } finally {
        this.textBaseline = baseline;
      }
    };
  }
})();
