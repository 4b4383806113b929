#include "config.h"

#include "request.h"

#include <string.h>

#include "error.h"

static ShotJob *
make_with (const char *text, ShotRequestKind kind, const ShotRequestRules *rules, GError **error)
{
  g_autoptr (ShotQuery) query = shot_query_parse (text, NULL);

  return shot_request_make_job (query, kind, rules, "zh-CN", error);
}

static ShotJob *
make_job (const char *text, GError **error)
{
  g_auto (ShotRequestRules) rules;

  shot_request_rules_init (&rules);
  rules.default_timeout_ms = 45000;
  return make_with (text, SHOT_REQUEST_RENDER, &rules, error);
}

static const ShotPictureWish *
get_wish (const ShotJob *job)
{
  g_assert_cmpuint (job->pictures->len, ==, 1);
  return job->pictures->pdata[0];
}

static void
test_defaults (void)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotJob) job = make_job ("url=http://g/d/x", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (job->uri, ==, "http://g/d/x");
  g_assert_cmpint (job->width, ==, SHOT_JOB_DEFAULT_WIDTH);
  g_assert_cmpint (job->height, ==, SHOT_JOB_DEFAULT_HEIGHT);
  g_assert_cmpfloat (job->scale, ==, 1);
  g_assert_cmpint (job->timeout_ms, ==, 45000);
  g_assert_cmpstr (job->language, ==, "zh-CN");
  g_assert_null (job->timezone);
  g_assert_null (job->render_key);
  g_assert_cmpint (get_wish (job)->kind, ==, SHOT_PICTURE_VIEWPORT);
  g_assert_cmpint (get_wish (job)->encoding, ==, SHOT_ENCODING_PNG);
  g_assert_true (shot_job_check (job, NULL));
}

static void
test_language (void)
{
  static const struct {
    const char *sent;
    const char *taken;
  } cases[] = {
    { NULL, "de" }, { "", "de" }, { "*", "de" }, { "sv", "sv" }, { "fr, *;q=0.5", "fr, *;q=0.5" }
  };
  g_auto (ShotRequestRules) rules;
  g_autoptr (ShotQuery)     query = shot_query_parse ("url=http://g/d/x", NULL);

  shot_request_rules_init (&rules);
  rules.language = g_strdup ("de");
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ShotJob) job = shot_request_make_job (query, SHOT_REQUEST_RENDER, &rules,
                                                     cases[i].sent, NULL);
    g_assert_cmpstr (job->language, ==, cases[i].taken);
  }
}

/* A line as Grafana sends it. */
static void
test_grafana (void)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotJob) job = make_job (
      "deviceScaleFactor=2.000000&domain=grafana.example&encoding=&height=-1&renderKey=abc&timeout=60"
      "&timezone=UTC-08%3A00&url=http%3A%2F%2Fgrafana.example%3A3000%2Fd-solo%2Fx%2Fy%3ForgId%3D1"
      "%26panelId%3Dpanel-2%26render%3D1&width=1001",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (job->uri, ==,
                   "http://grafana.example:3000/d-solo/x/y?orgId=1&panelId=panel-2&render=1");
  g_assert_cmpint (job->width, ==, 1001);
  g_assert_cmpint (job->height, ==, 750);
  g_assert_cmpfloat (job->scale, ==, 2);
  g_assert_cmpint (job->timeout_ms, ==, 60000);
  g_assert_cmpstr (job->timezone, ==, "Etc/GMT-8");
  g_assert_cmpstr (job->domain, ==, "grafana.example");
  g_assert_true (shot_secret_equal (job->render_key, "abc"));
  g_assert_cmpint (get_wish (job)->kind, ==, SHOT_PICTURE_FULL_PAGE);
}

/* Sizes, scale and time: what is asked, what comes of it. */
static void
test_limits (void)
{
  static const struct {
    const char *text;
    int         width;
    int         height;
    double      scale;
    int64_t     timeout_ms;
  } rows[] = {
    { "", 1000, 500, 1, 45000 },
    { "&width=1&height=1", 1, 1, 1, 45000 },
    { "&width=3000&height=3000", 3000, 3000, 1, 45000 },
    { "&width=3001&height=9223372036854775807", 3000, 3000, 1, 45000 },
    { "&width=-1&height=0", 1000, 500, 1, 45000 },
    { "&width=0&height=-2", 1000, 500, 1, 45000 },
    { "&width=-7&height=%2B7", 1000, 7, 1, 45000 },
    { "&width=007&height=-1", 7, 5, 1, 45000 },
    { "&deviceScaleFactor=0.1", 1000, 500, 0.1, 45000 },
    { "&deviceScaleFactor=4.000001", 1000, 500, 4, 45000 },
    { "&deviceScaleFactor=1e300", 1000, 500, 4, 45000 },
    { "&deviceScaleFactor=15e-1", 1000, 500, 1.5, 45000 },
    { "&timeout=0", 1000, 500, 1, 1800000 },
    { "&timeout=0s", 1000, 500, 1, 1800000 },
    { "&timeout=1ns", 1000, 500, 1, 1 },
    { "&timeout=1800", 1000, 500, 1, 1800000 },
    { "&timeout=1801", 1000, 500, 1, 1800000 },
    { "&timeout=9223372036", 1000, 500, 1, 1800000 },
    { "&timeout=1h1m1.5s", 1000, 500, 1, 1800000 },
    { "&timeout=1m1.5s", 1000, 500, 1, 61500 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)  error = NULL;
    g_autofree char    *text = g_strconcat ("url=http://g/", rows[i].text, NULL);
    g_autoptr (ShotJob) job = make_job (text, &error);
    g_test_message ("%s", text);
    g_assert_no_error (error);
    g_assert_cmpint (job->width, ==, rows[i].width);
    g_assert_cmpint (job->height, ==, rows[i].height);
    g_assert_cmpfloat (job->scale, ==, rows[i].scale);
    g_assert_cmpint (job->timeout_ms, ==, rows[i].timeout_ms);
  }
}

/* The rules that give the official renderer's answers back. */
static void
test_rules (void)
{
  g_auto (ShotRequestRules) rules;
  g_autoptr (ShotSecret)    value = shot_secret_new ("v");
  g_autoptr (GError)        error = NULL;

  shot_request_rules_init (&rules);
  rules.min_width = 1000;
  rules.min_height = 500;
  rules.max_width = rules.max_height = -1;
  rules.max_scale = 2;
  rules.is_tall_by_default = true;
  rules.is_portrait = true;
  rules.timezone = g_strdup ("Asia/Shanghai");
  rules.user_agent = g_strdup ("robot");
  rules.patience.prior_wait_ms = 7;
  rules.max_timeout_ms = 90000;
  shot_request_rules_add_header (&rules, "X-Extra", value);

  g_autoptr (ShotJob) job = make_with (
      "url=http://g/&width=640&timeout=0&deviceScaleFactor=9&timezone=browser", SHOT_REQUEST_RENDER,
      &rules, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->width, ==, 1000);
  g_assert_cmpint (job->height, ==, 750);
  g_assert_cmpint (job->timeout_ms, ==, 90000);
  g_assert_cmpfloat (job->scale, ==, 2);
  g_assert_cmpint (get_wish (job)->kind, ==, SHOT_PICTURE_FULL_PAGE);
  g_assert_cmpstr (job->timezone, ==, "Asia/Shanghai");
  g_assert_cmpstr (job->user_agent, ==, "robot");
  g_assert_cmpint (job->patience.prior_wait_ms, ==, 7);
  g_assert_false (job->paper.is_landscape);
  ShotJobHeader *header = job->headers->pdata[0];
  g_assert_cmpstr (header->origin, ==, "http://g:80");
  g_assert_cmpstr (header->name, ==, "X-Extra");

  g_autoptr (ShotJob) wide = make_with ("url=http://g/&width=20000&height=600", SHOT_REQUEST_RENDER,
                                        &rules, &error);
  g_assert_cmpint (wide->width, ==, SHOT_JOB_MAX_SIDE);
  g_assert_cmpint (get_wish (wide)->kind, ==, SHOT_PICTURE_VIEWPORT);

  rules.default_encoding = SHOT_ENCODING_PDF;
  g_autoptr (ShotJob) pdf = make_with ("url=http://g/&encoding=%20&landscape=true",
                                       SHOT_REQUEST_RENDER, &rules, &error);
  g_assert_cmpint (get_wish (pdf)->kind, ==, SHOT_PICTURE_PRINT);
  g_assert_true (pdf->paper.is_landscape);
  g_assert_cmpint (pdf->height, ==, 500);
}

static void
test_overrides (void)
{
  g_auto (ShotRequestRules) rules;
  ShotRequestRules          other;
  g_autoptr (GRegex)        pattern = g_regex_new ("^http://slow\\.", 0, 0, NULL);

  shot_request_rules_init (&rules);
  shot_request_rules_init (&other);
  other.default_width = 77;
  shot_request_rules_add_override (&rules, pattern, &other);

  g_autoptr (ShotJob) fast = make_with ("url=http://fast.example/", SHOT_REQUEST_RENDER, &rules,
                                        NULL);
  g_autoptr (ShotJob) slow = make_with ("url=http://slow.example/", SHOT_REQUEST_RENDER, &rules,
                                        NULL);
  g_autoptr (ShotJob) told = make_with ("url=http://slow.example/&width=5", SHOT_REQUEST_RENDER,
                                        &rules, NULL);
  g_assert_cmpint (fast->width, ==, 1000);
  g_assert_cmpint (slow->width, ==, 77);
  g_assert_cmpint (told->width, ==, 5);
}

static void
test_paper (void)
{
  static const struct {
    const char *text;
    double      width_in;
    bool        is_landscape;
    bool        has_backgrounds;
    const char *ranges;
    double      scale;
  } rows[] = {
    { "url=http://g/", 8.2677, true, true, NULL, 1 },
    { "url=http://g/&landscape=false", 8.2677, false, true, NULL, 1 },
    { "url=http://g/&landscape=false&pdf.landscape=TRUE", 8.2677, true, true, NULL, 1 },
    { "url=http://g/?pdf.landscape%3D0&landscape=true", 8.2677, false, true, NULL, 1 },
    { "url=http://g/?pdf.format%3DLetter%26pdf.printBackground%3Dfalse", 8.5, true, false, NULL,
      1 },
    { "url=http://g/?pdf.format%3DLetter&pdf.format=a0", 33.1102, true, true, NULL, 1 },
    { "url=http://g/?pdf.pageRanges%3D1%252C%25203", 8.2677, true, true, "1,3", 1 },
    { "url=http://g/&deviceScaleFactor=2", 8.2677, true, true, NULL, 0.5 },
    { "url=http://g/&deviceScaleFactor=0.2", 8.2677, true, true, NULL, 2 },
    { "url=http://g/&deviceScaleFactor=2&pdf.scale=1.5&pdf.omitBackground=x", 8.2677, true, true,
      NULL, 1.5 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)  error = NULL;
    g_autofree char    *text = g_strconcat (rows[i].text, "&encoding=pdf", NULL);
    g_autoptr (ShotJob) job = make_job (text, &error);
    g_test_message ("%s", text);
    g_assert_no_error (error);
    g_assert_cmpint (get_wish (job)->encoding, ==, SHOT_ENCODING_PDF);
    g_assert_cmpfloat (job->paper.width_in, ==, rows[i].width_in);
    g_assert_cmpint (job->paper.is_landscape, ==, rows[i].is_landscape);
    g_assert_cmpint (job->paper.has_backgrounds, ==, rows[i].has_backgrounds);
    g_assert_cmpstr (job->paper.page_ranges, ==, rows[i].ranges);
    g_assert_cmpfloat (job->paper.scale, ==, rows[i].scale);
    g_assert_true (shot_job_check (job, NULL));
  }

  /* Whoever wants a picture need not care for paper. */
  g_autoptr (ShotJob) picture = make_job ("url=http://g/?pdf.format%3Dx&pdf.scale=x&landscape=x",
                                          NULL);
  g_assert_nonnull (picture);
}

static void
test_theme (void)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotJob) job = make_job ("theme=blue-2&url=http://g/d?theme%3Dlight%23x", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (job->uri, ==, "http://g/d?theme=blue-2#x");
  g_assert_null (make_job ("theme=a%26b&url=http://g/", &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
}

static void
test_extras (void)
{
  g_auto (ShotRequestRules) rules;
  g_autoptr (GError)        error = NULL;

  shot_request_rules_init (&rules);
  rules.allow_expressions = true;
  g_autoptr (ShotJob) job = make_with (
      "url=http://g/?forcePollingMode%3Dtrue&encoding=JPG&quality=1&zoom=2.5&selector=.panel"
      "&wait_for=js:window.x%3E1&best_effort=1&height=-1&domain=g",
      SHOT_REQUEST_RENDER, &rules, &error);
  g_assert_no_error (error);
  g_assert_cmpint (get_wish (job)->kind, ==, SHOT_PICTURE_ELEMENT);
  g_assert_cmpstr (get_wish (job)->selector, ==, ".panel");
  g_assert_cmpint (get_wish (job)->encoding, ==, SHOT_ENCODING_JPEG);
  g_assert_cmpint (get_wish (job)->quality, ==, 1);
  g_assert_cmpfloat (job->zoom, ==, 2.5);
  g_assert_cmpstr (job->wait_expression, ==, "window.x>1");
  g_assert_null (job->wait_for);
  g_assert_true (job->is_best_effort);
  g_assert_true (job->patience.ignores_reports);
  g_assert_true (shot_job_check (job, &error));

  g_autoptr (ShotJob) table = make_with ("url=http://g/&encoding=%20CSV%20&wait_for=table&width=x"
                                         "&deviceScaleFactor=x",
                                         SHOT_REQUEST_CSV, &rules, &error);
  g_assert_cmpint (get_wish (table)->kind, ==, SHOT_PICTURE_DOWNLOAD);
  g_assert_cmpstr (table->wait_for, ==, "table");
  g_assert_true (shot_job_check (table, &error));
}

static void
test_messages (void)
{
  static const struct {
    const char *text;
    const char *message;
  } rows[] = {
    { "width=5", "missing 'url' query parameter" },
    { "url=http://g/&width=abc", "invalid 'width' query parameter: \"abc\" (want a whole number)" },
    { "url=http://g/&height=9.5",
      "invalid 'height' query parameter: \"9.5\" (want a whole number)" },
    { "url=http://g/&width=+5", "invalid 'width' query parameter: \" 5\" (want a whole number)" },
    { "url=http://g/&deviceScaleFactor=0",
      "invalid 'deviceScaleFactor' query parameter: \"0\" (want a number from 0.1 to 4)" },
    { "url=http://g/&timeout=-1s",
      "invalid 'timeout' query parameter: \"-1s\" (want seconds such as 30, or a duration such as "
      "1m30s)" },
    { "url=http://g/&encoding=gif",
      "invalid 'encoding' query parameter: \"gif\" (want png, jpeg, webp or pdf; tables are at "
      "/render/csv)" },
    { "url=http://g/&timezone=X%0AY",
      "invalid 'timezone' query parameter: \"X?Y\" (want an IANA name such as Asia/Shanghai, or "
      "UTC+hh:mm)" },
    { "url=http://g/&wait_for=js:1",
      "invalid 'wait_for' query parameter: \"js:1\" (want a CSS selector: expressions are not "
      "allowed by the configuration)" },
    { "url=http://g/?pdf.format%3DA9&encoding=pdf",
      "invalid 'pdf.format' query parameter of the address: \"A9\" (want a0, a1, a2, a3, a4, a5, "
      "a6, letter, legal, tabloid or ledger)" },
    { "url=http://g/&width=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "invalid 'width' query parameter: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\" (want a "
      "whole number)" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (make_job (rows[i].text, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpstr (error->message, ==, rows[i].message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request/defaults", test_defaults);
  g_test_add_func ("/request/language", test_language);
  g_test_add_func ("/request/grafana", test_grafana);
  g_test_add_func ("/request/limits", test_limits);
  g_test_add_func ("/request/rules", test_rules);
  g_test_add_func ("/request/overrides", test_overrides);
  g_test_add_func ("/request/paper", test_paper);
  g_test_add_func ("/request/theme", test_theme);
  g_test_add_func ("/request/extras", test_extras);
  g_test_add_func ("/request/messages", test_messages);
  return g_test_run ();
}
