#include "config.h"

#include "archive-private.h"
#include "error.h"

#define MAX_NOTE_BYTES 16384

static gboolean
check_verdict (const ShotVerdict *verdict, GError **error)
{
  if ((unsigned) verdict->kind >= SHOT_N_VERDICTS ||
      (unsigned) verdict->severity >= SHOT_N_SEVERITIES)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "there is no such verdict");
  else if (verdict->note != NULL && strlen (verdict->note) > MAX_NOTE_BYTES)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the note is longer than %d bytes: shorten it", MAX_NOTE_BYTES);
  else if (verdict->note != NULL && !g_utf8_validate (verdict->note, -1, NULL))
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "the note is not UTF-8");
  else
    return TRUE;
  return FALSE;
}

static const char *
text_or_empty (const char *text)
{
  return text != NULL ? text : "";
}

/* History first, then the cell's copy of the latest. */
gboolean
shot_archive_write_verdict (ShotArchive *self, const ShotVerdict *verdict, int64_t cell_id,
                            unsigned revision, int64_t at_ms, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database,
      "INSERT INTO verdicts (revision, kind, severity, note, user, origin, at_ms, cell_id)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->database,
      "UPDATE cells SET verdict_revision = ?, verdict_kind = ?, verdict_severity = ?,"
      " verdict_note = ?, verdict_user = ?, verdict_origin = ?, verdict_at_ms = ? WHERE id = ?");
  ShotStatement *both[] = { insert, update };
  /* Only what is abnormal is more or less so. */
  ShotSeverity severity = verdict->kind == SHOT_VERDICT_ABNORMAL ? verdict->severity
                                                                 : SHOT_SEVERITY_NONE;

  for (size_t i = 0; i < G_N_ELEMENTS (both); i++) {
    shot_statement_add_int (both[i], revision);
    shot_statement_add_int (both[i], verdict->kind);
    shot_statement_add_int (both[i], severity);
    shot_statement_add_text (both[i], text_or_empty (verdict->note));
    shot_statement_add_text (both[i], text_or_empty (verdict->user));
    shot_statement_add_text (both[i], text_or_empty (verdict->origin));
    shot_statement_add_int (both[i], at_ms);
    shot_statement_add_int (both[i], cell_id);
    if (!shot_statement_run (both[i], error))
      return FALSE;
  }
  return shot_archive_fold_cell (self, cell_id, error);
}

static gboolean
find_revision (ShotArchive *self, int64_t cell_id, unsigned *out_revision, int64_t *out_run_id,
               GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT verdict_revision, run_id FROM cells WHERE id = ?");

  shot_statement_add_int (query, cell_id);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return FALSE;
  case SHOT_STEP_DONE:
    return shot_archive_fail_missing ("cell", cell_id, error);
  case SHOT_STEP_ROW:
    break;
  }
  *out_revision = (unsigned) shot_statement_get_int (query);
  *out_run_id = shot_statement_get_int (query);
  return TRUE;
}

gboolean
shot_archive_set_verdict (ShotArchive *self, ShotVerdict *verdict, unsigned expected_revision,
                          GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  unsigned                 revision = 0;
  int64_t                  run_id = 0;
  int64_t                  at_ms = shot_archive_now_ms ();

  if (!check_verdict (verdict, error) || !shot_archive_begin (self, &transaction, error) ||
      !find_revision (self, verdict->cell_id, &revision, &run_id, error) ||
      !shot_archive_check_open (self, run_id, NULL, error))
    return FALSE;
  if (revision != expected_revision) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT,
                 "somebody else has judged this cell meanwhile: look at it again");
    return FALSE;
  }
  if (!shot_archive_write_verdict (self, verdict, verdict->cell_id, revision + 1, at_ms, error) ||
      !shot_archive_add_event (self, "verdict", run_id, verdict->cell_id, error) ||
      !shot_archive_commit (self, &transaction, error))
    return FALSE;
  verdict->revision = revision + 1;
  verdict->at_ms = at_ms;
  if (verdict->kind != SHOT_VERDICT_ABNORMAL)
    verdict->severity = SHOT_SEVERITY_NONE;
  return TRUE;
}

typedef struct {
  int64_t  id;
  unsigned revision;
} Judged;

/* All of them before any is changed: the filter may be about what changes. */
static GArray *
find_judged (ShotArchive *self, const ShotCellFilter *filter, GError **error)
{
  g_autofree char *where = shot_cell_filter_make_where (filter);
  g_autofree char *sql = g_strconcat ("SELECT id, verdict_revision FROM cells", where, NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  g_autoptr (GArray)        found = g_array_new (FALSE, FALSE, sizeof (Judged));
  ShotStep                  step;

  shot_cell_filter_bind (filter, query);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    Judged one = { .id = shot_statement_get_int (query) };
    one.revision = (unsigned) shot_statement_get_int (query);
    g_array_append_val (found, one);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&found) : NULL;
}

gboolean
shot_archive_set_verdicts (ShotArchive *self, const ShotCellFilter *filter, unsigned expected_count,
                           const ShotVerdict *verdict, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (GArray)       found = NULL;
  int64_t                  at_ms = shot_archive_now_ms ();

  if (!check_verdict (verdict, error) || !shot_archive_begin (self, &transaction, error) ||
      !shot_archive_check_open (self, filter->run_id, NULL, error) ||
      (found = find_judged (self, filter, error)) == NULL)
    return FALSE;
  if (found->len != expected_count) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT,
                 "the filter finds %u cells by now, not %u: look at them again", found->len,
                 expected_count);
    return FALSE;
  }
  for (unsigned i = 0; i < found->len; i++) {
    const Judged *one = &g_array_index (found, Judged, i);
    if (!shot_archive_write_verdict (self, verdict, one->id, one->revision + 1, at_ms, error))
      return FALSE;
  }
  return shot_archive_add_event (self, "bulk", filter->run_id, 0, error) &&
         shot_archive_commit (self, &transaction, error);
}

GPtrArray *
shot_archive_list_verdicts (ShotArchive *self, int64_t cell_id, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT revision, kind, severity, note, user, origin, at_ms FROM verdicts"
                      " WHERE cell_id = ? ORDER BY revision");
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_verdict_free);
  ShotStep              step;

  shot_statement_add_int (query, cell_id);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    ShotVerdict *verdict = g_new0 (ShotVerdict, 1);
    verdict->cell_id = cell_id;
    verdict->revision = (unsigned) shot_statement_get_int (query);
    verdict->kind = (ShotVerdictKind) shot_statement_get_int (query);
    verdict->severity = (ShotSeverity) shot_statement_get_int (query);
    verdict->note = shot_statement_get_text (query);
    verdict->user = shot_statement_get_text (query);
    verdict->origin = shot_statement_get_text (query);
    verdict->at_ms = shot_statement_get_int (query);
    g_ptr_array_add (list, verdict);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&list) : NULL;
}
