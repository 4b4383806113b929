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

static void
test_target (void)
{
  static const struct {
    const char *uri;
    const char *value; /* of "a" */
  } rows[] = {
    { "http://g/", NULL },          { "http://g/?a=1#?a=2", "1" }, { "http://g/#?a=2", NULL },
    { "http://g/?b=%zz&a=1", "1" }, { "http://g/?a=%ff", NULL },   { "http://g/?x?a=1&a=2", "2" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotQuery) query = shot_query_parse_target (rows[i].uri);
    g_assert_cmpstr (shot_query_get (query, "a"), ==, rows[i].value);
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
  g_test_add_func ("/query/target", test_target);
  g_test_add_func ("/query/check-url", test_check_url);
  return g_test_run ();
}
