/* activity.h: the requests of a page
 *
 * Listens to a view and keeps what is open, what has answered, and when that last changed.
 * EventSource shows as a request that never ends; WebSockets do not show.
 *
 * Main thread only; lives no longer than the view.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <webkit/webkit.h>

#include "ready.h"

G_BEGIN_DECLS

typedef struct _ShotActivity ShotActivity;

/* @status: 0 for a request that failed without an answer. The document itself is not told. */
typedef void (*ShotActivityAnswered) (const char *uri, unsigned status, void *user_data);
typedef void (*ShotActivityChanged) (void *user_data);
typedef void (*ShotActivityTls) (GTlsCertificate *certificate, const char *uri, void *user_data);

typedef struct {
  ShotActivityChanged  changed;
  ShotActivityAnswered answered;
  ShotActivityTls      tls_failed;
} ShotActivityEvents;

ShotActivity *shot_activity_new  (WebKitWebView *view, const ShotActivityEvents *events, void *user_data);
void          shot_activity_free (ShotActivity *self); /* accepts NULL */

/* Forgets everything: a new document begins. */
void shot_activity_reset (ShotActivity *self);

/* Adds up what has been answered since the view was new. An answer without a Content-Length, as
 * compressed ones are, counts with no bytes. */
void shot_activity_fill_fetched (const ShotActivity *self, ShotResult *result);

/* Points @signals at the open requests; valid until the next event. */
void shot_activity_fill (ShotActivity *self, ShotSignals *signals);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotActivity, shot_activity_free)

G_END_DECLS
