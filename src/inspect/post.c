#include "config.h"

#include "post.h"

#include <string.h>

#include "mask.h"
#include "tls.h"

#define CHUNK_BYTES (256 * 1024)
#define MAX_TEXT_BYTES 400
#define MAX_RETRY_SECONDS 3600

typedef enum {
  POST_SENDING,
  POST_READING,
  POST_DONE
} PostState;

typedef struct {
  PostState       state;
  ShotPostOptions options;
  char           *uri;         /* (owned) */
  SoupMessage    *message;     /* (owned) */
  GInputStream   *stream;      /* (owned) (nullable) */
  GByteArray     *body;        /* (owned) */
  GCancellable   *stop;        /* (owned): by the caller, or by the clock */
  GCancellable   *cancellable; /* (owned) (nullable): the caller's */
  unsigned long   cancelled_id;
  unsigned        timer; /* 0 once it has fired */
  bool            is_late;
} Post;

static void advance (GTask *task);

void
shot_posted_free (ShotPosted *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->timing);
  g_free (self->server);
  g_free (self->text);
  g_free (self);
}

static void
post_free (void *data)
{
  Post *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->stop);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_byte_array_unref (self->body);
  g_free (self->uri);
  g_free (self);
}

static void
fail (GTask *task, ShotError code, const char *what, const char *why)
{
  Post            *self = g_task_get_task_data (task);
  g_autofree char *text = g_strdup_printf ("%s: %s", what, why);
  g_autofree char *masked = shot_mask_uri (text);

  self->state = POST_DONE;
  if (g_cancellable_is_cancelled (self->cancellable))
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_CANCELLED, "cancelled");
  else if (self->is_late)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_TIMEOUT,
                             "the renderer did not answer in time");
  else
    g_task_return_new_error (task, SHOT_ERROR, code, "%s", masked);
}

/* What a server means that does not say so itself. */
static ShotError
guess_code (unsigned status)
{
  switch (status) {
  case 400:
  case 411:
  case 413:
  case 415:
    return SHOT_ERROR_USAGE;
  case 401:
    return SHOT_ERROR_UNAUTHORIZED;
  case 403:
    return SHOT_ERROR_REFUSED;
  case 408:
    return SHOT_ERROR_TIMEOUT;
  case 429:
  case 503:
    return SHOT_ERROR_BUSY;
  default:
    return status >= 500 ? SHOT_ERROR_ENGINE : SHOT_ERROR_DOCUMENT;
  }
}

/* Its first line, without what could play tricks in a log or a report. */
static char *
make_text (const GByteArray *body, unsigned status)
{
  g_autofree char    *raw = g_strndup ((const char *) body->data, MIN (body->len, MAX_TEXT_BYTES));
  g_autofree char    *valid = g_utf8_make_valid (raw, -1);
  g_autoptr (GString) line = g_string_new (NULL);

  for (const char *at = valid; *at != '\0' && *at != '\n'; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    bool         is_plain = type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT;
    g_string_append_unichar (line, is_plain ? character : ' ');
  }
  g_strstrip (line->str);
  if (*line->str == '\0' || *line->str == '<')
    return g_strdup_printf ("the renderer answered with status %u", status);
  return shot_mask_uri (line->str);
}

static int64_t
read_retry_after (SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_one (headers, "Retry-After");

  /* A date in its place is as good as nothing. */
  if (text == NULL || !g_ascii_isdigit (*text))
    return 0;
  return 1000 * (int64_t) MIN (g_ascii_strtoull (text, NULL, 10), MAX_RETRY_SECONDS);
}

static void
read_failure (const Post *self, ShotPosted *posted, SoupMessageHeaders *headers)
{
  const char *name = soup_message_headers_get_one (headers, "X-Panelshot-Error");

  posted->text = make_text (self->body, posted->status);
  posted->code = guess_code (posted->status);
  posted->retry_after_ms = read_retry_after (headers);
  if (name == NULL)
    return;
  ShotError code = shot_error_from_name (name);
  posted->has_code = g_str_equal (shot_error_get_name (code), name);
  if (posted->has_code)
    posted->code = code;
}

/* "panelshot/5.0.0" as people write it. */
static char *
read_server (SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_one (headers, "Server");

  if (text == NULL || !g_str_has_prefix (text, "panelshot/") || strlen (text) > 40)
    return NULL;
  for (const char *at = text; *at != '\0'; at++) {
    if (!g_ascii_isalnum (*at) && strchr ("/.-+", *at) == NULL)
      return NULL;
  }
  return g_strdelimit (g_strdup (text), "/", ' ');
}

static void
succeed (GTask *task)
{
  Post               *self = g_task_get_task_data (task);
  ShotPosted         *posted = g_new0 (ShotPosted, 1);
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);

  self->state = POST_DONE;
  posted->status = soup_message_get_status (self->message);
  posted->timing = g_strdup (soup_message_headers_get_list (headers, "Server-Timing"));
  posted->server = read_server (headers);
  if (posted->status != SOUP_STATUS_OK)
    read_failure (self, posted, headers);
  posted->body = g_byte_array_free_to_bytes (g_steal_pointer (&self->body));
  self->body = g_byte_array_new ();
  g_task_return_pointer (task, posted, (GDestroyNotify) shot_posted_free);
}

static void
read_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  Post              *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (self->stream, result, &error);
  size_t             size = 0;

  if (chunk == NULL) {
    fail (task, SHOT_ERROR_UNREACHABLE, "the renderer's answer broke off", error->message);
  } else if (g_bytes_get_size (chunk) == 0) {
    succeed (task);
  } else if (self->body->len + g_bytes_get_size (chunk) > self->options.max_bytes) {
    fail (task, SHOT_ERROR_DOCUMENT, "the renderer's answer", "it is too large");
  } else {
    const uint8_t *bytes = g_bytes_get_data (chunk, &size);
    g_byte_array_append (self->body, bytes, (unsigned) size);
    advance (task);
  }
}

static void
sent_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  Post              *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  self->stream = soup_session_send_finish (self->options.session, result, &error);
  if (self->stream == NULL) {
    fail (task, SHOT_ERROR_UNREACHABLE, "cannot reach the renderer", error->message);
    return;
  }
  self->state = POST_READING;
  advance (task);
}

static void
advance (GTask *task)
{
  Post *self = g_task_get_task_data (task);

  switch (self->state) {
  case POST_SENDING:
    soup_session_send_async (self->options.session, self->message, G_PRIORITY_DEFAULT, self->stop,
                             sent_cb, g_object_ref (task));
    break;
  case POST_READING:
    g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, self->stop,
                                     read_cb, g_object_ref (task));
    break;
  case POST_DONE:
  default:
    break;
  }
}

static gboolean
certificate_cb (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
                void *user_data)
{
  const Post *self = user_data;

  return self->options.ca_pem != NULL &&
         shot_tls_is_trusted (certificate, self->uri, self->options.ca_pem);
}

static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  g_cancellable_cancel (user_data);
}

static gboolean
late_cb (void *user_data)
{
  Post *self = user_data;

  self->timer = 0;
  self->is_late = true;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

static void
prepare (Post *self, GBytes *body)
{
  self->message = soup_message_new (SOUP_METHOD_POST, self->uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (self->message);
  soup_message_headers_append (headers, "Accept", "application/zip");
  soup_message_set_request_body_from_bytes (self->message, "application/json", body);
  if (self->options.token != NULL)
    soup_message_headers_append (headers, "X-Auth-Token", shot_secret_reveal (self->options.token));
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (self->message, "accept-certificate", G_CALLBACK (certificate_cb), self);
}

void
shot_post_async (const ShotPostOptions *options, const char *uri, GBytes *body,
                 GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Post             *self = g_new0 (Post, 1);

  g_task_set_task_data (task, self, post_free);
  self->options = *options;
  self->uri = g_strdup (uri);
  self->body = g_byte_array_new ();
  self->stop = g_cancellable_new ();
  self->timer = g_timeout_add ((unsigned) CLAMP (options->timeout_ms, 1, G_MAXINT), late_cb, self);
  prepare (self, body);
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self->stop,
                                                NULL);
  }
  advance (task);
}

ShotPosted *
shot_post_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
