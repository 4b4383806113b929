#include "config.h"

#include "notify-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static const unsigned at_once[] = { 1, 1, 0 };
static char          *log_path;

void
notify_catch_log (void)
{
  log_path = g_build_filename (g_get_tmp_dir (), "notify-log-XXXXXX", NULL);
  int fd = g_mkstemp (log_path);

  g_assert_cmpint (dup2 (fd, STDERR_FILENO), >=, 0);
  close (fd);
  shot_log_init (G_LOG_LEVEL_DEBUG, NULL);
}

void
notify_check_log (const char *const *secrets)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (log_path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "could not notify"));
  for (unsigned i = 0; secrets[i] != NULL; i++)
    if (strstr (text, secrets[i]) != NULL)
      g_error ("the log has the secret %s: %s", secrets[i], text);
  g_unlink (log_path);
  g_free (log_path);
}

void
notify_open (Notify *self, const ShotNotifierOptions *options)
{
  g_autoptr (GError)  error = NULL;
  ShotNotifierOptions wish = { .timeout_ms = 10000 };

  if (options != NULL)
    wish = *options;
  if (wish.retry_ms == NULL)
    wish.retry_ms = at_once;
  self->notifier = shot_notifier_new (&wish, &error);
  g_assert_no_error (error);
  self->folder = g_dir_make_tmp ("notify-XXXXXX", NULL);
  self->receivers = g_ptr_array_new ();
  self->run = shot_run_new ();
  g_free (self->run->name);
  self->run->name = g_strdup ("daily-1");
  self->run->n_cells = 12;
}

static void
free_receiver (ShotPlanNotify *receiver)
{
  g_free (receiver->kind);
  g_free (receiver->url);
  g_free (receiver->url_file);
  g_free (receiver->secret_file);
  g_strfreev (receiver->to);
  g_free (receiver->from);
  g_free (receiver->smtp);
  g_free (receiver->smtp_user);
  g_free (receiver->language);
  g_free (receiver);
}

void
notify_close (Notify *self)
{
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const char      *name;

  shot_notifier_free (self->notifier);
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (self->folder);
  g_free (self->folder);
  for (unsigned i = 0; i < self->receivers->len; i++)
    free_receiver (self->receivers->pdata[i]);
  g_ptr_array_unref (self->receivers);
  shot_run_free (self->run);
}

char *
notify_write (Notify *self, const char *name, const char *text)
{
  char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

ShotPlanNotify *
notify_add (Notify *self, const char *kind, const char *url, const char *secret)
{
  ShotPlanNotify  *receiver = g_new0 (ShotPlanNotify, 1);
  g_autofree char *url_name = g_strdup_printf ("url-%u", self->receivers->len);
  g_autofree char *secret_name = g_strdup_printf ("secret-%u", self->receivers->len);

  receiver->line = self->receivers->len + 1;
  receiver->kind = g_strdup (kind);
  receiver->on = (1u << SHOT_N_NOTIFY_EVENTS) - 1;
  receiver->url_file = url != NULL ? notify_write (self, url_name, url) : NULL;
  receiver->secret_file = secret != NULL ? notify_write (self, secret_name, secret) : NULL;
  g_ptr_array_add (self->receivers, receiver);
  return receiver;
}

typedef struct {
  ShotNotifier *notifier;
  GPtrArray    *outcomes;
} Wait;

static void
sent_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Wait *wait = user_data;

  wait->outcomes = shot_notifier_send_finish (wait->notifier, result);
}

GPtrArray *
notify_send (Notify *self, ShotNotifyEvent event, GCancellable *cancellable)
{
  ShotNotice notice = { .event = event,
                        .plan = "daily",
                        .title = "Daily",
                        .run = event == SHOT_NOTIFY_MISSED ? NULL : self->run,
                        .link = "https://shots.example.com/review/runs/1" };
  Wait       wait = { self->notifier, NULL };

  shot_notifier_send_async (self->notifier, self->receivers, &notice, cancellable, sent_cb, &wait);
  g_assert_null (wait.outcomes);
  while (wait.outcomes == NULL)
    g_main_context_iteration (NULL, TRUE);
  return wait.outcomes;
}

void
notify_expect (Notify *self, unsigned n_attempts, const char *failure)
{
  g_autoptr (GPtrArray)    outcomes = notify_send (self, SHOT_NOTIFY_DONE, NULL);
  const ShotNotifyOutcome *outcome = outcomes->pdata[0];

  g_assert_cmpuint (outcomes->len, ==, 1);
  if (failure == NULL)
    g_assert_cmpstr (outcome->failure, ==, NULL);
  else if (outcome->failure == NULL || strstr (outcome->failure, failure) == NULL)
    g_assert_cmpstr (outcome->failure, ==, failure);
  g_assert_cmpint (outcome->is_sent, ==, failure == NULL);
  g_assert_cmpuint (outcome->n_attempts, ==, n_attempts);
}

GTlsCertificate *
notify_make_certificate (const char *folder, char **out_path)
{
  char                   *path = g_build_filename (folder, "server.pem", NULL);
  g_autofree char        *key = g_build_filename (folder, "server.key", NULL);
  g_autoptr (GError)      error = NULL;
  const char *const       argv[] = { "openssl",
                                     "req",
                                     "-x509",
                                     "-newkey",
                                     "ec",
                                     "-pkeyopt",
                                     "ec_paramgen_curve:P-256",
                                     "-nodes",
                                     "-days",
                                     "2",
                                     "-subj",
                                     "/CN=fake",
                                     "-addext",
                                     "subjectAltName=IP:127.0.0.1,IP:127.0.0.2",
                                     "-keyout",
                                     key,
                                     "-out",
                                     path,
                                     NULL };
  g_autoptr (GSubprocess) process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                                       &error);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  GTlsCertificate *certificate = g_tls_certificate_new_from_files (path, key, &error);
  g_assert_no_error (error);
  *out_path = path;
  return certificate;
}
