/* verify.h: whether the archive is what it was
 *
 * Looks at the database's own soundness, at every file's hash, at rows without a file and files without
 * a row, at counters, and at the seals of signed runs: that their rows still give the sealed text, that
 * the text still gives the head, that the heads are one chain, and that a head which was kept elsewhere
 * is one of it. What retention removed is told as pruned.
 *
 * Blocks; may be called for an archive that others write to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

typedef struct {
  const char *head;       /* (nullable): kept elsewhere; an unambiguous beginning will do */
  bool        is_quick;   /* files are looked at, not read */
  bool        has_repair; /* removes files that were never finished, and pruned ones still there */
  /* (nullable): now and then */
  void (*progress) (int64_t done_bytes, int64_t all_bytes, void *user_data);
  void        *progress_data;
  GCancellable *cancellable; /* (nullable) (borrowed) */
} ShotVerifyOptions;

typedef struct {
  int64_t    n_runs;
  int64_t    n_signed;
  int64_t    n_cells;
  int64_t    n_files;
  int64_t    n_bytes;
  int64_t    n_pruned;     /* files that retention removed */
  int64_t    n_unused;     /* files that no row names: of captures that a crash cut short */
  int64_t    n_unfinished; /* files that were being written when a crash came */
  int64_t    n_removed;    /* by has_repair */
  int64_t    n_proven;     /* signed runs up to @head */
  int64_t    n_problems;
  GPtrArray *problems; /* (owned) (element-type utf8): one line each; the first thousand */
  char      *head;     /* (owned): of this archive's chain; "" when nothing is signed */
} ShotVerifyReport;

void shot_verify_report_free (ShotVerifyReport *self); /* accepts NULL */

/* Problems are no error: see the report. (transfer full) */
ShotVerifyReport *shot_archive_verify (ShotArchive *archive, const ShotVerifyOptions *options,
                                       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotVerifyReport, shot_verify_report_free)

G_END_DECLS
