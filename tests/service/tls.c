#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "fixture.h"

#define RENDER "/render?url=http%3A%2F%2Fgrafana.example%2F"

typedef struct {
  char *folder;      /* (owned) */
  char *certificate; /* (owned) */
  char *key;         /* (owned) */
  char *environment[4];
} Files;

/* What the program writes to both streams. (transfer full) */
static char *
run (const char *const *argv, const char *input)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (argv,
                                                       G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                           G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                           G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                                       &error);
  g_autoptr (GBytes)      text = g_bytes_new (input, strlen (input));
  g_autoptr (GBytes)      output = NULL;

  g_assert_no_error (error);
  /* Who refuses does not read its input. */
  g_subprocess_communicate (process, text, NULL, &output, NULL, NULL);
  return output != NULL ? g_strndup (g_bytes_get_data (output, NULL), g_bytes_get_size (output))
                        : g_strdup ("");
}

/* A new pair with this name, in place of the one before. */
static void
make_pair (const char *certificate, const char *key, const char *name)
{
  g_autofree char  *subject = g_strconcat ("/CN=", name, NULL);
  const char *const argv[] = {
    "openssl", "req",       "-x509", "-newkey", "ec",    "-pkeyopt", "ec_paramgen_curve:P-256",
    "-nodes",  "-days",     "2",     "-subj",   subject, "-keyout",  key,
    "-out",    certificate, NULL
  };
  g_autofree char *output = run (argv, "");

  g_test_message ("%s", output);
  g_assert_true (g_file_test (certificate, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (key, G_FILE_TEST_EXISTS));
}

static void
files_init (Files *self)
{
  self->folder = g_dir_make_tmp ("tls-XXXXXX", NULL);
  self->certificate = g_build_filename (self->folder, "tls.crt", NULL);
  self->key = g_build_filename (self->folder, "tls.key", NULL);
  self->environment[0] = g_strconcat ("SERVER_CERTIFICATE_FILE=", self->certificate, NULL);
  self->environment[1] = g_strconcat ("SERVER_KEY_FILE=", self->key, NULL);
  self->environment[2] = NULL;
  self->environment[3] = NULL;
  make_pair (self->certificate, self->key, "one");
}

static void
files_clear (Files *self)
{
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const char      *name = NULL;

  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->certificate);
  g_free (self->key);
  for (size_t i = 0; i < G_N_ELEMENTS (self->environment); i++)
    g_free (self->environment[i]);
}

/* (transfer full): the connection's facts and the answer, as openssl tells them. */
static char *
ask (Service *service, const char *version, const char *path)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", service->port);
  g_autofree char *request = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: " TOKEN "\r\n\r\n", path);
  const char *const argv[] = { "openssl", "s_client",        "-connect", address, "-ign_eof",
                               "-cipher", "ALL:@SECLEVEL=0", version,    NULL };

  return run (argv, request);
}

static void
assert_name (Service *service, const char *name)
{
  g_autofree char *output = ask (service, NULL, "/healthz");
  g_autofree char *subject = g_strdup_printf ("subject=CN = %s\n", name);

  g_test_message ("%s", output);
  g_assert_nonnull (strstr (output, subject));
  g_assert_nonnull (strstr (output, "HTTP/1.1 200 OK"));
}

static void
test_versions (void)
{
  static const struct {
    const char *min;
    const char *accepted[5];
    const char *refused[5];
  } rows[] = {
    { NULL, { "-tls1_2", "-tls1_3" }, { "-tls1", "-tls1_1" } },
    { "1.2", { "-tls1_2", "-tls1_3" }, { "-tls1", "-tls1_1" } },
    { "TLSv1.3", { "-tls1_3" }, { "-tls1", "-tls1_1", "-tls1_2" } },
    { "1.1", { "-tls1_1", "-tls1_2", "-tls1_3" }, { "-tls1" } },
    { "1.0", { "-tls1", "-tls1_1", "-tls1_2", "-tls1_3" }, { NULL } },
  };
  Files files;

  files_init (&files);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Service service;

    g_clear_pointer (&files.environment[2], g_free);
    if (rows[i].min != NULL)
      files.environment[2] = g_strconcat ("SERVER_MIN_TLS_VERSION=", rows[i].min, NULL);
    service_start (&service, NULL, (const char *const *) files.environment);
    for (const char *const *version = rows[i].accepted; *version != NULL; version++) {
      g_autofree char *output = ask (&service, *version, "/healthz");
      g_test_message ("%s accepts %s: %s", rows[i].min, *version, output);
      g_assert_nonnull (strstr (output, "HTTP/1.1 200 OK"));
    }
    for (const char *const *version = rows[i].refused; *version != NULL; version++) {
      g_autofree char *output = ask (&service, *version, "/healthz");
      g_test_message ("%s refuses %s: %s", rows[i].min, *version, output);
      g_assert_null (strstr (output, "HTTP/1.1"));
      g_assert_nonnull (strstr (output, " alert "));
    }
    service_stop (&service);
  }
  files_clear (&files);
}

/* The certificates of the authorities that the file holds go out with the server's. */
static void
test_chain (void)
{
  Files   files;
  Service service;

  files_init (&files);
  g_autofree char  *leaf = g_strconcat (files.folder, "/leaf.crt", NULL);
  g_autofree char  *leaf_key = g_strconcat (files.folder, "/leaf.key", NULL);
  const char *const argv[] = { "openssl",
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
                               "/CN=leaf",
                               "-keyout",
                               leaf_key,
                               "-out",
                               leaf,
                               "-CA",
                               files.certificate,
                               "-CAkey",
                               files.key,
                               NULL };
  g_autofree char  *output = run (argv, "");
  g_autofree char  *authority = NULL;
  g_autofree char  *own = NULL;

  g_test_message ("%s", output);
  g_assert_true (g_file_get_contents (files.certificate, &authority, NULL, NULL));
  g_assert_true (g_file_get_contents (leaf, &own, NULL, NULL));
  g_autofree char *chain = g_strconcat (own, authority, NULL);
  g_assert_true (g_file_set_contents (files.certificate, chain, -1, NULL));
  g_assert_cmpint (g_rename (leaf_key, files.key), ==, 0);
  service_start (&service, NULL, (const char *const *) files.environment);
  g_autofree char *shown = ask (&service, "-showcerts", "/healthz");
  g_test_message ("%s", shown);
  g_assert_nonnull (strstr (shown, " 0 s:CN = leaf\n"));
  g_assert_nonnull (strstr (shown, " 1 s:CN = one\n"));
  g_assert_nonnull (strstr (shown, "HTTP/1.1 200 OK"));
  service_stop (&service);
  files_clear (&files);
}

static void
test_render (void)
{
  Files   files;
  Service service;

  files_init (&files);
  service_start (&service, NULL, (const char *const *) files.environment);
  g_autofree char *picture = ask (&service, NULL, RENDER "ok");
  g_assert_nonnull (strstr (picture, "HTTP/1.1 200 OK"));
  g_assert_nonnull (strstr (picture, "Content-Type: image/png"));
  /* More than fits into the socket at once. */
  g_autofree char *big = ask (&service, NULL, RENDER "big");
  const char      *body = strstr (big, "\r\n\r\n");
  g_assert_nonnull (body);
  g_assert_cmpuint (strspn (body + 4, "x"), ==, 8 * 1024 * 1024);
  service_stop (&service);
  files_clear (&files);
}

/* A client that leaves takes its render with it, as without TLS. */
static void
test_hang_up (void)
{
  const char *const arguments[] = { "--concurrency", "1",     "--queue", "0",
                                    "--log-level",   "debug", NULL };
  Files             files;
  Service           service;

  files_init (&files);
  service_start (&service, arguments, (const char *const *) files.environment);
  g_autofree char  *address = g_strdup_printf ("127.0.0.1:%u", service.port);
  const char *const argv[] = { "openssl", "s_client", "-quiet", "-connect", address, NULL };
  GSubprocess      *client = g_subprocess_newv (
           argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  static const char request[] = "GET " RENDER "stuck HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " TOKEN
                                "\r\n\r\n";
  g_assert_true (g_output_stream_write_all (g_subprocess_get_stdin_pipe (client), request,
                                            strlen (request), NULL, NULL, NULL));
  service_wait_for_log (&service, "queued > running");
  int64_t left_us = g_get_monotonic_time ();
  g_subprocess_force_exit (client);
  service_wait_for_log (&service, "outcome=cancelled");
  g_assert_cmpint (g_get_monotonic_time () - left_us, <, G_USEC_PER_SEC);
  g_object_unref (client);
  service_stop (&service);
  files_clear (&files);
}

static void
test_reload (void)
{
  const char *const arguments[] = { "--log-level", "debug", NULL };
  Files             files;
  Service           service;

  files_init (&files);
  service_start (&service, arguments, (const char *const *) files.environment);
  assert_name (&service, "one");

  /* A render that has begun goes on over its connection. */
  g_autofree char  *address = g_strdup_printf ("127.0.0.1:%u", service.port);
  const char *const argv[] = { "openssl", "s_client", "-quiet", "-connect", address, NULL };
  static const char request[] = "GET " RENDER
                                "slow/1500 HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " TOKEN "\r\n\r\n";
  GSubprocess *client = g_subprocess_newv (argv,
                                           G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                               G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                               G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                           NULL);
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (client), request, strlen (request), NULL,
                             NULL, NULL);
  service_wait_for_log (&service, "queued > running");
  make_pair (files.certificate, files.key, "two");
  assert_name (&service, "two");
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) output = NULL;
  g_assert_true (g_subprocess_communicate (client, nothing, NULL, &output, NULL, NULL));
  g_assert_true (g_str_has_prefix (g_bytes_get_data (output, NULL), "HTTP/1.1 200 OK"));
  g_object_unref (client);

  /* What cannot be used is told, and the last good pair stays; then the next good one counts. */
  g_autofree char *strange_key = g_strconcat (files.folder, "/strange.key", NULL);
  g_autofree char *strange = g_strconcat (files.folder, "/strange.crt", NULL);
  make_pair (strange, strange_key, "strange");
  g_assert_cmpint (g_rename (strange_key, files.key), ==, 0);
  assert_name (&service, "two");
  service_wait_for_log (&service, "the certificate read before stays in force");
  g_assert_true (g_file_set_contents (files.certificate, "no PEM", -1, NULL));
  assert_name (&service, "two");
  g_assert_cmpint (g_unlink (files.certificate), ==, 0);
  assert_name (&service, "two");
  g_assert_cmpint (g_rename (strange, files.certificate), ==, 0);
  assert_name (&service, "strange");
  service_stop (&service);
  files_clear (&files);
}

/* A failed handshake is nobody's warning. */
static void
test_bad_clients (void)
{
  const char *const arguments[] = { "--log-level", "debug", NULL };
  Files             files;
  Service           service;

  files_init (&files);
  service_start (&service, arguments, (const char *const *) files.environment);
  for (int i = 0; i < 20; i++) {
    g_autoptr (GSocketConnection) plain = service_send_raw (&service, "/healthz");
    char                          buffer[256] = { 0 };
    g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (plain)), buffer,
                         sizeof buffer - 1, NULL, NULL);
    g_assert_null (strstr (buffer, "HTTP/1.1 200"));
  }
  assert_name (&service, "one");
  service_wait_for_log (&service, "TLS handshake failed");
  g_autofree char *log = service_read_log (&service);
  g_assert_null (strstr (log, "level=warning"));
  service_stop (&service);
  files_clear (&files);
}

/* Half a handshake holds a place for the time of the headers, and holds up nobody. */
static void
test_silent_clients (void)
{
  const char *const         arguments[] = { "--log-level", "debug", NULL };
  GSocketConnection        *silent[200];
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Files                     files;
  Service                   service;

  files_init (&files);
  service_start (&service, arguments, (const char *const *) files.environment);
  for (size_t i = 0; i < G_N_ELEMENTS (silent); i++) {
    silent[i] = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) service.port, NULL,
                                                 NULL);
    g_assert_nonnull (silent[i]);
    if (i % 2 == 0) /* the beginning of a hello */
      g_output_stream_write (g_io_stream_get_output_stream (G_IO_STREAM (silent[i])),
                             "\x16\x03\x01\x02\x00\x01", 6, NULL, NULL);
  }
  int64_t started_us = g_get_monotonic_time ();
  assert_name (&service, "one");
  g_assert_cmpint (g_get_monotonic_time () - started_us, <, 2 * G_USEC_PER_SEC);
  for (size_t i = 0; i < G_N_ELEMENTS (silent); i++) {
    char byte;
    g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (silent[i])),
                                          &byte, 1, NULL, NULL),
                     <=, 0);
    g_object_unref (silent[i]);
  }
  g_assert_cmpint (g_get_monotonic_time () - started_us, <, 10 * G_USEC_PER_SEC);
  g_autofree char *log = service_read_log (&service);
  g_assert_null (strstr (log, "level=warning"));
  service_stop (&service);
  files_clear (&files);
}

/* The start is refused, and one line says why. */
static void
test_start_errors (void)
{
  Files files;

  files_init (&files);
  g_autofree char  *empty = g_strconcat (files.folder, "/empty", NULL);
  g_autofree char  *encrypted = g_strconcat (files.folder, "/encrypted.key", NULL);
  g_autofree char  *other = g_strconcat (files.folder, "/other.crt", NULL);
  g_autofree char  *other_key = g_strconcat (files.folder, "/other.key", NULL);
  const char *const encrypt[] = { "openssl",  "pkey",   "-in",  files.key, "-aes256",
                                  "-passout", "pass:x", "-out", encrypted, NULL };
  const struct {
    const char *certificate;
    const char *key;
    const char *version;
    const char *expected;
  } rows[] = {
    { files.certificate, NULL, NULL, "without server.key-file" },
    { NULL, files.key, NULL, "without server.certificate-file" },
    { "/no/such.crt", files.key, NULL, "/no/such.crt" },
    { files.certificate, "/no/such.key", NULL, "/no/such.key" },
    { files.certificate, empty, NULL, "are not a certificate and its key" },
    { empty, files.key, NULL, "are not a certificate and its key" },
    { files.key, files.certificate, NULL, "are not a certificate and its key" },
    { other, files.key, NULL, "does not belong to" },
    { files.certificate, encrypted, NULL, "remove its passphrase" },
    { files.certificate, files.key, "1.4", "want one of 1.0, 1.1, 1.2, 1.3" },
    { files.certificate, files.key, "SSLv3", "want one of 1.0, 1.1, 1.2, 1.3" },
  };

  g_free (run (encrypt, ""));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  make_pair (other, other_key, "other");
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
        G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autofree char *text = NULL;

    if (rows[i].certificate != NULL)
      g_subprocess_launcher_setenv (launcher, "SERVER_CERTIFICATE_FILE", rows[i].certificate, TRUE);
    if (rows[i].key != NULL)
      g_subprocess_launcher_setenv (launcher, "SERVER_KEY_FILE", rows[i].key, TRUE);
    if (rows[i].version != NULL)
      g_subprocess_launcher_setenv (launcher, "SERVER_MIN_TLS_VERSION", rows[i].version, TRUE);
    g_autoptr (GSubprocess) process = g_subprocess_launcher_spawn (launcher, NULL,
                                                                   g_getenv ("PANELSHOT"), "serve",
                                                                   "--listen", "127.0.0.1:0", NULL);
    g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &text, NULL));
    g_test_message ("%s", text);
    g_assert_true (g_subprocess_get_if_exited (process));
    g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 2);
    g_assert_nonnull (strstr (text, rows[i].expected));
    g_assert_true (strchr (text, '\n') == text + strlen (text) - 1);
    g_assert_null (strstr (text, "PRIVATE"));
  }
  files_clear (&files);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls/versions", test_versions);
  g_test_add_func ("/tls/chain", test_chain);
  g_test_add_func ("/tls/render", test_render);
  g_test_add_func ("/tls/hang-up", test_hang_up);
  g_test_add_func ("/tls/reload", test_reload);
  g_test_add_func ("/tls/bad-clients", test_bad_clients);
  g_test_add_func ("/tls/silent-clients", test_silent_clients);
  g_test_add_func ("/tls/start-errors", test_start_errors);
  return g_test_run ();
}
