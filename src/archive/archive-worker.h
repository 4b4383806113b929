/* archive-worker.h: an archive with a thread of its own
 *
 * Work is done strictly in the order it was given. Callbacks run in the caller's thread-default
 * main context, never before the _async call has returned.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

typedef struct _ShotArchiveWorker ShotArchiveWorker;

/* Runs on the worker's thread. Returns what _run_finish() gives, or NULL with @error; what has no
 * value returns (void *) true. */
typedef void *(*ShotArchiveWork) (ShotArchive *archive, void *data, GError **error);

/* Opens on the thread and waits for it: call it at start. (transfer full) */
ShotArchiveWorker *shot_archive_worker_new  (const char *folder, ShotArchiveMode mode,
                                             GError **error);
/* Does what was given, then ends. Accepts NULL. */
void               shot_archive_worker_free (ShotArchiveWorker *self);

/* @destroy_data frees @data, @destroy_result a value that nobody took (both nullable). */
void  shot_archive_worker_run_async  (ShotArchiveWorker *self, ShotArchiveWork work, void *data,
                                      GDestroyNotify destroy_data, GDestroyNotify destroy_result,
                                      GAsyncReadyCallback callback, void *user_data);
void *shot_archive_worker_run_finish (ShotArchiveWorker *self, GAsyncResult *result,
                                      GError **error); /* (transfer full) */

/* Called in the main context, at once and without asking twice, whenever this or another process has
 * changed the archive. */
void shot_archive_worker_set_changed_func (ShotArchiveWorker *self, void (*changed) (void *user_data),
                                           void *user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotArchiveWorker, shot_archive_worker_free)

G_END_DECLS
