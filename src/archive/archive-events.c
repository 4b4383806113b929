#include "config.h"

#include "archive-private.h"

#define KEPT_MS (INT64_C (24) * 60 * 60 * 1000)

/* A few at a time: nobody waits for it. */
static gboolean
drop_old (ShotArchive *self, int64_t now_ms, GError **error)
{
  g_autoptr (ShotStatement) drop = shot_statement_new (
      self->database, "DELETE FROM events WHERE id IN"
                      " (SELECT id FROM events WHERE at_ms < ? ORDER BY at_ms LIMIT 100)");

  shot_statement_add_int (drop, now_ms - KEPT_MS);
  return shot_statement_run (drop, error);
}

gboolean
shot_archive_add_event (ShotArchive *self, const char *kind, int64_t run_id, int64_t cell_id,
                        GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database, "INSERT INTO events (at_ms, kind, run_id, cell_id) VALUES (?, ?, ?, ?)");
  int64_t now_ms = shot_archive_now_ms ();

  shot_statement_add_int (insert, now_ms);
  shot_statement_add_text (insert, kind);
  shot_statement_add_int (insert, run_id);
  shot_statement_add_int (insert, cell_id);
  return shot_statement_run (insert, error) && drop_old (self, now_ms, error);
}

GArray *
shot_archive_list_events (ShotArchive *self, int64_t after_id, unsigned limit, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database,
      "SELECT id, kind, run_id, cell_id FROM events WHERE id > ? ORDER BY id LIMIT ?");
  g_autoptr (GArray) events = g_array_new (FALSE, TRUE, sizeof (ShotArchiveEvent));
  ShotStep           step;

  shot_statement_add_int (query, after_id);
  shot_statement_add_int (query, limit);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    ShotArchiveEvent event = { .id = shot_statement_get_int (query) };
    g_autofree char *kind = shot_statement_get_text (query);
    g_strlcpy (event.kind, kind, sizeof event.kind);
    event.run_id = shot_statement_get_int (query);
    event.cell_id = shot_statement_get_int (query);
    g_array_append_val (events, event);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&events) : NULL;
}

int64_t
shot_archive_get_last_event_id (ShotArchive *self)
{
  int64_t id = 0;

  /* Not the newest row: all of them may have been dropped. */
  shot_database_read_int (self->database, "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
                          &id, NULL);
  return id;
}
