/* archive.h: what inspections saw, in one folder
 *
 *   archive.db   SQLite, WAL: runs, cells, verdicts, people
 *   objects/     pictures, data, panels, each in a file named by its hash (objects.h)
 *   locks/       one file per plan: held by the process that captures a run of it
 *   backups/     copies of archive.db from before each migration
 *
 * A ShotArchive is one connection, for one thread at a time; every call blocks until it is done.
 * Several processes may have the folder open. A program with a main loop uses archive-worker.h,
 * whose thread owns the connection. A file is written before the row that names it, so a crash
 * leaves at most a file too many.
 *
 * A folder of a newer version, or one that cannot be migrated, is refused and left as it was: an
 * archive is evidence. Errors are SHOT_ERROR: _USAGE for what the caller got wrong, _STORAGE,
 * _NOT_FOUND, _REFUSED for a change of what is sealed, _CONFLICT when somebody else was first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "record.h"

G_BEGIN_DECLS

typedef struct _ShotArchive ShotArchive;

typedef enum {
  SHOT_ARCHIVE_READ,  /* never migrates, never creates */
  SHOT_ARCHIVE_WRITE, /* creates and migrates */
} ShotArchiveMode;

/* Checks integrity, migrates. (transfer full) */
ShotArchive *shot_archive_open  (const char *folder, ShotArchiveMode mode, GError **error);
void         shot_archive_close (ShotArchive *self); /* accepts NULL */

/* ---- Runs (archive-runs.c) */

/* The plan's lock, until the process ends or closes it; a second process gets _BUSY. Held while
 * cells are captured. -1 with @error. */
int shot_archive_lock_plan (ShotArchive *self, const char *plan, GError **error);
/* Whether some process holds it. */
bool shot_archive_is_plan_locked (ShotArchive *self, const char *plan);

/* Stores the run and all its cells as PENDING, in one transaction. Sets the ids and the run's name. */
gboolean shot_archive_begin_run (ShotArchive *self, ShotRun *run, GPtrArray *cells, GError **error);

/* Adds one PENDING cell at the end of an unsigned run. Sets its id and position. */
gboolean shot_archive_add_cell (ShotArchive *self, ShotCell *cell, GError **error);

/* All fields that a capture fills (state, flags, failure, dashboard_version, titles, picture …
 * attempts), with its files: @picture and the others may be NULL. The hashes of @cell are set here.
 * A picture that a cell of an unsigned run had before is replaced: the row keeps the new one. */
gboolean shot_archive_record_cell (ShotArchive *self, ShotCell *cell, GBytes *picture,
                                   GBytes *thumbnail, GBytes *data, GBytes *panel_json,
                                   GError **error);

/* score, reason, picture_change, previous_id, week_id. */
gboolean shot_archive_set_change (ShotArchive *self, const ShotCell *cell, GError **error);

/* Cells of an interrupted or finished run that are to be captured again: FAILED becomes PENDING,
 * DONE becomes RUNNING. Returns how many in @out_n. */
gboolean shot_archive_reopen_run (ShotArchive *self, int64_t run_id, unsigned *out_n,
                                  GError **error);

/* RUNNING becomes DONE. @failure: (nullable). */
gboolean shot_archive_finish_run (ShotArchive *self, int64_t run_id, const char *failure,
                                  GError **error);

/* With plan_text. By id, or by name ("latest", or "latest:PLAN", too). (transfer full); _NOT_FOUND */
ShotRun *shot_archive_get_run  (ShotArchive *self, int64_t id, GError **error);
ShotRun *shot_archive_find_run (ShotArchive *self, const char *name, GError **error);

typedef struct {
  const char *plan;      /* (nullable) */
  int         state;     /* of ShotRunState; -1: any */
  int64_t     before_id; /* 0: from the newest */
  int64_t     since_ms;  /* started at or after; 0: any */
  unsigned    limit;     /* 1 to 1000 */
} ShotRunFilter;

/* Newest first. (transfer full) (element-type ShotRun) */
GPtrArray *shot_archive_list_runs (ShotArchive *self, const ShotRunFilter *filter, GError **error);

/* ---- Cells (archive-cells.c) */

enum {
  SHOT_CELLS_UNCONFIRMED = 1 << 0,
  SHOT_CELLS_FLAGGED = 1 << 1,  /* flags, or FAILED */
  SHOT_CELLS_CHANGED = 1 << 2,
  SHOT_CELLS_ABNORMAL = 1 << 3,
  SHOT_CELLS_PENDING = 1 << 4,
  SHOT_CELLS_FAILED = 1 << 5,
};

typedef struct {
  int64_t     run_id;    /* 0: any, then @key is given */
  const char *key;       /* (nullable): history, newest first */
  int64_t     before_id; /* of a history: cells older than this one; 0: from the newest */
  unsigned    filter;    /* all of these must hold */
  const char *text;      /* (nullable): in title, dashboard, row, reason, note, failure */
  const char *dashboard; /* (nullable): uid */
  const char *range;     /* (nullable) */
  const char *panel;     /* (nullable): panel_key */
  bool        is_worst_first; /* else by position */
  unsigned    offset;
  unsigned    limit;     /* 1 to 5000 */
} ShotCellFilter;

/* (transfer full) (element-type ShotCell). @out_total: (nullable): without offset and limit. */
GPtrArray *shot_archive_list_cells (ShotArchive *self, const ShotCellFilter *filter,
                                    unsigned *out_total, GError **error);
ShotCell  *shot_archive_get_cell   (ShotArchive *self, int64_t id, GError **error);

/* The captured cell of the same key in the newest run before @run_id, or around @at_ms of its run's
 * now (nearest, within @tolerance_ms) when @at_ms is not 0. (transfer full) (nullable): NULL without
 * an error when there is none. */
ShotCell *shot_archive_find_same_cell (ShotArchive *self, const ShotCell *cell, int64_t at_ms,
                                       int64_t tolerance_ms, GError **error);

/* ---- Verdicts (archive-verdicts.c) */

/* @verdict: cell_id, kind, severity, note, user, origin; @expected_revision: what the caller saw
 * (0: none). _CONFLICT when it is another by now, _REFUSED when the run is signed. Sets revision and
 * at_ms. */
gboolean shot_archive_set_verdict (ShotArchive *self, ShotVerdict *verdict,
                                   unsigned expected_revision, GError **error);

/* The same for every cell that @filter finds, if it finds exactly @expected_count: else _CONFLICT and
 * nothing is changed. One transaction. */
gboolean shot_archive_set_verdicts (ShotArchive *self, const ShotCellFilter *filter,
                                    unsigned expected_count, const ShotVerdict *verdict,
                                    GError **error);

/* Every change, first to last. (transfer full) (element-type ShotVerdict) */
GPtrArray *shot_archive_list_verdicts (ShotArchive *self, int64_t cell_id, GError **error);

/* ---- Sign-off (manifest.c) */

/* Seals a DONE run. @expected_count: confirmed cells the signer saw, else _CONFLICT; cells without a
 * verdict: _USAGE unless @with_open. @out_head: (transfer full): the chain's head now. */
gboolean shot_archive_sign_run (ShotArchive *self, int64_t run_id, const char *user,
                                const char *origin, const char *comment, unsigned expected_count,
                                bool with_open, char **out_head, GError **error);

/* (transfer full): the sealed manifest, JSON text. _NOT_FOUND when not signed. */
char *shot_archive_get_manifest (ShotArchive *self, int64_t run_id, GError **error);

/* ---- Files (objects.c) */

/* By a hash of a cell. _NOT_FOUND, also when pruned (the message says when and by which rule).
 * (transfer full) */
GBytes *shot_archive_get_object (ShotArchive *self, const char *hash, GError **error);
/* The path of its file, which may be pruned by now. (transfer full) (nullable): NULL for what is no hash. */
char   *shot_archive_find_object (ShotArchive *self, const char *hash);

/* ---- Events: what changed, for pages that look on (archive-events.c) */

typedef struct {
  int64_t id;     /* grows */
  char    kind[16]; /* "run", "cell", "verdict", "bulk", "signoff" */
  int64_t run_id;
  int64_t cell_id; /* 0: of the run */
} ShotArchiveEvent;

/* After @after_id, first to last, at most @limit. Old ones are dropped after a day.
 * (transfer full): g_array_unref() */
GArray *shot_archive_list_events (ShotArchive *self, int64_t after_id, unsigned limit,
                                  GError **error);
int64_t shot_archive_get_last_event_id (ShotArchive *self);

/* ---- All of it (archive-summary.c) */

/* What a run's cells can be told apart by. */
typedef struct {
  char    *key;     /* (owned): dashboard's uid, or range */
  char    *title;   /* (owned): of the dashboard; "" */
  unsigned n_cells;
} ShotFacet;

void shot_facet_free (ShotFacet *self); /* accepts NULL */

/* In the order of the plan. (transfer full) (element-type ShotFacet) */
GPtrArray *shot_archive_list_dashboards (ShotArchive *self, int64_t run_id, GError **error);
GPtrArray *shot_archive_list_ranges     (ShotArchive *self, int64_t run_id, GError **error);

typedef struct {
  int64_t n_runs;
  int64_t n_cells;
  int64_t n_objects; /* files that are there */
  int64_t n_bytes;   /* of these */
  int64_t n_database_bytes;
  char   *head;      /* (owned) (nullable): of the chain of signed runs */
} ShotArchiveSummary;

gboolean shot_archive_get_summary (ShotArchive *self, ShotArchiveSummary *out_summary,
                                   GError **error);

/* Files of a run that are there, those shared with other runs included. */
gboolean shot_archive_measure_run (ShotArchive *self, int64_t run_id, int64_t *out_n_files,
                                   int64_t *out_n_bytes, GError **error);

/* Who pruned a run, when, and by which rule: one line, the last time. (transfer full) (nullable): NULL
 * without an error when nobody has. */
char *shot_archive_describe_pruning (ShotArchive *self, int64_t run_id, GError **error);

/* ---- Small things that a program remembers across restarts, such as when a plan was last due */
char    *shot_archive_get_note (ShotArchive *self, const char *name); /* (transfer full) (nullable) */
gboolean shot_archive_set_note (ShotArchive *self, const char *name, const char *text,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotArchive, shot_archive_close)

G_END_DECLS
