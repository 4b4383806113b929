#include "config.h"

#include "server.h"

#include <string.h>

#include "metrics.h"
#include "server-private.h"

#define FLUSH_MS 2000
#define MAX_UNREAD_BYTES 65536

typedef void (*Handler) (ShotServer *self, SoupServerMessage *message, const char *query);

typedef enum {
  METHOD_GET = 1 << 0, /* HEAD too */
  METHOD_POST = 1 << 1,
} Methods;

typedef struct {
  const char *path;
  Handler     handler;
  unsigned    methods;
  bool        answers_later; /* and logs its requests itself then */
} Route;

void
shot_server_answer_text (ShotServer *self, SoupServerMessage *message, unsigned status,
                         const char *text)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char    *line = g_strconcat (text, "\n", NULL);

  /* libsoup has no phrase for it: https://www.rfc-editor.org/rfc/rfc6585#section-4 */
  soup_server_message_set_status (message, status, status == 429 ? "Too Many Requests" : NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, line,
                                    strlen (line));
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
}

static void
handle_root (ShotServer *self, SoupServerMessage *message, const char *query)
{
  /* A Grafana whose server_url lacks /render would save this text as its picture. */
  if (query != NULL && strstr (query, "url=") != NULL)
    shot_server_answer_text (self, message, 404,
                             "nothing is rendered here: let server_url end in /render");
  else
    shot_server_answer_text (self, message, 200, "panelshot " SHOT_VERSION);
}

static bool
is_verbose (const char *query)
{
  g_auto (GStrv) parts = g_strsplit (query != NULL ? query : "", "&", -1);

  for (char **part = parts; *part != NULL; part++) {
    if (g_str_equal (*part, "verbose") || g_str_has_prefix (*part, "verbose="))
      return true;
  }
  return false;
}

static void
answer_health (ShotServer *self, SoupServerMessage *message, const char *query, unsigned status,
               const char *text)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  if (!is_verbose (query)) {
    shot_server_answer_text (self, message, status, text);
    return;
  }
  g_autofree char *json = shot_health_describe (self->health);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, json,
                                    strlen (json));
}

static void
handle_health (ShotServer *self, SoupServerMessage *message, const char *query)
{
  answer_health (self, message, query, 200, "OK");
}

static void
handle_ready (ShotServer *self, SoupServerMessage *message, const char *query)
{
  const char *text = "OK";
  bool        is_ready = shot_health_is_ready (self->health, &text);

  answer_health (self, message, query, is_ready ? 200 : 503, text);
}

static void
handle_version (ShotServer *self, SoupServerMessage *message, const char *query)
{
  ShotPoolStatus status;

  shot_pool_get_status (self->options.pool, &status);
  g_autofree char *text = g_strdup_printf ("panelshot " SHOT_VERSION "\nWebKit %s",
                                           status.fleet.webkit != NULL ? status.fleet.webkit
                                                                       : "not started yet");
  shot_server_answer_text (self, message, 200, text);
}

static void
handle_render_version (ShotServer *self, SoupServerMessage *message, const char *query)
{
  static const char body[] = "{\"version\": \"" SHOT_VERSION "\"}";

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, body,
                                    sizeof body - 1);
}

static void
handle_metrics (ShotServer *self, SoupServerMessage *message, const char *query)
{
  char *text = shot_telemetry_write (self->options.telemetry);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, SHOT_METRICS_CONTENT_TYPE, SOUP_MEMORY_TAKE, text,
                                    strlen (text));
}

static const Route routes[] = {
  { "/", handle_root, METHOD_GET, false },
  { "/healthz", handle_health, METHOD_GET, false },
  { "/metrics", handle_metrics, METHOD_GET, false },
  { "/openapi.json", shot_server_handle_openapi, METHOD_GET, false },
  { "/readyz", handle_ready, METHOD_GET, false },
  { "/render", shot_server_handle_render, METHOD_GET | METHOD_POST, true },
  { "/render/", shot_server_handle_render, METHOD_GET | METHOD_POST, true },
  { "/render/csv", shot_server_handle_csv, METHOD_GET, true },
  { "/render/csv/", shot_server_handle_csv, METHOD_GET, true },
  { "/render/version", handle_render_version, METHOD_GET, false },
  { "/version", handle_version, METHOD_GET, false },
};

const char *
shot_server_get_route (unsigned index)
{
  return index < G_N_ELEMENTS (routes) ? routes[index].path : NULL;
}

static const Route *
find_route (const char *path)
{
  for (size_t i = 0; i < G_N_ELEMENTS (routes); i++) {
    if (g_str_equal (path, routes[i].path))
      return &routes[i];
  }
  return NULL;
}

bool
shot_server_is_silent (const ShotServer *self, const char *path)
{
  const char *const *paths = self->options.silent_paths;

  return paths != NULL && g_strv_contains (paths, path);
}

static void
log_short (ShotServer *self, SoupServerMessage *message, const char *path)
{
  if (shot_server_is_silent (self, path))
    return;
  g_autofree char *shown = g_utf8_make_valid (path, (gssize) strnlen (path, 200));

  /* What is asked every few seconds, or by the dozen, is not worth a line each. */
  if (g_str_equal (path, "/healthz") || g_str_equal (path, "/metrics") ||
      g_str_equal (path, "/readyz") || g_str_has_prefix (path, "/demo/"))
    g_debug ("%.16s %s status=%u", soup_server_message_get_method (message), shown,
             soup_server_message_get_status (message));
  else
    g_info ("%.16s %s status=%u", soup_server_message_get_method (message), shown,
            soup_server_message_get_status (message));
}

/* 0 for all that no route takes. */
static unsigned
get_method (SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);

  if (g_str_equal (method, "GET") || g_str_equal (method, "HEAD"))
    return METHOD_GET;
  return g_str_equal (method, "POST") ? METHOD_POST : 0;
}

static void
refuse_method (ShotServer *self, SoupServerMessage *message, const Route *route)
{
  bool             takes_post = (route->methods & METHOD_POST) != 0;
  g_autofree char *text = g_strdup_printf ("Method Not Allowed: use GET%s HEAD",
                                           takes_post ? ", POST or" : " or");

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow",
                                takes_post ? "GET, HEAD, POST" : "GET, HEAD");
  shot_server_answer_text (self, message, 405, text);
}

void
shot_server_observe (ShotServer *self, SoupServerMessage *message, const char *route,
                     const char *encoding, const char *mode, bool is_cancelled, int64_t started_us)
{
  const ShotTelemetryRequest request = {
    .method = soup_server_message_get_method (message),
    .path = route,
    .encoding = encoding,
    .mode = mode,
    .status = soup_server_message_get_status (message),
    .is_cancelled = is_cancelled,
    .duration_us = g_get_monotonic_time () - started_us,
    .size_bytes = (uint64_t) soup_server_message_get_response_body (message)->length,
  };

  shot_telemetry_observe_request (self->options.telemetry, &request);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
            void *user_data)
{
  ShotServer  *self = user_data;
  const char  *query = g_uri_get_query (soup_server_message_get_uri (message));
  const Route *route = find_route (path);
  unsigned     method = get_method (message);
  int64_t      started_us = g_get_monotonic_time ();

  if (shot_server_is_mounted (self, path)) {
    shot_server_handle_mounted (self, message);
    return;
  }
  if (route != NULL && (route->methods & method) != 0) {
    route->handler (self, message, query);
    if (route->answers_later)
      return;
  } else if (route != NULL) {
    refuse_method (self, message, route);
  } else if (method != METHOD_GET || !self->options.has_demo ||
             !shot_server_handle_demo (self, message, path)) {
    shot_server_answer_text (self, message, 404, "404 page not found: renders are at /render");
  }
  log_short (self, message, path);
  shot_server_observe (self, message, route != NULL ? route->path : NULL, NULL, NULL, false,
                       started_us);
}

/* Where none is wanted, a few bytes are let pass; more, or who knows how many, is a mistake. */
static bool
is_body_long (SoupMessageHeaders *headers)
{
  switch (soup_message_headers_get_encoding (headers)) {
  case SOUP_ENCODING_CHUNKED:
    return true;
  case SOUP_ENCODING_CONTENT_LENGTH:
    return soup_message_headers_get_content_length (headers) > MAX_UNREAD_BYTES;
  default:
    return false;
  }
}

/* No body is kept, so that none fills the memory, before early_cb() has looked at its request;
 * libsoup answers some without asking that, and still reads what they bring. */
static void
started_cb (SoupServer *soup, SoupServerMessage *message, void *user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static bool
takes_body (SoupServerMessage *message)
{
  static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE", NULL };

  return g_strv_contains (methods, soup_server_message_get_method (message));
}

/* Before the body is read. */
static void
early_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
          void *user_data)
{
  ShotServer         *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const Route        *route = find_route (path);
  int64_t             started_us = g_get_monotonic_time ();

  /* libsoup 3.2 ends connections that it did not accept itself after one answer; say so. A render
   * takes far longer than a new connection. */
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                "close");
  /* libsoup would cut answers to pieces, as many as are asked for. */
  soup_message_headers_remove (headers, "Range");
  if (route != NULL && (route->methods & get_method (message) & METHOD_POST) != 0) {
    bool is_accepted = !shot_server_refuse_body (self, message);
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), is_accepted);
    return;
  }
  if (shot_server_is_mounted (self, path) && takes_body (message)) {
    bool is_accepted = !shot_server_refuse_mounted_body (self, message);
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), is_accepted);
    return;
  }
  if (!is_body_long (headers))
    return;
  /* Goes out once libsoup has thrown the body away, or at once to "Expect: 100-continue". */
  shot_server_answer_text (self, message, 413, "Request Entity Too Large: send no body");
  log_short (self, message, path);
  shot_server_observe (self, message, route != NULL ? route->path : NULL, NULL, NULL, false,
                       started_us);
}

static void
accepted_cb (GSocketConnection *connection, void *user_data)
{
  ShotServer *self = user_data;

  shot_clients_accept (self->clients, connection);
}

ShotServer *
shot_server_new (const ShotServerOptions *options)
{
  static const char *const paths[] = { NULL, "*" }; /* "*" is what OPTIONS may ask for */
  const ShotClientsOptions clients_options = { .certificate = options->certificate,
                                               .max_connections = options->max_connections };
  ShotServer              *self = g_new0 (ShotServer, 1);

  self->options = *options;
  self->health = shot_health_new (options->pool, options->has_self_render);
  shot_server_set_limits (self, options->requests_per_second, options->burst);
  self->soup = soup_server_new ("server-header", "panelshot/" SHOT_VERSION, NULL);
  g_signal_connect (self->soup, "request-started", G_CALLBACK (started_cb), NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    soup_server_add_early_handler (self->soup, paths[i], early_cb, self, NULL);
    soup_server_add_handler (self->soup, paths[i], request_cb, self, NULL);
  }
  self->clients = shot_clients_new (self->soup, &clients_options);
  return self;
}

void
shot_server_free (ShotServer *self)
{
  if (self == NULL)
    return;
  /* Messages that end now are not to end a drain. */
  g_clear_object (&self->drain_task);
  shot_listener_free (self->listener);
  shot_clients_free (self->clients);
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  if (self->flush_timer != 0)
    g_source_remove (self->flush_timer);
  shot_health_free (self->health);
  shot_quota_free (self->quota);
  g_free (self->address);
  g_free (self);
}

gboolean
shot_server_listen (ShotServer *self, const char *address, GError **error)
{
  self->listener = shot_listener_new (address, accepted_cb, self, error);
  if (self->listener == NULL)
    return FALSE;
  self->port = shot_listener_get_port (self->listener);
  self->address = g_strdup (shot_listener_get_address (self->listener));
  self->is_loopback = shot_listener_is_loopback (self->listener);
  shot_health_start (self->health);
  return TRUE;
}

unsigned
shot_server_get_port (const ShotServer *self)
{
  return self->port;
}

const char *
shot_server_get_address (const ShotServer *self)
{
  return self->address;
}

bool
shot_server_is_loopback (const ShotServer *self)
{
  return self->is_loopback;
}

void
shot_server_set_limits (ShotServer *self, double requests_per_second, unsigned burst)
{
  if (requests_per_second <= 0)
    g_clear_pointer (&self->quota, shot_quota_free);
  else if (self->quota != NULL)
    shot_quota_set (self->quota, requests_per_second, burst);
  else
    self->quota = shot_quota_new (requests_per_second, burst, SHOT_QUOTA_MAX_CLIENTS);
}

void
shot_server_set_min_free_bytes (ShotServer *self, int64_t min_free_bytes)
{
  self->options.min_free_bytes = min_free_bytes;
}

gboolean
shot_server_reload_tls (ShotServer *self, GError **error)
{
  return self->options.certificate == NULL ||
         shot_certificate_reload (self->options.certificate, error);
}

static void
finish_drain (ShotServer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->drain_task);

  if (self->flush_timer != 0)
    g_source_remove (self->flush_timer);
  self->flush_timer = 0;
  g_clear_pointer (&self->listener, shot_listener_free);
  g_task_return_boolean (task, TRUE);
}

static gboolean
flush_timeout_cb (void *user_data)
{
  ShotServer *self = user_data;

  self->flush_timer = 0;
  g_warning ("%u answers could not be delivered", self->unanswered);
  finish_drain (self);
  return G_SOURCE_REMOVE;
}

void
shot_server_check_drained (ShotServer *self)
{
  if (self->drain_task != NULL && self->is_pool_drained && self->unanswered == 0)
    finish_drain (self);
}

static void
pool_drained_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotServer *self = user_data;

  shot_pool_drain_finish (self->options.pool, result);
  self->is_pool_drained = true;
  self->flush_timer = g_timeout_add (FLUSH_MS, flush_timeout_cb, self);
  shot_server_check_drained (self);
}

void
shot_server_drain_async (ShotServer *self, unsigned timeout_ms, GAsyncReadyCallback callback,
                         void *user_data)
{
  g_return_if_fail (self->drain_task == NULL);
  self->drain_task = g_task_new (NULL, NULL, callback, user_data);
  shot_health_drain (self->health);
  if (self->options.mount != NULL)
    self->options.mount->drain (self->options.mount->user_data);
  shot_pool_drain_async (self->options.pool, timeout_ms, pool_drained_cb, self);
}

void
shot_server_drain_finish (ShotServer *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
