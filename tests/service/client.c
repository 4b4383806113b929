#include "config.h"

#include "client.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>

#include "error.h"

/* Long enough for any answer; where none comes, as short as can be. */
#define PATIENT_MS 20000
#define IMPATIENT_MS 50

/* The leak sanitizer falls over the thread-local storage of GnuTLS, which GIO loads as a module;
 * without this interception it finds its way. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "intercept_tls_get_addr=0";
}

typedef struct {
  GMainLoop *loop;
  GError    *error;
} Asked;

static void
asked_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Asked *asked = user_data;

  g_assert_cmpint (shot_client_ask_finish (result, &asked->error), ==, asked->error == NULL);
  g_main_loop_quit (asked->loop);
}

/* SHOT_N_ERRORS when all is well. */
static ShotError
ask (const char *uri, bool is_trusting, unsigned timeout_ms)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError)    error = NULL;
  Asked                 asked = { .loop = loop };

  shot_client_ask_async (uri, is_trusting, timeout_ms, asked_cb, &asked);
  g_main_loop_run (loop);
  error = asked.error;
  if (error == NULL)
    return SHOT_N_ERRORS;
  g_assert_true (error->domain == SHOT_ERROR);
  return (ShotError) error->code;
}

static void
answer_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
           void *user_data)
{
  if (g_str_equal (path, "/silent"))
    soup_server_message_pause (message);
  else if (g_str_equal (path, "/moved"))
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/healthz");
  else
    soup_server_message_set_status (message, g_str_equal (path, "/healthz") ? 200 : 503, NULL);
}

/* (transfer full). @certificate may be NULL. @out_uri: without a path. */
static SoupServer *
start (GTlsCertificate *certificate, char **out_uri)
{
  SoupServer        *server = soup_server_new ("tls-certificate", certificate, NULL);
  g_autoptr (GError) error = NULL;

  soup_server_add_handler (server, NULL, answer_cb, NULL, NULL);
  soup_server_listen_local (server, 0,
                            SOUP_SERVER_LISTEN_IPV4_ONLY |
                                (certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0),
                            &error);
  g_assert_no_error (error);
  GSList *uris = soup_server_get_uris (server);
  *out_uri = g_strdup_printf ("%s://127.0.0.1:%d", certificate != NULL ? "https" : "http",
                              g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return server;
}

static void
test_answers (void)
{
  g_autofree char       *uri = NULL;
  g_autoptr (SoupServer) server = start (NULL, &uri);
  g_autofree char       *well = g_strconcat (uri, "/healthz", NULL);
  g_autofree char       *ill = g_strconcat (uri, "/ill", NULL);
  g_autofree char       *moved = g_strconcat (uri, "/moved", NULL);
  g_autofree char       *silent = g_strconcat (uri, "/silent", NULL);

  g_assert_cmpint (ask (well, false, PATIENT_MS), ==, SHOT_N_ERRORS);
  g_assert_cmpint (ask (ill, false, PATIENT_MS), ==, SHOT_ERROR_DOCUMENT);
  g_assert_cmpint (ask (moved, false, PATIENT_MS), ==, SHOT_ERROR_DOCUMENT);
  g_assert_cmpint (ask (silent, false, IMPATIENT_MS), ==, SHOT_ERROR_TIMEOUT);
  g_assert_cmpint (ask ("nonsense", false, PATIENT_MS), ==, SHOT_ERROR_USAGE);
  soup_server_disconnect (server);
  g_assert_cmpint (ask (well, false, PATIENT_MS), ==, SHOT_ERROR_UNREACHABLE);
}

static void
test_certificate (void)
{
  g_autofree char        *folder = g_dir_make_tmp ("client-XXXXXX", NULL);
  g_autofree char        *path = g_build_filename (folder, "both.pem", NULL);
  g_autoptr (GError)      error = NULL;
  const char *const       argv[] = { "openssl", "req",   "-x509", "-newkey", "rsa:2048",
                                     "-nodes",  "-subj", "/CN=x", "-keyout", path,
                                     "-out",    path,    NULL };
  g_autoptr (GSubprocess) openssl = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                                       &error);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (openssl, NULL, &error));
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);
  g_assert_no_error (error);

  g_autofree char       *uri = NULL;
  g_autoptr (SoupServer) server = start (certificate, &uri);
  g_autofree char       *well = g_strconcat (uri, "/healthz", NULL);
  g_assert_cmpint (ask (well, true, PATIENT_MS), ==, SHOT_N_ERRORS);
  g_assert_cmpint (ask (well, false, PATIENT_MS), ==, SHOT_ERROR_UNREACHABLE);
  soup_server_disconnect (server);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/answers", test_answers);
  g_test_add_func ("/client/certificate", test_certificate);
  return g_test_run ();
}
