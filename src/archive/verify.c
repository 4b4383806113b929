#include "config.h"

#include "verify.h"

#include <string.h>

#include "error.h"
#include "verify-private.h"

#define MAX_PROBLEMS 1000

void
shot_verify_report_free (ShotVerifyReport *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_free (self->head);
  g_free (self);
}

void
shot_verify_add (ShotVerify *self, const char *format, ...)
{
  va_list arguments;

  self->report->n_problems++;
  if (self->report->problems->len >= MAX_PROBLEMS)
    return;
  va_start (arguments, format);
  g_ptr_array_add (self->report->problems, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* SQLite's own look: each row is a finding, but "ok". */
static gboolean
check_database (ShotVerify *self, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database,
                                                        "PRAGMA integrity_check(100)");
  ShotStep                  step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    g_autofree char *text = shot_statement_get_text (query);
    g_strdelimit (text, "\r\n", ' ');
    if (!g_str_equal (text, "ok"))
      shot_verify_add (self, "the database is damaged: %s", text);
  }
  return step == SHOT_STEP_DONE;
}

/* Each query gives a name, and what is wrong with it, for every row that should not be there. */
static const struct {
  const char *sql;
  const char *format;
} checks[] = {
  { "SELECT \"table\" || ' row ' || rowid || ' names a row of ' || parent FROM"
    " pragma_foreign_key_check",
    "%s that is not there" },
  { "SELECT name FROM runs WHERE"
    " (n_cells, n_pending, n_failed, n_flagged, n_changed, n_ok, n_abnormal, n_ignored) <>"
    " (SELECT count(*), coalesce (sum (state = 0), 0), coalesce (sum (state = 2), 0),"
    " coalesce (sum (flags <> 0 OR state = 2), 0), coalesce (sum (score >= 0.3), 0),"
    " coalesce (sum (verdict_kind = 1), 0), coalesce (sum (verdict_kind = 2), 0),"
    " coalesce (sum (verdict_kind = 3), 0) FROM cells WHERE run_id = runs.id)",
    "run %s: its counters are not those of its cells" },
  { "SELECT runs.name || ', cell ' || cells.position FROM cells JOIN runs ON runs.id = run_id"
    " WHERE (verdict_revision, verdict_kind, verdict_severity, verdict_note, verdict_user,"
    " verdict_origin, verdict_at_ms) IS NOT (SELECT revision, kind, severity, note, user, origin,"
    " at_ms FROM verdicts WHERE cell_id = cells.id ORDER BY revision DESC LIMIT 1)"
    " AND NOT (verdict_revision = 0 AND verdict_kind = 0"
    " AND NOT EXISTS (SELECT 1 FROM verdicts WHERE cell_id = cells.id))",
    "run %s: its verdict is not the last of its history" },
  { "SELECT runs.name || ', cell ' || cells.position FROM cells JOIN runs ON runs.id = run_id"
    " WHERE cells.state = 1 AND picture IS NULL",
    "run %s: captured, and without a picture" },
  { "SELECT runs.name || ', cell ' || cells.position FROM cells JOIN runs ON runs.id = run_id"
    " WHERE cells.state <> 3 AND EXISTS (SELECT 1 FROM objects WHERE pruned_ms <> 0"
    " AND hash IN (picture, thumbnail, data, panel_json))",
    "run %s: a file of it was pruned, and the cell was not" },
  { "SELECT name FROM runs WHERE retention_ms = 0"
    " AND EXISTS (SELECT 1 FROM cells WHERE run_id = runs.id AND state = 3)",
    "run %s: its plan keeps pictures for ever, and some were pruned" },
  { "SELECT name FROM runs WHERE retention_ms <> 0"
    " AND (SELECT count(*) FROM cells WHERE run_id = runs.id AND state = 3) <>"
    " (SELECT coalesce (sum (n_cells), 0) FROM prunings WHERE run_id = runs.id"
    " AND at_ms > started_ms + retention_ms)",
    "run %s: pictures of it were pruned before their time, or by nobody" },
  /* The name and these times are no part of what is sealed: it has those that they come from. */
  { "SELECT home_name FROM runs JOIN seals ON run_id = runs.id WHERE is_own = 1"
    " AND name <> home_name",
    "run %s: it was given another name" },
  { "SELECT runs.name || ', cell ' || position FROM cells JOIN runs ON runs.id = run_id"
    " WHERE run_now_ms <> now_ms",
    "run %s: it stands at another time in the history than its run" },
};

static gboolean
check_rows (ShotVerify *self, const char *sql, const char *format, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database, sql);
  g_auto (GStrv)            parts = g_strsplit (format, "%s", 2);
  ShotStep                  step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    g_autofree char *name = shot_statement_get_text (query);
    shot_verify_add (self, "%s%s%s", parts[0], name, parts[1]);
  }
  return step == SHOT_STEP_DONE;
}

static gboolean
count_all (ShotVerify *self, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->archive->database, "SELECT (SELECT count(*) FROM runs),"
                               " (SELECT count(*) FROM runs WHERE state = 2),"
                               " (SELECT count(*) FROM cells)");

  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return FALSE;
  self->report->n_runs = shot_statement_get_int (query);
  self->report->n_signed = shot_statement_get_int (query);
  self->report->n_cells = shot_statement_get_int (query);
  return TRUE;
}

ShotVerifyReport *
shot_archive_verify (ShotArchive *archive, const ShotVerifyOptions *options, GError **error)
{
  g_autoptr (ShotVerifyReport) report = g_new0 (ShotVerifyReport, 1);
  ShotVerify                   self = { archive, options, report };

  report->problems = g_ptr_array_new_with_free_func (g_free);
  if (!check_database (&self, error))
    return NULL;
  /* What is damaged may well lie about the rest. */
  if (report->n_problems > 0)
    return g_steal_pointer (&report);
  for (size_t i = 0; i < G_N_ELEMENTS (checks); i++) {
    if (!check_rows (&self, checks[i].sql, checks[i].format, error))
      return NULL;
  }
  if (!count_all (&self, error) || !shot_verify_seals (&self, error) ||
      !shot_verify_files (&self, error))
    return NULL;
  return g_steal_pointer (&report);
}
