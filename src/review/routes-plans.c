/* routes-plans.c: plans, what happens now, the archive as a whole */
#include "config.h"

#include "call.h"
#include "error.h"

/* (transfer full): element-type JsonObject, as the conductor has them now */
static void
snapshot_plans (ShotCall *call)
{
  ShotConductor *conductor = call->review->options.conductor;

  if (conductor != NULL)
    shot_call_set_data (call, shot_conductor_list_plans (conductor),
                        (GDestroyNotify) g_ptr_array_unref);
}

static gboolean
add_last (ShotArchive *archive, const char *plan, JsonObject *object, GError **error)
{
  const ShotRunFilter   filter = { .plan = plan, .state = -1, .limit = 1 };
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);
  const ShotRun        *run;
  JsonObject           *last;

  if (runs == NULL)
    return FALSE;
  if (runs->len == 0) {
    json_object_set_null_member (object, "last");
    return TRUE;
  }
  run = runs->pdata[0];
  last = json_object_new ();
  json_object_set_int_member (last, "run", run->id);
  json_object_set_string_member (last, "name", run->name);
  json_object_set_int_member (last, "started", run->started_ms);
  json_object_set_string_member (last, "state", shot_run_state_get_name (run->state));
  json_object_set_object_member (object, "last", last);
  return TRUE;
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
  else
    json_object_set_null_member (object, member);
}

static JsonObject *
describe_plan (const ShotConductorPlan *plan)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", plan->name);
  json_object_set_string_member (object, "title", plan->title);
  set_text (object, "cron", plan->cron);
  json_object_set_string_member (object, "timezone", plan->timezone);
  if (plan->next_ms != 0)
    json_object_set_int_member (object, "next", plan->next_ms);
  else
    json_object_set_null_member (object, "next");
  json_object_set_boolean_member (object, "missed", plan->missed_ms != 0);
  if (plan->missed_ms != 0)
    json_object_set_int_member (object, "missedAt", plan->missed_ms);
  set_text (object, "error", plan->error);
  json_object_set_boolean_member (object, "running", plan->is_running);
  return object;
}

static gboolean
list_plans (ShotCall *call, ShotArchive *archive, GError **error)
{
  const GPtrArray       *plans = call->data;
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray             *array = json_array_new ();

  json_object_set_array_member (object, "plans", array);
  for (unsigned i = 0; plans != NULL && i < plans->len; i++) {
    const ShotConductorPlan *plan = plans->pdata[i];
    JsonObject              *row = describe_plan (plan);
    json_array_add_object_element (array, row);
    if (!add_last (archive, plan->name, row, error))
      return FALSE;
  }
  shot_call_take_json (call, g_steal_pointer (&object));
  return TRUE;
}

static gboolean
get_archive (ShotCall *call, ShotArchive *archive, GError **error)
{
  ShotArchiveSummary summary = { 0 };
  JsonObject        *object;

  if (!shot_archive_get_summary (archive, &summary, error))
    return FALSE;
  object = json_object_new ();
  json_object_set_int_member (object, "runs", summary.n_runs);
  json_object_set_int_member (object, "cells", summary.n_cells);
  json_object_set_int_member (object, "objects", summary.n_objects);
  json_object_set_int_member (object, "bytes", summary.n_bytes);
  set_text (object, "chainHead", summary.head);
  g_free (summary.head);
  shot_call_take_json (call, object);
  return TRUE;
}

/* ---- Events */

typedef struct {
  int64_t run_id;
  int64_t after_id;
  int64_t last_id;
} Wish;

static gboolean
read_events (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autofree Wish    *wish = g_new0 (Wish, 1);
  g_autoptr (ShotRun) run = NULL;

  wish->last_id = shot_archive_get_last_event_id (archive);
  wish->after_id = call->last_event_id >= 0 ? call->last_event_id : wish->last_id;
  if (!shot_call_get_number (call, "run", 1, G_MAXINT64, &wish->run_id, error) ||
      (call->last_event_id < 0 &&
       !shot_call_get_number (call, "after", 0, G_MAXINT64, &wish->after_id, error)))
    return FALSE;
  run = wish->run_id != 0 ? shot_archive_get_run (archive, wish->run_id, error) : NULL;
  if (wish->run_id != 0 && run == NULL)
    return FALSE;
  /* Of an archive that was replaced. */
  wish->after_id = MIN (wish->after_id, wish->last_id);
  shot_call_set_data (call, g_steal_pointer (&wish), g_free);
  return TRUE;
}

/* What the browser sends when it comes back. */
static void
read_last_event (ShotCall *call)
{
  const char *text = shot_exchange_get_header (call->exchange, "Last-Event-ID");
  gint64      id = -1;

  if (text == NULL || !g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &id, NULL))
    id = -1;
  call->last_event_id = id;
}

static void
begin_events (ShotCall *call)
{
  const Wish *wish = call->data;
  const char *user = call->visitor.user->name;

  if (g_str_equal (shot_exchange_get_method (call->exchange), "HEAD") ||
      !shot_streams_admit (call->review->streams, user, &call->error)) {
    shot_call_finish (call);
    return;
  }
  shot_streams_add (call->review->streams, call->exchange, user, wish->run_id, wish->after_id,
                    wish->last_id);
  shot_call_free (call);
}

const ShotRoute shot_routes_plans[] = {
  { "GET", "/api/v1/plans", SHOT_ROLE_VIEWER, 0, list_plans, NULL, snapshot_plans },
  { "GET", "/api/v1/archive", SHOT_ROLE_VIEWER, 0, get_archive },
  { "GET", "/api/v1/events", SHOT_ROLE_VIEWER, 0, read_events, begin_events, read_last_event },
  { NULL },
};
