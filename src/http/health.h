/* health.h: whether the service can render now, and what it is doing
 *
 *   UNKNOWN  nothing was rendered yet
 *   GOOD     the last render showed that the engine works
 *   BAD      the engine failed at the last one
 *
 * Renders tell by the way. While the state is not GOOD and nothing else is queued, a page of our
 * own is rendered (probe.h), at once and then with growing pauses; so an idle, healthy service
 * stays idle. A page that times out, wants a login or is not there says nothing about the service:
 * only SHOT_ERROR_ENGINE does. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "pool.h"

G_BEGIN_DECLS

typedef struct _ShotHealth ShotHealth;

/* @pool: (borrowed). Without @has_self_render nothing would make a BAD service good again, so
 * renders do not count then. (transfer full) */
ShotHealth *shot_health_new  (ShotPool *pool, bool has_self_render);
void        shot_health_free (ShotHealth *self); /* accepts NULL */

/* Begins with the first self-render. */
void shot_health_start (ShotHealth *self);

/* Not ready from now on; gives up a self-render, which must not hold up the end. */
void shot_health_drain (ShotHealth *self);

/* How a render ended; @error: NULL for well. */
void shot_health_note (ShotHealth *self, const GError *error);

/* @out_reason: one static line when not ready. */
bool shot_health_is_ready (ShotHealth *self, const char **out_reason);

/* All that is known, without secrets and addresses. (transfer full) */
char *shot_health_describe (ShotHealth *self);

G_END_DECLS
