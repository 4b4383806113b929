#include "config.h"

#include <string.h>

#include "archive-private.h"
#include "error.h"

#define RUN_COLUMNS                                                                                              \
  "id, uid, name, home_name, plan, title, grafana, state, trigger, started_by, now_ms, started_ms, finished_ms," \
  " due_ms, reviewers, retention_ms, timezone, version, failure, n_cells, n_pending, n_failed,"                  \
  " n_flagged, n_changed, n_ok, n_abnormal, n_ignored, signed_by, signed_from, sign_comment, signed_ms, head"

#define MAX_NAME 80

static void
take_text (char **target, ShotStatement *row)
{
  g_free (*target);
  *target = shot_statement_get_text (row);
}

/* Whether a running run is captured is known by its plan's lock alone. */
static ShotRun *
read_run (ShotArchive *self, ShotStatement *row)
{
  ShotRun *run = shot_run_new ();

  run->id = shot_statement_get_int (row);
  take_text (&run->uid, row);
  take_text (&run->name, row);
  take_text (&run->home_name, row);
  take_text (&run->plan, row);
  take_text (&run->title, row);
  take_text (&run->grafana, row);
  run->state = (ShotRunState) shot_statement_get_int (row);
  take_text (&run->trigger, row);
  take_text (&run->started_by, row);
  run->now_ms = shot_statement_get_int (row);
  run->started_ms = shot_statement_get_int (row);
  run->finished_ms = shot_statement_get_int (row);
  run->due_ms = shot_statement_get_int (row);
  take_text (&run->reviewers, row);
  run->retention_ms = shot_statement_get_int (row);
  take_text (&run->timezone, row);
  take_text (&run->version, row);
  take_text (&run->failure, row);
  run->n_cells = (unsigned) shot_statement_get_int (row);
  run->n_pending = (unsigned) shot_statement_get_int (row);
  run->n_failed = (unsigned) shot_statement_get_int (row);
  run->n_flagged = (unsigned) shot_statement_get_int (row);
  run->n_changed = (unsigned) shot_statement_get_int (row);
  run->n_verdicts[SHOT_VERDICT_OK] = (unsigned) shot_statement_get_int (row);
  run->n_verdicts[SHOT_VERDICT_ABNORMAL] = (unsigned) shot_statement_get_int (row);
  run->n_verdicts[SHOT_VERDICT_IGNORED] = (unsigned) shot_statement_get_int (row);
  run->n_verdicts[SHOT_VERDICT_NONE] = run->n_cells - run->n_verdicts[SHOT_VERDICT_OK] -
                                       run->n_verdicts[SHOT_VERDICT_ABNORMAL] -
                                       run->n_verdicts[SHOT_VERDICT_IGNORED];
  take_text (&run->signed_by, row);
  take_text (&run->signed_from, row);
  take_text (&run->sign_comment, row);
  run->signed_ms = shot_statement_get_int (row);
  take_text (&run->head, row);
  run->is_interrupted = run->state == SHOT_RUN_RUNNING &&
                        !shot_archive_is_plan_locked (self, run->plan);
  return run;
}

static ShotRun *
read_one (ShotArchive *self, ShotStatement *query, const char *name, GError **error)
{
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return NULL;
  case SHOT_STEP_DONE:
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
                 "the archive has no run \"%.100s\": `panelshot archive list` names them", name);
    return NULL;
  case SHOT_STEP_ROW:
    break;
  }

  ShotRun *run = read_run (self, query);
  take_text (&run->plan_text, query);
  return run;
}

ShotRun *
shot_archive_get_run (ShotArchive *self, int64_t id, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->database,
                                                        "SELECT " RUN_COLUMNS
                                                        ", plan_text FROM runs WHERE id = ?");
  g_autofree char          *name = g_strdup_printf ("%" G_GINT64_FORMAT, id);

  shot_statement_add_int (query, id);
  return read_one (self, query, name, error);
}

ShotRun *
shot_archive_find_run (ShotArchive *self, const char *name, GError **error)
{
  const char *plan = g_str_has_prefix (name, "latest:") ? name + strlen ("latest:") : NULL;
  bool        is_latest = plan != NULL || g_str_equal (name, "latest");
  const char *sql = "SELECT " RUN_COLUMNS ", plan_text FROM runs WHERE name = ?";
  gint64      id = 0;

  if (is_latest)
    sql = plan != NULL ? "SELECT " RUN_COLUMNS ", plan_text FROM runs WHERE plan = ?"
                         " ORDER BY started_ms DESC, id DESC LIMIT 1"
                       : "SELECT " RUN_COLUMNS ", plan_text FROM runs"
                         " ORDER BY started_ms DESC, id DESC LIMIT 1";

  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  if (plan != NULL || !is_latest)
    shot_statement_add_text (query, plan != NULL ? plan : name);
  g_autoptr (GError)  cause = NULL;
  g_autoptr (ShotRun) run = read_one (self, query, name, &cause);
  /* People see ids, too. */
  if (run == NULL && g_error_matches (cause, SHOT_ERROR, SHOT_ERROR_NOT_FOUND) &&
      g_ascii_string_to_signed (name, 10, 1, G_MAXINT64, &id, NULL))
    return shot_archive_get_run (self, id, error);
  if (run == NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  return g_steal_pointer (&run);
}

/* "daily-20261125-081500" in the run's time zone, and a number where that is taken. */
char *
shot_archive_make_run_name (ShotArchive *self, const ShotRun *run, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (run->timezone);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (run->started_ms / 1000);
  g_autoptr (GDateTime) local = zone != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autofree char      *stamp = g_date_time_format (local != NULL ? local : utc, "%Y%m%d-%H%M%S");
  g_autofree char      *plan = g_utf8_make_valid (run->plan, -1);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database,
                                                        "SELECT 1 FROM runs WHERE name = ?");

  /* Names are parts of addresses and of file names. */
  if (g_utf8_strlen (plan, -1) > MAX_NAME)
    *g_utf8_offset_to_pointer (plan, MAX_NAME) = '\0';
  for (char *at = plan; *at != '\0'; at++) {
    if (*at == '/' || *at == '\\' || *at == ':' || g_ascii_iscntrl (*at) || g_ascii_isspace (*at))
      *at = '-';
  }
  for (unsigned i = 1;; i++) {
    g_autofree char *name = i == 1 ? g_strdup_printf ("%s-%s", plan, stamp)
                                   : g_strdup_printf ("%s-%s-%u", plan, stamp, i);
    shot_statement_add_text (query, name);
    ShotStep step = shot_statement_step (query, error);
    if (step == SHOT_STEP_FAILED)
      return NULL;
    if (step == SHOT_STEP_DONE)
      return g_steal_pointer (&name);
    shot_statement_run (query, NULL);
  }
}

gboolean
shot_archive_insert_run (ShotArchive *self, ShotRun *run, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database,
      "INSERT INTO runs (uid, name, home_name, plan, title, grafana, state, trigger, started_by, now_ms, started_ms,"
      " finished_ms, due_ms, reviewers, retention_ms, timezone, version, failure, plan_text)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

  shot_statement_add_text (insert, run->uid);
  shot_statement_add_text (insert, run->name);
  shot_statement_add_text (insert, run->home_name);
  shot_statement_add_text (insert, run->plan);
  shot_statement_add_text (insert, run->title);
  shot_statement_add_text (insert, run->grafana);
  shot_statement_add_int (insert, run->state);
  shot_statement_add_text (insert, run->trigger);
  shot_statement_add_text (insert, run->started_by);
  shot_statement_add_int (insert, run->now_ms);
  shot_statement_add_int (insert, run->started_ms);
  shot_statement_add_int (insert, run->finished_ms);
  shot_statement_add_int (insert, run->due_ms);
  shot_statement_add_text (insert, run->reviewers);
  shot_statement_add_int (insert, run->retention_ms);
  shot_statement_add_text (insert, run->timezone);
  shot_statement_add_text (insert, run->version);
  shot_statement_add_text (insert, run->failure);
  shot_statement_add_text (insert, run->plan_text);
  if (!shot_statement_run (insert, error))
    return FALSE;
  run->id = shot_database_get_last_id (self->database);
  return TRUE;
}

/* @value: (transfer full) */
static void
set_text (char **target, char *value)
{
  g_free (*target);
  *target = value;
}

gboolean
shot_archive_begin_run (ShotArchive *self, ShotRun *run, GPtrArray *cells, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;

  if (run->started_ms == 0)
    run->started_ms = shot_archive_now_ms ();
  if (run->now_ms == 0)
    run->now_ms = run->started_ms;
  run->state = SHOT_RUN_RUNNING;
  set_text (&run->uid, g_uuid_string_random ());
  if (!shot_archive_begin (self, &transaction, error))
    return FALSE;
  set_text (&run->name, shot_archive_make_run_name (self, run, error));
  set_text (&run->home_name, g_strdup (run->name));
  if (run->name == NULL || !shot_archive_insert_run (self, run, error))
    return FALSE;
  for (unsigned i = 0; i < cells->len; i++) {
    ShotCell *cell = cells->pdata[i];
    cell->run_id = run->id;
    cell->position = i;
    cell->state = SHOT_CELL_PENDING;
    if (!shot_archive_insert_cell (self, cell, run->now_ms, error))
      return FALSE;
  }
  run->n_cells = run->n_pending = run->n_verdicts[SHOT_VERDICT_NONE] = cells->len;
  return shot_archive_add_event (self, "run", run->id, 0, error) &&
         shot_archive_commit (self, &transaction, error);
}

gboolean
shot_archive_check_open (ShotArchive *self, int64_t run_id, ShotRunState *out_state, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->database,
                                                        "SELECT state FROM runs WHERE id = ?");

  shot_statement_add_int (query, run_id);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return FALSE;
  case SHOT_STEP_DONE:
    return shot_archive_fail_missing ("run", run_id, error);
  case SHOT_STEP_ROW:
    break;
  }

  ShotRunState state = (ShotRunState) shot_statement_get_int (query);
  if (state == SHOT_RUN_SIGNED) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                 "the run is signed off: nothing of it changes any more");
    return FALSE;
  }
  if (out_state != NULL)
    *out_state = state;
  return TRUE;
}

gboolean
shot_archive_reopen_run (ShotArchive *self, int64_t run_id, unsigned *out_n, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) cells = shot_statement_new (
      self->database, "UPDATE cells SET state = 0 WHERE run_id = ? AND state = 2");
  g_autoptr (ShotStatement) run = shot_statement_new (
      self->database, "UPDATE runs SET state = 0, finished_ms = 0, failure = NULL WHERE id = ?");

  shot_statement_add_int (cells, run_id);
  shot_statement_add_int (run, run_id);
  if (!shot_archive_begin (self, &transaction, error) ||
      !shot_archive_check_open (self, run_id, NULL, error) || !shot_statement_run (cells, error))
    return FALSE;

  unsigned n = (unsigned) shot_database_get_changes (self->database);
  if (!shot_statement_run (run, error) || !shot_archive_add_event (self, "run", run_id, 0, error) ||
      !shot_archive_commit (self, &transaction, error))
    return FALSE;
  if (out_n != NULL)
    *out_n = n;
  return TRUE;
}

gboolean
shot_archive_finish_run (ShotArchive *self, int64_t run_id, const char *failure, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->database, "UPDATE runs SET state = 1, finished_ms = ?, failure = ? WHERE id = ?");

  shot_statement_add_int (update, shot_archive_now_ms ());
  shot_statement_add_text (update, failure);
  shot_statement_add_int (update, run_id);
  return shot_archive_begin (self, &transaction, error) &&
         shot_archive_check_open (self, run_id, NULL, error) &&
         shot_statement_run (update, error) &&
         shot_archive_add_event (self, "run", run_id, 0, error) &&
         shot_archive_commit (self, &transaction, error);
}

static char *
make_where (const ShotRunFilter *filter)
{
  GString *where = g_string_new (" WHERE 1");

  if (filter->plan != NULL)
    g_string_append (where, " AND plan = ?");
  if (filter->state >= 0)
    g_string_append (where, " AND state = ?");
  if (filter->since_ms != 0)
    g_string_append (where, " AND started_ms >= ?");
  /* Imported runs have younger ids than their start. */
  if (filter->before_id != 0)
    g_string_append (where, " AND (started_ms, id) <"
                            " ((SELECT started_ms FROM runs WHERE id = ?), ?)");
  return g_string_free (where, FALSE);
}

GPtrArray *
shot_archive_list_runs (ShotArchive *self, const ShotRunFilter *filter, GError **error)
{
  g_autofree char          *where = make_where (filter);
  g_autofree char          *sql = g_strconcat ("SELECT " RUN_COLUMNS " FROM runs", where,
                                               " ORDER BY started_ms DESC, id DESC LIMIT ?", NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  g_autoptr (GPtrArray)     runs = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_run_free);
  ShotStep                  step;

  if (filter->plan != NULL)
    shot_statement_add_text (query, filter->plan);
  if (filter->state >= 0)
    shot_statement_add_int (query, filter->state);
  if (filter->since_ms != 0)
    shot_statement_add_int (query, filter->since_ms);
  if (filter->before_id != 0) {
    shot_statement_add_int (query, filter->before_id);
    shot_statement_add_int (query, filter->before_id);
  }
  shot_statement_add_int (query, CLAMP (filter->limit, 1, 1000));
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW)
    g_ptr_array_add (runs, read_run (self, query));
  return step == SHOT_STEP_DONE ? g_steal_pointer (&runs) : NULL;
}
