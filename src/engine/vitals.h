/* vitals.h: what a web process uses, as it says itself
 *
 * WebKit tells no process id, and inside the sandbox it would be another one; so the extension
 * reads /proc/self.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

G_BEGIN_DECLS

typedef struct {
  int64_t memory_bytes; /* what is its own: not the libraries */
  int64_t cpu_us;       /* since it started */
} ShotVitals;

/* @vitals: NULL when the process does not answer. */
typedef void (*ShotVitalsTold) (const ShotVitals *vitals, void *user_data);

/* The callback comes once, later. */
void shot_vitals_ask (WebKitWebView *view, ShotVitalsTold told_cb, void *user_data);

G_END_DECLS
