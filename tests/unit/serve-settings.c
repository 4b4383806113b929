#include "config.h"

#include "serve-settings.h"

#include <string.h>

#include "error.h"

typedef struct {
  const char *key;
  const char *expected; /* as JSON */
} Row;

static char *
read_fixture (const char *name)
{
  g_autofree char   *path = g_build_filename (SHOT_TEST_FIXTURES, name, NULL);
  g_autoptr (GError) error = NULL;
  char              *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* From words apart by line ends: assignments "A=b", then flags. */
static ShotSettings *
load (const char *lines, const char *file, GError **error)
{
  g_autoptr (ShotSettings) settings = shot_settings_new (shot_serve_settings_table);
  g_auto (GStrv)           words = g_strsplit (lines, "\n", -1);
  g_autoptr (GPtrArray)    argv = g_ptr_array_new ();
  g_autoptr (GPtrArray)    environment = g_ptr_array_new ();

  g_ptr_array_add (argv, (void *) "serve");
  for (char **word = words; *word != NULL; word++) {
    if (**word != '\0')
      g_ptr_array_add (**word == '-' ? argv : environment, *word);
  }
  int argc = (int) argv->len;
  g_ptr_array_add (argv, NULL);
  g_ptr_array_add (environment, NULL);
  if (!shot_settings_read_arguments (settings, &argc, (char **) argv->pdata, error) ||
      !shot_settings_read_environment (settings, (char **) environment->pdata, error) ||
      (file != NULL && !shot_settings_read_text (settings, "x.yaml", file, strlen (file), error)) ||
      !shot_serve_settings_resolve (settings, error))
    return NULL;
  g_assert_cmpint (argc, ==, 1);
  return g_steal_pointer (&settings);
}

static void
assert_values (const ShotSettings *settings, const Row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    g_autofree char *shown = shot_settings_show (settings, rows[i].key);
    g_test_message ("%s", rows[i].key);
    g_assert_cmpstr (shown, ==, rows[i].expected);
  }
}

/* Whether some notice begins with @start. */
static bool
has_notice (char **notices, const char *start)
{
  for (; *notices != NULL; notices++) {
    if (g_str_has_prefix (*notices, start))
      return true;
  }
  return false;
}

static void
test_v5_environment (void)
{
  static const Row rows[] = {
    { "log.level", "\"warning\"" },
    { "log.format", "\"json\"" },
    { "server.addr", "\":8081\"" },
    { "server.auth-token", "[\"***\", \"***\"]" },
    { "server.certificate-file", "\"/dev/null\"" },
    { "server.key-file", "\"/dev/null\"" },
    { "server.min-tls-version", "\"1.3\"" },
    { "api.default-encoding", "\"pdf\"" },
    { "api.silence-request-log-path", "[\"/healthz\", \"/render/version\"]" },
    { "browser.user-agent", "\"Renderer/1\"" },
    { "browser.header", "[\"X-Scope=***\", \"X-Other=***\"]" },
    { "browser.timezone", "\"America/New_York\"" },
    { "browser.min-width", "1000" },
    { "browser.min-height", "500" },
    { "browser.max-width", "3080" },
    { "browser.max-height", "-1" },
    { "browser.page-scale-factor", "1" },
    { "browser.max-page-scale-factor", "4" },
    { "browser.portrait", "true" },
    { "browser.force-polling-mode", "true" },
    { "browser.readiness.timeout", "\"30s\"" },
    { "browser.readiness.prior-wait", "\"1s\"" },
    { "browser.readiness.disable-query-wait", "false" },
    { "browser.readiness.disable-network-wait", "true" },
    { "browser.readiness.disable-dom-hashcode-wait", "true" },
    { "browser.readiness.network-idle-timeout", "\"5s\"" },
    { "rate-limit.disabled", "true" },
    { "rate-limit.requests-per-second", "0" },
  };
  g_autofree char         *lines = read_fixture ("v5.env");
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = load (lines, NULL, &error);

  g_assert_no_error (error);
  assert_values (settings, rows, G_N_ELEMENTS (rows));
  g_assert_cmpint (
      shot_settings_get_duration (settings, "browser.readiness.give-up-on-all-queries"), ==, 0);
  g_auto (GStrv) notices = shot_settings_list_notices (settings);
  g_assert_true (has_notice (notices, "BROWSER_FLAGS is accepted without effect: panelshot has no "
                                      "Chromium in it: "));
  g_assert_true (has_notice (notices, "TRACING_ENDPOINT is accepted without effect: no spans"));
  g_assert_false (has_notice (notices, "BROWSER_GPU"));
  g_assert_false (has_notice (notices, "BROWSER_PATH"));
  g_assert_false (has_notice (notices, "BROWSER_MIN_WIDTH"));
}

static void
test_v3_environment (void)
{
  static const Row rows[] = {
    { "server.addr", "\"0.0.0.0:8081\"" },
    { "server.protocol", "\"https\"" },
    { "server.certificate-file", "\"/dev/null\"" },
    { "server.key-file", "\"/dev/null\"" },
    { "server.min-tls-version", "\"1.3\"" },
    { "server.auth-token", "[\"***\", \"***\"]" },
    { "log.level", "\"debug\"" },
    { "target.insecure", "true" },
    { "browser.timezone", "\"Europe/Stockholm\"" },
    { "browser.language", "\"de-DE\"" },
    { "browser.default-width", "800" },
    { "browser.default-height", "600" },
    { "browser.page-scale-factor", "2" },
    { "browser.max-width", "2000" },
    { "browser.max-height", "2500" },
    { "browser.max-page-scale-factor", "3" },
    { "browser.page-zoom-level", "1.5" },
    { "render.concurrency", "5" },
  };
  g_autofree char         *lines = read_fixture ("v3.env");
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = load (lines, NULL, &error);

  g_assert_no_error (error);
  assert_values (settings, rows, G_N_ELEMENTS (rows));
  g_auto (GStrv) notices = shot_settings_list_notices (settings);
  g_assert_true (has_notice (notices, "RENDERING_MODE is accepted"));
  g_assert_true (has_notice (notices, "CHROME_BIN is accepted"));
  g_assert_false (has_notice (notices, "ENABLE_METRICS"));
  g_assert_false (has_notice (notices, "RENDERING_HEADED"));
}

static void
test_v3_file (void)
{
  static const Row rows[] = {
    { "server.addr", "\"127.0.0.1:9000\"" },
    { "server.auth-token", "[\"***\", \"***\"]" },
    { "server.certificate-file", "null" },
    { "log.level", "\"debug\"" },
    { "log.format", "\"json\"" },
    { "rate-limit.requests-per-second", "0" },
    { "target.insecure", "true" },
    { "browser.timezone", "\"Europe/Stockholm\"" },
    { "browser.language", "\"de-DE\"" },
    { "browser.max-width", "3080" },
    { "browser.max-page-scale-factor", "3" },
    { "render.concurrency", "5" },
  };
  g_autofree char         *file = read_fixture ("v3.json");
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = load ("", file, &error);

  g_assert_no_error (error);
  assert_values (settings, rows, G_N_ELEMENTS (rows));
  g_autofree char *origin = shot_settings_describe_origin (settings, "server.addr");
  g_assert_cmpstr (origin, ==, "file x.yaml:4");
}

static void
test_v5_file (void)
{
  static const Row rows[] = {
    { "server.addr", "\":9001\"" },
    { "server.auth-token", "[\"***\", \"***\"]" },
    { "log.level", "\"debug\"" },
    { "api.default-encoding", "\"pdf\"" },
    { "browser.header", "[\"X-Scope=***\"]" },
    { "browser.min-width", "1000" },
    { "browser.readiness.prior-wait", "\"1s\"" },
    { "browser.readiness.disable-query-wait", "true" },
    { "tracing.service-name", "\"renderer\"" },
  };
  g_autofree char         *file = read_fixture ("v5.yaml");
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = load ("", file, &error);

  g_assert_no_error (error);
  assert_values (settings, rows, G_N_ELEMENTS (rows));
}

static void
test_address (void)
{
  static const struct {
    const char *lines;
    const char *file;
    const char *address;
    const char *uri;
    bool        is_wide;
  } rows[] = {
    { "", NULL, "127.0.0.1:8081", "http://127.0.0.1:8081", false },
    { "HTTP_PORT=9", NULL, "127.0.0.1:9", "http://127.0.0.1:9", false },
    { "HTTP_HOST=0.0.0.0", NULL, "0.0.0.0:8081", "http://127.0.0.1:8081", true },
    { "HTTP_HOST=::\nHTTP_PORT=9", NULL, "[::]:9", "http://[::1]:9", true },
    { "HTTP_HOST=[::1]", NULL, "[::1]:8081", "http://[::1]:8081", false },
    { "HTTP_HOST=localhost", NULL, "localhost:8081", "http://localhost:8081", false },
    { "HTTP_HOST=\nHTTP_PORT=", NULL, "127.0.0.1:8081", "http://127.0.0.1:8081", false },
    { "SERVER_ADDR=:8081", NULL, ":8081", "http://127.0.0.1:8081", true },
    { "SERVER_ADDR=[::]:8081", NULL, "[::]:8081", "http://[::1]:8081", true },
    { "SERVER_ADDR=10.0.0.1:80\nHTTP_PORT=9", NULL, "10.0.0.1:80", "http://10.0.0.1:80", true },
    { "HTTP_PORT=9", "server.addr: ':80'", "127.0.0.1:9", "http://127.0.0.1:9", false },
    { "--listen=:1\nHTTP_PORT=9", NULL, ":1", "http://127.0.0.1:1", true },
    { "--server.port=2\nSERVER_ADDR=:1", NULL, "127.0.0.1:2", "http://127.0.0.1:2", false },
    { "", "service: {host: 0.0.0.0, port: 3}", "0.0.0.0:3", "http://127.0.0.1:3", true },
    { "--server.cert=/dev/null\n--server.key=/dev/null", NULL, "127.0.0.1:8081",
      "https://127.0.0.1:8081", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)       error = NULL;
    g_autoptr (ShotSettings) settings = load (rows[i].lines, rows[i].file, &error);
    g_assert_no_error (error);
    g_autofree char *uri = shot_serve_settings_make_uri (settings);
    g_test_message ("row %zu", i);
    g_assert_cmpstr (shot_settings_get_text (settings, "server.addr"), ==, rows[i].address);
    g_assert_cmpstr (uri, ==, rows[i].uri);
    g_assert_cmpint (shot_serve_settings_is_wide (settings), ==, rows[i].is_wide);
  }
}

static void
test_rate_limit (void)
{
  static const struct {
    const char *lines;
    const char *file;
    const char *expected;
  } rows[] = {
    { "", NULL, "0" },
    { "", "service.rateLimiter.enabled: true", "5" },
    { "", "service.rateLimiter: {enabled: true, requestsPerSecond: 2}", "2" },
    { "", "service.rateLimiter: {enabled: false, requestsPerSecond: 2}", "0" },
    { "--requests-per-second=7", "service.rateLimiter.enabled: false", "7" },
    { "PANELSHOT_RATE_LIMIT_REQUESTS_PER_SECOND=0.5", NULL, "0.5" },
    { "RATE_LIMIT_DISABLED=true", NULL, "0" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)       error = NULL;
    g_autoptr (ShotSettings) settings = load (rows[i].lines, rows[i].file, &error);
    g_assert_no_error (error);
    g_autofree char *shown = shot_settings_show (settings, "rate-limit.requests-per-second");
    g_assert_cmpstr (shown, ==, rows[i].expected);
  }
}

/* What engines are started with, and when they are replaced. */
static void
test_engine (void)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) plain = load ("", NULL, &error);
  g_autoptr (ShotSettings) other = load ("PANELSHOT_ISOLATION=process\n--render.live\n"
                                         "--render.page-visits=5\n--render.page-age=90s\n"
                                         "--render.page-idle=1m\n--render.page-memory=700\n"
                                         "--render.urgent-timeout=5s\n--engine.max-pages=9\n"
                                         "--engine.max-age=1h\n--engine.idle-timeout=10m",
                                         "engine.max-memory: 800", &error);
  ShotFleetRules           rules;

  g_assert_no_error (error);
  g_auto (GStrv)   arguments = shot_serve_settings_make_engine_arguments (plain, 3);
  g_autofree char *line = g_strjoinv (" ", arguments);
  g_assert_cmpstr (line, ==,
                   "--slots=3 --isolation=origin --page-visits=200 --page-age-ms=600000 "
                   "--page-idle-ms=120000 --page-memory-mib=512");
  g_auto (GStrv)   others = shot_serve_settings_make_engine_arguments (other, 1);
  g_autofree char *other_line = g_strjoinv (" ", others);
  g_assert_cmpstr (other_line, ==,
                   "--slots=1 --isolation=process --page-visits=5 --page-age-ms=90000 "
                   "--page-idle-ms=60000 --page-memory-mib=700 --live");

  shot_serve_settings_read_fleet_rules (plain, &rules);
  g_assert_cmpuint (rules.max_pages, ==, 5000);
  g_assert_cmpint (rules.max_age_ms, ==, 24 * 3600 * 1000);
  g_assert_cmpint (rules.max_memory_bytes, ==, (int64_t) 1500 * 1024 * 1024);
  g_assert_cmpint (rules.idle_ms, ==, 0);
  shot_serve_settings_read_fleet_rules (other, &rules);
  g_assert_cmpuint (rules.max_pages, ==, 9);
  g_assert_cmpint (rules.max_age_ms, ==, 3600 * 1000);
  g_assert_cmpint (rules.max_memory_bytes, ==, (int64_t) 800 * 1024 * 1024);
  g_assert_cmpint (rules.idle_ms, ==, 600 * 1000);

  g_auto (ShotRequestRules) requests = { 0 };
  g_assert_true (shot_serve_settings_make_plain_rules (other, &requests, &error));
  g_assert_cmpint (requests.urgent_timeout_ms, ==, 5000);
}

static void
test_engine_refused (void)
{
  static const struct {
    const char *line;
    const char *expected;
  } rows[] = {
    { "PANELSHOT_ISOLATION=user", "PANELSHOT_ISOLATION \"user\": want " },
    { "--render.page-visits=-1", "--render.page-visits \"-1\": want " },
    { "--render.page-age=25h", "--render.page-age \"25h\": want " },
    { "--render.page-idle=often", "--render.page-idle \"often\": want " },
    { "--render.page-memory=63", "--render.page-memory \"63\": want " },
    { "--render.live=maybe", "--render.live \"maybe\": want " },
    { "--render.urgent-timeout=1h", "--render.urgent-timeout \"1h\": want " },
    { "--engine.max-pages=1.5", "--engine.max-pages \"1.5\": want " },
    { "--engine.max-age=10000h", "--engine.max-age \"10000h\": want " },
    { "--engine.max-memory=2000000", "--engine.max-memory \"2000000\": want " },
    { "PANELSHOT_ENGINE_IDLE_TIMEOUT=x", "PANELSHOT_ENGINE_IDLE_TIMEOUT \"x\": want " },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)       error = NULL;
    g_autoptr (ShotSettings) settings = load (rows[i].line, NULL, &error);
    g_assert_null (settings);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, rows[i].expected));
  }
}

static void
test_contradictions (void)
{
  static const struct {
    const char *lines;
    const char *file;
    const char *expected;
  } rows[] = {
    { "BROWSER_MIN_WIDTH=4000", NULL,
      "browser.min-width 4000 (environment BROWSER_MIN_WIDTH) is above browser.max-width 3000 "
      "(default)" },
    { "--browser.max-height=10", "browser:\n  min-height: 20",
      "browser.min-height 20 (file x.yaml:2) is above browser.max-height 10 (flag "
      "--browser.max-height)" },
    { "--browser.page-scale-factor=3\n--browser.max-page-scale-factor=2", NULL,
      "browser.page-scale-factor 3 (flag --browser.page-scale-factor) is above "
      "browser.max-page-scale-factor 2" },
    { "--timeout=2m\n--max-timeout=1m", NULL,
      "render.timeout \"2m\" (flag --timeout) is above render.max-timeout \"1m\"" },
    { "SERVER_KEY_FILE=/dev/null", NULL,
      "server.key-file \"/dev/null\" (environment SERVER_KEY_FILE) is of no use without "
      "server.certificate-file: give both or neither" },
    { "HTTP_CERT_FILE=/dev/null", NULL,
      "server.certificate-file \"/dev/null\" (environment HTTP_CERT_FILE) is of no use without "
      "server.key-file" },
    { "--target.client-key=/dev/null", NULL, "target.client-key \"/dev/null\" (flag" },
    { "HTTP_PROTOCOL=https", NULL,
      "server.protocol \"https\" (environment HTTP_PROTOCOL) is not possible without "
      "server.certificate-file" },
    { "HTTP_PROTOCOL=http\nHTTP_CERT_FILE=/dev/null\nHTTP_CERT_KEY=/dev/null", NULL,
      "server.protocol \"http\" (environment HTTP_PROTOCOL) contradicts" },
    { "RATE_LIMIT_DISABLED=1\n--requests-per-second=5", NULL,
      "rate-limit.requests-per-second 5 (flag --requests-per-second) contradicts "
      "rate-limit.disabled true (environment RATE_LIMIT_DISABLED)" },
    { "BROWSER_TIMEZONE=Nowhere/City", NULL, "BROWSER_TIMEZONE \"Nowhere/City\": unknown" },
    { "RENDERING_LANGUAGE=<x>", NULL, "RENDERING_LANGUAGE \"<x>\": the language" },
    { "BROWSER_HEADER=Host=x", NULL, "BROWSER_HEADER: header Host cannot be set" },
    { "BROWSER_HEADER=a b=x", NULL, "BROWSER_HEADER: a header's name" },
    { "BROWSER_HEADER=nothing", NULL, "BROWSER_HEADER: want NAME=VALUE" },
    { "--target.client-key=/dev/null", NULL,
      "target.client-key \"/dev/null\" (flag --target.client-key) is of no use without" },
    { "HTTPS_PROXY=ftp://p:1", NULL, "HTTPS_PROXY \"ftp://p:1\": want http://" },
    { "--proxy=http://", NULL, "--proxy \"http://\": want http://" },
    { "--proxy=http://p:3128/path", NULL, "--proxy" },
    { "HTTP_PROXY=socks4://p:1080", NULL, "HTTP_PROXY \"socks4://p:1080\": want http://" },
    { "--proxy=http://u:hunter2/secret@p", NULL, "--proxy \"http://***@p\": want http://" },
    { "--proxy=u:hunter2/secret@p", NULL, "--proxy \"***@p\": want http://" },
    { "SERVER_ADDR=8081", NULL, "SERVER_ADDR \"8081\": want ADDRESS:PORT" },
    { "HTTP_PORT=65536", NULL, "HTTP_PORT \"65536\": want a whole number from 0 to 65535" },
    { "BROWSER_MIN_WIDTH=0", NULL, "BROWSER_MIN_WIDTH \"0\": want a whole number from 1" },
    { "--browser.page-scale-factor=0", NULL, "--browser.page-scale-factor \"0\": want a number" },
    { "BROWSER_OVERRIDE=nothing", NULL, "BROWSER_OVERRIDE \"nothing\": want EXPRESSION=" },
    { "BROWSER_OVERRIDE=(=--browser.portrait", NULL,
      "BROWSER_OVERRIDE \"(=--browser.portrait\": " },
    { "BROWSER_OVERRIDE=x=--listen=:1", NULL,
      "BROWSER_OVERRIDE \"x=--listen=:1\": server.addr cannot be overridden" },
    { "BROWSER_OVERRIDE=x=--browser.override=y", NULL, "BROWSER_OVERRIDE" },
    { "BROWSER_OVERRIDE=x=--browser.portrait y", NULL, "BROWSER_OVERRIDE" },
    { "BROWSER_OVERRIDE=x=--browser.header=X-A=hunter2 --listen=:1", NULL,
      "BROWSER_OVERRIDE \"x=--browser.header=***\": server.addr cannot" },
    { "BROWSER_OVERRIDE=x=--browser.header=X-A=hunter2 hunter2", NULL,
      "BROWSER_OVERRIDE \"x=--browser.header=***\": a word of it" },
    { "BROWSER_OVERRIDE=x=--browser.header='X-A=hunter2", NULL,
      "BROWSER_OVERRIDE \"x=--browser.header=***\": its settings" },
    { "BROWSER_OVERRIDE=x=--disable-gpu", NULL,
      "BROWSER_OVERRIDE \"x=--disable-gpu\": unknown option \"--disable-gpu\"" },
    { "", "servr.addr: x", "x.yaml:1: unknown setting \"servr.addr\": did you mean" },
    { "", "server.port: x", "x.yaml:1: server.port \"x\": want a whole number" },
    { "", "ready-fd: 3", "x.yaml:1: unknown setting \"ready-fd\"" },
    { "", "config: x", "x.yaml:1: unknown setting \"config\"" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)       error = NULL;
    g_autoptr (ShotSettings) settings = load (rows[i].lines, rows[i].file, &error);
    g_test_message ("row %zu", i);
    g_assert_null (settings);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, rows[i].expected));
    g_assert_null (strstr (error->message, "hunter2"));
  }
}

/* The system's zone may be one that only C libraries know. */
static void
test_timezone (void)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) named = load ("TZ=CET-1CEST\nBROWSER_TZ=Asia/Tokyo", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ShotSettings) flag = load ("TZ=CET-1CEST\n--browser.tz=Asia/Tokyo", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ShotSettings) none = load ("TZ=CET-1CEST", NULL, &error);

  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_true (g_str_has_prefix (error->message, "TZ \"CET-1CEST\": unknown time zone"));
  g_assert_null (none);
  g_assert_cmpstr (shot_settings_get_text (named, "browser.timezone"), ==, "Asia/Tokyo");
  g_assert_cmpstr (shot_settings_get_text (flag, "browser.timezone"), ==, "Asia/Tokyo");
}

static void
test_proxy (void)
{
  static const char *const good[] = { "HTTPS_PROXY=http://p:3128", "http_proxy=p:3128",
                                      "HTTP_PROXY=u:hunter2@proxy.lan",
                                      "PANELSHOT_PROXY=socks5://u:hunter2@[::1]:1080/" };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError)       error = NULL;
    g_autoptr (ShotSettings) settings = load (good[i], NULL, &error);
    g_assert_no_error (error);
    g_autofree char *shown = shot_settings_show (settings, "target.proxy");
    g_assert_true (shot_settings_is_set (settings, "target.proxy"));
    g_assert_null (strstr (shown, "hunter2"));
  }

  g_autoptr (ShotSettings) both = load ("HTTPS_PROXY=http://a:1\nPANELSHOT_PROXY=http://b:1\n"
                                        "no_proxy=localhost,.lan",
                                        NULL, NULL);
  g_assert_cmpstr (shot_settings_get_text (both, "target.proxy"), ==, "http://b:1");
  g_assert_cmpstr (shot_settings_get_list (both, "target.no-proxy")[1], ==, ".lan");
}

static void
test_override (void)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = load (
      "BROWSER_OVERRIDE=^http://slow/{1,2}=--browser.readiness.timeout=60s --browser.portrait\n"
      "--browser.timezone=Asia/Tokyo",
      "browser.max-width: 2000", &error);

  g_assert_no_error (error);
  g_auto (ShotRequestRules) rules = { 0 };
  g_assert_true (shot_serve_settings_make_rules (settings, &rules, &error));
  g_assert_no_error (error);
  g_assert_true (shot_request_rules_find (&rules, "http://fast/") == &rules);

  const ShotRequestRules *slow = shot_request_rules_find (&rules, "http://slow/d/x");
  g_assert_cmpint (slow->patience.limit_ms, ==, 60000);
  g_assert_true (slow->is_portrait);
  g_assert_cmpint (slow->max_width, ==, 2000);
  g_assert_cmpstr (slow->timezone, ==, "Asia/Tokyo");
  g_assert_false (rules.is_portrait);
}

/* What would refuse each request is refused at the start. */
static void
test_limits (void)
{
  static const char *const rows[][2] = {
    { "--browser.page-scale-factor=9\n--browser.max-page-scale-factor=10", "scale" },
    { "--browser.override=x=--browser.page-scale-factor=4 --browser.max-page-scale-factor=2",
      "browser.override: browser.page-scale-factor 4 (flag --browser.page-scale-factor) is above" },
    { "--browser.override=x=--browser.min-width=2000 --browser.max-width=1000",
      "browser.override: browser.min-width 2000 (flag --browser.min-width) is above" },
    { "--browser.override=x=--browser.min-height=3001", "is above browser.max-height 3000" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)        error = NULL;
    g_auto (ShotRequestRules) rules = { 0 };
    g_autoptr (ShotSettings)  settings = load (rows[i][0], NULL, &error);
    g_assert_no_error (error);
    g_assert_false (shot_serve_settings_make_rules (settings, &rules, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, rows[i][1]));
  }
}

static void
test_masked_override (void)
{
  g_autoptr (ShotSettings) settings = load (
      "--browser.override=^http://a/=--browser.min-width=5 --browser.headers X-Corp=hunter2\n"
      "--browser.override=^http://header/=--browser.portrait",
      NULL, NULL);
  g_autofree char *shown = shot_settings_show (settings, "browser.override");

  g_assert_cmpstr (shown, ==,
                   "[\"^http://a/=--browser.min-width=5 --browser.headers ***\", "
                   "\"^http://header/=--browser.portrait\"]");
}

/* A name that two rows have would make the first of them hide the second. */
static void
test_table (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    g_autofree char *all = g_strjoin (" ", row->key, row->names, NULL);
    g_auto (GStrv)   words = g_strsplit (all, " ", -1);
    g_auto (GStrv)   upper = g_strsplit (row->environment != NULL ? row->environment : "", " ", -1);
    g_test_message ("%s", row->key);
    for (char **word = words; *word != NULL; word++)
      g_assert_true (g_hash_table_add (names, g_strdup (*word)));
    for (char **word = upper; *word != NULL; word++)
      g_assert_true (g_hash_table_add (variables, g_strdup (*word)));
    g_assert_true ((row->help != NULL) != (row->notice != NULL));
    g_assert_true ((row->type == SHOT_SETTING_BOOL) == (row->argument == NULL));
    g_assert_true ((row->type == SHOT_SETTING_CHOICE) == (row->choices != NULL));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/serve-settings/engine", test_engine);
  g_test_add_func ("/serve-settings/engine-refused", test_engine_refused);
  g_test_add_func ("/serve-settings/table", test_table);
  g_test_add_func ("/serve-settings/v5-environment", test_v5_environment);
  g_test_add_func ("/serve-settings/v3-environment", test_v3_environment);
  g_test_add_func ("/serve-settings/v5-file", test_v5_file);
  g_test_add_func ("/serve-settings/v3-file", test_v3_file);
  g_test_add_func ("/serve-settings/address", test_address);
  g_test_add_func ("/serve-settings/rate-limit", test_rate_limit);
  g_test_add_func ("/serve-settings/contradictions", test_contradictions);
  g_test_add_func ("/serve-settings/timezone", test_timezone);
  g_test_add_func ("/serve-settings/proxy", test_proxy);
  g_test_add_func ("/serve-settings/override", test_override);
  g_test_add_func ("/serve-settings/masked-override", test_masked_override);
  g_test_add_func ("/serve-settings/limits", test_limits);
  return g_test_run ();
}
