/* transfer.h: runs as a zip that verifies on its own, and back; the whole archive as a copy
 *
 *   SHA256SUMS               every other file: `sha256sum -c SHA256SUMS`
 *   README.txt
 *   runs/1/manifest.json     the run, its cells and all verdicts (manifest.h); of a signed run the sealed
 *                            text, whose hash is the head that sign-off has printed
 *   runs/1/pruned.json       what retention has removed, if anything
 *   objects/HASH.png …       pictures, thumbnails, data, panels
 *
 * Imports are from strangers. Nothing of one is there before all of it has been checked, and nothing
 * at all when it fails. Ids are given anew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

typedef struct {
  /* (nullable): now and then */
  void (*progress) (int64_t done, int64_t all, void *user_data);
  void        *progress_data;
  GCancellable *cancellable; /* (nullable) (borrowed) */
} ShotTransferOptions;

typedef struct {
  int64_t n_runs;
  int64_t n_cells;
  int64_t n_files;  /* of a backup: that were not there yet */
  int64_t n_bytes;  /* of these */
  int64_t n_linked; /* of these: share their place on the disk with the archive */
} ShotTransferReport;

/* @path appears whole or not at all; it must not exist. Files that are not what they were are
 * _STORAGE. @run_ids: (element-type int64_t) */
gboolean shot_archive_export (ShotArchive *archive, const GArray *run_ids, const char *path,
                              const ShotTransferOptions *options, ShotTransferReport *out_report,
                              GError **error);

/* _REFUSED for what was tampered with, is no export, or is too large; _CONFLICT for a run that is here
 * already. @out_ids: (nullable) (transfer full) (element-type int64_t) */
gboolean shot_archive_import (ShotArchive *archive, const char *path,
                              const ShotTransferOptions *options, ShotTransferReport *out_report,
                              GArray **out_ids, GError **error);

/* A copy that is an archive itself, while others go on. @folder: new, empty, or an earlier backup, which
 * is brought up to date. Files are linked where the file system can, else copied. */
gboolean shot_archive_backup (ShotArchive *archive, const char *folder,
                              const ShotTransferOptions *options, ShotTransferReport *out_report,
                              GError **error);

G_END_DECLS
