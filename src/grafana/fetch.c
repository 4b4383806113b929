#include "config.h"

#include "fetch.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "error.h"
#include "mask.h"
#include "origin.h"
#include "tls.h"

#define MAX_REDIRECTS 5
#define CHUNK_BYTES (64 * 1024)

typedef enum {
  FETCH_SENDING,
  FETCH_READING,
  FETCH_DONE
} FetchState;

typedef struct {
  FetchState       state;
  ShotFetchOptions options;
  char            *uri;    /* (owned): what is asked for now */
  char            *origin; /* (owned): of the first address */
  unsigned         n_redirects;
  SoupMessage     *message;     /* (owned) (nullable) */
  GInputStream    *stream;      /* (owned) (nullable) */
  GByteArray      *body;        /* (owned) */
  GCancellable    *stop;        /* (owned): by the caller, or by the clock */
  GCancellable    *cancellable; /* (owned) (nullable): the caller's */
  unsigned long    cancelled_id;
  unsigned         timer;   /* 0 once it has fired */
  bool             is_late; /* the clock stopped it */
} Fetch;

static void advance (GTask *task);

void
shot_fetched_free (ShotFetched *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->path);
  g_free (self);
}

static void
fetch_free (void *data)
{
  Fetch *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->stop);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_byte_array_unref (self->body);
  g_free (self->origin);
  g_free (self->uri);
  g_free (self);
}

/* The caller's stop, and the clock's, are told before what they did to the connection. */
static void fail (GTask *task, ShotError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (GTask *task, ShotError code, const char *format, ...)
{
  Fetch           *self = g_task_get_task_data (task);
  g_autofree char *origin = shot_mask_uri (self->origin);
  va_list          arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *masked = shot_mask_uri (text);
  self->state = FETCH_DONE;
  if (g_cancellable_is_cancelled (self->cancellable))
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_CANCELLED, "stopped");
  else if (self->is_late)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_TIMEOUT,
                             "Grafana at %s did not answer in time", origin);
  else
    g_task_return_new_error (task, SHOT_ERROR, code, "%s", masked);
}

static void
succeed (GTask *task)
{
  Fetch       *self = g_task_get_task_data (task);
  ShotFetched *fetched = g_new0 (ShotFetched, 1);

  self->state = FETCH_DONE;
  fetched->status = soup_message_get_status (self->message);
  fetched->body = g_byte_array_free_to_bytes (g_steal_pointer (&self->body));
  self->body = g_byte_array_new ();
  fetched->path = g_strdup (g_uri_get_path (soup_message_get_uri (self->message)));
  g_task_return_pointer (task, fetched, (GDestroyNotify) shot_fetched_free);
}

static gboolean
certificate_cb (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
                void *user_data)
{
  Fetch *self = user_data;

  return self->options.ca_pem != NULL &&
         shot_tls_is_trusted (certificate, self->uri, self->options.ca_pem);
}

static void
read_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  GTask             *task = user_data;
  Fetch             *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (self->stream, result, &error);
  size_t             size = 0;

  if (chunk == NULL) {
    self->is_late = self->is_late || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    fail (task, SHOT_ERROR_UNREACHABLE, "Grafana's answer broke off: %s", error->message);
  } else if (g_bytes_get_size (chunk) == 0) {
    succeed (task);
  } else if (self->body->len + g_bytes_get_size (chunk) > self->options.max_bytes) {
    fail (task, SHOT_ERROR_DOCUMENT, "Grafana's answer is larger than %" G_GSIZE_FORMAT " MiB",
          self->options.max_bytes / (1024 * 1024));
  } else {
    const uint8_t *bytes = g_bytes_get_data (chunk, &size);
    g_byte_array_append (self->body, bytes, (unsigned) size);
    advance (task);
  }
  g_object_unref (task);
}

/* What to do about a connection that could not be made. */
static const char *
get_cure (const Fetch *self, const GError *error)
{
  if (error->domain == G_TLS_ERROR)
    return self->options.ca_pem != NULL
               ? " (its authority is not in the CA file that was given, or the name is another)"
               : " (give the authority's certificate as CA file)";
  return "";
}

/* Where a redirect leads. FALSE when @task has failed. */
static bool
follow (GTask *task, const char *location)
{
  Fetch             *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  char              *next = g_uri_resolve_relative (self->uri, location,
                                                    G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, &error);

  if (next == NULL) {
    fail (task, SHOT_ERROR_DOCUMENT, "Grafana's answer leads to no address: \"%.100s\"", location);
    return false;
  }
  g_free (self->uri);
  self->uri = next;
  if (!shot_origin_matches (self->origin, self->uri)) {
    g_autofree char *origin = shot_origin_from_uri (self->uri);
    fail (task, SHOT_ERROR_DOCUMENT,
          "%s leads elsewhere, to %s, where the token does not go: give the address at which "
          "Grafana itself answers",
          self->origin, origin != NULL ? origin : "no http address");
    return false;
  }
  if (++self->n_redirects > MAX_REDIRECTS) {
    fail (task, SHOT_ERROR_DOCUMENT, "Grafana's answers lead in a circle");
    return false;
  }
  return true;
}

static void
sent_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  GTask             *task = user_data;
  Fetch             *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GInputStream      *stream = soup_session_send_finish (self->options.session, result, &error);

  if (stream == NULL) {
    self->is_late = self->is_late || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    fail (task, SHOT_ERROR_UNREACHABLE, "cannot reach Grafana at %s: %s%s", self->origin,
          error->message, get_cure (self, error));
    g_object_unref (task);
    return;
  }
  g_set_object (&self->stream, stream);
  g_object_unref (stream);

  unsigned            status = soup_message_get_status (self->message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char         *location = soup_message_headers_get_one (headers, "Location");
  if (!SOUP_STATUS_IS_REDIRECTION (status) || location == NULL) {
    self->state = FETCH_READING;
    advance (task);
  } else if (follow (task, location)) {
    advance (task);
  }
  g_object_unref (task);
}

static void
send_message (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  self->message = soup_message_new (SOUP_METHOD_GET, self->uri);
  if (self->message == NULL) {
    fail (task, SHOT_ERROR_USAGE, "\"%s\" is no http or https address", self->uri);
    return;
  }
  SoupMessageHeaders *headers = soup_message_get_request_headers (self->message);
  soup_message_headers_append (headers, "Accept", "application/json");
  if (self->options.token != NULL) {
    g_autofree char *value = g_strconcat ("Bearer ", shot_secret_reveal (self->options.token),
                                          NULL);
    soup_message_headers_append (headers, "Authorization", value);
    explicit_bzero (value, strlen (value));
  }
  if (self->options.org_id > 0) {
    g_autofree char *number = g_strdup_printf ("%d", self->options.org_id);
    soup_message_headers_append (headers, "X-Grafana-Org-Id", number);
  }
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (self->message, "accept-certificate", G_CALLBACK (certificate_cb), self);
  soup_session_send_async (self->options.session, self->message, G_PRIORITY_DEFAULT, self->stop,
                           sent_cb, g_object_ref (task));
}

static void
advance (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  switch (self->state) {
  case FETCH_SENDING:
    send_message (task);
    break;
  case FETCH_READING:
    g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, self->stop,
                                     read_cb, g_object_ref (task));
    break;
  case FETCH_DONE:
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
  Fetch *self = user_data;

  self->timer = 0;
  self->is_late = true;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

void
shot_fetch_async (const ShotFetchOptions *options, const char *uri, GCancellable *cancellable,
                  GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Fetch            *self = g_new0 (Fetch, 1);
  int64_t           left_us = options->until_us - g_get_monotonic_time ();

  g_task_set_task_data (task, self, fetch_free);
  self->options = *options;
  self->uri = g_strdup (uri);
  self->origin = shot_origin_from_uri (uri);
  self->body = g_byte_array_new ();
  self->stop = g_cancellable_new ();
  if (self->origin == NULL) {
    g_autofree char *masked = shot_mask_uri (uri);
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_USAGE,
                             "\"%s\" is no http or https address", masked);
    return;
  }
  self->timer = g_timeout_add ((unsigned) CLAMP (left_us / 1000, 0, G_MAXINT), late_cb, self);
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self->stop,
                                                NULL);
  }
  advance (task);
}

ShotFetched *
shot_fetch_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
