/* renderer-remote.c: panelshot servers, each with as many visits as it takes
 *
 * A visit WAITS until a server is free, is SENT to it, READ from it, and DONE; a server that fails gives
 * it back to WAITING. How many a server takes is learnt: one more while visits wait here and not there.
 */
#include "config.h"

#include <string.h>

#include "clock.h"
#include "error.h"
#include "mask.h"
#include "origin.h"
#include "posted.h"
#include "renderer-private.h"
#include "result.h"
#include "web-client.h"

#define FIRST_WIDTH 2
#define MAX_WIDTH 32
#define MAX_SERVERS 100
#define LEAST_REST_MS 1000
#define MOST_REST_MS 60000
#define LEAST_TRIES 3
#define MARGIN_MS 30000         /* the server ends a job itself; this long after it we do */
#define PATIENCE_MS (5 * 60000) /* of a visit that no server takes */

typedef struct {
  char    *uri;    /* (owned): with "/render" */
  char    *origin; /* (owned): for people */
  unsigned n_running;
  unsigned width;
  unsigned n_failures; /* in a row */
  int64_t  rest_until_ms;
} Server;

typedef struct {
  ShotRenderers  base;
  GPtrArray     *servers; /* (owned) (element-type Server) */
  GQueue         waiting; /* of Visit */
  unsigned       timer;   /* the next server or visit whose time has come */
  unsigned       idle;    /* something was cancelled */
  ShotWebClient *client;  /* (owned) */
  ShotSecret    *token;   /* (owned) (nullable): X-Auth-Token */
} Remote;

typedef struct {
  Remote       *owner;  /* (borrowed) */
  GTask        *task;   /* (owned) */
  Server       *server; /* (borrowed) (nullable) */
  GBytes       *body;   /* (owned) */
  unsigned      n_tries;
  int64_t       started_ms;
  int64_t       give_up_ms;
  unsigned long cancelled_id;
  GError       *error; /* (owned) (nullable): of the last try */
} Visit;

static void pump (Remote *self);

static void
server_free (void *data)
{
  Server *self = data;

  g_free (self->uri);
  g_free (self->origin);
  g_free (self);
}

/* Ends @self: with @value, or with its error. */
static void
visit_end (Visit *self, void *value)
{
  const ShotRendererOrder *order = g_task_get_task_data (self->task);

  if (self->cancelled_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (self->task), self->cancelled_id);
  if (value != NULL)
    g_task_return_pointer (self->task, value,
                           order->is_listing ? (GDestroyNotify) g_hash_table_unref
                                             : (GDestroyNotify) shot_shots_free);
  else
    g_task_return_error (self->task, g_steal_pointer (&self->error));
  g_clear_error (&self->error);
  g_bytes_unref (self->body);
  g_object_unref (self->task);
  g_free (self);
}

static void
set_number (JsonObject *object, const char *name, double value)
{
  json_object_set_double_member (object, name, value);
}

static JsonObject *
make_wish (const ShotRendererOrder *order)
{
  JsonObject *wish = json_object_new ();

  json_object_set_string_member (wish, "kind", order->is_listing ? "variables" : "eachPanel");
  if (order->is_listing)
    return wish;
  json_object_set_boolean_member (wish, "data", TRUE);
  JsonArray *keys = json_array_new ();
  for (unsigned i = 0; i < order->keys->len; i++)
    json_array_add_string_element (keys, order->keys->pdata[i]);
  json_object_set_array_member (wish, "panels", keys);
  if (order->width == 0)
    json_object_set_boolean_member (wish, "grid", TRUE);
  return wish;
}

static GBytes *
make_body (const ShotRendererOrder *order)
{
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) job = json_object_new ();
  JsonArray             *pictures = json_array_new ();
  g_autofree char       *timeout = g_strdup_printf ("%" G_GINT64_FORMAT "ms", order->timeout_ms);

  json_object_set_string_member (job, "url", order->address);
  json_object_set_int_member (job, "width",
                              order->width > 0 ? order->width : SHOT_RENDERER_GRID_WIDTH);
  json_object_set_int_member (job, "height",
                              order->width > 0 ? order->height : SHOT_RENDERER_GRID_HEIGHT);
  set_number (job, "scale", order->scale);
  json_object_set_string_member (job, "timeout", timeout);
  if (order->timezone != NULL)
    json_object_set_string_member (job, "timezone", order->timezone);
  if (order->language != NULL)
    json_object_set_string_member (job, "language", order->language);
  if (!order->is_listing)
    json_object_set_boolean_member (job, "bestEffort", TRUE);
  json_object_set_string_member (job, "archive", "zip");
  json_array_add_object_element (pictures, make_wish (order));
  json_object_set_array_member (job, "pictures", pictures);
  json_node_set_object (root, job);
  char *text = json_to_string (root, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

static void
server_rest (Server *self, int64_t rest_ms)
{
  self->rest_until_ms = shot_clock_now_ms () + CLAMP (rest_ms, LEAST_REST_MS, MOST_REST_MS);
}

static void
server_fail (Server *self, const GError *error)
{
  self->n_failures++;
  server_rest (self, (int64_t) LEAST_REST_MS << MIN (self->n_failures - 1, 6));
  g_warning ("renderer %s: %s: it is left alone for %d s", self->origin, error->message,
             (int) ((self->rest_until_ms - shot_clock_now_ms () + 500) / 1000));
}

/* What waited there might as well have waited here, and gone to another. */
static void
server_learn (Server *self, bool has_waiting, double queued_ms, double whole_ms)
{
  self->n_failures = 0;
  if (queued_ms > whole_ms / 3)
    self->width = MAX (1, self->width - 1);
  else if (has_waiting && self->n_running + 1 >= self->width)
    self->width = MIN (MAX_WIDTH, self->width + 1);
}

/* "queued;dur=1.5, opening;dur=20" as JSON; stages that are none of ours are left out. */
static char *
read_timings (const char *header, double *out_queued_ms, double *out_whole_ms)
{
  g_auto (GStrv)      parts = g_strsplit (header != NULL ? header : "", ",", 32);
  g_autoptr (GString) text = g_string_new ("{");

  *out_queued_ms = *out_whole_ms = 0;
  for (char **part = parts; *part != NULL; part++) {
    char *name = g_strstrip (*part);
    char *value = strstr (name, ";dur=");
    if (value == NULL)
      continue;
    *value = '\0';
    double ms = g_ascii_strtod (value + strlen (";dur="), NULL);
    for (int i = 0; i < SHOT_N_STAGES; i++) {
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      if (!g_str_equal (name, shot_stage_get_name (i)) || !(ms >= 0 && ms < 1e9))
        continue;
      g_ascii_formatd (number, sizeof number, "%.1f", ms);
      g_string_append_printf (text, "%s\"%s\":%s", text->len > 1 ? "," : "", name, number);
      *out_whole_ms += ms;
      if (i == SHOT_STAGE_QUEUED)
        *out_queued_ms = ms;
    }
  }
  g_string_append (text, "}");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* (transfer full): NULL sets the visit's error */
static void *
read_answer (Visit *self, const ShotPosted *answer)
{
  const ShotRendererOrder *order = g_task_get_task_data (self->task);
  Server                  *server = self->server;
  double                   queued_ms;
  double                   whole_ms;
  g_autofree char         *timings = read_timings (answer->timing, &queued_ms, &whole_ms);

  if (order->is_listing) {
    GHashTable *values = shot_renderer_read_value_archive (answer->body, &self->error);
    if (values != NULL)
      server->n_failures = 0;
    return values;
  }
  ShotShots *shots = shot_renderer_read_archive (answer->body, &self->error);
  if (shots == NULL)
    return NULL;
  server_learn (server, !g_queue_is_empty (&self->owner->waiting), queued_ms, whole_ms);
  shots->timings = g_steal_pointer (&timings);
  shots->duration_ms = shot_clock_now_ms () - self->started_ms - (int64_t) queued_ms;
  shots->renderer = g_strdup_printf ("%s (%s)",
                                     answer->server != NULL ? answer->server : "panelshot",
                                     server->origin);
  return shots;
}

/* Whether another server, or this one later, may do what this one did not. */
static bool
is_servers_fault (ShotError code)
{
  return code == SHOT_ERROR_UNREACHABLE || code == SHOT_ERROR_ENGINE ||
         code == SHOT_ERROR_CANCELLED;
}

static unsigned
count_tries (const Remote *self)
{
  return MAX (LEAST_TRIES, self->servers->len + 1);
}

/* An error of its own: how the server was reached, and what it says of the visit. */
static void
handle_failure (Visit *self, ShotPosted *answer)
{
  Remote   *owner = self->owner;
  Server   *server = self->server;
  ShotError code = answer != NULL && answer->status != 200 ? answer->code
                                                           : shot_error_classify (self->error);
  bool      is_said = answer != NULL && answer->status != 200 && answer->has_code;

  if (code == SHOT_ERROR_BUSY) {
    server->width = MAX (1, server->n_running);
    server_rest (server, answer->retry_after_ms);
    g_queue_push_head (&owner->waiting, self);
    return;
  }
  /* A page that cannot be reached is nothing that the server could help. */
  if (answer == NULL || answer->status == 200 || !is_said || code == SHOT_ERROR_ENGINE ||
      code == SHOT_ERROR_CANCELLED) {
    if (is_servers_fault (code) || code == SHOT_ERROR_DOCUMENT) {
      server_fail (server, self->error);
      if (++self->n_tries < count_tries (owner)) {
        g_queue_push_head (&owner->waiting, self);
        return;
      }
    }
  } else {
    server->n_failures = 0;
  }
  if (code == SHOT_ERROR_LOGIN)
    g_prefix_error (&self->error,
                    "the renderer %s has no token for this Grafana that is taken, start it with "
                    "--token-for: ",
                    server->origin);
  visit_end (self, NULL);
}

static void
posted_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Visit                    *self = user_data;
  Remote                   *owner = self->owner;
  g_autoptr (ShotWebAnswer) raw = NULL;
  g_autoptr (ShotPosted)    answer = NULL;
  void                     *value = NULL;

  g_clear_error (&self->error);
  self->server->n_running--;
  raw = shot_web_client_call_finish (result, &self->error);
  if (g_cancellable_is_cancelled (g_task_get_cancellable (self->task))) {
    g_clear_error (&self->error);
    self->error = g_error_new_literal (SHOT_ERROR, SHOT_ERROR_CANCELLED, "cancelled");
    visit_end (self, NULL);
    pump (owner);
    return;
  }
  if (raw != NULL)
    answer = shot_posted_new (raw);
  if (answer != NULL && answer->status == 200)
    value = read_answer (self, answer);
  else if (answer != NULL)
    self->error = g_error_new (SHOT_ERROR, answer->code, "%s", answer->text);
  if (value != NULL)
    visit_end (self, value);
  else
    handle_failure (self, answer);
  pump (owner);
}

static void
send_visit (Visit *self, Server *server)
{
  const ShotRendererOrder *order = g_task_get_task_data (self->task);
  static const char *const headers[] = { "Accept", "application/zip", NULL };
  const ShotWebOrder       wish = {
          .uri = server->uri,
          .body = self->body,
          .headers = headers,
          .token_header = "X-Auth-Token",
          .token = self->owner->token,
          .timeout_ms = order->timeout_ms + MARGIN_MS,
  };

  self->server = server;
  self->started_ms = shot_clock_now_ms ();
  server->n_running++;
  shot_web_client_call_async (self->owner->client, &wish, g_task_get_cancellable (self->task),
                              posted_cb, self);
}

/* The one with the most room of those that do not rest. */
static Server *
find_server (const Remote *self)
{
  int64_t now_ms = shot_clock_now_ms ();
  Server *best = NULL;

  for (unsigned i = 0; i < self->servers->len; i++) {
    Server *server = self->servers->pdata[i];
    if (server->rest_until_ms > now_ms || server->n_running >= server->width)
      continue;
    if (best == NULL || server->n_running * best->width < best->n_running * server->width)
      best = server;
  }
  return best;
}

/* Visits that were cancelled, or that nobody took for too long. */
static void
end_hopeless (Remote *self)
{
  int64_t now_ms = shot_clock_now_ms ();

  for (GList *at = self->waiting.head; at != NULL;) {
    Visit *visit = at->data;
    GList *next = at->next;
    bool   is_cancelled = g_cancellable_is_cancelled (g_task_get_cancellable (visit->task));
    if (is_cancelled || now_ms >= visit->give_up_ms) {
      g_queue_delete_link (&self->waiting, at);
      if (is_cancelled)
        g_clear_error (&visit->error);
      if (visit->error == NULL)
        visit->error = g_error_new_literal (SHOT_ERROR,
                                            is_cancelled ? SHOT_ERROR_CANCELLED : SHOT_ERROR_BUSY,
                                            is_cancelled ? "cancelled"
                                                         : "no renderer had room for too long");
      visit_end (visit, NULL);
    }
    at = next;
  }
}

static gboolean
timer_cb (void *user_data)
{
  Remote *self = user_data;

  self->timer = 0;
  pump (self);
  return G_SOURCE_REMOVE;
}

/* For the next server that has rested, or visit that gives up; what runs comes by itself. */
static void
set_timer (Remote *self)
{
  int64_t now_ms = shot_clock_now_ms ();
  int64_t next_ms = G_MAXINT64;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (g_queue_is_empty (&self->waiting))
    return;
  for (GList *at = self->waiting.head; at != NULL; at = at->next)
    next_ms = MIN (next_ms, ((Visit *) at->data)->give_up_ms);
  for (unsigned i = 0; i < self->servers->len; i++) {
    const Server *server = self->servers->pdata[i];
    if (server->rest_until_ms > now_ms)
      next_ms = MIN (next_ms, server->rest_until_ms);
  }
  self->timer = g_timeout_add ((unsigned) CLAMP (next_ms - now_ms, 1, G_MAXINT), timer_cb, self);
}

static void
pump (Remote *self)
{
  Server *server;

  end_hopeless (self);
  while (!g_queue_is_empty (&self->waiting) && (server = find_server (self)) != NULL)
    send_visit (g_queue_pop_head (&self->waiting), server);
  set_timer (self);
}

static gboolean
pump_cb (void *user_data)
{
  Remote *self = user_data;

  self->idle = 0;
  pump (self);
  return G_SOURCE_REMOVE;
}

/* Ends nothing within the canceller's own call. */
static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  Remote *self = user_data;

  if (self->idle == 0)
    self->idle = g_idle_add (pump_cb, self);
}

static void
render (ShotRenderers *renderers, GTask *task)
{
  Remote       *self = (Remote *) renderers;
  Visit        *visit = g_new0 (Visit, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  visit->owner = self;
  visit->task = task;
  visit->body = make_body (g_task_get_task_data (task));
  visit->give_up_ms = shot_clock_now_ms () + PATIENCE_MS;
  g_queue_push_tail (&self->waiting, visit);
  if (cancellable != NULL)
    visit->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self,
                                                 NULL);
  pump (self);
}

static unsigned
get_width (const ShotRenderers *renderers)
{
  const Remote *self = (const Remote *) renderers;
  int64_t       now_ms = shot_clock_now_ms ();
  unsigned      width = 0;

  /* One more than they take: that it waits is how we learn that they could take it. */
  for (unsigned i = 0; i < self->servers->len; i++) {
    const Server *server = self->servers->pdata[i];
    width += server->rest_until_ms > now_ms ? 0 : server->width;
  }
  return width + 1;
}

static void
remote_free (ShotRenderers *renderers)
{
  Remote *self = (Remote *) renderers;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_assert (g_queue_is_empty (&self->waiting));
  g_ptr_array_unref (self->servers);
  shot_web_client_free (self->client);
  shot_secret_unref (self->token);
  g_free (self);
}

static const ShotRenderersClass remote_kind = { get_width, render, remote_free };

static Server *
server_new (const char *address, GError **error)
{
  g_autofree char *origin = shot_origin_from_uri (address);
  g_autofree char *trimmed = g_strdup (address);

  if (origin == NULL || strpbrk (address, "?#@") != NULL) {
    g_autofree char *masked = shot_mask_uri (address);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "renderer \"%.200s\": want the http or https address of a panelshot server",
                 masked);
    return NULL;
  }
  for (size_t length = strlen (trimmed); length > 0 && trimmed[length - 1] == '/'; length--)
    trimmed[length - 1] = '\0';

  Server *self = g_new0 (Server, 1);
  self->uri = g_str_has_suffix (trimmed, "/render") ? g_steal_pointer (&trimmed)
                                                    : g_strconcat (trimmed, "/render", NULL);
  self->origin = g_steal_pointer (&origin);
  self->width = FIRST_WIDTH;
  return self;
}

ShotRenderers *
shot_renderers_new_remote (const char *const *addresses, const ShotSecret *token,
                           const char *ca_pem, GError **error)
{
  const ShotWebRules    rules = { .name = "the renderer",
                                  .ca_pem = ca_pem,
                                  .max_connections = MAX_SERVERS * MAX_WIDTH,
                                  .max_per_server = MAX_WIDTH,
                                  .max_bytes = SHOT_RENDERER_MAX_BYTES };
  g_autoptr (GPtrArray) servers = g_ptr_array_new_with_free_func (server_free);

  for (; *addresses != NULL; addresses++) {
    Server *server = server_new (*addresses, error);
    if (server == NULL)
      return NULL;
    g_ptr_array_add (servers, server);
  }
  if (servers->len < 1 || servers->len > MAX_SERVERS) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "want 1 to %d renderers", MAX_SERVERS);
    return NULL;
  }

  Remote *self = g_new0 (Remote, 1);
  self->base.kind = &remote_kind;
  self->servers = g_steal_pointer (&servers);
  self->client = shot_web_client_new (&rules);
  self->token = token != NULL ? shot_secret_ref ((ShotSecret *) token) : NULL;
  return &self->base;
}
