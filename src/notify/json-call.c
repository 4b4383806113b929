#include "config.h"

#include "json-call.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "error.h"
#include "origin.h"
#include "tls.h"

#define MAX_REDIRECTS 3
#define MAX_ANSWER_BYTES (64 * 1024)

typedef enum {
  CALL_SENDING,
  CALL_READING,
  CALL_DONE
} CallState;

typedef struct {
  CallState     state;
  SoupSession  *session; /* (borrowed) */
  const char   *ca_pem;  /* (borrowed) (nullable) */
  ShotSecret   *address; /* (owned): where to send to now */
  char         *origin;  /* (owned): of the first address */
  GBytes       *body;    /* (owned) */
  unsigned      n_redirects;
  SoupMessage  *message;     /* (owned) (nullable) */
  GInputStream *stream;      /* (owned) (nullable) */
  GByteArray   *answer;      /* (owned) */
  GCancellable *stop;        /* (owned): by the caller, or by the clock */
  GCancellable *cancellable; /* (owned) (nullable): the caller's */
  unsigned long cancelled_id;
  unsigned      timer; /* 0 once it has fired */
  bool          is_late;
} Call;

static void advance (GTask *task);

void
shot_json_called_free (ShotJsonCalled *self)
{
  if (self == NULL)
    return;
  g_bytes_unref (self->body);
  g_free (self);
}

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
  g_clear_pointer (&self->address, shot_secret_unref);
  g_byte_array_unref (self->answer);
  g_bytes_unref (self->body);
  g_free (self->origin);
  g_free (self);
}

static void fail (GTask *task, ShotError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (GTask *task, ShotError code, const char *format, ...)
{
  Call   *self = g_task_get_task_data (task);
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->state = CALL_DONE;
  if (g_cancellable_is_cancelled (self->cancellable))
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_CANCELLED, "stopped");
  else if (self->is_late)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_TIMEOUT, "%s did not answer in time",
                             self->origin);
  else
    g_task_return_new_error (task, SHOT_ERROR, code, "%s", text);
}

static void
succeed (GTask *task)
{
  Call               *self = g_task_get_task_data (task);
  ShotJsonCalled     *called = g_new0 (ShotJsonCalled, 1);
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char         *after = soup_message_headers_get_one (headers, "Retry-After");

  self->state = CALL_DONE;
  called->status = soup_message_get_status (self->message);
  called->retry_after_s = after != NULL ? (unsigned) MIN (g_ascii_strtoull (after, NULL, 10), 86400)
                                        : 0;
  called->body = g_bytes_new (self->answer->data, self->answer->len);
  g_task_return_pointer (task, called, (GDestroyNotify) shot_json_called_free);
}

static void
read_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  GTask             *task = user_data;
  Call              *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (self->stream, result, &error);
  size_t             size = 0;

  if (chunk == NULL) {
    fail (task, SHOT_ERROR_UNREACHABLE, "the answer of %s broke off: %s", self->origin,
          error->message);
  } else {
    const uint8_t *bytes = g_bytes_get_data (chunk, &size);
    g_byte_array_append (self->answer, bytes, (unsigned) size);
    /* What an answer means stands at its beginning. */
    if (size == 0 || self->answer->len >= MAX_ANSWER_BYTES)
      succeed (task);
    else
      advance (task);
  }
  g_object_unref (task);
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
    fail (task, SHOT_ERROR_REFUSED,
          "%s leads elsewhere, to %s, where nothing is sent: give the address that answers itself",
          self->origin, origin != NULL ? origin : "no http address");
    return false;
  }
  if (++self->n_redirects > MAX_REDIRECTS) {
    fail (task, SHOT_ERROR_REFUSED, "the answers of %s lead in a circle", self->origin);
    return false;
  }
  shot_secret_unref (self->address);
  self->address = shot_secret_new (next);
  return true;
}

static void
sent_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  GTask             *task = user_data;
  Call              *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GInputStream      *stream = soup_session_send_finish (self->session, result, &error);

  if (stream == NULL) {
    self->is_late = self->is_late || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    fail (task, SHOT_ERROR_UNREACHABLE, "cannot reach %s: %s", self->origin, error->message);
    g_object_unref (task);
    return;
  }
  g_set_object (&self->stream, stream);
  g_object_unref (stream);

  unsigned            status = soup_message_get_status (self->message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char         *location = soup_message_headers_get_one (headers, "Location");
  /* Others would make a GET of it: not what a robot's address does. */
  bool is_followed = (status == 307 || status == 308) && location != NULL;
  if (is_followed && !follow (task, location)) {
    g_object_unref (task);
    return;
  }
  self->state = is_followed ? CALL_SENDING : CALL_READING;
  advance (task);
  g_object_unref (task);
}

static gboolean
certificate_cb (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
                void *user_data)
{
  Call *self = user_data;

  return self->ca_pem != NULL &&
         shot_tls_is_trusted (certificate, shot_secret_reveal (self->address), self->ca_pem);
}

static void
send_message (GTask *task)
{
  Call *self = g_task_get_task_data (task);

  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  self->message = soup_message_new (SOUP_METHOD_POST, shot_secret_reveal (self->address));
  if (self->message == NULL) {
    fail (task, SHOT_ERROR_USAGE, "the address is no http or https one");
    return;
  }
  soup_message_set_request_body_from_bytes (self->message, "application/json; charset=utf-8",
                                            self->body);
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (self->message, "accept-certificate", G_CALLBACK (certificate_cb), self);
  soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, self->stop, sent_cb,
                           g_object_ref (task));
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
    g_input_stream_read_bytes_async (self->stream, MAX_ANSWER_BYTES - self->answer->len,
                                     G_PRIORITY_DEFAULT, self->stop, read_cb, g_object_ref (task));
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

void
shot_json_call_async (SoupSession *session, const char *ca_pem, ShotSecret *address,
                      const char *body, unsigned timeout_ms, GCancellable *cancellable,
                      GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Call             *self = g_new0 (Call, 1);

  g_task_set_task_data (task, self, call_free);
  self->session = session;
  self->ca_pem = ca_pem;
  self->address = shot_secret_ref (address);
  self->origin = shot_origin_from_uri (shot_secret_reveal (address));
  self->body = g_bytes_new (body, strlen (body));
  self->answer = g_byte_array_new ();
  self->stop = g_cancellable_new ();
  if (self->origin == NULL) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_USAGE,
                             "the address is no http or https one");
    return;
  }
  self->timer = g_timeout_add (timeout_ms, late_cb, self);
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self->stop,
                                                NULL);
  }
  advance (task);
}

ShotJsonCalled *
shot_json_call_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
