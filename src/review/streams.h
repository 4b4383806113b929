/* streams.h: pages that look on
 *
 * Each stream gets the archive's events after the one it knows, progress of runs and changes of
 * plans, as server-sent events. There are so many of a user and so many in all; each ends after a
 * while, so that the browser comes back and shows who it is again, and when its user signs out. One
 * that does not read is dropped. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-worker.h"
#include "exchange.h"
#include "run.h"

G_BEGIN_DECLS

typedef struct _ShotStreams ShotStreams;

#define SHOT_STREAMS_MAX 128
#define SHOT_STREAMS_MAX_OF_USER 16
#define SHOT_STREAMS_LIFE_MS 300000
#define SHOT_STREAMS_BEAT_MS 15000

/* @archive: borrowed; its changed function is taken. (transfer full) */
ShotStreams *shot_streams_new  (ShotArchiveWorker *archive);
void         shot_streams_free (ShotStreams *self); /* accepts NULL; the server is gone by then */

/* Whether one more of @user may begin. SHOT_ERROR_BUSY */
gboolean shot_streams_admit (const ShotStreams *self, const char *user, GError **error);

/* Begins the answer of @exchange. @run_id: 0 is all. @after_id: what the page knows; @last_id: of the
 * archive, for the greeting. */
void shot_streams_add (ShotStreams *self, ShotExchange *exchange, const char *user, int64_t run_id,
                       int64_t after_id, int64_t last_id);

/* To the streams of the run, or of all. @json: one line. */
void shot_streams_tell (ShotStreams *self, const char *event, int64_t run_id, const char *json);

/* @user: (nullable): everybody's. */
void shot_streams_end (ShotStreams *self, const char *user);

/* "event: …" with @progress of a run. (transfer full) */
JsonObject *shot_streams_describe_progress (const ShotInspectionProgress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotStreams, shot_streams_free)

G_END_DECLS
