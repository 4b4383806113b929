/* leader.h: leading a page of Grafana from one address to the next, without a load
 *
 * Runs data/page/lead.js. Main thread only; the callbacks come once, later.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "job.h"

G_BEGIN_DECLS

/* @reason: NULL when it went well. Else one line; valid in the callback. */
typedef void (*ShotLeaderDone) (const char *reason, void *user_data);

/* To where no dashboard is. */
void shot_leader_park_async (WebKitWebView *view, ShotLeaderDone done_cb, void *user_data);

/* To the job's address. The page's agent speaks of this job from now on. */
void shot_leader_lead_async (WebKitWebView *view, const ShotJob *job, ShotLeaderDone done_cb, void *user_data);

G_END_DECLS
