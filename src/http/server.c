#include "config.h"

#include "server.h"

#include <string.h>

#include "server-private.h"

#define MAX_CONNECTIONS 512
#define IDLE_SECONDS 60
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
  size_t      max_body_bytes; /* of a POST; a GET's body is not kept */
  bool        answers_later;  /* and logs its requests itself then */
} Route;

void
shot_server_answer_text (ShotServer *self, SoupServerMessage *message, unsigned status,
                         const char *text)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char    *line = g_strconcat (text, "\n", NULL);

  soup_server_message_set_status (message, status, NULL);
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

static void
handle_health (ShotServer *self, SoupServerMessage *message, const char *query)
{
  shot_server_answer_text (self, message, 200, "OK");
}

static void
handle_version (ShotServer *self, SoupServerMessage *message, const char *query)
{
  ShotPoolStatus status;

  shot_pool_get_status (self->options.pool, &status);
  g_autofree char *text = g_strdup_printf ("panelshot " SHOT_VERSION "\nWebKit %s",
                                           status.webkit != NULL ? status.webkit
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

static const Route routes[] = {
  { "/", handle_root, METHOD_GET, 0, false },
  { "/healthz", handle_health, METHOD_GET, 0, false },
  { "/render", shot_server_handle_render, METHOD_GET, 0, true },
  { "/render/version", handle_render_version, METHOD_GET, 0, false },
  { "/version", handle_version, METHOD_GET, 0, false },
};

static const Route *
find_route (const char *path)
{
  for (size_t i = 0; i < G_N_ELEMENTS (routes); i++) {
    if (g_str_equal (path, routes[i].path))
      return &routes[i];
  }
  return NULL;
}

static void
log_short (SoupServerMessage *message, const char *path)
{
  g_autofree char *shown = g_utf8_make_valid (path, (gssize) strnlen (path, 200));

  /* What is asked every few seconds, or by the dozen, is not worth a line each. */
  if (g_str_equal (path, "/healthz") || g_str_has_prefix (path, "/demo/"))
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
  bool             takes_post = route != NULL && (route->methods & METHOD_POST) != 0;
  g_autofree char *text = g_strdup_printf ("Method Not Allowed: use GET%s HEAD",
                                           takes_post ? ", POST or" : " or");

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow",
                                takes_post ? "GET, HEAD, POST" : "GET, HEAD");
  shot_server_answer_text (self, message, 405, text);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
            void *user_data)
{
  ShotServer  *self = user_data;
  const char  *query = g_uri_get_query (soup_server_message_get_uri (message));
  const Route *route = find_route (path);
  unsigned     method = get_method (message);

  if (route != NULL && (route->methods & method) != 0) {
    route->handler (self, message, query);
    if (route->answers_later)
      return;
  } else if (route != NULL || method != METHOD_GET) {
    refuse_method (self, message, route);
  } else if (!self->options.has_demo || !shot_server_handle_demo (self, message, path)) {
    shot_server_answer_text (self, message, 404, "404 page not found: renders are at /render");
  }
  log_short (message, path);
}

/* Before the body is read. Only a route that takes one keeps it, and its size is known first: none
 * is to fill the memory. */
static void
early_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
          void *user_data)
{
  ShotServer         *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupEncoding        encoding = soup_message_headers_get_encoding (headers);
  const Route        *route = find_route (path);
  bool                is_kept = route != NULL && get_method (message) == METHOD_POST &&
                 (route->methods & METHOD_POST) != 0;
  size_t           limit_bytes = is_kept ? route->max_body_bytes : MAX_UNREAD_BYTES;
  g_autofree char *text = NULL;

  /* libsoup 3.2 ends connections that it did not accept itself after one answer; say so. A render
   * takes far longer than a new connection. */
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                "close");
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), is_kept);
  if (encoding == SOUP_ENCODING_CHUNKED) {
    shot_server_answer_text (self, message, is_kept ? 411 : 413,
                             is_kept ? "Length Required: send the body with a Content-Length"
                                     : "Request Entity Too Large: send no body");
  } else if (encoding == SOUP_ENCODING_CONTENT_LENGTH &&
             (size_t) soup_message_headers_get_content_length (headers) > limit_bytes) {
    text = is_kept ? g_strdup_printf ("Request Entity Too Large: send at most %" G_GSIZE_FORMAT
                                      " bytes",
                                      limit_bytes)
                   : g_strdup ("Request Entity Too Large: send no body");
    shot_server_answer_text (self, message, 413, text);
  }
}

static void
connection_gone_cb (void *user_data, GObject *connection)
{
  ShotServer    *self = user_data;
  GHashTableIter iter;
  void          *value;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (value == connection)
      g_hash_table_iter_remove (&iter);
  }
}

GSocket *
shot_server_find_socket (ShotServer *self, SoupServerMessage *message)
{
  GSocketConnection *connection = g_hash_table_lookup (
      self->connections, soup_server_message_get_remote_address (message));

  return connection != NULL ? g_socket_connection_get_socket (connection) : NULL;
}

static void
accepted_cb (GSocketConnection *connection, void *user_data)
{
  ShotServer                *self = user_data;
  GSocket                   *socket = g_socket_connection_get_socket (connection);
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GError)         error = NULL;

  /* Closed by its last reference. */
  if (g_hash_table_size (self->connections) >= MAX_CONNECTIONS || local == NULL || remote == NULL)
    return;
  /* Of each single read or write, so not of a render. */
  g_socket_set_timeout (socket, IDLE_SECONDS);
  g_hash_table_insert (self->connections, g_object_ref (remote), connection);
  g_object_weak_ref (G_OBJECT (connection), connection_gone_cb, self);
  if (!soup_server_accept_iostream (self->soup, G_IO_STREAM (connection), local, remote, &error))
    g_warning ("cannot serve a connection: %s", error->message);
}

ShotServer *
shot_server_new (const ShotServerOptions *options)
{
  ShotServer *self = g_new0 (ShotServer, 1);

  self->options = *options;
  self->ca_pem = g_strdup (options->ca_pem);
  self->connections = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->soup = soup_server_new ("server-header", "panelshot/" SHOT_VERSION, NULL);
  soup_server_add_early_handler (self->soup, NULL, early_cb, self, NULL);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
  return self;
}

/* Some may outlive the server for a moment. */
static void
forget_connections (ShotServer *self)
{
  GHashTableIter iter;
  void          *connection;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, &connection))
    g_object_weak_unref (G_OBJECT (connection), connection_gone_cb, self);
}

void
shot_server_free (ShotServer *self)
{
  if (self == NULL)
    return;
  shot_listener_free (self->listener);
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  if (self->flush_timer != 0)
    g_source_remove (self->flush_timer);
  g_clear_object (&self->drain_task);
  forget_connections (self);
  g_hash_table_unref (self->connections);
  g_free (self->ca_pem);
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

static void
finish_drain (ShotServer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->drain_task);

  if (self->flush_timer != 0)
    g_source_remove (self->flush_timer);
  self->flush_timer = 0;
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
  g_clear_pointer (&self->listener, shot_listener_free);
  shot_pool_drain_async (self->options.pool, timeout_ms, pool_drained_cb, self);
}

void
shot_server_drain_finish (ShotServer *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
