#include "config.h"

#include "archive-private.h"

gboolean
shot_archive_get_summary (ShotArchive *self, ShotArchiveSummary *out_summary, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database,
      "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM cells), count(*),"
      " coalesce (sum (size), 0), (SELECT head FROM seals ORDER BY position DESC LIMIT 1)"
      " FROM objects WHERE pruned_ms = 0");

  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return FALSE;
  out_summary->n_runs = shot_statement_get_int (query);
  out_summary->n_cells = shot_statement_get_int (query);
  out_summary->n_objects = shot_statement_get_int (query);
  out_summary->n_bytes = shot_statement_get_int (query);
  out_summary->head = shot_statement_get_text (query);
  return TRUE;
}
