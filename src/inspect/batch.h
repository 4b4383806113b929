/* batch.h: cells of one visit on their way into the archive
 *
 *   PREPARING > RECORDING > COMPARING > RATING > DONE
 *
 * PREPARING makes thumbnails and COMPARING looks for what changed, each in a thread of GLib's pool;
 * RECORDING and RATING are the archive's thread. A cell is in the archive once RECORDING has come to it;
 * what goes wrong afterwards costs its rating alone.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "archive-worker.h"

G_BEGIN_DECLS

typedef struct _ShotBatch ShotBatch;

/* @run_now_ms: the run's frozen now, by which "last week" is found. */
ShotBatch *shot_batch_new  (int64_t run_now_ms);
void       shot_batch_free (ShotBatch *self); /* accepts NULL; nothing may be pending */

/* @cell: (borrowed): untouched by others until all is done. @picture, @data: (nullable), as the cell
 * has them. @panel_json: (nullable): not compressed. */
void shot_batch_add (ShotBatch *self, ShotCell *cell, GBytes *picture, GBytes *data,
                     const char *panel_json);

/* @recorded: (nullable): called once the cells are in the archive, before they are rated. */
void     shot_batch_store_async  (ShotBatch *self, ShotArchiveWorker *archive,
                                  void (*recorded) (void *user_data), GAsyncReadyCallback callback,
                                  void *user_data);
/* FALSE: a cell could not be recorded; those before it are. */
gboolean shot_batch_store_finish (ShotBatch *self, GAsyncResult *result, GError **error);

/* data/page/panels.js writes CSV, the engine compresses it. NULL when it is none, or too large.
 * (transfer full) (nullable) */
char   *shot_batch_inflate  (GBytes *gzip);
/* (transfer full): alike for alike texts, so that the archive keeps one of them. */
GBytes *shot_batch_compress (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotBatch, shot_batch_free)

G_END_DECLS
