// dashboard.js: which panels there are and where they stand
//
// Colours are names of tokens in style.css, so both themes share one definition. The grid has
// 24 columns.

const LOAD = [{ color: 'green' }, { at: 70, color: 'amber' }, { at: 85, color: 'red' }];

export const dashboard = {
  title: '巡检示例 · Demo',
  tags: ['生产环境', 'production', 'daily'],
  panels: [
    {
      id: 3, kind: 'stat', title: '可用率 · Availability', grid: [1, 6, 5], unit: 'percent', points: 60,
      thresholds: [{ color: 'red' }, { at: 99.5, color: 'amber' }, { at: 99.9, color: 'green' }],
    },
    {
      id: 4, kind: 'stat', title: '每秒订单 · Orders', grid: [7, 6, 5], unit: 'reqps', points: 60,
      thresholds: [{ color: 'blue' }],
    },
    { id: 5, kind: 'gauge', title: 'CPU 水位 · CPU', grid: [13, 5, 5], unit: 'percent', thresholds: LOAD },
    { id: 10, kind: 'text', title: '巡检结论 · Notes', grid: [18, 7, 5] },
    {
      id: 1, kind: 'timeseries', title: '请求速率 · Requests by service', grid: [1, 12, 10], unit: 'reqps',
      colors: ['blue', 'violet', 'teal', 'amber'], fill: 0.2,
    },
    {
      id: 2, kind: 'timeseries', title: '接口延迟 · Latency percentiles', grid: [13, 12, 10], unit: 'ms',
      colors: ['green', 'sky', 'orange'], fill: 0.1,
      thresholds: [{ at: 250, color: 'amber', name: '关注' }, { at: 350, color: 'red', name: '告警' }],
    },
    { id: 7, kind: 'heatmap', title: '响应时间分布 · Response time', grid: [1, 14, 8], unit: 'ms' },
    {
      id: 8, kind: 'donut', title: '流量来源 · Traffic by region', grid: [15, 10, 8], unit: 'percent',
      colors: ['blue', 'teal', 'violet', 'amber', 'rose'],
    },
    { id: 9, kind: 'table', title: '主机巡检 · Hosts', grid: [1, 14, 9], thresholds: LOAD },
    {
      id: 6, kind: 'bars', title: '磁盘空间 · Disk usage', grid: [15, 10, 9], unit: 'percent',
      thresholds: [{ color: 'green' }, { at: 70, color: 'amber' }, { at: 90, color: 'red' }],
    },
  ],
};
