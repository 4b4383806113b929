#include "config.h"

#include "smtp.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "host.h"

typedef struct {
  char       *server;
  char       *user;     /* (nullable) */
  ShotSecret *password; /* (nullable) */
  char       *ca_file;  /* (nullable) */
  char       *from;
  char      **to;
  char       *mail;
  size_t      length;
  size_t      at; /* what is read of the mail */
  unsigned    timeout_ms;
} Sending;

static void
sending_free (void *data)
{
  Sending *self = data;

  g_free (self->server);
  g_free (self->user);
  g_clear_pointer (&self->password, shot_secret_unref);
  g_free (self->ca_file);
  g_free (self->from);
  g_strfreev (self->to);
  g_free (self->mail);
  g_free (self);
}

void
shot_smtp_init (void)
{
  curl_global_init (CURL_GLOBAL_DEFAULT);
}

void
shot_smtp_cleanup (void)
{
  curl_global_cleanup ();
}

static size_t
read_cb (char *buffer, size_t size, size_t count, void *user_data)
{
  Sending *self = user_data;
  size_t   length = MIN (size * count, self->length - self->at);

  memcpy (buffer, self->mail + self->at, length);
  self->at += length;
  return length;
}

static int
progress_cb (void *user_data, curl_off_t down_total, curl_off_t down_now, curl_off_t up_total,
             curl_off_t up_now)
{
  return g_cancellable_is_cancelled (user_data);
}

static bool
is_local (const char *server)
{
  g_autoptr (GUri) uri = g_uri_parse (server, G_URI_FLAGS_NONE, NULL);
  const char      *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  return host != NULL && (g_str_equal (host, "localhost") || g_str_equal (host, "127.0.0.1") ||
                          g_str_equal (host, "::1"));
}

static void
set_options (CURL *curl, Sending *self, struct curl_slist *receivers, char *message,
             GCancellable *cancellable)
{
  bool must_hide = self->password != NULL && !is_local (self->server);

  curl_easy_setopt (curl, CURLOPT_URL, self->server);
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT_MS, (long) self->timeout_ms);
  curl_easy_setopt (curl, CURLOPT_MAIL_FROM, self->from);
  curl_easy_setopt (curl, CURLOPT_MAIL_RCPT, receivers);
  curl_easy_setopt (curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt (curl, CURLOPT_READFUNCTION, read_cb);
  curl_easy_setopt (curl, CURLOPT_READDATA, self);
  curl_easy_setopt (curl, CURLOPT_USE_SSL,
                    must_hide ? (long) CURLUSESSL_ALL : (long) CURLUSESSL_TRY);
  curl_easy_setopt (curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt (curl, CURLOPT_XFERINFOFUNCTION, progress_cb);
  curl_easy_setopt (curl, CURLOPT_XFERINFODATA, cancellable);
  /* Beside the folder of the system's, which is another option. */
  if (self->ca_file != NULL)
    curl_easy_setopt (curl, CURLOPT_CAINFO, self->ca_file);
  if (self->user != NULL && self->password != NULL) {
    curl_easy_setopt (curl, CURLOPT_USERNAME, self->user);
    curl_easy_setopt (curl, CURLOPT_PASSWORD, shot_secret_reveal (self->password));
  }
}

/* @reply: the server's last code, 0 if it came to none. */
static ShotError
classify (CURLcode code, long reply)
{
  switch (code) {
  case CURLE_OPERATION_TIMEDOUT:
    return SHOT_ERROR_TIMEOUT;
  case CURLE_ABORTED_BY_CALLBACK:
    return SHOT_ERROR_CANCELLED;
  case CURLE_LOGIN_DENIED:
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_USE_SSL_FAILED:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
    return SHOT_ERROR_REFUSED;
  default:
    return reply >= 500   ? SHOT_ERROR_REFUSED
           : reply >= 400 ? SHOT_ERROR_BUSY
                          : SHOT_ERROR_UNREACHABLE;
  }
}

static void
thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  Sending           *self = data;
  struct curl_slist *receivers = NULL;
  char               message[CURL_ERROR_SIZE] = "";
  long               reply = 0;

  CURL *curl = curl_easy_init ();
  if (curl == NULL) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_ENGINE, "libcurl does not start");
    return;
  }
  for (unsigned i = 0; self->to[i] != NULL; i++)
    receivers = curl_slist_append (receivers, self->to[i]);
  set_options (curl, self, receivers, message, cancellable);
  CURLcode code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &reply);
  curl_easy_cleanup (curl);
  curl_slist_free_all (receivers);
  if (code == CURLE_OK)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, SHOT_ERROR, classify (code, reply), "the mail server %s: %s",
                             self->server,
                             message[0] != '\0' ? message : curl_easy_strerror (code));
}

void
shot_smtp_send_async (const ShotSmtpWish *wish, GCancellable *cancellable,
                      GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Sending          *self = g_new0 (Sending, 1);

  self->server = g_strdup (wish->server);
  self->user = g_strdup (wish->user);
  self->password = wish->password != NULL ? shot_secret_ref (wish->password) : NULL;
  self->ca_file = g_strdup (wish->ca_file);
  self->from = g_strdup (wish->from);
  self->to = g_strdupv ((char **) wish->to);
  self->mail = g_strdup (wish->mail);
  self->length = strlen (wish->mail);
  self->timeout_ms = wish->timeout_ms;
  g_task_set_task_data (task, self, sending_free);
  g_task_set_check_cancellable (task, FALSE); /* the thread says how it ended */
  g_task_run_in_thread (task, thread);
}

gboolean
shot_smtp_send_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
