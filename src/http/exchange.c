#include "config.h"

#include "exchange.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>

#include "server-private.h"

/* What a stream may have unsent before its reader counts as gone. */
#define MAX_UNSENT_BYTES (512 * 1024)

/* In seconds, and not longer than clients.c waits. */
#define KEEP_ALIVE "timeout=14"

typedef enum {
  STATE_WAITING,
  STATE_ANSWERED,
  STATE_STREAMING,
  STATE_ENDED,
} State;

/* In a reference counted box. One reference is libsoup's, until it is done with the message. */
struct _ShotExchange {
  ShotServer        *server;  /* (borrowed) (nullable): NULL once libsoup is done */
  SoupServerMessage *message; /* (owned) */
  GSource           *hang_up; /* (owned) (nullable) */
  State              state;
  const char        *route; /* static (nullable) */
  int64_t            started_us;
  bool               is_gone;
  bool               is_finished; /* libsoup is done with the message */
  size_t             unsent;      /* of a stream, bytes */
  void (*gone) (void *user_data);
  void *gone_data; /* (borrowed) */
};

static void
clear (void *data)
{
  ShotExchange *self = data;

  if (self->hang_up != NULL) {
    g_source_destroy (self->hang_up);
    g_source_unref (self->hang_up);
  }
  g_object_unref (self->message);
}

ShotExchange *
shot_exchange_ref (ShotExchange *self)
{
  return g_rc_box_acquire (self);
}

void
shot_exchange_unref (ShotExchange *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, clear);
}

const char *
shot_exchange_get_method (const ShotExchange *self)
{
  return soup_server_message_get_method (self->message);
}

const char *
shot_exchange_get_path (const ShotExchange *self)
{
  return g_uri_get_path (soup_server_message_get_uri (self->message));
}

const char *
shot_exchange_get_query (const ShotExchange *self)
{
  return g_uri_get_query (soup_server_message_get_uri (self->message));
}

const char *
shot_exchange_get_header (const ShotExchange *self, const char *name)
{
  return soup_message_headers_get_list (soup_server_message_get_request_headers (self->message),
                                        name);
}

GBytes *
shot_exchange_get_body (const ShotExchange *self)
{
  SoupMessageBody *body = soup_server_message_get_request_body (self->message);

  return soup_message_body_get_accumulate (body) ? soup_message_body_flatten (body)
                                                 : g_bytes_new_static ("", 0);
}

GInetAddress *
shot_exchange_get_peer (const ShotExchange *self)
{
  GSocketAddress *address = soup_server_message_get_remote_address (self->message);

  return G_IS_INET_SOCKET_ADDRESS (address)
             ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address))
             : NULL;
}

bool
shot_exchange_is_tls (const ShotExchange *self)
{
  return self->server != NULL && self->server->options.certificate != NULL;
}

bool
shot_exchange_is_gone (const ShotExchange *self)
{
  return self->is_gone || self->server == NULL;
}

void
shot_exchange_set_route (ShotExchange *self, const char *route)
{
  self->route = route;
}

void
shot_exchange_set_header (ShotExchange *self, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (self->message), name,
                                value);
}

void
shot_exchange_add_header (ShotExchange *self, const char *name, const char *value)
{
  soup_message_headers_append (soup_server_message_get_response_headers (self->message), name,
                               value);
}

static void
go_on (ShotExchange *self)
{
  if (self->server != NULL && !self->is_finished)
    soup_server_message_unpause (self->message);
}

static void
close_account (ShotExchange *self)
{
  const char *method = soup_server_message_get_method (self->message);
  bool        is_reading = g_str_equal (method, "GET") || g_str_equal (method, "HEAD");
  const char *path = shot_exchange_get_path (self);

  if (self->server == NULL)
    return;
  shot_server_observe (self->server, self->message, self->route, NULL, NULL, self->is_gone,
                       self->started_us);
  if (shot_server_is_silent (self->server, path))
    return;
  g_autofree char *shown = g_utf8_make_valid (path, (gssize) strnlen (path, 200));
  /* Pages read by the hundred; what changes something is worth a line. */
  g_log_structured (G_LOG_DOMAIN, is_reading ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_INFO, "MESSAGE",
                    "%.16s %s status=%u", method, shown,
                    soup_server_message_get_status (self->message));
}

/* A page has hundreds of small pictures. */
static void
keep_connection (ShotExchange *self)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);
  SoupMessageHeaders *asked = soup_server_message_get_request_headers (self->message);

  if (soup_server_message_get_http_version (self->message) != SOUP_HTTP_1_1 ||
      soup_message_headers_header_contains (asked, "Connection", "close") ||
      self->server->drain_task != NULL || !shot_clients_keep (self->server->clients, self->message))
    return;
  soup_message_headers_remove (headers, "Connection");
  soup_message_headers_replace (headers, "Keep-Alive", KEEP_ALIVE);
}

void
shot_exchange_answer (ShotExchange *self, unsigned status, const char *type, GBytes *body)
{
  SoupMessageBody *to = soup_server_message_get_response_body (self->message);

  g_return_if_fail (self->state == STATE_WAITING);
  self->state = STATE_ANSWERED;
  if (self->server == NULL)
    return;
  soup_server_message_set_status (self->message, status,
                                  status == 429 ? "Too Many Requests" : NULL);
  if (type != NULL)
    shot_exchange_set_header (self, "Content-Type", type);
  if (body != NULL) {
    soup_message_body_append_bytes (to, body);
    shot_clients_set_length (self->server->clients, self->message, g_bytes_get_size (body));
  }
  soup_message_body_complete (to);
  keep_connection (self);
  close_account (self);
  go_on (self);
}

/* @gone may let go of us. */
static void
tell_gone (ShotExchange *self)
{
  void (*gone) (void *user_data) = self->gone;

  self->is_gone = true;
  self->gone = NULL;
  if (gone != NULL && self->state == STATE_STREAMING)
    gone (self->gone_data);
}

static void
wrote_cb (SoupServerMessage *message, unsigned length, void *user_data)
{
  ShotExchange *self = user_data;

  self->unsent -= MIN (self->unsent, length);
}

void
shot_exchange_begin (ShotExchange *self, const char *type, void (*gone) (void *user_data),
                     void *user_data)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);
  bool is_old = soup_server_message_get_http_version (self->message) == SOUP_HTTP_1_0;

  g_return_if_fail (self->state == STATE_WAITING);
  self->state = STATE_STREAMING;
  self->gone = gone;
  self->gone_data = user_data;
  if (self->server == NULL)
    return;
  soup_server_message_set_status (self->message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", type);
  soup_message_headers_set_encoding (headers, is_old ? SOUP_ENCODING_EOF : SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (self->message), FALSE);
  shot_clients_set_endless (self->server->clients, self->message);
  g_signal_connect (self->message, "wrote-body-data", G_CALLBACK (wrote_cb), self);
  go_on (self);
}

void
shot_exchange_write (ShotExchange *self, const char *text)
{
  size_t length = strlen (text);

  g_return_if_fail (self->state == STATE_STREAMING);
  if (self->server == NULL || self->is_gone)
    return;
  if (self->unsent + length > MAX_UNSENT_BYTES) {
    shot_clients_drop (self->server->clients, self->message);
    tell_gone (self);
    return;
  }
  self->unsent += length;
  soup_message_body_append (soup_server_message_get_response_body (self->message), SOUP_MEMORY_COPY,
                            text, length);
  go_on (self);
}

void
shot_exchange_end (ShotExchange *self)
{
  g_return_if_fail (self->state == STATE_STREAMING);
  self->state = STATE_ENDED;
  self->gone = NULL;
  close_account (self);
  soup_message_body_complete (soup_server_message_get_response_body (self->message));
  go_on (self);
}

static void
finished_cb (SoupServerMessage *message, void *user_data)
{
  ShotExchange *self = user_data;
  ShotServer   *server = self->server;

  self->is_finished = true;
  if (self->state == STATE_WAITING || self->state == STATE_STREAMING)
    tell_gone (self);
  self->server = NULL;
  g_signal_handlers_disconnect_by_data (message, self);
  if (self->hang_up != NULL)
    g_source_destroy (self->hang_up);
  shot_exchange_unref (self);
  server->unanswered--;
  shot_server_check_drained (server);
}

static gboolean
hang_up_cb (int fd, GIOCondition condition, void *user_data)
{
  ShotExchange *self = user_data;

  tell_gone (self);
  return G_SOURCE_REMOVE;
}

/* libsoup does not look at the connection while an answer is awaited. */
static void
watch_client (ShotExchange *self)
{
  GSocket *socket = shot_clients_find_socket (self->server->clients, self->message);

  if (socket == NULL)
    return;
  self->hang_up = g_unix_fd_source_new (g_socket_get_fd (socket), G_IO_HUP | G_IO_ERR | POLLRDHUP);
  g_source_set_callback (self->hang_up, G_SOURCE_FUNC (hang_up_cb), self, NULL);
  g_source_attach (self->hang_up, NULL);
}

bool
shot_server_is_mounted (const ShotServer *self, const char *path)
{
  const ShotMount *mount = self->options.mount;

  for (const char *const *prefix = mount != NULL ? mount->prefixes : NULL;
       prefix != NULL && *prefix != NULL; prefix++) {
    bool is_folder = g_str_has_suffix (*prefix, "/");
    if (is_folder ? g_str_has_prefix (path, *prefix) : g_str_equal (path, *prefix))
      return true;
  }
  return false;
}

void
shot_server_handle_mounted (ShotServer *self, SoupServerMessage *message)
{
  ShotExchange *exchange = g_rc_box_new0 (ShotExchange);

  exchange->server = self;
  exchange->message = g_object_ref (message);
  exchange->started_us = g_get_monotonic_time ();
  self->unanswered++;
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), exchange);
  soup_server_message_pause (message);
  watch_client (exchange);
  self->options.mount->handle (exchange, self->options.mount->user_data);
}

static void
refuse (SoupServerMessage *message, unsigned status, const char *code, const char *text)
{
  g_autofree char *json = g_strdup_printf ("{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code,
                                           text);

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, json,
                                    strlen (json));
}

bool
shot_server_refuse_mounted_body (ShotServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  size_t              most = self->options.mount->max_body_bytes;
  g_autofree char    *text = NULL;

  switch (soup_message_headers_get_encoding (headers)) {
  case SOUP_ENCODING_CHUNKED:
    refuse (message, 411, "length", "send the body with a Content-Length");
    return true;
  case SOUP_ENCODING_CONTENT_LENGTH:
    if ((uint64_t) soup_message_headers_get_content_length (headers) <= most)
      return false;
    text = g_strdup_printf ("send at most %" G_GSIZE_FORMAT " bytes", most);
    refuse (message, 413, "too-large", text);
    return true;
  default:
    return false;
  }
}
