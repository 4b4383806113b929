#include "config.h"

#include "review.h"

#include <string.h>

#include "call.h"
#include "error.h"
#include "pages.h"

#define PREFIX "/api/v1"
#define MAX_BODY_BYTES 65536
#define MAX_DIGITS 18
#define MAX_KNOCKING 32

static const ShotRoute *const groups[] = {
  shot_routes_people,   shot_routes_runs,  shot_routes_cells,
  shot_routes_verdicts, shot_routes_plans, shot_routes_report,
};

bool
shot_review_get_route (unsigned index, const char **out_method, const char **out_path)
{
  for (size_t group = 0; group < G_N_ELEMENTS (groups); group++) {
    for (const ShotRoute *route = groups[group]; route->method != NULL; route++) {
      if (index-- > 0)
        continue;
      *out_method = route->method;
      *out_path = route->path;
      return true;
    }
  }
  return false;
}

/* Whether @path, what follows "/runs/", begins with a number; where it ends. */
static const char *
read_id (const char *path, int64_t *out_id)
{
  size_t n = strspn (path, "0123456789");

  if (n == 0 || n > MAX_DIGITS)
    return NULL;
  *out_id = g_ascii_strtoll (path, NULL, 10);
  return path + n;
}

static bool
matches (const ShotRoute *route, const char *path, int64_t *out_id, const char **out_name)
{
  const char *at = path;

  for (const char *pattern = route->path; *pattern != '\0'; pattern++, at++) {
    if (g_str_has_prefix (pattern, "{id}")) {
      at = read_id (at, out_id);
      if (at == NULL)
        return false;
      at--;
      pattern += strlen ("{id}") - 1;
    } else if (*pattern == '{') {
      *out_name = at;
      return *at != '\0';
    } else if (*at != *pattern) {
      return false;
    }
  }
  return *at == '\0';
}

/* @out_allow: methods that the path has, when it is there at all. */
static const ShotRoute *
find_route (const char *method, const char *path, int64_t *out_id, const char **out_name,
            GString *out_allow)
{
  const char *wanted = g_str_equal (method, "HEAD") ? "GET" : method;

  for (size_t group = 0; group < G_N_ELEMENTS (groups); group++) {
    for (const ShotRoute *route = groups[group]; route->method != NULL; route++) {
      if (!matches (route, path, out_id, out_name))
        continue;
      if (g_str_equal (route->method, wanted))
        return route;
      g_string_append_printf (out_allow, "%s%s", out_allow->len > 0 ? ", " : "", route->method);
    }
  }
  return NULL;
}

static void
answer_plain (ShotExchange *exchange, unsigned status, const char *code, const char *text)
{
  g_autofree char *json = g_strdup_printf ("{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code,
                                           text);
  g_autoptr (GBytes) bytes = g_bytes_new (json, strlen (json));

  shot_exchange_set_header (exchange, "Cache-Control", "no-store");
  shot_exchange_answer (exchange, status, "application/json", bytes);
}

static bool
is_change (const ShotRoute *route)
{
  return !g_str_equal (route->method, "GET");
}

/* In the archive's thread. */
static gboolean
work (ShotCall *call, ShotArchive *archive, GError **error)
{
  const ShotVisitorRules *rules = call->review->options.rules;
  const ShotRoute        *route = call->route;

  if ((route->traits & SHOT_ROUTE_OPEN) == 0) {
    if (!shot_visitor_identify (&call->visitor, rules, archive, error) ||
        !shot_visitor_check_role (&call->visitor, route->role, error) ||
        (is_change (route) && !shot_visitor_check_forgery (&call->visitor, rules, error)))
      return FALSE;
  }
  return route->work == NULL || route->work (call, archive, error);
}

static void *
work_cb (ShotArchive *archive, void *data, GError **error)
{
  ShotCall *call = data;

  if (!work (call, archive, &call->error) || call->route->then == NULL)
    shot_call_settle (call);
  return (void *) true;
}

static bool
is_slow (const ShotCall *call)
{
  return (call->route->traits & SHOT_ROUTE_DOORMAN) != 0;
}

static void
worked_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotCall          *call = user_data;
  g_autoptr (GError) error = NULL;

  shot_archive_worker_run_finish (call->review->options.archive, result, &error);
  if (is_slow (call))
    call->review->n_knocking--;
  if (call->error == NULL && call->route->then != NULL)
    call->route->then (call);
  else
    shot_call_finish (call);
}

static bool
accepts_gzip (ShotExchange *exchange)
{
  const char    *accept = shot_exchange_get_header (exchange, "Accept-Encoding");
  g_auto (GStrv) parts = g_strsplit (accept != NULL ? accept : "", ",", 32);

  for (char **part = parts; *part != NULL; part++) {
    const char *text = g_strstrip (*part);
    if (g_str_has_prefix (text, "gzip") && strstr (text, "q=0") == NULL)
      return true;
  }
  return false;
}

/* Other pages can send texts and forms without being asked, but no JSON. */
static gboolean
check_type (ShotExchange *exchange, GBytes *body)
{
  const char *type = shot_exchange_get_header (exchange, "Content-Type");

  return g_bytes_get_size (body) == 0 ||
         (type != NULL && g_ascii_strncasecmp (type, "application/json", 16) == 0 &&
          strchr ("; ", type[16]) != NULL);
}

/* (transfer full) */
static ShotCall *
make_call (ShotReview *self, ShotExchange *exchange, const ShotRoute *route, int64_t id,
           const char *name)
{
  ShotCall *call = g_new0 (ShotCall, 1);

  call->review = self;
  call->exchange = shot_exchange_ref (exchange);
  call->route = route;
  call->id = id;
  call->name = g_strdup (name);
  call->takes_gzip = accepts_gzip (exchange);
  call->known_tag = g_strdup (shot_exchange_get_header (exchange, "If-None-Match"));
  call->language = g_strdup (shot_exchange_get_header (exchange, "Accept-Language"));
  call->headers = g_ptr_array_new_with_free_func (g_free);
  call->body = shot_exchange_get_body (exchange);
  shot_visitor_read (&call->visitor, self->options.rules, exchange);
  return call;
}

/* Each of them takes a processor for a while, and nobody is signed in yet. */
static gboolean
admit (ShotReview *self, const ShotCall *call, GError **error)
{
  if (!is_slow (call) || self->n_knocking < MAX_KNOCKING)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_BUSY, "too many sign in at once: try again");
  return FALSE;
}

static void
start_call (ShotReview *self, ShotCall *call)
{
  const ShotReviewOptions *options = &self->options;

  call->query = shot_query_parse (shot_exchange_get_query (call->exchange), &call->error);
  if (call->query == NULL ||
      !shot_visitor_check_origin (options->rules, call->exchange, is_change (call->route),
                                  &call->error) ||
      !admit (self, call, &call->error)) {
    shot_call_finish (call);
    return;
  }
  if (call->route->prepare != NULL)
    call->route->prepare (call);
  if (is_slow (call))
    self->n_knocking++;
  shot_archive_worker_run_async (is_slow (call) ? options->doorman : options->archive, work_cb,
                                 call, NULL, NULL, worked_cb, call);
}

static void
handle_api (ShotReview *self, ShotExchange *exchange)
{
  const char         *path = shot_exchange_get_path (exchange);
  g_autoptr (GString) allow = g_string_new (NULL);
  int64_t             id = 0;
  const char         *name = NULL;
  const ShotRoute    *route = find_route (shot_exchange_get_method (exchange), path, &id, &name,
                                          allow);

  if (route == NULL && allow->len > 0) {
    shot_exchange_set_header (exchange, "Allow", allow->str);
    answer_plain (exchange, 405, "method", "the path has no such method");
    return;
  }
  if (route == NULL) {
    answer_plain (exchange, 404, "not-found", "there is no such thing: see /openapi.json");
    return;
  }
  shot_exchange_set_route (exchange, route->path);
  ShotCall *call = make_call (self, exchange, route, id, name);
  if (is_change (route) && !check_type (exchange, call->body)) {
    answer_plain (exchange, 415, "media-type", "send a body as application/json");
    shot_call_free (call);
    return;
  }
  start_call (self, call);
}

static void
handle_cb (ShotExchange *exchange, void *user_data)
{
  static const char *const headers[][2] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "X-Frame-Options", "DENY" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Content-Security-Policy", SHOT_PAGES_POLICY },
  };
  ShotReview *self = user_data;

  for (size_t i = 0; i < G_N_ELEMENTS (headers); i++)
    shot_exchange_set_header (exchange, headers[i][0], headers[i][1]);
  if (g_str_has_prefix (shot_exchange_get_path (exchange), PREFIX "/"))
    handle_api (self, exchange);
  else
    shot_pages_handle (exchange);
}

static void
drain_cb (void *user_data)
{
  ShotReview *self = user_data;

  shot_streams_end (self->streams, NULL);
}

static void
conductor_progress_cb (const ShotInspectionProgress *progress, void *user_data)
{
  ShotReview            *self = user_data;
  g_autoptr (JsonObject) object = shot_streams_describe_progress (progress);
  g_autoptr (JsonNode)   node = json_node_init_object (json_node_alloc (), object);
  g_autofree char       *text = json_to_string (node, FALSE);

  shot_streams_tell (self->streams, "progress", progress->run_id, text);
}

static void
conductor_changed_cb (void *user_data)
{
  ShotReview *self = user_data;

  shot_streams_tell (self->streams, "plans", 0, "{}");
}

ShotReview *
shot_review_new (const ShotReviewOptions *options)
{
  static const char *const prefixes[] = { PREFIX "/", "/review/", "/review", NULL };
  ShotReview              *self = g_new0 (ShotReview, 1);

  self->options = *options;
  self->streams = shot_streams_new (options->archive);
  self->mount = (ShotMount){ .prefixes = prefixes,
                             .max_body_bytes = MAX_BODY_BYTES,
                             .handle = handle_cb,
                             .drain = drain_cb,
                             .user_data = self };
  g_queue_init (&self->drawings);
  g_queue_init (&self->reports);
  if (options->conductor != NULL)
    shot_conductor_set_listener (options->conductor, conductor_progress_cb, conductor_changed_cb,
                                 self);
  return self;
}

void
shot_review_free (ShotReview *self)
{
  if (self == NULL)
    return;
  if (self->options.conductor != NULL)
    shot_conductor_set_listener (self->options.conductor, NULL, NULL, NULL);
  shot_streams_free (self->streams);
  g_free (self);
}

const ShotMount *
shot_review_get_mount (ShotReview *self)
{
  return &self->mount;
}
