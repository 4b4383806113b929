/* routes-verdicts.c: what people make of the cells, one by one, many at once, and at the end */
#include "config.h"

#include "call.h"
#include "error.h"

#define MAX_NOTE 4000
#define MAX_WORD 32
#define MAX_FILTER 512

/* verdict, severity and note into @verdict. */
static gboolean
read_verdict (const ShotCall *call, const ShotBody *body, ShotVerdict *verdict, GError **error)
{
  const char *kind = NULL;
  const char *severity = "none";
  const char *note = "";

  if (!shot_body_get_text (body, "verdict", MAX_WORD, &kind, error) ||
      !shot_body_get_text (body, "severity", MAX_WORD, &severity, error) ||
      !shot_body_get_text (body, "note", MAX_NOTE, &note, error))
    return FALSE;
  if (!shot_verdict_from_name (kind, &verdict->kind))
    return shot_body_fail ("verdict", "want ok, abnormal, ignored or none", error);
  if (!shot_severity_from_name (severity, &verdict->severity))
    return shot_body_fail ("severity", "want none, low, medium, high or critical", error);
  if (verdict->severity != SHOT_SEVERITY_NONE && verdict->kind != SHOT_VERDICT_ABNORMAL)
    return shot_body_fail ("severity", "only what is abnormal has one", error);
  g_free (verdict->note);
  g_free (verdict->user);
  g_free (verdict->origin);
  verdict->note = g_strdup (note);
  verdict->user = g_strdup (call->visitor.user->name);
  verdict->origin = g_strdup (call->visitor.origin);
  return TRUE;
}

/* What somebody else has said meanwhile. */
static void
add_cell (ShotCall *call, ShotArchive *archive)
{
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, call->id, NULL);
  JsonObject          *object;

  if (cell == NULL)
    return;
  object = json_object_new ();
  json_object_set_object_member (object, "cell", shot_call_describe_cell (call, cell, false));
  shot_call_take_json (call, object);
}

static gboolean
put_verdict (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody) body = shot_body_parse (call->body, "verdict severity note revision", error);
  g_autoptr (ShotVerdict) verdict = shot_verdict_new ();
  g_autoptr (ShotCell)    cell = NULL;
  g_autoptr (GError)      cause = NULL;
  int64_t                 revision = 0;

  if (body == NULL || !shot_body_require (body, "verdict revision", error) ||
      !read_verdict (call, body, verdict, error) ||
      !shot_body_get_int (body, "revision", 0, G_MAXINT32, &revision, error))
    return FALSE;
  verdict->cell_id = call->id;
  if (!shot_archive_set_verdict (archive, verdict, (unsigned) revision, &cause)) {
    if (g_error_matches (cause, SHOT_ERROR, SHOT_ERROR_CONFLICT))
      add_cell (call, archive);
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  cell = shot_archive_get_cell (archive, call->id, error);
  if (cell == NULL)
    return FALSE;
  shot_call_take_json (call, shot_call_describe_cell (call, cell, false));
  call->wants_notice = verdict->kind == SHOT_VERDICT_ABNORMAL;
  return TRUE;
}

static gboolean
list_verdicts (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotCell)  cell = shot_archive_get_cell (archive, call->id, error);
  g_autoptr (GPtrArray) verdicts = cell != NULL
                                       ? shot_archive_list_verdicts (archive, call->id, error)
                                       : NULL;
  JsonArray            *array;
  JsonObject           *object;

  if (verdicts == NULL)
    return FALSE;
  array = json_array_new ();
  for (unsigned i = 0; i < verdicts->len; i++)
    json_array_add_object_element (array, shot_verdict_to_json (verdicts->pdata[i]));
  object = json_object_new ();
  json_object_set_array_member (object, "verdicts", array);
  shot_call_take_json (call, object);
  return TRUE;
}

/* The texts of @inner live as long as it does. */
static gboolean
read_filter (const ShotBody *inner, ShotCellFilter *out_filter, GError **error)
{
  const char *filter = NULL;
  const char *text = NULL;
  const char *dashboard = NULL;
  const char *range = NULL;

  return shot_body_get_text (inner, "filter", MAX_FILTER, &filter, error) &&
         shot_body_get_text (inner, "text", MAX_FILTER, &text, error) &&
         shot_body_get_text (inner, "dashboard", MAX_FILTER, &dashboard, error) &&
         shot_body_get_text (inner, "range", MAX_FILTER, &range, error) &&
         shot_call_read_filter (filter, text, dashboard, range, out_filter, error);
}

static gboolean
post_verdicts (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody)    body = shot_body_parse (call->body, "verdict severity note count filter",
                                                  error);
  g_autoptr (ShotBody)    inner = NULL;
  g_autoptr (ShotVerdict) verdict = shot_verdict_new ();
  g_autoptr (ShotRun)     run = NULL;
  ShotCellFilter          filter = { .run_id = call->id, .limit = 5000 };
  int64_t                 n = 0;
  JsonObject             *object;

  if (body == NULL || !shot_body_require (body, "verdict count filter", error) ||
      !read_verdict (call, body, verdict, error) ||
      !shot_body_get_int (body, "count", 1, G_MAXINT32, &n, error))
    return FALSE;
  inner = shot_body_get_object (body, "filter", "filter text dashboard range", error);
  if (inner == NULL || !read_filter (inner, &filter, error))
    return FALSE;
  run = shot_archive_get_run (archive, call->id, error);
  if (run == NULL || !shot_archive_set_verdicts (archive, &filter, (unsigned) n, verdict, error))
    return FALSE;
  object = json_object_new ();
  json_object_set_int_member (object, "changed", n);
  shot_call_take_json (call, object);
  return TRUE;
}

static gboolean
sign_off (ShotCall *call, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotBody) body = shot_body_parse (call->body, "comment count withOpen", error);
  g_autoptr (ShotRun)  run = NULL;
  g_autofree char     *head = NULL;
  const char          *comment = "";
  int64_t              n = 0;
  bool                 with_open = false;

  if (body == NULL || !shot_body_require (body, "count", error) ||
      !shot_body_get_text (body, "comment", MAX_NOTE, &comment, error) ||
      !shot_body_get_int (body, "count", 0, G_MAXINT32, &n, error) ||
      !shot_body_get_bool (body, "withOpen", &with_open, error) ||
      !shot_archive_sign_run (archive, call->id, call->visitor.user->name, call->visitor.origin,
                              comment, (unsigned) n, with_open, &head, error))
    return FALSE;
  run = shot_archive_get_run (archive, call->id, error);
  if (run == NULL)
    return FALSE;
  shot_call_take_json (call, shot_run_to_json (run, true));
  call->wants_notice = true;
  return TRUE;
}

static void
tell_signed (ShotCall *call)
{
  if (call->review->options.conductor != NULL)
    shot_conductor_tell (call->review->options.conductor, SHOT_NOTIFY_SIGNED, call->id, 0);
  shot_call_finish (call);
}

static void
tell_abnormal (ShotCall *call)
{
  if (call->wants_notice && call->review->options.conductor != NULL)
    shot_conductor_tell (call->review->options.conductor, SHOT_NOTIFY_ABNORMAL,
                         json_object_get_int_member (call->json, "run"), call->id);
  shot_call_finish (call);
}

const ShotRoute shot_routes_verdicts[] = {
  { "PUT", "/api/v1/cells/{id}/verdict", SHOT_ROLE_REVIEWER, 0, put_verdict, tell_abnormal },
  { "GET", "/api/v1/cells/{id}/verdicts", SHOT_ROLE_VIEWER, 0, list_verdicts },
  { "POST", "/api/v1/runs/{id}/verdicts", SHOT_ROLE_REVIEWER, 0, post_verdicts },
  { "POST", "/api/v1/runs/{id}/signoff", SHOT_ROLE_REVIEWER, SHOT_ROUTE_CREATED, sign_off,
    tell_signed },
  { NULL },
};
