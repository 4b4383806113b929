/* spool.h: a file that WebKit writes for us
 *
 * WebKit prints and downloads into named files only. A spool is a name in a folder of its own,
 * inside the engine's run folder; the folder and all that was written into it go with the spool.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "result.h"

G_BEGIN_DECLS

typedef struct _ShotSpool ShotSpool;

/* NULL with SHOT_ERROR_ENGINE. (transfer full) */
ShotSpool *shot_spool_new  (GError **error);
void       shot_spool_free (ShotSpool *self); /* accepts NULL */

const char *shot_spool_get_path (ShotSpool *self); /* (transfer none): nothing is there yet */

/* The file's bytes in a sealed memfd, copied by a worker thread; kind, encoding and the like are
 * for the caller to fill in. The spool may be freed at once. SHOT_ERROR_ENGINE when there is no
 * file, or an empty one. */
void         shot_spool_collect_async  (ShotSpool *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, void *user_data);
ShotPicture *shot_spool_collect_finish (GAsyncResult *result, GError **error); /* (transfer full) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSpool, shot_spool_free)

G_END_DECLS
