/* maker.h: makes the conductor's inspections with the server's own pool
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-worker.h"
#include "conductor.h"
#include "pool.h"

G_BEGIN_DECLS

typedef struct _ShotMaker ShotMaker;

/* Both borrowed. (transfer full) */
ShotMaker *shot_maker_new  (ShotArchiveWorker *archive, ShotPool *pool);
void       shot_maker_free (ShotMaker *self); /* accepts NULL; no inspection runs */

/* Lives as long as @self. */
ShotInspector shot_maker_get_inspector (ShotMaker *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotMaker, shot_maker_free)

G_END_DECLS
