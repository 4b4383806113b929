/* watch.h: what is known of a page while it settles
 *
 * Gathers the reports of the page's agent and the page's requests, and judges them by the rules of
 * ready.h. Belongs to one visit; lives no longer than the view.
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "facts.h"
#include "geometry.h"
#include "job.h"
#include "ready.h"

G_BEGIN_DECLS

typedef struct _ShotWatch ShotWatch;

/* Something changed, or the time has come to judge again. */
typedef void (*ShotWatchChanged) (void *user_data);

/* A request of the page met a certificate that is not trusted. */
typedef void (*ShotWatchTls) (GTlsCertificate *certificate, const char *uri, void *user_data);

/* @job is borrowed. (transfer full) */
ShotWatch *shot_watch_new (WebKitWebView *view, const ShotJob *job, ShotWatchChanged changed_cb,
                           ShotWatchTls tls_cb, void *user_data);
void shot_watch_free (ShotWatch *self); /* no callback follows; accepts NULL */

/* A new document begins: what was known belongs to the old one. */
void shot_watch_forget (ShotWatch *self);

/* The new document is there; what was said since it was asked for came from the old one. */
void shot_watch_forget_facts (ShotWatch *self);

/* The page has been given another size, or its panels other places: it moves for that reason now. */
void shot_watch_disturb (ShotWatch *self);

/* The load event. */
void shot_watch_set_loaded (ShotWatch *self);

/* @geometry: of the view as it is wanted now. Arranges for the callback when time alone could
 * change the verdict. @out_verdict: shot_verdict_clear(). */
void shot_watch_judge (ShotWatch *self, const ShotGeometry *geometry, ShotVerdict *out_verdict);

/* Whether the page itself has said that it is done, and may be believed. */
bool shot_watch_is_reported (ShotWatch *self);

const ShotFacts *shot_watch_get_facts (ShotWatch *self); /* (transfer none) */

/* When the page last said anything, monotonic milliseconds; 0 for never. */
int64_t shot_watch_get_heard_ms (ShotWatch *self);

/* Fills in what the answers of Grafana's API told; the texts belong to the watch. */
void shot_watch_fill_trail (ShotWatch *self, ShotTrail *trail);

/* Fills in what the page's requests brought. */
void shot_watch_fill_fetched (ShotWatch *self, ShotResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotWatch, shot_watch_free)

G_END_DECLS
