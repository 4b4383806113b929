#include "config.h"

#include "ledger.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_RUNS 1000
#define RECENT_RUNS 50
#define OVERDUE_NOTE "overdue-told"

ShotLedger *
shot_ledger_new (const char *plan, const char *schedule)
{
  ShotLedger *self = g_new0 (ShotLedger, 1);

  self->plan = g_strdup (plan);
  self->schedule = g_strdup (schedule);
  return self;
}

void
shot_ledger_free (ShotLedger *self)
{
  if (self == NULL)
    return;
  g_free (self->plan);
  g_free (self->schedule);
  g_free (self);
}

static char *
make_note_name (const ShotLedger *self)
{
  return g_strconcat ("schedule:", self->plan, NULL);
}

/* Whether @text is of this schedule. */
static bool
read_note (ShotLedger *self, const char *text)
{
  g_autoptr (JsonNode) node = text != NULL ? json_from_string (text, NULL) : NULL;
  JsonObject          *object;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return false;
  object = json_node_get_object (node);
  if (g_strcmp0 (json_object_get_string_member_with_default (object, "schedule", NULL),
                 self->schedule) != 0)
    return false;
  self->seen_ms = json_object_get_int_member_with_default (object, "seen", 0);
  self->missed_ms = json_object_get_int_member_with_default (object, "missed", 0);
  return self->seen_ms > 0;
}

gboolean
shot_ledger_recall (ShotLedger *self, ShotArchive *archive, int64_t now_ms, GError **error)
{
  g_autofree char *name = make_note_name (self);
  g_autofree char *text = shot_archive_get_note (archive, name);

  if (read_note (self, text))
    return TRUE;
  self->seen_ms = now_ms;
  self->missed_ms = 0;
  return shot_ledger_keep (self, archive, error);
}

gboolean
shot_ledger_keep (const ShotLedger *self, ShotArchive *archive, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode)   node = json_node_init_object (json_node_alloc (), object);
  g_autofree char       *name = make_note_name (self);
  g_autofree char       *text = NULL;

  json_object_set_string_member (object, "schedule", self->schedule);
  json_object_set_int_member (object, "seen", self->seen_ms);
  json_object_set_int_member (object, "missed", self->missed_ms);
  text = json_to_string (node, FALSE);
  return shot_archive_set_note (archive, name, text, error);
}

ShotRun *
shot_ledger_find_run (ShotArchive *archive, const char *plan, int64_t due_ms, GError **error)
{
  const ShotRunFilter   filter = { .plan = plan, .state = -1, .limit = RECENT_RUNS };
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);

  for (unsigned i = 0; runs != NULL && i < runs->len; i++) {
    const ShotRun *run = runs->pdata[i];
    if (run->now_ms == due_ms && g_str_equal (run->trigger, "schedule"))
      return shot_archive_get_run (archive, run->id, error);
  }
  return NULL;
}

/* Its own, or one that another process has at the moment. */
static bool
is_left (ShotArchive *archive, const ShotRun *run)
{
  return !g_str_equal (run->trigger, "cli") && !shot_archive_is_plan_locked (archive, run->plan);
}

GPtrArray *
shot_ledger_list_unfinished (ShotArchive *archive, GError **error)
{
  const ShotRunFilter   filter = { .state = SHOT_RUN_RUNNING, .limit = MAX_RUNS };
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);
  GPtrArray            *left;

  if (runs == NULL)
    return NULL;
  left = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_run_free);
  for (unsigned i = 0; i < runs->len; i++) {
    const ShotRun *run = runs->pdata[i];
    ShotRun *whole = is_left (archive, run) ? shot_archive_get_run (archive, run->id, NULL) : NULL;
    if (whole != NULL)
      g_ptr_array_add (left, whole);
  }
  return left;
}

static int64_t
read_told (ShotArchive *archive)
{
  g_autofree char *text = shot_archive_get_note (archive, OVERDUE_NOTE);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static gboolean
keep_told (ShotArchive *archive, int64_t now_ms, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, now_ms);

  return shot_archive_set_note (archive, OVERDUE_NOTE, text, error);
}

GPtrArray *
shot_ledger_take_overdue (ShotArchive *archive, int64_t now_ms, int64_t *out_next_ms,
                          GError **error)
{
  const ShotRunState    states[] = { SHOT_RUN_RUNNING, SHOT_RUN_DONE };
  g_autoptr (GPtrArray) overdue = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_run_free);
  int64_t               told_ms = read_told (archive);
  int64_t               next_ms = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (states); i++) {
    const ShotRunFilter   filter = { .state = (int) states[i], .limit = MAX_RUNS };
    g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);
    if (runs == NULL)
      return NULL;
    for (unsigned j = 0; j < runs->len; j++) {
      const ShotRun *run = runs->pdata[j];
      if (run->due_ms > now_ms && (next_ms == 0 || run->due_ms < next_ms))
        next_ms = run->due_ms;
      /* Before the first telling there is nothing that could have been told in time. */
      if (told_ms > 0 && run->due_ms > told_ms && run->due_ms <= now_ms)
        g_ptr_array_add (overdue, shot_run_copy (run));
    }
  }
  if ((overdue->len > 0 || told_ms == 0) && !keep_told (archive, now_ms, error))
    return NULL;
  *out_next_ms = next_ms;
  return g_steal_pointer (&overdue);
}
