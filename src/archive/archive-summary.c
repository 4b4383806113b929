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

void
shot_facet_free (ShotFacet *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->title);
  g_free (self);
}

static GPtrArray *
list_facets (ShotArchive *self, const char *sql, int64_t run_id, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  g_autoptr (GPtrArray) facets = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_facet_free);
  ShotStep              step;

  shot_statement_add_int (query, run_id);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    ShotFacet *facet = g_new0 (ShotFacet, 1);
    facet->key = shot_statement_get_text (query);
    facet->title = shot_statement_get_text (query);
    facet->n_cells = (unsigned) shot_statement_get_int (query);
    g_ptr_array_add (facets, facet);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&facets) : NULL;
}

GPtrArray *
shot_archive_list_dashboards (ShotArchive *self, int64_t run_id, GError **error)
{
  return list_facets (self,
                      "SELECT dashboard_uid, dashboard_title, count(*) FROM cells WHERE run_id = ?"
                      " GROUP BY dashboard_uid ORDER BY min (position)",
                      run_id, error);
}

GPtrArray *
shot_archive_list_ranges (ShotArchive *self, int64_t run_id, GError **error)
{
  return list_facets (self,
                      "SELECT range, '', count(*) FROM cells WHERE run_id = ?"
                      " GROUP BY range ORDER BY min (position)",
                      run_id, error);
}

gboolean
shot_archive_measure_run (ShotArchive *self, int64_t run_id, int64_t *out_n_files,
                          int64_t *out_n_bytes, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT count(*), coalesce (sum (size), 0) FROM objects WHERE pruned_ms = 0"
                      " AND hash IN (SELECT picture FROM cells WHERE run_id = ?1"
                      " UNION SELECT thumbnail FROM cells WHERE run_id = ?1"
                      " UNION SELECT data FROM cells WHERE run_id = ?1"
                      " UNION SELECT panel_json FROM cells WHERE run_id = ?1)");

  shot_statement_add_int (query, run_id);
  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return FALSE;
  *out_n_files = shot_statement_get_int (query);
  *out_n_bytes = shot_statement_get_int (query);
  return TRUE;
}

char *
shot_archive_describe_pruning (ShotArchive *self, int64_t run_id, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT at_ms, by, rule, (SELECT sum (n_cells) FROM prunings AS all_of_it"
                      " WHERE all_of_it.run_id = prunings.run_id) FROM prunings WHERE run_id = ?"
                      " ORDER BY id DESC LIMIT 1");

  shot_statement_add_int (query, run_id);
  if (shot_statement_step (query, error) != SHOT_STEP_ROW)
    return NULL;

  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (shot_statement_get_int (query) /
                                                              1000);
  g_autofree char      *day = when != NULL ? g_date_time_format (when, "%Y-%m-%d %H:%M UTC") : NULL;
  g_autofree char      *by = shot_statement_get_text (query);
  g_autofree char      *rule = shot_statement_get_text (query);
  return g_strdup_printf ("%" G_GINT64_FORMAT " cells, on %s by %s: %s",
                          shot_statement_get_int (query), day != NULL ? day : "?", by, rule);
}
