#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "error.h"
#include "fixture.h"
#include "telemetry-private.h"
#include "telemetry.h"

#define URL "http://grafana.example/"

static void
fill_status (ShotTelemetryStatus *out_status, void *user_data)
{
  *out_status = (ShotTelemetryStatus){ .slots = 2,
                                       .webkit = "2.50",
                                       .engines = { 999999999 },
                                       .render_bytes = 1,
                                       .ends = { { "hung", 1 } },
                                       .changes = { { "age", 1 } },
                                       .retries = { { "hung", 1 } },
                                       .lanes = { { "batch", 1 } },
                                       .slot_states = { { "warm", 1 } } };
}

/* A text in which every metric there is has a value. */
static char *
write_all (void)
{
  g_autoptr (ShotTelemetry)  telemetry = shot_telemetry_new (fill_status, NULL);
  const ShotTelemetryRequest request = { .method = "GET", .path = "/render", .status = 200 };

  shot_telemetry_observe_request (telemetry, &request);
  shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_VALID, 0);
  shot_telemetry_count_url (telemetry, SHOT_TELEMETRY_URL_VALID);
  shot_telemetry_count_admission (telemetry, SHOT_TELEMETRY_ACCEPTED);
  for (int i = 0; i < 2; i++) {
    g_autoptr (ShotResult) result = shot_result_new ("x");
    ShotPicture           *picture = shot_picture_new ();
    ShotTelemetryRender    render = {
         .encoding = i == 0 ? "png" : "csv", .kind = "viewport", .mode = "legacy", .result = result
    };

    picture->fd = -1;
    picture->size_bytes = 1;
    g_ptr_array_add (result->pictures, picture);
    result->flags = SHOT_FLAG_TRUNCATED;
    result->n_fetched[SHOT_FETCH_FONT] = 1;
    result->stage_us[SHOT_STAGE_SETTLING] = 1000;
    shot_telemetry_begin_render (telemetry);
    shot_telemetry_end_render (telemetry, &render);
  }
  return shot_telemetry_write (telemetry);
}

/* promtool knows the conventions of names, units and help, and reads the format strictly. */
static void
test_lint (void)
{
  g_autofree char        *text = write_all ();
  g_autofree char        *findings = NULL;
  g_autoptr (GError)      error = NULL;
  g_autoptr (GSubprocess) promtool = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                                           G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                           G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                                       &error, g_getenv ("PROMTOOL"), "check",
                                                       "metrics", NULL);

  for (unsigned i = 0; i < N_METRICS; i++) {
    g_autofree char *type = g_strdup_printf ("# TYPE %s ", shot_telemetry_specs[i].name);
    g_test_message ("%s", type);
    /* Groups may be out of reach on this machine, and are told only where they are. */
    if (!g_str_has_prefix (shot_telemetry_specs[i].name, "panelshot_cgroup_"))
      g_assert_nonnull (strstr (text, type));
  }
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (promtool, text, NULL, &findings, NULL, &error));
  g_assert_cmpstr (findings, ==, "");
  g_assert_true (g_subprocess_get_successful (promtool));
}

static char *
read_source (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("SOURCE"), name, NULL);
  char            *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* Whether there is a metric of this name, which may be that of a part of a histogram. */
static bool
is_metric (const char *name)
{
  static const char *const parts[] = { "", "_bucket", "_sum", "_count" };

  for (unsigned i = 0; i < N_METRICS; i++) {
    const ShotMetricSpec *spec = &shot_telemetry_specs[i];
    size_t                n_parts = spec->type == SHOT_METRIC_HISTOGRAM ? G_N_ELEMENTS (parts) : 1;
    for (size_t part = 0; part < n_parts; part++) {
      g_autofree char *full = g_strconcat (spec->name, parts[part], NULL);
      if (g_str_equal (name, full))
        return true;
    }
  }
  return false;
}

/* What is written about the metrics names them all; what asks for them, none that is not there. */
static void
test_documents (void)
{
  static const char *const users[] = { "data/grafana/alerts.yml", "data/grafana/dashboard.json",
                                       "tests/service/alerts-test.yml" };
  g_autofree char         *document = read_source ("data/metrics.md");
  g_autoptr (GRegex)       names = g_regex_new (
            "\\b(?:panelshot|http|browser|process|grafana_image_renderer)_\\w+", 0, 0, NULL);

  for (unsigned i = 0; i < N_METRICS; i++) {
    g_autofree char *quoted = g_strdup_printf ("`%s`", shot_telemetry_specs[i].name);
    g_test_message ("%s", quoted);
    g_assert_nonnull (strstr (document, quoted));
  }
  for (size_t i = 0; i < G_N_ELEMENTS (users); i++) {
    g_autofree char       *text = read_source (users[i]);
    g_autoptr (GMatchInfo) match = NULL;
    unsigned               count = 0;

    for (g_regex_match (names, text, 0, &match); g_match_info_matches (match);
         g_match_info_next (match, NULL)) {
      g_autofree char *name = g_match_info_fetch (match, 0);
      g_test_message ("%s: %s", users[i], name);
      g_assert_true (is_metric (name));
      count++;
    }
    g_assert_cmpuint (count, >, 0);
  }
}

/* Each alert fires when it should, and none on a good day. */
static void
test_alerts (void)
{
  g_autofree char   *path = g_build_filename (g_getenv ("SOURCE"), "tests/service/alerts-test.yml",
                                              NULL);
  g_autofree char   *findings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) promtool = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                           G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                                       &error, g_getenv ("PROMTOOL"), "test",
                                                       "rules", path, NULL);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (promtool, NULL, NULL, &findings, NULL, &error));
  g_test_message ("%s", findings);
  g_assert_true (g_subprocess_get_successful (promtool));
}

typedef struct {
  GSubprocess *process;
  char        *folder;
  char        *address;
} Prometheus;

static void
setup_cb (void *user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* Takes the address from the log: the port is its own choice. */
static char *
read_address (GInputStream *log)
{
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (log);
  const char                  *start = NULL;
  char                        *line;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  while ((line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL) {
    start = strstr (line, "msg=\"Listening on\" address=");
    if (start != NULL) {
      g_auto (GStrv) parts = g_strsplit (strstr (start, "address="), "=", 2);
      char          *address = g_strdup (parts[1]);
      g_free (line);
      return g_strdelimit (address, " ", '\0');
    }
    g_test_message ("%s", line);
    g_free (line);
  }
  return NULL;
}

static void
prometheus_start (Prometheus *self, unsigned port)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("prometheus-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (self->folder, "prometheus.yml", NULL);
  g_autofree char *config = g_strdup_printf ("global: { scrape_interval: 100ms }\n"
                                             "scrape_configs:\n"
                                             "  - job_name: panelshot\n"
                                             "    static_configs:\n"
                                             "      - targets: ['127.0.0.1:%u']\n",
                                             port);
  g_autofree char *option = g_strconcat ("--config.file=", path, NULL);
  g_autofree char *storage = g_strconcat ("--storage.tsdb.path=", self->folder, "/data", NULL);

  g_assert_true (g_file_set_contents (path, config, -1, NULL));
  g_subprocess_launcher_set_child_setup (launcher, setup_cb, NULL, NULL);
  self->process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("PROMETHEUS"), option,
                                               storage, "--web.listen-address=127.0.0.1:0", NULL);
  g_assert_no_error (error);
  self->address = read_address (g_subprocess_get_stderr_pipe (self->process));
  g_assert_nonnull (self->address);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char      *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_remove (path);
}

static void
prometheus_stop (Prometheus *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->address);
}

/* The value of the only series that @query finds; NULL when there is none. (transfer full) */
static char *
ask (const Prometheus *self, SoupSession *session, const char *query)
{
  g_autofree char        *encoded = g_uri_escape_string (query, NULL, FALSE);
  g_autofree char        *uri = g_strdup_printf ("http://%s/api/v1/query?query=%s", self->address,
                                                 encoded);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  g_autoptr (GBytes)      bytes = soup_session_send_and_read (session, message, NULL, NULL);
  g_autoptr (JsonParser)  parser = json_parser_new ();
  size_t                  length = 0;
  const char             *text = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  if (text == NULL || !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;
  JsonObject *answer = json_node_get_object (json_parser_get_root (parser));
  if (!json_object_has_member (answer, "data"))
    return NULL;
  JsonArray *found = json_object_get_array_member (json_object_get_object_member (answer, "data"),
                                                   "result");
  if (json_array_get_length (found) != 1)
    return NULL;
  JsonObject *series = json_array_get_object_element (found, 0);
  return g_strdup (
      json_array_get_string_element (json_object_get_array_member (series, "value"), 1));
}

/* Until Prometheus has seen it: nothing tells when a scrape is done. */
static void
expect (const Prometheus *self, Service *service, const char *query, const char *expected)
{
  g_autofree char *value = NULL;

  for (int i = 0; i < 300; i++) {
    g_free (value);
    value = ask (self, service->session, query);
    if (g_strcmp0 (value, expected) == 0)
      return;
    g_usleep (100000);
  }
  g_test_message ("%s", query);
  g_assert_cmpstr (value, ==, expected);
}

static void
test_scrape (void)
{
  Service    service;
  Prometheus prometheus;

  service_start (&service, NULL, NULL);
  for (int i = 0; i < 2; i++) {
    g_auto (Answer) answer = service_render (&service, URL "ok", "");
    g_assert_cmpuint (answer.status, ==, 200);
  }
  g_auto (Answer) failed = service_render (&service, URL "fail/login", "");
  g_assert_cmpuint (failed.status, ==, 502);
  g_auto (Answer) refused = service_get (&service, "GET", "/render", NULL, NULL);
  g_assert_cmpuint (refused.status, ==, 401);

  prometheus_start (&prometheus, service.port);
  expect (&prometheus, &service, "up", "1");
  /* As dashboards of the official renderer ask. */
  expect (&prometheus, &service,
          "sum(http_request_duration_count{path=\"GET /render\",status_code=\"200\"})", "2");
  expect (&prometheus, &service,
          "sum(http_request_duration_bucket{path=\"GET /render\",encoding=\"png\",le=\"605\"})",
          "3");
  expect (&prometheus, &service,
          "http_render_browser_request_duration_count{result=\"error\",unit=\"seconds\"}", "1");
  expect (&prometheus, &service,
          "http_authenticated_request_attempts_total{result=\"missing-header\"}", "1");
  expect (&prometheus, &service, "panelshot_renders_total{outcome=\"login\"}", "1");
  expect (&prometheus, &service, "http_requests_in_flight", "0");
  /* The next scrape sees what has changed since. */
  g_auto (Answer) another = service_render (&service, URL "ok", "");
  g_assert_cmpuint (another.status, ==, 200);
  expect (&prometheus, &service, "panelshot_renders_total{outcome=\"ok\"}", "3");
  /* It has read it to the end, not stopped at what it did not understand. */
  expect (&prometheus, &service, "scrape_samples_scraped > bool 300", "1");
  prometheus_stop (&prometheus);
  service_stop (&service);
}

static void
test_route (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) get = service_get (&service, "GET", "/metrics", NULL, NULL);
  g_assert_cmpuint (get.status, ==, 200);
  g_assert_cmpstr (soup_message_headers_get_one (get.headers, "Content-Type"), ==,
                   "text/plain; version=0.0.4; charset=utf-8");
  g_assert_nonnull (strstr (get.body, "\npanelshot_build_info{version=\"" SHOT_VERSION "\"} 1\n"));
  g_auto (Answer) post = service_get (&service, "POST", "/metrics", NULL, NULL);
  g_assert_cmpuint (post.status, ==, 405);
  /* What strangers call their pages leaves no trace. */
  g_auto (Answer) nowhere = service_get (&service, "GET", "/a-stranger", NULL, NULL);
  g_assert_cmpuint (nowhere.status, ==, 404);
  g_auto (Answer) again = service_get (&service, "GET", "/metrics", NULL, NULL);
  g_assert_null (strstr (again.body, "stranger"));
  g_assert_nonnull (strstr (again.body, "path=\"other\",status_code=\"404\""));
  g_assert_nonnull (strstr (again.body, "path=\"GET /metrics\",status_code=\"200\""));
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prometheus/route", test_route);
  g_test_add_func ("/prometheus/lint", test_lint);
  g_test_add_func ("/prometheus/documents", test_documents);
  g_test_add_func ("/prometheus/alerts", test_alerts);
  g_test_add_func ("/prometheus/scrape", test_scrape);
  return g_test_run ();
}
