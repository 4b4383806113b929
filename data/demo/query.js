// query.js: asking for data, and telling a renderer about it
//
// Grafana keeps the number of running queries in a global that image renderers watch, and calls
// a function that a renderer has put into the page once everything is drawn. This page keeps
// the same promises, so it can stand in for a dashboard.

window.__grafanaRunningQueryCount = 0;
if (typeof window.__grafanaImageRendererMessageChannel === 'function')
  window.__grafanaRenderBindingSupported = true;

export function reportComplete(success) {
  if (typeof window.__grafanaImageRendererMessageChannel === 'function') {
    window.__grafanaImageRendererMessageChannel(
      JSON.stringify({ type: 'REPORT_RENDER_COMPLETE', data: { success } }));
  }
}

function wait(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

// null when there is no such dashboard.
export async function fetchDashboard(uid) {
  const response = await fetch(`/demo/api/dashboards/uid/${encodeURIComponent(uid)}`);
  return response.ok ? (await response.json()).dashboard : null;
}

// @delay makes a slow data source of it, to watch a renderer wait.
export async function runQuery(panelId, range, delay) {
  window.__grafanaRunningQueryCount += 1;
  try {
    if (delay > 0)
      await wait(delay);
    const response = await fetch(`/demo/data.json?panelId=${panelId}&from=${range.from}&to=${range.to}`);
    if (!response.ok)
      throw new Error(`the data source answered ${response.status}`);
    return (await response.json())[panelId];
  } finally {
    window.__grafanaRunningQueryCount -= 1;
  }
}
