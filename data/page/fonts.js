// Data waits for the fonts that it will be drawn with.
//
// Axes and labels are drawn and measured on canvas once, when the data arrives, and nobody draws
// them again when a web font comes later. A browser that people use has the fonts in its cache;
// every render begins without one. So answers of data queries are handed to the page when the
// page's own font has loaded; the picture waits for both anyway.
(() => {
  'use strict';
  if (window.top !== window || !document.fonts) return;
  const LONGEST_MS = 3000;
  const later = window.setTimeout.bind(window);
  const ask = window.fetch;

  function fontsLoaded() {
    const family = getComputedStyle(document.body || document.documentElement).fontFamily;
    const all = [400, 500].map((weight) => document.fonts.load(`${weight} 12px ${family}`));
    return Promise.race([Promise.allSettled(all), new Promise((resolve) => { later(resolve, LONGEST_MS); })]);
  }

  function isDataQuery(resource) {
    const address = typeof resource === 'string' ? resource : resource && (resource.url || resource.href);
    return typeof address === 'string' && address.includes('/api/ds/query');
  }

  window.fetch = function fetch(resource, ...rest) {
    const answer = ask.call(this === undefined ? window : this, resource, ...rest);
    if (!isDataQuery(resource)) return answer;
    return answer.then(async (response) => {
      await fontsLoaded();
      return response;
    });
  };
})();
