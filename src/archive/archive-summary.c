#include "config.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "archive-private.h"

/* With its log, which may be the larger one. */
static int64_t
measure_database (ShotArchive *self)
{
  static const char *const names[] = { "archive.db", "archive.db-wal" };
  int64_t                  total = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = shot_archive_get_path (self, names[i]);
    struct stat      status;
    if (stat (path, &status) == 0)
      total += status.st_size;
  }
  return total;
}

gboolean
shot_archive_get_summary (ShotArchive *self, ShotArchiveSummary *out_summary, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT (SELECT count(*) FROM runs), (SELECT sum (n_cells) FROM runs),"
                      " n_objects, bytes, (SELECT head FROM seals WHERE is_own = 1"
                      " ORDER BY position DESC LIMIT 1) FROM totals");

  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return FALSE;
  out_summary->n_runs = shot_statement_get_int (query);
  out_summary->n_cells = shot_statement_get_int (query);
  out_summary->n_objects = shot_statement_get_int (query);
  out_summary->n_bytes = shot_statement_get_int (query);
  out_summary->head = shot_statement_get_text (query);
  out_summary->n_database_bytes = measure_database (self);
  return TRUE;
}
