/* archive-private.h: what the files of the archive share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"
#include "database.h"

G_BEGIN_DECLS

struct _ShotArchive {
  char           *folder;   /* (owned) */
  ShotDatabase   *database; /* (owned) */
  ShotArchiveMode mode;
};

/* Milliseconds since 1970. */
int64_t shot_archive_now_ms (void);

/* "FOLDER/part". (transfer full) */
char *shot_archive_get_path (const ShotArchive *self, const char *part);

/* Begins a transaction; _STORAGE when the archive was opened for reading. */
gboolean shot_archive_begin  (ShotArchive *self, ShotTransaction *transaction, GError **error);
/* Commits, and tells everybody who looks on. */
gboolean shot_archive_commit (ShotArchive *self, ShotTransaction *transaction, GError **error);

/* Within a transaction. */
gboolean shot_archive_add_event (ShotArchive *self, const char *kind, int64_t run_id,
                                 int64_t cell_id, GError **error);

/* The file whose times change with every commit: what others watch. */
#define SHOT_ARCHIVE_CHANGED "locks/changed"

/* _REFUSED when the run is signed, _NOT_FOUND when there is none. Sets @out_state. */
gboolean shot_archive_check_open (ShotArchive *self, int64_t run_id, ShotRunState *out_state,
                                  GError **error);

/* Files stay as long as somebody holds it shared (a backup, an export); whoever removes some holds it
 * alone. Until it is closed. -1 with @error: _BUSY. */
int shot_archive_lock_files (ShotArchive *self, bool is_exclusive, GError **error);

/* A name that no other run has. (transfer full); NULL with @error. */
char *shot_archive_make_run_name (ShotArchive *self, const ShotRun *run, GError **error);

/* All but what counts and what a signature sets. Sets its id. Within a transaction. */
gboolean shot_archive_insert_run (ShotArchive *self, ShotRun *run, GError **error);

/* Writes all of a cell's row: a new one, its id and position are set. Within a transaction. */
gboolean shot_archive_insert_cell (ShotArchive *self, ShotCell *cell, int64_t run_now_ms,
                                   GError **error);

/* Columns of a cell, for SELECT … FROM cells, and what they hold. */
extern const char shot_cell_columns[];
ShotCell *shot_archive_read_cell (ShotStatement *row); /* (transfer full) */

/* Makes the texts of the cell found anew after one of them changed. Within a transaction. */
gboolean shot_archive_fold_cell (ShotArchive *self, int64_t cell_id, GError **error);

/* One more of the cell's history, and its latest. Within a transaction. */
gboolean shot_archive_write_verdict (ShotArchive *self, const ShotVerdict *verdict, int64_t cell_id,
                                     unsigned revision, int64_t at_ms, GError **error);

/* " WHERE …" of a filter, and its parameters in the same order. (transfer full) */
char *shot_cell_filter_make_where (const ShotCellFilter *filter);
void  shot_cell_filter_bind       (const ShotCellFilter *filter, ShotStatement *statement);

/* "UPDATE …" failed because nothing has that id. Returns FALSE. */
gboolean shot_archive_fail_missing (const char *what, int64_t id, GError **error);

G_END_DECLS
