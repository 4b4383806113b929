#include "config.h"

#include "telemetry.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"

#define UNIT "unit=\"seconds\","

static void
fill_status (ShotTelemetryStatus *out_status, void *user_data)
{
  const ShotTelemetryStatus *status = user_data;

  *out_status = *status;
}

static void
assert_has (ShotTelemetry *telemetry, const char *line)
{
  g_autofree char *text = shot_telemetry_write (telemetry);
  g_autofree char *expected = g_strconcat ("\n", line, "\n", NULL);

  if (strstr (text, expected) == NULL)
    g_test_message ("no line %s in:\n%s", line, text);
  g_assert_nonnull (strstr (text, expected));
}

static void
assert_lacks (ShotTelemetry *telemetry, const char *part)
{
  g_autofree char *text = shot_telemetry_write (telemetry);

  g_assert_null (strstr (text, part));
}

static void
test_request (void)
{
  ShotTelemetryStatus        status = { 0 };
  g_autoptr (ShotTelemetry)  telemetry = shot_telemetry_new (fill_status, &status);
  const ShotTelemetryRequest ok = { .method = "GET",
                                    .path = "/render",
                                    .encoding = "png",
                                    .mode = "binding",
                                    .status = 200,
                                    .duration_us = 200000,
                                    .size_bytes = 3000 };
  const ShotTelemetryRequest left = {
    .method = "HEAD", .path = "/render", .encoding = "gif", .status = 408, .is_cancelled = true
  };
  const ShotTelemetryRequest health = { .method = "GET", .path = "/healthz", .status = 200 };
  const ShotTelemetryRequest nowhere = { .method = "BREW", .status = 404 };
  const ShotTelemetryRequest wrong = { .method = "PUT", .path = "/render", .status = 405 };

  shot_telemetry_observe_request (telemetry, &ok);
  shot_telemetry_observe_request (telemetry, &left);
  shot_telemetry_observe_request (telemetry, &health);
  shot_telemetry_observe_request (telemetry, &nowhere);
  shot_telemetry_observe_request (telemetry, &wrong);
#define OK \
  "method=\"GET\",path=\"GET /render\",status_code=\"200\",encoding=\"png\",mode=\"binding\""
  assert_has (telemetry, "http_request_duration_bucket{" UNIT OK ",le=\"0.1\"} 0");
  assert_has (telemetry, "http_request_duration_bucket{" UNIT OK ",le=\"0.5\"} 1");
  assert_has (telemetry, "http_request_duration_sum{" UNIT OK "} 0.2");
  assert_has (telemetry, "http_response_size_bucket{unit=\"bytes\"," OK ",le=\"2048\"} 0");
  assert_has (telemetry,
              "http_response_size_bucket{unit=\"bytes\"," OK ",le=\"3172.8837473621106\"} 1");
  assert_has (telemetry,
              "http_response_size_bucket{unit=\"bytes\"," OK ",le=\"1.4561062605183048e+06\"} 1");
  assert_has (telemetry, "http_request_duration_count{" UNIT "method=\"HEAD\",path=\"GET /render\","
                         "status_code=\"408\",encoding=\"unknown\",mode=\"unknown\"} 1");
  assert_has (telemetry, "http_request_duration_count{" UNIT "method=\"other\",path=\"other\","
                         "status_code=\"404\",encoding=\"unknown\",mode=\"unknown\"} 1");
  assert_has (telemetry, "http_request_duration_count{" UNIT "method=\"other\",path=\"other\","
                         "status_code=\"405\",encoding=\"unknown\",mode=\"unknown\"} 1");
  /* Generation 3 knew renders alone. */
#define V3 "grafana_image_renderer_service_http_request_duration_seconds"
  assert_has (telemetry, V3 "_count{status_code=\"200\"} 1");
  assert_has (telemetry, V3 "_count{status_code=\"499\"} 1");
  assert_has (telemetry, V3 "_count{status_code=\"405\"} 1");
  assert_lacks (telemetry, V3 "_count{status_code=\"404\"}");
}

static ShotResult *
make_result (void)
{
  ShotResult  *result = shot_result_new ("x");
  ShotPicture *picture = shot_picture_new ();

  for (int i = 0; i < SHOT_N_STAGES; i++)
    result->stage_us[i] = (i + 1) * 125000;
  result->flags = SHOT_FLAG_STILL_MOVING | SHOT_FLAG_TRUNCATED;
  picture->fd = -1;
  picture->size_bytes = 5000;
  picture->encoding = SHOT_ENCODING_WEBP;
  result->n_fetched[SHOT_FETCH_SCRIPT] = 3;
  result->fetched_bytes[SHOT_FETCH_SCRIPT] = 700;
  g_ptr_array_add (result->pictures, picture);
  return result;
}

static void
test_render (void)
{
  ShotTelemetryStatus       status = { 0 };
  g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);
  g_autoptr (ShotResult)    result = make_result ();
  const ShotTelemetryRender render = { .encoding = "png",
                                       .kind = "full-page",
                                       .mode = "legacy",
                                       .result = result,
                                       .duration_us = 2625000 };

  assert_has (telemetry, "http_requests_in_flight 0");
  shot_telemetry_begin_render (telemetry);
  assert_has (telemetry, "http_requests_in_flight 1");
  assert_has (telemetry, "grafana_image_renderer_http_request_in_flight 1");
  shot_telemetry_end_render (telemetry, &render);
  assert_has (telemetry, "http_requests_in_flight 0");
  assert_has (telemetry, "panelshot_renders_total{outcome=\"ok\",encoding=\"png\"} 1");
  assert_has (telemetry, "http_render_browser_request_duration_sum{" UNIT
                         "result=\"success\",encoding=\"png\",mode=\"legacy\"} 2.625");
  assert_has (telemetry, "browser_render_duration_sum{unit=\"seconds\"} 2.5");
  assert_has (telemetry, "browser_action_duration_sum{" UNIT "action=\"Navigate\"} 0.625");
  assert_has (telemetry, "browser_action_duration_sum{" UNIT "action=\"waitForReady\"} 0.5");
  assert_has (telemetry, "browser_action_duration_sum{" UNIT "action=\"printer.action\"} 1.375");
  assert_has (telemetry,
              "grafana_image_renderer_step_duration_seconds_sum{step=\"navigate\"} 0.625");
  assert_has (telemetry, "browser_readiness_mode_total{mode=\"legacy\"} 1");
  assert_has (telemetry, "panelshot_queue_wait_seconds_sum 0.125");
  assert_has (telemetry,
              "panelshot_stage_duration_seconds_sum{stage=\"settling\",kind=\"full-page\"} 0.5");
  assert_has (telemetry, "panelshot_flags_total{flag=\"still_moving\"} 1");
  assert_has (telemetry, "panelshot_flags_total{flag=\"truncated\"} 1");
  assert_has (telemetry, "panelshot_picture_bytes_sum{encoding=\"webp\"} 5000");
  assert_has (telemetry, "panelshot_fetches_total{kind=\"script\"} 3");
  assert_has (telemetry, "panelshot_fetched_bytes_total{kind=\"script\"} 700");
  assert_lacks (telemetry, "kind=\"font\"");
  assert_lacks (telemetry, "flag=\"stuck_count\"");
  assert_lacks (telemetry, "stage=\"queued\"");
}

static void
test_failures (void)
{
  ShotTelemetryStatus       status = { 0 };
  g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);
  g_autoptr (ShotResult)    result = shot_result_new ("x");

  result->stage_us[SHOT_STAGE_OPENING] = 250000;
  for (int code = 0; code < SHOT_N_ERRORS; code++) {
    g_autoptr (GError)        error = g_error_new (SHOT_ERROR, code, "no");
    const ShotTelemetryRender render = { .encoding = "webp",
                                         .result = code % 2 == 0 ? result : NULL,
                                         .error = error };
    g_autofree char          *line = g_strdup_printf (
                 "panelshot_renders_total{outcome=\"%s\",encoding=\"webp\"} 1", shot_error_get_name (code));

    shot_telemetry_begin_render (telemetry);
    shot_telemetry_end_render (telemetry, &render);
    assert_has (telemetry, line);
  }
  g_autofree char *line = g_strdup_printf (
      "http_render_browser_request_duration_count{" UNIT
      "result=\"error\",encoding=\"webp\",mode=\"unknown\"} %d",
      SHOT_N_ERRORS);
  assert_has (telemetry, line);
  assert_has (telemetry,
              "panelshot_stage_duration_seconds_count{stage=\"opening\",kind=\"other\"} 7");
  assert_has (telemetry, "browser_render_duration_count{unit=\"seconds\"} 0");
  assert_lacks (telemetry, "stage=\"loading\"");
  assert_lacks (telemetry, "action=\"waitForReady\"");
  assert_lacks (telemetry, "browser_readiness_mode_total");
}

static void
test_csv (void)
{
  ShotTelemetryStatus       status = { 0 };
  g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);
  const ShotTelemetryRender render = { .encoding = "csv",
                                       .kind = "download",
                                       .duration_us = 500000 };

  shot_telemetry_begin_render (telemetry);
  shot_telemetry_end_render (telemetry, &render);
  assert_has (telemetry, "http_render_csv_request_duration_sum{" UNIT "result=\"success\"} 0.5");
  assert_has (telemetry, "browser_render_csv_duration_sum{unit=\"seconds\"} 0.5");
  assert_has (telemetry, "browser_render_duration_count{unit=\"seconds\"} 0");
}

static void
test_counts (void)
{
  ShotTelemetryStatus       status = { 0 };
  g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);

  shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_MISSING, 0);
  shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_INVALID, 0);
  shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_VALID, 1);
  shot_telemetry_count_auth (telemetry, SHOT_TELEMETRY_AUTH_VALID, 1);
#define AUTH "http_authenticated_request_attempts_total"
  assert_has (telemetry, AUTH "{result=\"missing-header\"} 1");
  assert_has (telemetry, AUTH "{result=\"invalid-token\"} 1");
  assert_has (telemetry, AUTH "{result=\"valid-token\"} 2");
  assert_has (telemetry, "http_authentication_token_usage_total{token_index=\"1\"} 2");
  assert_lacks (telemetry, "token_index=\"0\"");

  for (int url = SHOT_TELEMETRY_URL_MISSING; url <= SHOT_TELEMETRY_URL_VALID; url++)
    shot_telemetry_count_url (telemetry, url);
  static const char *const results[] = { "missing-query", "invalid-url", "invalid-protocol",
                                         "refused-url", "valid" };
  for (size_t i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autofree char *line = g_strdup_printf ("http_trusted_url_requests_total{result=\"%s\"} 1",
                                             results[i]);
    assert_has (telemetry, line);
  }

  for (int i = SHOT_TELEMETRY_ACCEPTED; i <= SHOT_TELEMETRY_REJECTED_DRAIN; i++)
    shot_telemetry_count_admission (telemetry, i);
#define LIMITER "http_rate_limiter_requests_total"
  assert_has (telemetry, LIMITER "{result=\"accepted\",why=\"room\"} 1");
  assert_has (telemetry, LIMITER "{result=\"rejected\",why=\"queue-full\"} 1");
  assert_has (telemetry, LIMITER "{result=\"rejected\",why=\"memory\"} 1");
  assert_has (telemetry, LIMITER "{result=\"rejected\",why=\"client-rate\"} 1");
  assert_has (telemetry, LIMITER "{result=\"rejected\",why=\"draining\"} 1");
}

static void
test_status (void)
{
  ShotTelemetryStatus       status = { .queued = 3,
                                       .running = 2,
                                       .slots = 2,
                                       .max_queued = 32,
                                       .webkit = "2.50.1",
                                       .engines = { 999999999 },
                                       .wait_seconds = 7,
                                       .engine_pages = 12,
                                       .engine_age_seconds = 1.5,
                                       .render_bytes = 1024,
                                       .ends = { { "hung", 0 }, { "crashed", 4 } },
                                       .changes = { { "age", 2 } },
                                       .retries = { { "web-process", 3 } },
                                       .lanes = { { "urgent", 1 }, { "batch", 2 } },
                                       .slot_states = { { "warm", 2 } } };
  g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);

  assert_has (telemetry, "panelshot_queue_depth 3");
  assert_has (telemetry, "panelshot_slots 2");
  assert_has (telemetry, "panelshot_slots_busy 2");
  assert_has (telemetry, "http_rate_limiter_slots{type=\"total\"} 34");
  assert_has (telemetry, "http_rate_limiter_slots{type=\"free\"} 29");
  assert_has (telemetry, "browser_instances_active 1");
  assert_has (telemetry, "panelshot_engine_restarts_total{reason=\"hung\"} 0");
  assert_has (telemetry, "panelshot_engine_restarts_total{reason=\"crashed\"} 4");
  assert_has (telemetry, "panelshot_engine_replacements_total{reason=\"age\"} 2");
  assert_has (telemetry, "panelshot_retries_total{cause=\"web-process\"} 3");
  assert_has (telemetry, "panelshot_queue_lane_depth{lane=\"urgent\"} 1");
  assert_has (telemetry, "panelshot_queue_lane_depth{lane=\"batch\"} 2");
  assert_has (telemetry, "panelshot_queue_wait_estimate_seconds 7");
  assert_has (telemetry, "panelshot_slots_by_state{state=\"warm\"} 2");
  assert_has (telemetry, "panelshot_engine_pages 12");
  assert_has (telemetry, "panelshot_engine_age_seconds 1.5");
  assert_has (telemetry, "panelshot_render_memory_bytes 1024");
  assert_has (telemetry, "panelshot_build_info{version=\"" SHOT_VERSION "\"} 1");
#define BROWSER "grafana_image_renderer_browser_info"
  assert_has (telemetry, BROWSER "{version=\"2.50.1\"} 1");

  /* It never tells less than nothing, nor of an engine of old. */
  status = (ShotTelemetryStatus){ .queued = 90, .slots = 2, .webkit = "2.52.0" };
  assert_has (telemetry, "http_rate_limiter_slots{type=\"free\"} 0");
  assert_has (telemetry, "browser_instances_active 0");
  assert_lacks (telemetry, "\npanelshot_engine_pages ");
  assert_lacks (telemetry, "\npanelshot_render_memory_bytes ");
  assert_has (telemetry, BROWSER "{version=\"2.52.0\"} 1");
  assert_lacks (telemetry, "2.50.1");
  status.webkit = NULL;
  assert_lacks (telemetry, BROWSER);
}

static int64_t
find_value (ShotTelemetry *telemetry, const char *series)
{
  g_autofree char *text = shot_telemetry_write (telemetry);
  g_autofree char *start = g_strconcat ("\n", series, " ", NULL);
  const char      *line = strstr (text, start);

  g_test_message ("%s", series);
  g_assert_nonnull (line);
  return (int64_t) g_ascii_strtod (line + strlen (start), NULL);
}

static void
test_memory (void)
{
  const char *argv[] = { "cat", NULL };
  GPid        pid = 0;
  int         input = -1;

  /* A child that stands for the engine; it lives until its input ends. */
  g_assert_true (g_spawn_async_with_pipes (NULL, (char **) argv, NULL,
                                           G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                           NULL, &pid, &input, NULL, NULL, NULL));
  ShotTelemetryStatus       status = { .engines = { pid } };
  g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);

#define MEMORY "panelshot_processes_memory_bytes"
  g_assert_cmpint (find_value (telemetry, "panelshot_processes{role=\"front\"}"), ==, 1);
  g_assert_cmpint (find_value (telemetry, "panelshot_processes{role=\"engine\"}"), ==, 1);
  g_assert_cmpint (find_value (telemetry, "panelshot_processes{role=\"web\"}"), ==, 0);
  g_assert_cmpint (find_value (telemetry, MEMORY "{role=\"front\"}"), >, 0);
  g_assert_cmpint (find_value (telemetry, MEMORY "{role=\"engine\"}"), >, 0);
  g_assert_cmpint (find_value (telemetry, "panelshot_cgroup_memory_limit_bytes"), >, 0);
  g_assert_cmpint (find_value (telemetry, "panelshot_cgroup_memory_available_bytes"), >, 0);
  g_assert_cmpint (find_value (telemetry, "process_start_time_seconds"), >, 0);
  close (input);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

/* Within a second the figures are those of before: who asks often costs nothing. */
static void
test_storm (void)
{
  ShotTelemetryStatus status = { 0 };
  int64_t             started_ms;

  do {
    g_autoptr (ShotTelemetry) telemetry = shot_telemetry_new (fill_status, &status);
    started_ms = shot_clock_now_ms ();
    int64_t fds = find_value (telemetry, "process_open_fds");
    int     more = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    int64_t fds_again = find_value (telemetry, "process_open_fds");
    close (more);
    if (shot_clock_now_ms () - started_ms < 1000)
      g_assert_cmpint (fds_again, ==, fds);
  } while (shot_clock_now_ms () - started_ms >= 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/telemetry/request", test_request);
  g_test_add_func ("/telemetry/render", test_render);
  g_test_add_func ("/telemetry/failures", test_failures);
  g_test_add_func ("/telemetry/csv", test_csv);
  g_test_add_func ("/telemetry/counts", test_counts);
  g_test_add_func ("/telemetry/status", test_status);
  g_test_add_func ("/telemetry/memory", test_memory);
  g_test_add_func ("/telemetry/storm", test_storm);
  return g_test_run ();
}
