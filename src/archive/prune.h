/* prune.h: lets go of what a plan keeps for some time only
 *
 * Pictures, thumbnails, data and panels of runs whose plan set a retention, once it is over, unless
 * another kept cell has the same file. Hashes, verdicts, seals and a tombstone stay. Files of captures
 * that were replaced by a later one of the same cell go, too.
 *
 * First the tombstones are written, then the files removed; what a crash leaves is removed the next time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

typedef struct {
  const char *user;    /* who, for the tombstone */
  int64_t     now_ms;  /* 0: now */
  bool        is_dry;  /* tells what would go */
} ShotPruneOptions;

typedef struct {
  int64_t n_runs;
  int64_t n_cells;
  int64_t n_files;
  int64_t n_bytes;
} ShotPruneReport;

/* _BUSY while a backup or an export is made. */
gboolean shot_archive_prune (ShotArchive *archive, const ShotPruneOptions *options,
                             ShotPruneReport *out_report, GError **error);

G_END_DECLS
