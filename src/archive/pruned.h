/* pruned.h: pruned.json of an export: what is not in it, and why
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-private.h"

G_BEGIN_DECLS

typedef struct {
  char   *hash; /* (owned) */
  int64_t size;
  int64_t at_ms;
  char   *by;   /* (owned) */
  char   *rule; /* (owned) */
} ShotTombstone;

typedef struct {
  GArray    *positions; /* (owned) (element-type unsigned): of cells */
  GPtrArray *files;     /* (owned) (element-type ShotTombstone) */
} ShotPruned;

void shot_pruned_free (ShotPruned *self); /* accepts NULL */

/* Of a run. Empty lists when nothing was pruned. (transfer full) */
ShotPruned *shot_pruned_find (ShotArchive *archive, int64_t run_id, GError **error);

bool  shot_pruned_is_empty (const ShotPruned *self);
char *shot_pruned_to_text  (const ShotPruned *self); /* (transfer full): JSON */
/* A stranger's. SHOT_ERROR_USAGE. (transfer full) */
ShotPruned *shot_pruned_read (const char *text, size_t length, GError **error);

/* The rows of files that are gone. Within a transaction. */
gboolean shot_pruned_insert (const ShotPruned *self, ShotArchive *archive, GError **error);
/* That a run's cells were pruned, by whom and by which rule. Within a transaction. */
gboolean shot_pruned_note (const ShotPruned *self, ShotArchive *archive, int64_t run_id,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPruned, shot_pruned_free)

G_END_DECLS
