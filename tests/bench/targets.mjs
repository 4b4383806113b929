// What is to be reached: how many times the peer must take what we take; of memory, a limit in MiB.

export const RATIOS = {
  panel_warm: { chromium_v3: 5, chromium_v5: 8, chromium_best: 1.5 },
  panel_resident: { chromium_v3: 12, chromium_v5: 20, chromium_best: 3 },
  dashboard_each_panel: { chromium_v3: 40 },
  inspection: { chromium_v3: 30 },
  throughput_c4: { chromium_v3: 12 },
  peak_memory_c2: { chromium_v3: 1 / 0.6 },
  first_picture: { chromium_v3: 1.7 },
  png_small: { cairo: 6 },
  png_large: { cairo: 8 },
};

export const MIB = { engine_up: 130, on_demand: 25, resident_page: 250 };

// What an archive of 100,000 cells must not take longer for.
export const ANSWER_MS = 100;
