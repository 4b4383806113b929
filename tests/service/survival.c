#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define URL "http://grafana.example"
#define RENDER "/render?url=http%3A%2F%2Fgrafana.example%2F"
#define DEBUG "--log-level", "debug"

static char *
read_raw (GSocketConnection *connection)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  char          buffer[4096] = { 0 };
  gssize        length = g_input_stream_read (stream, buffer, sizeof buffer - 1, NULL, NULL);

  return g_strndup (buffer, length > 0 ? (size_t) length : 0);
}

static const char *
get_header (const Answer *answer, const char *name)
{
  return soup_message_headers_get_one (answer->headers, name);
}

static unsigned
count_in_log (Service *service, const char *text)
{
  g_autofree char *log = service_read_log (service);
  g_auto (GStrv)   parts = g_strsplit (log, text, -1);

  return g_strv_length (parts) - 1;
}

/* Whatever is asked for comes, however often the engine dies, and the answer tells. */
static void
test_retried (void)
{
  g_autofree char *folder = g_dir_make_tmp ("survival-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "count", NULL);
  g_autofree char *twice = g_strconcat (URL "/kill?times=2&file=", file, NULL);
  Service          service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) plain = service_render (&service, URL "/ok", "");
  g_assert_cmpuint (plain.status, ==, 200);
  g_assert_null (get_header (&plain, "X-Panelshot-Attempts"));

  g_auto (Answer) picture = service_render (&service, twice, "");
  g_assert_cmpuint (picture.status, ==, 200);
  g_assert_cmpstr (get_header (&picture, "X-Panelshot-Attempts"), ==, "3");
  service_wait_for_log (&service, "attempts=3");
  g_assert_cmpuint (count_in_log (&service, "attempts="), ==, 1);

  g_unlink (file);
  g_auto (Answer) best = service_render (&service, twice, "&best_effort=true");
  g_assert_cmpuint (best.status, ==, 200);
  g_assert_cmpstr (get_header (&best, "X-Panelshot-Attempts"), ==, "3");

  g_unlink (file);
  g_autofree char *escaped = g_uri_escape_string (twice, NULL, FALSE);
  g_autofree char *csv = g_strconcat ("/render/csv?url=", escaped, NULL);
  g_auto (Answer)  table = service_get (&service, "GET", csv, TOKEN, NULL);
  g_assert_cmpuint (table.status, ==, 200);
  g_assert_cmpstr (get_header (&table, "X-Panelshot-Attempts"), ==, "3");

  g_unlink (file);
  g_autofree char *job = g_strdup_printf (
      "{\"url\":\"%s\",\"archive\":\"zip\",\"pictures\":[{\"name\":"
      "\"a\"},{\"name\":\"b\"}]}",
      twice);
  g_auto (Answer) bundle = service_post (&service, job);
  g_assert_cmpuint (bundle.status, ==, 200);
  g_assert_cmpstr (get_header (&bundle, "X-Panelshot-Attempts"), ==, "3");

  g_auto (Answer) metrics = service_get (&service, "GET", "/metrics", NULL, NULL);
  g_assert_nonnull (strstr (metrics.body, "\npanelshot_retries_total{cause=\"engine\"} 8\n"));
  service_stop (&service);
  g_unlink (file);
  g_rmdir (folder);
}

/* A page that ends its own web process says nothing about the service. */
static void
test_page (void)
{
  const char *const environment[] = { "PANELSHOT_SELF_RENDER=true", NULL };
  const char *const arguments[] = { DEBUG, NULL };
  Service           service;

  service_start (&service, arguments, environment);
  service_wait_for_log (&service, "health unknown > good");
  g_auto (Answer) answer = service_render (&service, URL "/cause/web-process", "");
  g_assert_cmpuint (answer.status, ==, 502);
  g_assert_nonnull (strstr (answer.body, "the page ended its own web process twice"));
  g_assert_cmpstr (get_header (&answer, "X-Panelshot-Attempts"), ==, "2");
  g_assert_cmpuint (count_in_log (&service, "health good > bad"), ==, 0);
  g_auto (Answer) ready = service_get (&service, "GET", "/readyz", NULL, NULL);
  g_assert_cmpuint (ready.status, ==, 200);
  service_stop (&service);
}

/* As many seconds as what waits will take, by what was seen so far. */
static void
test_retry_after (void)
{
  const char *const  arguments[] = { "--concurrency", "1", "--queue", "3", DEBUG, NULL };
  GSocketConnection *connections[4];
  Service            service;

  service_start (&service, arguments, NULL);
  g_auto (Answer) first = service_render (&service, URL "/slow/600", "");
  g_assert_cmpuint (first.status, ==, 200);
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = service_send_raw (&service, RENDER "stuck");
  while (count_in_log (&service, "queued > running") < 2)
    g_usleep (10000);
  g_auto (Answer) full = { 0 };
  do {
    answer_clear (&full);
    full = service_render (&service, URL "/ok", "&timeout=50ms");
  } while (full.status != 429);
  g_assert_cmpstr (full.body, ==, "server is too busy, try again later\n");
  g_assert_cmpstr (get_header (&full, "Retry-After"), ==, "3");
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++)
    g_object_unref (connections[i]);
  service_stop (&service);
}

/* Sends @n slow renders without tenant and waits until the first runs. */
static void
flood (Service *service, GSocketConnection **connections, size_t n)
{
  for (size_t i = 0; i < n; i++)
    connections[i] = service_send_raw (service, RENDER "slow%2F100");
  service_wait_for_log (service, "queued > running");
}

static void
test_turns (void)
{
  static const struct {
    const char *path;
    const char *header;
  } rows[] = {
    { RENDER "ok", "X-Tenant-ID: other" },
    { RENDER "ok&timeout=10", NULL },
    { RENDER "ok&timeout=30s", NULL },
  };
  const char *const arguments[] = { "--concurrency", "1", DEBUG, NULL };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    GSocketConnection *connections[12];
    Service            service;
    service_start (&service, arguments, NULL);
    flood (&service, connections, G_N_ELEMENTS (connections));
    g_auto (Answer) answer = service_get (&service, "GET", rows[i].path, TOKEN, rows[i].header);
    g_assert_cmpuint (answer.status, ==, 200);
    g_assert_cmpuint (count_in_log (&service, "outcome=ok"), <, 6);
    for (size_t j = 0; j < G_N_ELEMENTS (connections); j++) {
      g_autofree char *text = read_raw (connections[j]);
      g_assert_true (g_str_has_prefix (text, "HTTP/1.1 200"));
      g_object_unref (connections[j]);
    }
    service_stop (&service);
  }
}

static void
test_on_demand (void)
{
  const char *const arguments[] = { "--engine.idle-timeout", "100ms", DEBUG, NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_auto (Answer) before = service_get (&service, "GET", "/healthz?verbose", NULL, NULL);
  g_assert_nonnull (strstr (before.body, "\"engines\" : []"));
  g_assert_cmpuint (count_in_log (&service, "is ready: WebKit"), ==, 0);
  for (unsigned i = 1; i <= 2; i++) {
    g_auto (Answer) answer = service_render (&service, URL "/ok", "");
    g_assert_cmpuint (answer.status, ==, 200);
    g_assert_null (get_header (&answer, "X-Panelshot-Attempts"));
    g_assert_cmpuint (count_in_log (&service, "is ready: WebKit"), ==, i);
    while (count_in_log (&service, "had no work") < i)
      g_usleep (10000);
  }
  g_auto (Answer) ready = service_get (&service, "GET", "/readyz", NULL, NULL);
  g_assert_cmpuint (ready.status, ==, 200);
  service_stop (&service);
}

/* What an engine leaves behind when it is stopped is gone, without another render. */
static void
test_stopped_orphans (void)
{
  const char *const arguments[] = { "--engine.idle-timeout", "100ms", DEBUG, NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_auto (Answer) answer = service_render (&service, URL "/orphan", "");
  pid_t           pid = atoi (answer.body);
  g_assert_cmpint (pid, >, 1);
  service_wait_for_log (&service, "stopping > gone");
  for (int i = 0; i < 1000 && kill (pid, 0) == 0; i++)
    g_usleep (10000);
  g_assert_cmpint (kill (pid, 0), ==, -1);
  service_stop (&service);
}

/* What engines are started with changes on the fly, and costs no request. */
static void
test_reload (void)
{
  g_autofree char  *path = NULL;
  int               fd = g_file_open_tmp ("survival-XXXXXX", &path, NULL);
  const char *const arguments[] = { "--config", path, DEBUG, NULL };
  Service           service;

  g_close (fd, NULL);
  service_start (&service, arguments, NULL);
  service_wait_for_log (&service, "is ready: WebKit");
  g_autoptr (GSocketConnection) connection = service_send_raw (&service, RENDER "slow%2F500");
  service_wait_for_log (&service, "queued > running");
  g_assert_true (g_file_set_contents (path, "render.isolation: process\n", -1, NULL));
  g_subprocess_send_signal (service.process, SIGHUP);
  service_wait_for_log (&service, "is to be replaced after 1 pages: settings");
  while (count_in_log (&service, "is ready: WebKit") < 2)
    g_usleep (10000);
  g_autofree char *text = read_raw (connection);
  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 200"));
  g_auto (Answer) answer = service_render (&service, URL "/ok", "");
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpuint (count_in_log (&service, "it is tried again"), ==, 0);
  service_stop (&service);
  g_unlink (path);
}

/* The pid of the engine that takes jobs; 0 while there is none that has one. */
static GPid
find_engine (Service *service)
{
  g_auto (Answer)      answer = service_get (service, "GET", "/healthz?verbose", NULL, NULL);
  g_autoptr (JsonNode) node = json_from_string (answer.body, NULL);
  JsonArray *engines = json_object_get_array_member (json_node_get_object (node), "engines");

  if (json_array_get_length (engines) == 0)
    return 0;
  JsonObject *engine = json_array_get_object_element (engines, 0);
  if (json_object_get_int_member (engine, "pages") == 0)
    return 0;
  return (GPid) json_object_get_int_member (engine, "pid");
}

/* Somebody ends the engine again and again; every request gets its picture from the same front. */
static void
test_storm (void)
{
  const char *const  arguments[] = { "--concurrency", "4", "--queue", "200", NULL };
  GSocketConnection *connections[60];
  Service            service;
  GPid               last = 0;

  service_start (&service, arguments, NULL);
  g_autofree char *front = g_strdup (g_subprocess_get_identifier (service.process));
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = service_send_raw (&service, RENDER "slow%2F100");
  for (unsigned n_kills = 0; n_kills < 3;) {
    GPid engine = find_engine (&service);
    if (engine != 0 && engine != last && kill (engine, SIGKILL) == 0) {
      last = engine;
      n_kills++;
    }
    g_usleep (10000);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (connections); i++) {
    g_autofree char *text = read_raw (connections[i]);
    g_assert_true (g_str_has_prefix (text, "HTTP/1.1 200"));
    g_object_unref (connections[i]);
  }
  g_assert_cmpuint (count_in_log (&service, "it is tried again"), >=, 3);
  g_assert_cmpstr (g_subprocess_get_identifier (service.process), ==, front);
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/survival/retried", test_retried);
  g_test_add_func ("/survival/page", test_page);
  g_test_add_func ("/survival/retry-after", test_retry_after);
  g_test_add_func ("/survival/turns", test_turns);
  g_test_add_func ("/survival/on-demand", test_on_demand);
  g_test_add_func ("/survival/stopped-orphans", test_stopped_orphans);
  g_test_add_func ("/survival/reload", test_reload);
  g_test_add_func ("/survival/storm", test_storm);
  return g_test_run ();
}
