#include "config.h"

#include "query.h"

#include <string.h>

#include "error.h"

static void
test_parse (void)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (ShotQuery) query = shot_query_parse (
      "a=1&b=x+y%26z&a=2&c&=5&d=&e=%E5%B7%A1&f%3D=g=h&&", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (shot_query_get (query, "a"), ==, "1");
  g_assert_cmpstr (shot_query_get (query, "b"), ==, "x y&z");
  g_assert_null (shot_query_get (query, "c"));
  g_assert_null (shot_query_get (query, "d"));
  g_assert_null (shot_query_get (query, "z"));
  g_assert_cmpstr (shot_query_get (query, "e"), ==, "巡");
  g_assert_cmpstr (shot_query_get (query, "f="), ==, "g=h");
}

static void
test_undecodable (void)
{
  static const char *const rows[] = { "a=%", "a=%zz", "a=%e5", "a=%00", "%ff=1", "a=\xff" };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (shot_query_parse (rows[i], &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }

  g_autoptr (ShotQuery) none = shot_query_parse (NULL, NULL);
  g_assert_null (shot_query_get (none, "url"));
  g_assert_true (shot_query_check_url (none, NULL));
}

static ShotJob *
make_job (const char *text, GError **error)
{
  g_autoptr (ShotQuery) query = shot_query_parse (text, NULL);

  return shot_query_make_job (query, "zh-CN", 45000, error);
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
  g_assert_cmpuint (job->pictures->len, ==, 1);
  g_assert_cmpint (((ShotPictureWish *) job->pictures->pdata[0])->kind, ==, SHOT_PICTURE_VIEWPORT);
  g_assert_true (shot_job_check (job, NULL));
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
  g_assert_cmpint (((ShotPictureWish *) job->pictures->pdata[0])->kind, ==, SHOT_PICTURE_FULL_PAGE);
}

static void
test_messages (void)
{
  static const struct {
    const char *text;
    const char *message;
  } rows[] = {
    { "width=5", "missing 'url' query parameter" },
    { "url=http://g/&width=abc",
      "invalid 'width' query parameter: \"abc\" (want a whole number from 1 to 16384)" },
    { "url=http://g/&height=9.5",
      "invalid 'height' query parameter: \"9.5\" (want a whole number from 1 to 16384)" },
    { "url=http://g/&deviceScaleFactor=9",
      "invalid 'deviceScaleFactor' query parameter: \"9\" (want a number from 0.1 to 4)" },
    { "url=http://g/&timeout=0",
      "invalid 'timeout' query parameter: \"0\" (a render without a limit is not offered: give up "
      "to 1800 seconds)" },
    { "url=http://g/&encoding=webp", "invalid 'encoding' query parameter: \"webp\" (want png)" },
    { "url=http://g/&timezone=X%0AY",
      "invalid 'timezone' query parameter: \"X?Y\" (want an IANA name such as Asia/Shanghai, or "
      "UTC+hh:mm)" },
    { "url=http://g/&width=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "invalid 'width' query parameter: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\" (want a "
      "whole number from 1 to 16384)" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (make_job (rows[i].text, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpstr (error->message, ==, rows[i].message);
  }
}

static void
test_check_url (void)
{
  static const struct {
    const char *text;
    int         code; /* -1: fine */
  } rows[] = {
    { "url=http://g/", -1 },
    { "url=HTTPS%3A%2F%2Fg%2F", -1 },
    { "url=", -1 },
    { "url=/d/x", SHOT_ERROR_USAGE },
    { "url=http%3A%2F%2F", SHOT_ERROR_USAGE },
    { "url=ftp://g/", SHOT_ERROR_REFUSED },
    { "url=http://a:b@g/", SHOT_ERROR_REFUSED },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)    error = NULL;
    g_autoptr (ShotQuery) query = shot_query_parse (rows[i].text, NULL);
    g_assert_cmpint (shot_query_check_url (query, &error), ==, rows[i].code < 0);
    if (rows[i].code >= 0)
      g_assert_error (error, SHOT_ERROR, rows[i].code);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query/parse", test_parse);
  g_test_add_func ("/query/undecodable", test_undecodable);
  g_test_add_func ("/query/defaults", test_defaults);
  g_test_add_func ("/query/grafana", test_grafana);
  g_test_add_func ("/query/messages", test_messages);
  g_test_add_func ("/query/check-url", test_check_url);
  return g_test_run ();
}
