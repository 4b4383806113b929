#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "fixture.h"

#define ECHO "http://grafana.example/echo"

static void
wait_for_log (Service *service, const char *text)
{
  for (int i = 0; i < 1000; i++) {
    g_autofree char *log = service_read_log (service);
    if (strstr (log, text) != NULL)
      return;
    g_usleep (10000);
  }
  g_autofree char *log = service_read_log (service);
  g_test_message ("%s", log);
  g_assert_not_reached ();
}

static bool
has_log (Service *service, const char *text)
{
  g_autofree char *log = service_read_log (service);

  return strstr (log, text) != NULL;
}

static unsigned
ask (Service *service, const char *token)
{
  g_auto (Answer) answer = service_get (service, "GET", "/render?url=http://g/ok", token, NULL);

  return answer.status;
}

static char *
make_path (void)
{
  char *path = NULL;
  int   fd = g_file_open_tmp ("reload-XXXXXX", &path, NULL);

  g_close (fd, NULL);
  return path;
}

/* What the file says takes effect when the log says so, and not before. */
static void
test_reload (void)
{
  g_autofree char  *path = make_path ();
  const char *const arguments[] = { "--config", path, NULL };
  const char *const environment[] = { "AUTH_TOKEN=", NULL };
  Service           service;

  g_assert_true (g_file_set_contents (path, "server.auth-token: [old-hunter2]\n", -1, NULL));
  service_start (&service, arguments, environment);
  g_assert_cmpuint (ask (&service, "old-hunter2"), ==, 200);
  g_assert_cmpuint (ask (&service, "new-hunter2"), ==, 401);
  g_assert_true (has_log (&service, "level=info"));

  g_assert_true (g_file_set_contents (path,
                                      "server.auth-token: [new-hunter2]\n"
                                      "target.forward-header: X-Access-Token\n"
                                      "render.queue: 5\n"
                                      "server.demo: true\n"
                                      "log.format: json\n"
                                      "log.level: debug\n",
                                      -1, NULL));
  g_assert_cmpuint (ask (&service, "new-hunter2"), ==, 401);
  g_subprocess_send_signal (service.process, SIGHUP);
  wait_for_log (&service, "the settings were read again");
  g_assert_true (has_log (&service, "server.auth-token has changed"));
  g_assert_true (has_log (&service, "target.forward-header has changed"));
  g_assert_true (has_log (&service, "log.level has changed"));
  g_assert_true (has_log (&service, "render.queue has changed"));
  g_assert_false (has_log (&service, "render.queue has changed: this takes a restart"));
  g_assert_true (has_log (&service, "server.demo has changed: this takes a restart"));
  g_assert_true (has_log (&service, "\"message\":\"the settings were read again\""));
  g_assert_false (has_log (&service, "render.concurrency has changed"));
  g_assert_false (has_log (&service, "\"level\":\"debug\""));
  g_assert_cmpuint (ask (&service, "old-hunter2"), ==, 401);
  g_auto (Answer) answer = service_get (&service, "GET", "/render?url=" ECHO, "new-hunter2",
                                        "X-Access-Token: passed-on");
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (strstr (answer.body, "passed-on"));
  g_assert_true (has_log (&service, "\"level\":\"debug\""));
  g_assert_false (has_log (&service, "hunter2"));
  service_stop (&service);
  g_unlink (path);
}

static void
test_refused (void)
{
  static const struct {
    const char *file; /* NULL: there is none */
    const char *expected;
  } rows[] = {
    { "server.auth-tokn: [new]\n", "unknown setting \"server.auth-tokn\"" },
    { "server.auth-token: [new]\nbrowser.min-width: 4000\n", "is above browser.max-width" },
    { "server.auth-token: [new]\ntarget.token-for: nonsense\n", "ORIGIN=FILE" },
    { "server.auth-token: [new]\nb: [\n", "this is not YAML" },
    { NULL, "No such file" },
  };
  g_autofree char  *path = make_path ();
  const char *const arguments[] = { "--config", path, NULL };
  const char *const environment[] = { "AUTH_TOKEN=", NULL };
  Service           service;

  g_assert_true (g_file_set_contents (path, "server.auth-token: [old]\n", -1, NULL));
  service_start (&service, arguments, environment);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].file != NULL)
      g_assert_true (g_file_set_contents (path, rows[i].file, -1, NULL));
    else
      g_unlink (path);
    g_subprocess_send_signal (service.process, SIGHUP);
    wait_for_log (&service, rows[i].expected);
    g_assert_cmpuint (ask (&service, "old"), ==, 200);
    g_assert_cmpuint (ask (&service, "new"), ==, 401);
  }
  g_assert_true (has_log (&service, "level=warning the settings were not read again"));
  g_assert_false (has_log (&service, "the settings were read again"));
  service_stop (&service);
}

/* A certificate that cannot be used holds everything else back. */
static void
test_certificate (void)
{
  g_autofree char  *path = make_path ();
  g_autofree char  *certificate = make_path ();
  g_autofree char  *key = make_path ();
  const char *const arguments[] = {
    "--config", path, "--server.certificate-file", certificate, "--server.key-file", key, NULL
  };
  const char *const openssl[] = { "openssl", "req",       "-x509",   "-newkey", "ed25519",
                                  "-noenc",  "-subj",     "/CN=one", "-keyout", key,
                                  "-out",    certificate, NULL };
  int               status = 0;
  Service           service;

  g_assert_true (g_spawn_sync (NULL, (char **) openssl, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                               NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  service_start (&service, arguments, NULL);
  g_assert_true (g_file_set_contents (path, "render.queue: 7\n", -1, NULL));
  g_assert_true (g_file_set_contents (certificate, "no PEM\n", -1, NULL));
  g_subprocess_send_signal (service.process, SIGHUP);
  wait_for_log (&service, "the settings were not read again, the old ones stay: ");
  g_assert_true (has_log (&service, certificate));
  g_assert_false (has_log (&service, "render.queue has changed"));
  service_stop (&service);
  g_unlink (path);
  g_unlink (certificate);
  g_unlink (key);
}

/* How much memory must be free, and whether at all. */
static void
test_memory (void)
{
  g_autofree char  *path = make_path ();
  const char *const arguments[] = { "--config", path, "--log-level", "debug", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_assert_cmpuint (ask (&service, TOKEN), ==, 200);
  g_assert_true (g_file_set_contents (path, "rate-limit.headroom: 900000000000000\n", -1, NULL));
  g_subprocess_send_signal (service.process, SIGHUP);
  wait_for_log (&service, "the settings were read again");
  g_assert_true (has_log (&service, "rate-limit.headroom has changed"));
  g_assert_false (has_log (&service, "takes a restart"));
  g_assert_cmpuint (ask (&service, TOKEN), !=, 200);
  g_assert_true (g_file_set_contents (path,
                                      "rate-limit.headroom: 900000000000000\n"
                                      "rate-limit.disabled: true\n",
                                      -1, NULL));
  g_subprocess_send_signal (service.process, SIGHUP);
  wait_for_log (&service, "rate-limit.disabled has changed");
  g_assert_cmpuint (ask (&service, TOKEN), ==, 200);
  service_stop (&service);
  g_unlink (path);
}

/* Whether the engine that became ready last was started with @option. */
static bool
has_engine_option (Service *service, const char *option)
{
  g_autofree char *log = service_read_log (service);
  char            *end = strstr (log, " is ready: WebKit");

  for (char *next = end; next != NULL; next = strstr (next + 1, " is ready: WebKit"))
    end = next;
  g_assert_nonnull (end);
  *end = '\0';
  g_autofree char *path = g_strdup_printf ("/proc/%s/cmdline", strrchr (log, '=') + 1);
  g_autofree char *line = NULL;
  size_t           length = 0;
  g_assert_true (g_file_get_contents (path, &line, &length, NULL));
  for (const char *at = line; at < line + length; at += strlen (at) + 1) {
    if (g_str_equal (at, option))
      return true;
  }
  return false;
}

static void
test_engine_level (void)
{
  g_autofree char  *path = make_path ();
  const char *const arguments[] = { "--config", path, NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_assert_cmpuint (ask (&service, TOKEN), ==, 200);
  g_assert_true (has_engine_option (&service, "--log-level=info"));
  g_assert_true (g_file_set_contents (path, "log.level: debug\n", -1, NULL));
  g_subprocess_send_signal (service.process, SIGHUP);
  wait_for_log (&service, "the engine that runs keeps its log level");
  g_auto (Answer) answer = service_get (&service, "GET", "/render?url=http://g/kill", TOKEN, NULL);
  g_assert_cmpuint (answer.status, !=, 200);
  g_assert_cmpuint (ask (&service, TOKEN), ==, 200);
  g_assert_true (has_engine_option (&service, "--log-level=debug"));
  service_stop (&service);
  g_unlink (path);
}

/* A render that runs while the tokens change is answered. */
static void
test_running (void)
{
  const char *const             arguments[] = { "--log-level", "debug", NULL };
  Service                       service;
  char                          buffer[16] = { 0 };
  size_t                        length = 0;
  g_autoptr (GSocketConnection) running = NULL;

  service_start (&service, arguments, NULL);
  running = service_send_raw (&service, "/render?url=http%3A%2F%2Fgrafana.example%2Fslow%2F1000");
  wait_for_log (&service, "queued > running");
  g_subprocess_send_signal (service.process, SIGHUP);
  wait_for_log (&service, "the settings were read again");
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (running)),
                                          buffer, 12, &length, NULL, NULL));
  g_assert_cmpstr (buffer, ==, "HTTP/1.1 200");
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reload/reload", test_reload);
  g_test_add_func ("/reload/refused", test_refused);
  g_test_add_func ("/reload/certificate", test_certificate);
  g_test_add_func ("/reload/memory", test_memory);
  g_test_add_func ("/reload/engine-level", test_engine_level);
  g_test_add_func ("/reload/running", test_running);
  return g_test_run ();
}
