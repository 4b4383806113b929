#include "config.h"

#include "fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A test that is killed must not leave its server behind. */
static void
setup_cb (void *user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* What tests/support/audit.py will search, and for what. */
static void
note (const char *name, const char *text)
{
  const char      *folder = g_getenv ("PANELSHOT_AUDIT");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;
  FILE            *file = path != NULL ? g_fopen (path, "ae") : NULL;

  if (file == NULL)
    return;
  fprintf (file, "%s\n", text);
  fclose (file);
}

static unsigned
read_port (int fd)
{
  char    text[16] = { 0 };
  size_t  length = 0;
  ssize_t part;

  while (length < sizeof text - 1 &&
         (part = read (fd, text + length, sizeof text - 1 - length)) > 0)
    length += (size_t) part;
  close (fd);
  return (unsigned) atoi (text);
}

void
service_start (Service *self, const char *const *arguments, const char *const *environment)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GPtrArray)           argv = g_ptr_array_new ();
  g_autoptr (GError)              error = NULL;
  int                             pipes[2];

  g_assert_cmpint (pipe2 (pipes, O_CLOEXEC), ==, 0);
  int log_fd = g_file_open_tmp ("service-XXXXXX", &self->log_path, NULL);
  g_subprocess_launcher_take_fd (launcher, pipes[1], 9);
  g_subprocess_launcher_take_stderr_fd (launcher, log_fd);
  g_subprocess_launcher_set_child_setup (launcher, setup_cb, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "AUTH_TOKEN", TOKEN, TRUE);
  g_subprocess_launcher_setenv (launcher, "PANELSHOT_SELF_RENDER", "false", TRUE);
  for (; environment != NULL && *environment != NULL; environment++) {
    g_auto (GStrv) pair = g_strsplit (*environment, "=", 2);
    g_subprocess_launcher_setenv (launcher, pair[0], pair[1], TRUE);
  }

  const char *const first[] = { g_getenv ("PANELSHOT"), "serve",      "--listen",
                                "127.0.0.1:0",          "--ready-fd", "9" };
  for (size_t i = 0; i < G_N_ELEMENTS (first); i++)
    g_ptr_array_add (argv, (void *) first[i]);
  for (; arguments != NULL && *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (void *) *arguments);
  g_ptr_array_add (argv, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata,
                                                &error);
  g_assert_no_error (error);
  g_clear_object (&launcher);
  self->port = read_port (pipes[0]);
  if (self->port == 0) {
    g_autofree char *log = service_read_log (self);
    g_test_message ("%s", log);
  }
  g_assert_cmpuint (self->port, >, 0);
  self->session = soup_session_new ();
}

void
service_stop (Service *self)
{
  g_subprocess_send_signal (self->process, SIGTERM);
  g_assert_true (g_subprocess_wait (self->process, NULL, NULL));
  if (!g_subprocess_get_if_exited (self->process) ||
      g_subprocess_get_exit_status (self->process) != 0) {
    g_autofree char *text = service_read_log (self);
    g_test_message ("%s", text);
  }
  g_assert_true (g_subprocess_get_if_exited (self->process));
  g_assert_cmpint (g_subprocess_get_exit_status (self->process), ==, 0);
  g_autofree char *log = service_read_log (self);
  note ("texts/log-service", log);
  note ("secrets", "\"" TOKEN "\"");
  g_unlink (self->log_path);
  g_clear_pointer (&self->log_path, g_free);
  g_clear_object (&self->process);
  g_clear_object (&self->session);
}

char *
service_read_log (Service *self)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (self->log_path, &text, NULL, NULL));
  return text;
}

void
service_wait_for_log (Service *self, const char *text)
{
  for (int i = 0; i < 1000; i++) {
    g_autofree char *log = service_read_log (self);
    if (strstr (log, text) != NULL)
      return;
    g_usleep (10000);
  }
  g_autofree char *log = service_read_log (self);
  g_test_message ("%s", log);
  g_assert_not_reached ();
}

/* @headers: NULL-terminated. */
static bool
add_headers (SoupMessage *message, const char *const *headers)
{
  SoupMessageHeaders *to = soup_message_get_request_headers (message);
  bool                is_chunked = false;

  for (; *headers != NULL; headers++) {
    g_auto (GStrv) parts = g_strsplit (*headers, ": ", 2);
    soup_message_headers_replace (to, parts[0], parts[1]);
    is_chunked = is_chunked || g_str_equal (*headers, SERVICE_CHUNKED);
  }
  return is_chunked;
}

Answer
service_exchange (Service *self, const char *method, const char *path, const char *const *headers,
                  const char *type, const char *body)
{
  g_autofree char        *uri = g_strdup_printf ("http://127.0.0.1:%u%s", self->port, path);
  g_autoptr (SoupMessage) message = soup_message_new (method, uri);
  g_autoptr (GError)      error = NULL;
  Answer                  answer = { 0 };

  g_assert_nonnull (message);
  bool is_chunked = add_headers (message, headers);
  if (body != NULL) {
    gssize                   length = (gssize) strlen (body);
    g_autoptr (GBytes)       sent = g_bytes_new (body, (size_t) length);
    g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (sent);
    soup_message_set_request_body (message, type, stream, is_chunked ? -1 : length);
  }
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  g_autoptr (GBytes) bytes = soup_session_send_and_read (self->session, message, NULL, &error);
  if (error != NULL) {
    g_autofree char *log = service_read_log (self);
    g_test_message ("%s", log);
  }
  g_assert_no_error (error);
  answer.status = soup_message_get_status (message);
  answer.phrase = g_strdup (soup_message_get_reason_phrase (message));
  answer.headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  answer.length = g_bytes_get_size (bytes);
  answer.body = g_malloc0 (answer.length + 1);
  if (answer.length > 0)
    memcpy (answer.body, g_bytes_get_data (bytes, NULL), answer.length);
  if (answer.status >= 400)
    note ("texts/error-service", answer.body);
  return answer;
}

Answer
service_send (Service *self, const char *method, const char *path, const char *token,
              const char *header, const char *type, const char *body)
{
  g_autofree char *auth = token != NULL ? g_strdup_printf ("X-Auth-Token: %s", token) : NULL;
  const char      *headers[3] = { NULL };
  size_t           n = 0;

  if (auth != NULL)
    headers[n++] = auth;
  if (header != NULL)
    headers[n++] = header;
  return service_exchange (self, method, path, headers, type, body);
}

Answer
service_get (Service *self, const char *method, const char *path, const char *token,
             const char *header)
{
  return service_send (self, method, path, token, header, NULL, NULL);
}

Answer
service_post (Service *self, const char *body)
{
  return service_send (self, "POST", "/render", TOKEN, NULL, "application/json", body);
}

Answer
service_render (Service *self, const char *url, const char *more)
{
  g_autofree char *encoded = g_uri_escape_string (url, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/render?url=", encoded, more, NULL);

  return service_get (self, "GET", path, TOKEN, NULL);
}

void
answer_clear (Answer *self)
{
  g_clear_pointer (&self->body, g_free);
  g_clear_pointer (&self->phrase, g_free);
  g_clear_pointer (&self->headers, soup_message_headers_unref);
}

GSocketConnection *
service_send_raw (Service *self, const char *path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError)        error = NULL;
  GSocketConnection        *connection = g_socket_client_connect_to_host (client, "127.0.0.1",
                                                                          (guint16) self->port, NULL,
                                                                          &error);
  g_assert_no_error (error);
  g_autofree char *text = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: " TOKEN "\r\n\r\n", path);
  GOutputStream *stream = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_assert_true (g_output_stream_write_all (stream, text, strlen (text), NULL, NULL, &error));
  return connection;
}
