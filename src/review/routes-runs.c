/* routes-runs.c: runs, what they have, and what makes them go on */
#include "config.h"

#include <string.h>

#include "call.h"
#include "error.h"

#define MAX_NAME 128
#define MAX_RUNS 1000
#define DEFAULT_RUNS 50

static gboolean
read_state (ShotCall *call, int *out_state, GError **error)
{
  const char  *text = shot_query_get (call->query, "state");
  ShotRunState state;

  if (text == NULL)
    return TRUE;
  if (!shot_run_state_from_name (text, &state))
    return shot_query_fail (call->query, "state", "want running, done or signed", error);
  *out_state = (int) state;
  return TRUE;
}

static gboolean
list_runs (ShotCall *call, ShotArchive *archive, GError **error)
{
  ShotRunFilter filter = { .plan = shot_query_get (call->query, "plan"), .state = -1 };
  int64_t       limit = DEFAULT_RUNS;

  if (!read_state (call, &filter.state, error) ||
      !shot_call_get_number (call, "before", 1, G_MAXINT64, &filter.before_id, error) ||
      !shot_call_get_number (call, "limit", 1, MAX_RUNS - 1, &limit, error))
    return FALSE;
  filter.limit = (unsigned) limit + 1;
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);
  if (runs == NULL)
    return FALSE;

  JsonArray  *array = json_array_new ();
  JsonObject *object = json_object_new ();
  unsigned    n = MIN (runs->len, (unsigned) limit);
  for (unsigned i = 0; i < n; i++)
    json_array_add_object_element (array, shot_run_to_json (runs->pdata[i], false));
  json_object_set_array_member (object, "runs", array);
  if (runs->len > n)
    json_object_set_int_member (object, "next", ((const ShotRun *) runs->pdata[n - 1])->id);
  else
    json_object_set_null_member (object, "next");
  shot_call_take_json (call, object);
  return TRUE;
}

static JsonArray *
describe_facets (const GPtrArray *facets, const char *member, bool has_titles)
{
  JsonArray *array = json_array_new ();

  for (unsigned i = 0; i < facets->len; i++) {
    const ShotFacet *facet = facets->pdata[i];
    JsonObject      *row = json_object_new ();
    json_object_set_string_member (row, member, facet->key);
    if (has_titles)
      json_object_set_string_member (row, "title", facet->title);
    json_object_set_int_member (row, "cells", facet->n_cells);
    json_array_add_object_element (array, row);
  }
  return array;
}

static gboolean
get_run (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotRun)   run = shot_archive_get_run (archive, call->id, error);
  g_autoptr (GPtrArray) dashboards = NULL;
  g_autoptr (GPtrArray) ranges = NULL;
  JsonObject           *object;
  JsonObject           *facets;

  dashboards = run != NULL ? shot_archive_list_dashboards (archive, run->id, error) : NULL;
  ranges = dashboards != NULL ? shot_archive_list_ranges (archive, run->id, error) : NULL;
  if (ranges == NULL)
    return FALSE;
  facets = json_object_new ();
  json_object_set_array_member (facets, "dashboards", describe_facets (dashboards, "uid", true));
  json_object_set_array_member (facets, "ranges", describe_facets (ranges, "label", false));
  object = shot_run_to_json (run, true);
  json_object_set_object_member (object, "facets", facets);
  shot_call_take_json (call, object);
  return TRUE;
}

static void
add_progress (ShotCall *call)
{
  const ShotInspectionProgress *progress = call->review->options.conductor != NULL
                                               ? shot_conductor_get_progress (
                                                     call->review->options.conductor, call->id)
                                               : NULL;

  if (progress != NULL)
    json_object_set_object_member (call->json, "progress",
                                   shot_streams_describe_progress (progress));
  else
    json_object_set_null_member (call->json, "progress");
  shot_call_finish (call);
}

static gboolean
get_manifest (ShotCall *call, ShotArchive *archive, GError **error)
{
  char *text = shot_archive_get_manifest (archive, call->id, error);

  if (text == NULL)
    return FALSE;
  shot_call_take_bytes (call, g_bytes_new_take (text, strlen (text)), "application/json");
  return TRUE;
}

/* ---- What the conductor does */

typedef struct {
  ShotRun *run;   /* (owned) (nullable) */
  char    *plan;  /* (owned) (nullable) */
  char    *label; /* (owned) (nullable) */
  int64_t  cell_id;
  int64_t  from_ms;
  int64_t  to_ms;
} Wish;

static void
wish_free (void *data)
{
  Wish *wish = data;

  shot_run_free (wish->run);
  g_free (wish->plan);
  g_free (wish->label);
  g_free (wish);
}

static gboolean
fail_alone (GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
               "this server captures nothing: start it with --plans DIR");
  return FALSE;
}

static gboolean
read_start (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody) body = shot_body_parse (call->body, "plan", error);
  const char          *plan = NULL;
  Wish                *wish;

  if (body == NULL || !shot_body_require (body, "plan", error) ||
      !shot_body_get_text (body, "plan", MAX_NAME, &plan, error))
    return FALSE;
  if (call->review->options.conductor == NULL)
    return fail_alone (error);
  wish = g_new0 (Wish, 1);
  wish->plan = g_strdup (plan);
  shot_call_set_data (call, wish, wish_free);
  return TRUE;
}

static void
start_run (ShotCall *call)
{
  const Wish *wish = call->data;
  JsonObject *object;

  if (shot_conductor_start_run (call->review->options.conductor, wish->plan,
                                call->visitor.user->name, &call->error)) {
    object = json_object_new ();
    json_object_set_string_member (object, "plan", wish->plan);
    json_object_set_null_member (object, "run");
    shot_call_take_json (call, object);
  }
  shot_call_finish (call);
}

static gboolean
read_retry (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody) body = g_bytes_get_size (call->body) > 0
                                  ? shot_body_parse (call->body, "", error)
                                  : NULL;
  g_autoptr (ShotRun)  run = NULL;

  if (body == NULL && g_bytes_get_size (call->body) > 0)
    return FALSE;
  run = shot_archive_get_run (archive, call->id, error);
  if (run == NULL)
    return FALSE;
  if (call->review->options.conductor == NULL)
    return fail_alone (error);
  if (run->state == SHOT_RUN_SIGNED) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "the run is signed: nothing changes it");
    return FALSE;
  }
  if (run->n_failed == 0 && run->n_pending == 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT, "no cell of the run has failed");
    return FALSE;
  }
  shot_call_take_json (call, shot_run_to_json (run, false));
  Wish *wish = g_new0 (Wish, 1);
  wish->run = g_steal_pointer (&run);
  shot_call_set_data (call, wish, wish_free);
  return TRUE;
}

static void
retry_run (ShotCall *call)
{
  const Wish *wish = call->data;

  if (!shot_conductor_retry (call->review->options.conductor, wish->run, call->visitor.user->name,
                             &call->error))
    g_clear_pointer (&call->json, json_object_unref);
  shot_call_finish (call);
}

static gboolean
read_capture (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody) body = shot_body_parse (call->body, "cell from to label", error);
  g_autoptr (ShotRun)  run = NULL;
  g_autoptr (ShotCell) cell = NULL;
  const char          *label = NULL;
  int64_t              cell_id = 0;
  int64_t              from_ms = 0;
  int64_t              to_ms = 0;

  if (body == NULL || !shot_body_require (body, "cell from to", error) ||
      !shot_body_get_int (body, "cell", 1, G_MAXINT64, &cell_id, error) ||
      !shot_body_get_int (body, "from", 0, SHOT_CALL_MAX_TIME_MS, &from_ms, error) ||
      !shot_body_get_int (body, "to", 0, SHOT_CALL_MAX_TIME_MS, &to_ms, error) ||
      !shot_body_get_text (body, "label", MAX_NAME, &label, error))
    return FALSE;
  if (to_ms <= from_ms)
    return shot_body_fail ("to", "it is not after 'from'", error);
  /* It stands in lists and keys, a line each. */
  if (label != NULL && strpbrk (label, "\r\n\t") != NULL)
    return shot_body_fail ("label", "want a single line", error);
  run = shot_archive_get_run (archive, call->id, error);
  cell = run != NULL ? shot_archive_get_cell (archive, cell_id, error) : NULL;
  if (cell == NULL)
    return FALSE;
  if (cell->run_id != run->id) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "the run has no such cell");
    return FALSE;
  }
  if (run->state == SHOT_RUN_SIGNED) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "the run is signed: nothing changes it");
    return FALSE;
  }
  if (call->review->options.conductor == NULL)
    return fail_alone (error);

  JsonObject *object = json_object_new ();
  json_object_set_object_member (object, "run", shot_run_to_json (run, false));
  shot_call_take_json (call, object);
  Wish *wish = g_new0 (Wish, 1);
  *wish = (Wish){ .run = g_steal_pointer (&run),
                  .label = g_strdup (label),
                  .cell_id = cell_id,
                  .from_ms = from_ms,
                  .to_ms = to_ms };
  shot_call_set_data (call, wish, wish_free);
  return TRUE;
}

static void
capture_cell (ShotCall *call)
{
  const Wish              *wish = call->data;
  const ShotConductorExtra extra = {
    .cell_id = wish->cell_id, .label = wish->label, .from_ms = wish->from_ms, .to_ms = wish->to_ms
  };

  if (!shot_conductor_capture (call->review->options.conductor, wish->run, &extra,
                               call->visitor.user->name, &call->error))
    g_clear_pointer (&call->json, json_object_unref);
  shot_call_finish (call);
}

const ShotRoute shot_routes_runs[] = {
  { "GET", "/api/v1/runs", SHOT_ROLE_VIEWER, 0, list_runs },
  { "POST", "/api/v1/runs", SHOT_ROLE_ADMIN, SHOT_ROUTE_ACCEPTED, read_start, start_run },
  { "GET", "/api/v1/runs/{id}", SHOT_ROLE_VIEWER, 0, get_run, add_progress },
  { "GET", "/api/v1/runs/{id}/manifest", SHOT_ROLE_VIEWER, 0, get_manifest },
  { "POST", "/api/v1/runs/{id}/retry", SHOT_ROLE_REVIEWER, SHOT_ROUTE_ACCEPTED, read_retry,
    retry_run },
  { "POST", "/api/v1/runs/{id}/cells", SHOT_ROLE_REVIEWER, SHOT_ROUTE_ACCEPTED, read_capture,
    capture_cell },
  { NULL },
};
