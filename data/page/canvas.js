// Canvas text baselines. WebKit derives "top", "middle", "bottom" and "hanging" from other font
// metrics than Chromium does, which sets axis labels 1 to 3 px low. Drawn from the alphabetic
// baseline both agree, so the offset is computed here from the font's own ascent and descent, as
// Chromium does it. Seen with uPlot's axes in Grafana 12.2 and 13.
(() => {
  'use strict';
  const prototype = CanvasRenderingContext2D.prototype;
  const measure = prototype.measureText;

  function offset(context) {
    switch (context.textBaseline) {
      case 'top': return (m) => m.fontBoundingBoxAscent;
      case 'hanging': return (m) => m.fontBoundingBoxAscent * 0.8;
      case 'middle': return (m) => (m.fontBoundingBoxAscent - m.fontBoundingBoxDescent) / 2;
      case 'bottom':
      case 'ideographic': return (m) => -m.fontBoundingBoxDescent;
      default: return null;
    }
  }

  for (const name of ['fillText', 'strokeText']) {
    const original = prototype[name];
    prototype[name] = function (text, x, y, ...rest) {
      const shift = offset(this);
      if (!shift) return original.call(this, text, x, y, ...rest);
      const baseline = this.textBaseline;
      this.textBaseline = 'alphabetic';
      original.call(this, text, x, y + shift(measure.call(this, 'x')), ...rest);
      this.textBaseline = baseline;
    };
  }
})();
