#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "fixture.h"

#define URL "http://grafana.example/"
#define JSON_TYPE "application/json"

static const char *
get_header (const Answer *answer, const char *name)
{
  return soup_message_headers_get_one (answer->headers, name);
}

static void
test_picture (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  g_auto (Answer) answer = service_render (&service, URL "ok", "&width=640&height=480");
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpstr (get_header (&answer, "Content-Type"), ==, "image/png");
  g_assert_cmpmem (answer.body, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpint (soup_message_headers_get_content_length (answer.headers), ==,
                   (goffset) answer.length);
  g_assert_cmpstr (get_header (&answer, "X-Panelshot-Flags"), ==, "still_moving,open_request");
  g_assert_nonnull (strstr (get_header (&answer, "Server-Timing"), "settling;dur=123.4"));
  g_assert_nonnull (get_header (&answer, "X-Request-Id"));

  g_auto (Answer) head = service_get (&service, "HEAD", "/render?url=http://g/ok", TOKEN, NULL);
  g_assert_cmpuint (head.status, ==, 200);
  g_assert_cmpuint (head.length, ==, 0);
  g_assert_cmpint (soup_message_headers_get_content_length (head.headers), ==,
                   (goffset) answer.length);
  service_stop (&service);
}

static void
test_routes (void)
{
  static const struct {
    const char *method;
    const char *path;
    unsigned    status;
    const char *body;
  } rows[] = {
    { "GET", "/", 200, "panelshot " SHOT_VERSION "\n" },
    { "GET", "/healthz", 200, "OK\n" },
    { "HEAD", "/healthz", 200, "" },
    { "GET", "/version", 200, NULL },
    { "GET", "/render/version", 200, "{\"version\": \"" SHOT_VERSION "\"}" },
    { "GET", "/?url=http://g/&renderKey=x", 404, NULL },
    { "GET", "/nowhere", 404, NULL },
    { "GET", "/render/", 401, NULL },
    { "GET", "/render/csv", 401, NULL },
    { "GET", "/render/csv/", 401, NULL },
    { "GET", "/render/x", 404, NULL },
    { "GET", "/demo/", 404, NULL },
    { "GET", "//healthz", 404, NULL },
    { "POST", "/render", 401, NULL },
    { "POST", "/sanitize", 404, NULL },
    { "POST", "/nowhere", 404, NULL },
    { "DELETE", "/healthz", 405, NULL },
    { "OPTIONS", "/render", 405, NULL },
  };
  Service service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (Answer) answer = service_get (&service, rows[i].method, rows[i].path, NULL, NULL);
    g_test_message ("%s %s", rows[i].method, rows[i].path);
    g_assert_cmpuint (answer.status, ==, rows[i].status);
    if (rows[i].body != NULL)
      g_assert_cmpstr (answer.body, ==, rows[i].body);
    if (rows[i].status == 405)
      g_assert_cmpstr (get_header (&answer, "Allow"), ==,
                       g_str_equal (rows[i].path, "/render") ? "GET, HEAD, POST" : "GET, HEAD");
  }
  service_stop (&service);
}

static void
test_demo (void)
{
  static const struct {
    const char *path;
    unsigned    status;
    const char *type;
  } rows[] = {
    { "/demo", 302, NULL },
    { "/demo/", 200, "text/html; charset=utf-8" },
    { "/demo/d/demo/x?kiosk", 200, "text/html; charset=utf-8" },
    { "/demo/d-solo/demo/x?panelId=1", 200, "text/html; charset=utf-8" },
    { "/demo/api/health", 200, "application/json" },
    { "/demo/api/search?type=dash-db&limit=1000&page=1", 200, "application/json" },
    { "/demo/api/dashboards/uid/demo", 200, "application/json" },
    { "/demo/api/dashboards/uid/other", 404, "application/json" },
    { "/demo/api/folders", 200, "application/json" },
    { "/demo/api/admin/users", 404, NULL },
    { "/demo/main.js", 200, "text/javascript; charset=utf-8" },
    { "/demo/style.css", 200, "text/css; charset=utf-8" },
    { "/demo/../../etc/passwd", 404, NULL },
    { "/demo/%2e%2e/%2e%2e/etc/passwd", 404, NULL },
    { "/demo/none.js", 404, NULL },
  };
  const char *const arguments[] = { "--demo", NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (Answer) answer = service_get (&service, "GET", rows[i].path, NULL, NULL);
    g_test_message ("%s", rows[i].path);
    g_assert_cmpuint (answer.status, ==, rows[i].status);
    if (rows[i].type != NULL)
      g_assert_cmpstr (get_header (&answer, "Content-Type"), ==, rows[i].type);
  }
  service_stop (&service);
}

/* Every code that an engine can answer with, and the words around it. */
static void
test_failures (void)
{
  Service service;

  service_start (&service, NULL, NULL);
  for (int code = 0; code < SHOT_N_ERRORS; code++) {
    g_autofree char *url = g_strconcat (URL "fail/", shot_error_get_name (code), NULL);
    g_auto (Answer)  answer = service_render (&service, url, "");
    g_assert_cmpuint (answer.status, ==, (unsigned) shot_error_get_http_status (code));
    g_assert_cmpstr (get_header (&answer, "Content-Type"), ==, "text/plain; charset=utf-8");
    g_assert_cmpstr (get_header (&answer, "X-Content-Type-Options"), ==, "nosniff");
    g_assert_true (g_str_has_suffix (answer.body, "made to fail: do nothing about it\n"));
    g_assert_nonnull (get_header (&answer, "Server-Timing"));
  }

  g_auto (Answer) answer = service_render (&service, URL "nofd", "");
  g_assert_cmpuint (answer.status, ==, 500);
  service_stop (&service);
}

/* Ten thousand characters of anything, in every parameter. */
static void
test_long_input (void)
{
  static const char *const names[] = { "url",     "width",    "height",   "deviceScaleFactor",
                                       "timeout", "timezone", "encoding", "renderKey",
                                       "domain",  "nonsense" };
  static const char *const fills[] = { "a", "9", "%00", "%20", "%e5%b7%a1", ".", "&", "=" };
  Service                  service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    for (size_t j = 0; j < G_N_ELEMENTS (fills); j++) {
      g_autoptr (GString) path = g_string_new ("/render?");
      g_string_append_printf (path, "%s=", names[i]);
      /* Ten thousand characters, as far as libsoup reads so long a first line. */
      while (path->len < MIN (10000 * strlen (fills[j]), 60000))
        g_string_append (path, fills[j]);
      if (i > 0)
        g_string_append (path, "&url=http://g/ok");
      g_auto (Answer) answer = service_get (&service, "GET", path->str, TOKEN, NULL);
      g_assert_true (answer.status == 200 || answer.status == 400 || answer.status == 403);
      if (answer.status != 200)
        g_assert_cmpuint (answer.length, <, 400);
    }
  }

  g_autofree char *text = g_strnfill (10000, 'x');
  g_auto (Answer)  token = service_get (&service, "GET", "/render?url=http://g/ok", text, NULL);
  g_assert_cmpuint (token.status, ==, 401);
  g_auto (Answer) fine = service_render (&service, URL "ok", "");
  g_assert_cmpuint (fine.status, ==, 200);
  service_stop (&service);
}

/* What the engine was told. */
static void
test_parameters (void)
{
  static const struct {
    const char *more;
    const char *expected;
  } rows[] = {
    { "", "\"width\":1000,\"height\":500,\"scale\":1.0,\"timeout_ms\":" },
    { "", "\"pictures\":[{\"kind\":\"viewport\",\"encoding\":\"png\",\"quality\":85}]" },
    { "&width=640&height=480&deviceScaleFactor=2.000000",
      "\"width\":640,\"height\":480,\"scale\":2.0," },
    { "&width=801&height=-1", "\"width\":801,\"height\":600," },
    { "&width=801&height=-1", "\"pictures\":[{\"kind\":\"full-page\"," },
    { "&timezone=UTC-05:30", "\"timezone\":\"GMT+05:30\"" },
    { "&renderKey=abc&domain=grafana.example", "\"domain\":\"grafana.example\"" },
    { "&renderKey=abc&domain=grafana.example", "\"render_key\":\"abc\"" },
    { "&width=5&width=7", "\"width\":5," },
  };
  Service service;

  service_start (&service, NULL, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (Answer) answer = service_render (&service, URL "echo", rows[i].more);
    g_test_message ("%s: %s", rows[i].more, answer.body);
    g_assert_nonnull (strstr (answer.body, rows[i].expected));
  }
  g_auto (Answer) answer = service_get (&service, "GET", "/render?url=http://g/echo", TOKEN,
                                        "Accept-Language: zh-CN,en;q=0.8");
  g_assert_nonnull (strstr (answer.body, "\"language\":\"zh-CN,en;q=0.8\""));
  g_auto (Answer) bad = service_get (&service, "GET", "/render?url=http://g/echo", TOKEN,
                                     "Accept-Language: <script>");
  g_assert_cmpuint (bad.status, ==, 400);
  service_stop (&service);
}

static char *
write_file (const char *text)
{
  char *path = NULL;
  int   fd = g_file_open_tmp ("token-XXXXXX", &path, NULL);

  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
assert_status (Service *service, const char *token, unsigned status, const char *body)
{
  g_auto (Answer) answer = service_get (service, "GET", "/render?url=http://g/ok", token, NULL);

  g_test_message ("token %s", token);
  g_assert_cmpuint (answer.status, ==, status);
  if (body != NULL)
    g_assert_cmpstr (answer.body, ==, body);
}

static void
test_tokens (void)
{
  g_autofree char *path = write_file ("from-file\nsecond-line\n");
  /* Flags go before the environment. */
  const char *const environment[] = { "AUTH_TOKEN=from-environment", NULL };
  const char *const arguments[] = {
    "--auth-token", "one, two three",    "--auth-token", "four,five", "--auth-token",
    "six",          "--auth-token-file", path,           NULL
  };
  static const char *const good[] = { "one",  "two", "three",     "four",
                                      "five", "six", "from-file", "second-line" };
  static const char *const bad[] = {
    "-", "on", "onee", "one,", "one, two three", "ONE", TOKEN, "from-environment"
  };
  Service service;

  service_start (&service, arguments, environment);
  assert_status (&service, NULL, 401, "Missing X-Auth-Token header\n");
  assert_status (&service, "", 401, "Missing X-Auth-Token header\n");
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    assert_status (&service, good[i], 200, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_status (&service, bad[i], 401, "Unauthorized\n");

  /* Rotation while it runs; a broken new file changes nothing. */
  g_assert_true (g_file_set_contents (path, "rotated\n", -1, NULL));
  assert_status (&service, "rotated", 200, NULL);
  assert_status (&service, "from-file", 401, NULL);
  g_assert_true (g_file_set_contents (path, "", -1, NULL));
  assert_status (&service, "rotated", 200, NULL);
  g_unlink (path);
  assert_status (&service, "rotated", 200, NULL);
  service_stop (&service);
}

static void
test_default_token (void)
{
  const char *const environment[] = { "AUTH_TOKEN=", NULL };
  Service           service;

  service_start (&service, NULL, environment);
  assert_status (&service, "-", 200, NULL);
  assert_status (&service, "x", 401, NULL);
  service_stop (&service);
}

static void
test_credentials (void)
{
  g_autofree char  *token = write_file ("glsa_first\n");
  g_autofree char  *jwt = write_file ("a.b.c\n");
  g_autofree char  *token_rule = g_strconcat ("http://GRAFANA.example:80=", token, NULL);
  g_autofree char  *jwt_rule = g_strconcat ("http://grafana.example=X-jwt-ttk:", jwt, NULL);
  const char *const arguments[] = { "--token-for", token_rule,         "--jwt-header-for",
                                    jwt_rule,      "--forward-header", "X-Access-Token",
                                    NULL };
  Service           service;

  service_start (&service, arguments, NULL);
  g_auto (Answer) ours = service_render (&service, URL "echo", "");
  g_assert_nonnull (strstr (ours.body,
                            "{\"origin\":\"http://grafana.example:80\",\"name\":\"Authorization\","
                            "\"value\":\"Bearer glsa_first\"}"));
  g_assert_nonnull (strstr (ours.body, "\"name\":\"X-jwt-ttk\",\"value\":\"a.b.c\""));
  g_auto (Answer) other = service_render (&service, "http://grafana.example:3000/echo", "");
  g_assert_nonnull (strstr (other.body, "\"headers\":[]"));
  g_auto (Answer) tls = service_render (&service, "https://grafana.example/echo", "");
  g_assert_nonnull (strstr (tls.body, "\"headers\":[]"));

  g_auto (Answer) forwarded = service_get (&service, "GET", "/render?url=http://other.example/echo",
                                           TOKEN, "X-Access-Token: abc");
  g_assert_nonnull (strstr (forwarded.body, "[{\"origin\":\"http://other.example:80\",\"name\":"
                                            "\"X-Access-Token\",\"value\":\"abc\"}]"));
  g_auto (Answer) not_named = service_get (&service, "GET", "/render?url=http://other.example/echo",
                                           TOKEN, "X-Other: abc");
  g_assert_nonnull (strstr (not_named.body, "\"headers\":[]"));

  g_assert_true (g_file_set_contents (token, "glsa_second\n", -1, NULL));
  g_auto (Answer) rotated = service_render (&service, URL "echo", "");
  g_assert_nonnull (strstr (rotated.body, "Bearer glsa_second"));
  service_stop (&service);
  g_unlink (token);
  g_unlink (jwt);
}

/* Neither logs nor answers nor the engine's environment hold what they should not. */
static void
test_secrets (void)
{
  const char *const environment[] = { "AUTH_TOKEN=" TOKEN ",hunter2token", "PANELSHOT_JWT=hunter2",
                                      "GF_SECRET_KEY=hunter2", NULL };
  const char *const arguments[] = {
    "--log-level", "debug", "--auth-token", "hunter2option", "--auth-token", TOKEN, NULL
  };
  Service service;

  service_start (&service, arguments, environment);
  g_auto (Answer) failed = service_render (&service, URL "secret", "&renderKey=hunter2");
  g_assert_cmpuint (failed.status, ==, 502);
  g_assert_null (strstr (failed.body, "hunter2"));
  g_auto (Answer) inner = service_render (&service, URL "ok?auth_token=hunter2&orgId=1",
                                          "&renderKey=hunter2");
  g_assert_cmpuint (inner.status, ==, 200);
  g_auto (Answer) wrong = service_get (&service, "GET", "/render?url=http://g/&renderKey=hunter2",
                                       "hunter2wrong", NULL);
  g_assert_cmpuint (wrong.status, ==, 401);
  g_auto (Answer) bad = service_render (&service, "http://u:hunter2@g/", "");
  g_assert_cmpuint (bad.status, ==, 403);
  g_assert_null (strstr (bad.body, "hunter2"));
  g_auto (Answer) posted = service_post (&service,
                                         "{\"url\": \"http://g/secret?token=hunter2\","
                                         " \"renderKey\": \"hunter2\", \"pictures\": [{}]}");
  g_assert_cmpuint (posted.status, ==, 502);
  g_assert_null (strstr (posted.body, "hunter2"));
  g_auto (Answer) broken = service_post (&service, "{\"renderKey\": \"hunter2\", \"token\": 1}");
  g_assert_cmpuint (broken.status, ==, 400);
  g_assert_null (strstr (broken.body, "hunter2"));
  g_auto (Answer) engine = service_render (&service, URL "env", "");
  g_assert_cmpuint (engine.status, ==, 200);
  g_assert_null (strstr (engine.body, "hunter2"));
  g_assert_null (strstr (engine.body, "AUTH_TOKEN"));
  g_assert_nonnull (strstr (engine.body, "PATH="));

  g_autofree char *log = service_read_log (&service);
  g_assert_nonnull (strstr (log, "renderKey=***"));
  g_assert_null (strstr (log, "hunter2"));
  g_assert_null (strstr (log, TOKEN));
  const char      *id = g_subprocess_get_identifier (service.process);
  g_autofree char *path = g_strdup_printf ("/proc/%s/cmdline", id);
  g_autofree char *line = NULL;
  size_t           length = 0;
  g_assert_true (g_file_get_contents (path, &line, &length, NULL));
  g_assert_null (memmem (line, length, "hunter2", 7));
  service_stop (&service);
}

/* Refusals before the body is read are in the log and in the metrics, each once. */
static void
test_early_refusals (void)
{
  static const struct {
    const char *path;
    const char *token;
    const char *header;
    const char *type;
    const char *line; /* in the log */
    const char *count;
  } rows[] = {
    { "/render", NULL, NULL, JSON_TYPE, "path=/render status=401 ",
      "path=\"POST /render\",status_code=\"401\"" },
    { "/render/", TOKEN, NULL, "text/plain", "path=/render/ status=415 ",
      "path=\"POST /render\",status_code=\"415\"" },
    { "/render", TOKEN, SERVICE_CHUNKED, JSON_TYPE, "path=/render status=411 ",
      "path=\"POST /render\",status_code=\"411\"" },
    { "/render", TOKEN, NULL, JSON_TYPE, "path=/render status=413 ",
      "path=\"POST /render\",status_code=\"413\"" },
    { "/healthz", NULL, NULL, "text/plain", "POST /healthz status=413",
      "path=\"POST /healthz\",status_code=\"413\"" },
  };
  g_autofree char *body = g_strnfill (1024 * 1024 + 1, ' ');
  const char      *arguments[] = { "--log-level", "debug", NULL };
  Service          service;

  service_start (&service, arguments, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (Answer) answer = service_send (&service, "POST", rows[i].path, rows[i].token,
                                           rows[i].header, rows[i].type, body);
    g_test_message ("%u %s", answer.status, answer.body);
  }
  g_auto (Answer)  metrics = service_get (&service, "GET", "/metrics", NULL, NULL);
  g_autofree char *log = service_read_log (&service);
  g_test_message ("%s", log);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *sample = g_strconcat (
        "http_request_duration_count{unit=\"seconds\",method=\"POST\",", rows[i].count, NULL);
    g_test_message ("%s", sample);
    const char *at = strstr (metrics.body, sample);
    g_assert_nonnull (at);
    g_assert_true (g_str_has_prefix (at + strcspn (at, "}"), "} 1\n"));
    const char *line = strstr (log, rows[i].line);
    g_assert_nonnull (line);
    g_assert_null (strstr (line + 1, rows[i].line));
  }
  service_stop (&service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/requests/picture", test_picture);
  g_test_add_func ("/requests/routes", test_routes);
  g_test_add_func ("/requests/early-refusals", test_early_refusals);
  g_test_add_func ("/requests/demo", test_demo);
  g_test_add_func ("/requests/failures", test_failures);
  g_test_add_func ("/requests/long-input", test_long_input);
  g_test_add_func ("/requests/parameters", test_parameters);
  g_test_add_func ("/requests/tokens", test_tokens);
  g_test_add_func ("/requests/default-token", test_default_token);
  g_test_add_func ("/requests/credentials", test_credentials);
  g_test_add_func ("/requests/secrets", test_secrets);
  return g_test_run ();
}
