#include "config.h"

#include "origin.h"

static void
test_from_uri (void)
{
  static const struct {
    const char *uri;
    const char *expected;
  } rows[] = {
    { "http://grafana.example/d/x", "http://grafana.example:80" },
    { "https://Grafana.Example", "https://grafana.example:443" },
    { "HTTPS://g:8443/?a=http://b", "https://g:8443" },
    { "http://g:80", "http://g:80" },
    { "http://[::1]:3000/x", "http://[::1]:3000" },
    { "http://[0:0:0:0:0:0:0:1]/", "http://[::1]:80" },
    { "http://user:pw@g/x", "http://g:80" },
    { "http://g/x?q=a b\\c", "http://g:80" },
    { "http://münchen.example/", "http://xn--mnchen-3ya.example:80" },
    /* Browsers go to evil.example here; no credential may follow. */
    { "http://evil.example\\@g/", NULL },
    { "http://evil\t.example/", NULL },
    { "http://g /", NULL },
    { "ftp://g/", NULL },
    { "file:///etc/passwd", NULL },
    { "http:///x", NULL },
    { "http:", NULL },
    { "/d/x", NULL },
    { "g:3000/d", NULL },
    { "", NULL },
    { "http://g:99999/", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *origin = shot_origin_from_uri (rows[i].uri);
    g_assert_cmpstr (origin, ==, rows[i].expected);
  }
}

static void
test_matches (void)
{
  static const struct {
    const char *uri;
    gboolean    expected;
  } rows[] = {
    { "http://grafana.example/", TRUE },
    { "http://GRAFANA.example:80/api?x", TRUE },
    { "https://grafana.example/", FALSE },
    { "http://grafana.example:3000/", FALSE },
    { "http://sub.grafana.example/", FALSE },
    { "http://grafana.example.evil.example/", FALSE },
    { "http://grafana.example@evil.example/", FALSE },
    { "http://evil.example/?http://grafana.example/", FALSE },
    { "http://grafana.example./", FALSE },
    { "data:text/html,http://grafana.example", FALSE },
    { "blob:http://grafana.example/1", FALSE },
    { "", FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (shot_origin_matches ("http://grafana.example:80", rows[i].uri), ==,
                     rows[i].expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/origin/from-uri", test_from_uri);
  g_test_add_func ("/origin/matches", test_matches);
  return g_test_run ();
}
