#include "config.h"

#include "prune.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "archive-private.h"
#include "error.h"
#include "objects.h"

#define DAY_MS (INT64_C (24) * 60 * 60 * 1000)
#define FILES_PER_TRANSACTION 500
/* A capture that was replaced just now may be on somebody's screen. */
#define REPLACED_AGE_MS (60 * 60 * 1000)

typedef struct {
  int64_t id;
  int64_t retention_ms;
  char   *plan; /* (owned) */
} Run;

static void
run_clear (void *data)
{
  g_free (((Run *) data)->plan);
}

/* Whose retention is over, and that still have pictures. */
static GArray *
find_runs (ShotArchive *self, int64_t now_ms, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database,
      "SELECT id, retention_ms, plan FROM runs WHERE retention_ms > 0 AND state <> 0"
      " AND started_ms + retention_ms < ?"
      " AND EXISTS (SELECT 1 FROM cells WHERE run_id = runs.id AND state = 1)");
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (Run));
  ShotStep           step;

  g_array_set_clear_func (runs, run_clear);
  shot_statement_add_int (query, now_ms);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    Run run = { .id = shot_statement_get_int (query) };
    run.retention_ms = shot_statement_get_int (query);
    run.plan = shot_statement_get_text (query);
    g_array_append_val (runs, run);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&runs) : NULL;
}

static char *
name_rule (const Run *run)
{
  if (run->retention_ms % DAY_MS == 0)
    return g_strdup_printf ("plan %s keeps pictures for %" G_GINT64_FORMAT " days", run->plan,
                            run->retention_ms / DAY_MS);
  return g_strdup_printf ("plan %s keeps pictures for %" G_GINT64_FORMAT " hours", run->plan,
                          run->retention_ms / (60 * 60 * 1000));
}

/* Files without a use get their tombstone here, with the rule that took the last one. */
static gboolean
bury_files (ShotArchive *self, const ShotPruneOptions *options, const char *rule,
            int64_t created_before_ms, ShotPruneReport *report, GError **error)
{
  g_autoptr (ShotStatement) count = shot_statement_new (
      self->database, "SELECT count(*), coalesce (sum (size), 0) FROM objects WHERE uses = 0"
                      " AND pruned_ms = 0 AND created_ms < ?");
  g_autoptr (ShotStatement) bury = shot_statement_new (
      self->database, "UPDATE objects SET pruned_ms = ?, pruned_by = ?, pruned_rule = ?,"
                      " is_removed = 0 WHERE uses = 0 AND pruned_ms = 0 AND created_ms < ?");

  shot_statement_add_int (count, created_before_ms);
  if (shot_statement_step (count, error) != SHOT_STEP_ROW)
    return FALSE;
  report->n_files += shot_statement_get_int (count);
  report->n_bytes += shot_statement_get_int (count);
  shot_statement_add_int (bury, options->now_ms);
  shot_statement_add_text (bury, options->user);
  shot_statement_add_text (bury, rule);
  shot_statement_add_int (bury, created_before_ms);
  return shot_statement_run (bury, error);
}

static gboolean
note_pruning (ShotArchive *self, const ShotPruneOptions *options, int64_t run_id, const char *rule,
              int64_t n_cells, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database,
      "INSERT INTO prunings (run_id, at_ms, by, rule, n_cells) VALUES (?, ?, ?, ?, ?)");

  shot_statement_add_int (insert, run_id);
  shot_statement_add_int (insert, options->now_ms);
  shot_statement_add_text (insert, options->user);
  shot_statement_add_text (insert, rule);
  shot_statement_add_int (insert, n_cells);
  return shot_statement_run (insert, error);
}

static gboolean
bury_run (ShotArchive *self, const ShotPruneOptions *options, const Run *run,
          ShotPruneReport *report, GError **error)
{
  g_autoptr (ShotStatement) cells = shot_statement_new (
      self->database, "UPDATE cells SET state = 3 WHERE run_id = ? AND state = 1");
  g_autofree char *rule = name_rule (run);

  shot_statement_add_int (cells, run->id);
  if (!shot_statement_run (cells, error))
    return FALSE;

  int64_t n_cells = shot_database_get_changes (self->database);
  report->n_runs++;
  report->n_cells += n_cells;
  return note_pruning (self, options, run->id, rule, n_cells, error) &&
         bury_files (self, options, rule, G_MAXINT64, report, error) &&
         shot_archive_add_event (self, "run", run->id, 0, error);
}

static gboolean
bury (ShotArchive *self, const ShotPruneOptions *options, ShotPruneReport *report, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (GArray)       runs = NULL;

  if (!shot_archive_begin (self, &transaction, error))
    return FALSE;
  /* Before those of runs, whose rule is another. */
  if (!bury_files (self, options, "replaced by a later capture", options->now_ms - REPLACED_AGE_MS,
                   report, error))
    return FALSE;
  runs = find_runs (self, options->now_ms, error);
  if (runs == NULL)
    return FALSE;
  for (unsigned i = 0; i < runs->len; i++) {
    if (!bury_run (self, options, &g_array_index (runs, Run, i), report, error))
      return FALSE;
  }
  return options->is_dry || shot_archive_commit (self, &transaction, error);
}

static GPtrArray *
find_leaving (ShotArchive *self, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT hash FROM objects WHERE pruned_ms <> 0 AND is_removed = 0 LIMIT ?");
  g_autoptr (GPtrArray) hashes = g_ptr_array_new_with_free_func (g_free);
  ShotStep              step;

  shot_statement_add_int (query, FILES_PER_TRANSACTION);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW)
    g_ptr_array_add (hashes, shot_statement_get_text (query));
  return step == SHOT_STEP_DONE ? g_steal_pointer (&hashes) : NULL;
}

static gboolean
remove_file (ShotArchive *self, const char *hash, GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->database, "UPDATE objects SET is_removed = 1 WHERE hash = ?");
  g_autofree char *path = shot_object_get_path (self->folder, hash);

  if (g_unlink (path) != 0 && errno != ENOENT) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot remove \"%s\": %s", path,
                 g_strerror (errno));
    return FALSE;
  }
  shot_statement_add_text (update, hash);
  return shot_statement_run (update, error);
}

/* In a write transaction: whoever captures the same picture again is before or after it. */
static gboolean
remove_some (ShotArchive *self, unsigned *out_n, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (GPtrArray)    hashes = NULL;

  if (!shot_archive_begin (self, &transaction, error) ||
      (hashes = find_leaving (self, error)) == NULL)
    return FALSE;
  for (unsigned i = 0; i < hashes->len; i++) {
    if (!remove_file (self, hashes->pdata[i], error))
      return FALSE;
  }
  *out_n = hashes->len;
  return shot_archive_commit (self, &transaction, error);
}

gboolean
shot_archive_prune (ShotArchive *self, const ShotPruneOptions *options, ShotPruneReport *out_report,
                    GError **error)
{
  ShotPruneOptions own = *options;
  ShotPruneReport  report = { 0 };
  unsigned         n = FILES_PER_TRANSACTION;
  int              lock = shot_archive_lock_files (self, true, error);

  if (own.now_ms == 0)
    own.now_ms = shot_archive_now_ms ();
  if (lock < 0)
    return FALSE;

  gboolean is_done = bury (self, &own, &report, error);
  while (is_done && !own.is_dry && n == FILES_PER_TRANSACTION)
    is_done = remove_some (self, &n, error);
  close (lock);
  if (is_done)
    *out_report = report;
  return is_done;
}
