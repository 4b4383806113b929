#include "config.h"

#include "web-client.h"

#include <libsoup/soup.h>
#include <string.h>

#include "error.h"
#include "mask.h"
#include "origin.h"
#include "tls.h"

#define CHUNK_BYTES (128 * 1024)
#define MAX_RETRY_AFTER_S 86400

/* Counted: a call that is broken off outlives the client's free. */
struct _ShotWebClient {
  ShotWebRules rules;
  SoupSession *session; /* (owned) */
};

typedef enum {
  CALL_SENDING,
  CALL_READING,
  CALL_DONE
} CallState;

typedef struct {
  CallState           state;
  ShotWebClient      *client;  /* (owned) */
  ShotSecret         *address; /* (owned): what is asked for now */
  char               *origin;  /* (owned): of the first address */
  SoupMessageHeaders *headers; /* (owned): of every message */
  GBytes             *sent;    /* (owned) (nullable) */
  unsigned            n_redirects;
  SoupMessage        *message;     /* (owned) (nullable) */
  GInputStream       *stream;      /* (owned) (nullable) */
  GByteArray         *body;        /* (owned) */
  GCancellable       *stop;        /* (owned): by the caller, or by the clock */
  GCancellable       *cancellable; /* (owned) (nullable): the caller's */
  unsigned long       cancelled_id;
  unsigned            timer;   /* 0 once it has fired */
  bool                is_late; /* the clock stopped it */
} Call;

static void advance (GTask *task);

/* ---- The client */

ShotWebClient *
shot_web_client_new (const ShotWebRules *rules)
{
  ShotWebClient *self = g_rc_box_new0 (ShotWebClient);

  self->rules = *rules;
  self->rules.name = g_strdup (rules->name);
  self->rules.ca_pem = g_strdup (rules->ca_pem);
  self->session = soup_session_new_with_options ("timeout", rules->silence_s, "max-conns",
                                                 (int) rules->max_connections, "max-conns-per-host",
                                                 (int) rules->max_per_server, "user-agent",
                                                 "panelshot/" SHOT_VERSION, NULL);
  if (!rules->has_proxy)
    soup_session_set_proxy_resolver (self->session, NULL);
  return self;
}

static void
client_clear (void *data)
{
  ShotWebClient *self = data;

  g_object_unref (self->session);
  g_free ((char *) self->rules.ca_pem);
  g_free ((char *) self->rules.name);
}

void
shot_web_client_free (ShotWebClient *self)
{
  if (self == NULL)
    return;
  soup_session_abort (self->session);
  g_rc_box_release_full (self, client_clear);
}

/* ---- Answers */

void
shot_web_answer_free (ShotWebAnswer *self)
{
  if (self == NULL)
    return;
  g_bytes_unref (self->body);
  g_free (self->path);
  soup_message_headers_unref (self->headers);
  g_free (self);
}

const char *
shot_web_answer_get_header (const ShotWebAnswer *self, const char *name)
{
  return soup_message_headers_get_list (self->headers, name);
}

unsigned
shot_web_answer_get_retry_after_s (const ShotWebAnswer *self)
{
  const char *text = shot_web_answer_get_header (self, "Retry-After");

  /* A date in its place is as good as nothing. */
  if (text == NULL || !g_ascii_isdigit (*text))
    return 0;
  return (unsigned) MIN (g_ascii_strtoull (text, NULL, 10), MAX_RETRY_AFTER_S);
}

/* ---- A call */

static void
call_free (void *data)
{
  Call *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->stop);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_clear_pointer (&self->sent, g_bytes_unref);
  g_byte_array_unref (self->body);
  soup_message_headers_unref (self->headers);
  shot_secret_unref (self->address);
  g_rc_box_release_full (self->client, client_clear);
  g_free (self->origin);
  g_free (self);
}

/* "Grafana at https://grafana.example.com" */
static char *
describe_server (const Call *self)
{
  const char *name = self->client->rules.name;

  return name != NULL ? g_strconcat (name, " at ", self->origin, NULL) : g_strdup (self->origin);
}

/* The caller's stop, and the clock's, are told before what they did to the connection. */
static void fail (GTask *task, ShotError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (GTask *task, ShotError code, const char *format, ...)
{
  Call            *self = g_task_get_task_data (task);
  g_autofree char *server = describe_server (self);
  va_list          arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *masked = shot_mask_uri (text);
  self->state = CALL_DONE;
  if (g_cancellable_is_cancelled (self->cancellable))
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_CANCELLED, "stopped");
  else if (self->is_late)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_TIMEOUT, "%s did not answer in time",
                             server);
  else
    g_task_return_new_error (task, SHOT_ERROR, code, "%s", masked);
}

static void
fail_to_address (GTask *task)
{
  const Call *self = g_task_get_task_data (task);
  const char *name = self->client->rules.name;

  g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_USAGE,
                           "the address%s%s is no http or https one", name != NULL ? " of " : "",
                           name != NULL ? name : "");
}

static void
succeed (GTask *task)
{
  Call          *self = g_task_get_task_data (task);
  ShotWebAnswer *answer = g_new0 (ShotWebAnswer, 1);

  self->state = CALL_DONE;
  answer->status = soup_message_get_status (self->message);
  answer->body = g_byte_array_free_to_bytes (g_steal_pointer (&self->body));
  self->body = g_byte_array_new ();
  answer->path = g_strdup (g_uri_get_path (soup_message_get_uri (self->message)));
  answer->headers = soup_message_headers_ref (soup_message_get_response_headers (self->message));
  g_task_return_pointer (task, answer, (GDestroyNotify) shot_web_answer_free);
}

static gboolean
certificate_cb (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
                void *user_data)
{
  const Call *self = user_data;
  const char *ca_pem = self->client->rules.ca_pem;

  return ca_pem != NULL &&
         shot_tls_is_trusted (certificate, shot_secret_reveal (self->address), ca_pem);
}

static void
read_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)   task = user_data;
  Call               *self = g_task_get_task_data (task);
  const ShotWebRules *rules = &self->client->rules;
  g_autofree char    *server = describe_server (self);
  g_autoptr (GError)  error = NULL;
  g_autoptr (GBytes)  chunk = g_input_stream_read_bytes_finish (self->stream, result, &error);
  size_t              size = 0;

  if (chunk == NULL) {
    self->is_late = self->is_late || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    fail (task, SHOT_ERROR_UNREACHABLE, "the answer of %s broke off: %s", server, error->message);
    return;
  }
  const uint8_t *bytes = g_bytes_get_data (chunk, &size);
  size_t         room = rules->max_bytes - self->body->len;
  if (size > room && !rules->is_cut) {
    fail (task, SHOT_ERROR_DOCUMENT, "the answer of %s is larger than %" G_GSIZE_FORMAT " MiB",
          server, rules->max_bytes / (1024 * 1024));
    return;
  }
  if (size > 0)
    g_byte_array_append (self->body, bytes, (unsigned) MIN (size, room));
  if (size == 0 || (rules->is_cut && size >= room))
    succeed (task);
  else
    advance (task);
}

/* What to do about a connection that could not be made. */
static const char *
get_cure (const Call *self, const GError *error)
{
  if (error->domain != G_TLS_ERROR)
    return "";
  return self->client->rules.ca_pem != NULL
             ? " (its authority is not in the CA file that was given, or the name is another)"
             : " (give the authority's certificate as CA file)";
}

/* FALSE when @task has failed. */
static bool
follow (GTask *task, const char *location)
{
  Call            *self = g_task_get_task_data (task);
  g_autofree char *next = g_uri_resolve_relative (shot_secret_reveal (self->address), location,
                                                  G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                                  NULL);

  if (next == NULL || !shot_origin_matches (self->origin, next)) {
    g_autofree char *origin = next != NULL ? shot_origin_from_uri (next) : NULL;
    fail (task, SHOT_ERROR_DOCUMENT,
          "%s leads elsewhere, to %s, where nothing is sent: give the address that answers itself",
          self->origin, origin != NULL ? origin : "no http address");
    return false;
  }
  if (++self->n_redirects > self->client->rules.max_redirects) {
    fail (task, SHOT_ERROR_DOCUMENT, "the answers of %s lead in a circle", self->origin);
    return false;
  }
  shot_secret_unref (self->address);
  self->address = shot_secret_new (next);
  return true;
}

/* Where the answer leads to, if that is to be followed. (nullable) */
static const char *
get_location (const Call *self)
{
  unsigned            status = soup_message_get_status (self->message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  /* The others would make a GET of a POST. */
  bool is_followed = self->sent != NULL ? status == 307 || status == 308
                                        : SOUP_STATUS_IS_REDIRECTION (status);

  if (!is_followed || self->client->rules.max_redirects == 0)
    return NULL;
  return soup_message_headers_get_one (headers, "Location");
}

static void
sent_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)        task = user_data;
  Call                    *self = g_task_get_task_data (task);
  g_autoptr (GError)       error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send_finish (self->client->session, result,
                                                              &error);

  if (stream == NULL) {
    g_autofree char *server = describe_server (self);
    self->is_late = self->is_late || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    fail (task, SHOT_ERROR_UNREACHABLE, "cannot reach %s: %s%s", server, error->message,
          get_cure (self, error));
    return;
  }
  g_set_object (&self->stream, stream);

  const char *location = get_location (self);
  if (location != NULL && !follow (task, location))
    return;
  self->state = location != NULL ? CALL_SENDING : CALL_READING;
  advance (task);
}

static void
copy_header_cb (const char *name, const char *value, void *user_data)
{
  soup_message_headers_append (user_data, name, value);
}

static void
send_message (GTask *task)
{
  Call *self = g_task_get_task_data (task);

  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  self->message = soup_message_new (self->sent != NULL ? SOUP_METHOD_POST : SOUP_METHOD_GET,
                                    shot_secret_reveal (self->address));
  if (self->message == NULL) {
    fail_to_address (task);
    return;
  }
  soup_message_headers_foreach (self->headers, copy_header_cb,
                                soup_message_get_request_headers (self->message));
  if (self->sent != NULL)
    soup_message_set_request_body_from_bytes (self->message, "application/json; charset=utf-8",
                                              self->sent);
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (self->message, "accept-certificate", G_CALLBACK (certificate_cb), self);
  soup_session_send_async (self->client->session, self->message, G_PRIORITY_DEFAULT, self->stop,
                           sent_cb, g_object_ref (task));
}

static void
advance (GTask *task)
{
  Call *self = g_task_get_task_data (task);

  switch (self->state) {
  case CALL_SENDING:
    send_message (task);
    break;
  case CALL_READING:
    g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, self->stop,
                                     read_cb, g_object_ref (task));
    break;
  case CALL_DONE:
  default:
    break;
  }
}

static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  g_cancellable_cancel (user_data);
}

static gboolean
late_cb (void *user_data)
{
  Call *self = user_data;

  self->timer = 0;
  self->is_late = true;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

static SoupMessageHeaders *
make_headers (const ShotWebOrder *order)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  for (const char *const *at = order->headers; at != NULL && *at != NULL; at += 2)
    soup_message_headers_append (headers, at[0], at[1]);
  if (order->token != NULL) {
    const char      *scheme = order->token_scheme != NULL ? order->token_scheme : "";
    g_autofree char *value = g_strconcat (scheme, shot_secret_reveal (order->token), NULL);
    soup_message_headers_append (headers, order->token_header, value);
    explicit_bzero (value, strlen (value));
  }
  return headers;
}

void
shot_web_client_call_async (ShotWebClient *self, const ShotWebOrder *order,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Call             *call = g_new0 (Call, 1);

  g_task_set_task_data (task, call, call_free);
  call->client = g_rc_box_acquire (self);
  call->address = shot_secret_new (order->uri);
  call->origin = shot_origin_from_uri (order->uri);
  call->headers = make_headers (order);
  call->sent = order->body != NULL ? g_bytes_ref (order->body) : NULL;
  call->body = g_byte_array_new ();
  call->stop = g_cancellable_new ();
  if (call->origin == NULL) {
    fail_to_address (task);
    return;
  }
  call->timer = g_timeout_add ((unsigned) CLAMP (order->timeout_ms, 0, G_MAXINT), late_cb, call);
  if (cancellable != NULL) {
    call->cancellable = g_object_ref (cancellable);
    call->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), call->stop,
                                                NULL);
  }
  advance (task);
}

ShotWebAnswer *
shot_web_client_call_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
