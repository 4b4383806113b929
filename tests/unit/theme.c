#include "config.h"

#include "theme.h"

#include "error.h"

static void
test_addresses (void)
{
  static const struct {
    const char *uri;
    const char *expected;
  } rows[] = {
    { "http://g", "http://g?theme=dark" },
    { "http://g/", "http://g/?theme=dark" },
    { "http://g/d?", "http://g/d?theme=dark" },
    { "http://g/d?&", "http://g/d?theme=dark" },
    { "http://g/d?a=1", "http://g/d?a=1&theme=dark" },
    { "http://g/d?a=1?b", "http://g/d?a=1?b&theme=dark" },
    { "http://g/d#x", "http://g/d?theme=dark#x" },
    { "http://g/d#x#y", "http://g/d?theme=dark#x#y" },
    { "http://g/d?theme=light&a=%31+2#x?theme=y", "http://g/d?a=%31+2&theme=dark#x?theme=y" },
    { "http://g/d?a&theme&b=?theme=x&theme=y", "http://g/d?a&b=?theme=x&theme=dark" },
    { "http://g/d?themes=1", "http://g/d?themes=1&theme=dark" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *uri = shot_theme_apply (rows[i].uri, "dark", &error);
    g_assert_no_error (error);
    g_assert_cmpstr (uri, ==, rows[i].expected);
  }
}

static void
test_names (void)
{
  static const char *const good[] = { "light", "system", "a", "Blue_2-x" };
  static const char *const bad[] = {
    "", " ", "a b", "a&b", "a#b", "a=b", "a%20b", "a/b", "\xc3\xa4"
  };
  g_autofree char *most = g_strnfill (SHOT_THEME_MAX_BYTES, 'a');
  g_autofree char *more = g_strnfill (SHOT_THEME_MAX_BYTES + 1, 'a');
  g_autofree char *longest = shot_theme_apply ("http://g/", most, NULL);

  g_assert_nonnull (longest);
  g_assert_null (shot_theme_apply ("http://g/", more, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree char *uri = shot_theme_apply ("http://g/", good[i], NULL);
    g_autofree char *expected = g_strconcat ("http://g/?theme=", good[i], NULL);
    g_assert_cmpstr (uri, ==, expected);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (shot_theme_apply ("http://g/", bad[i], &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/theme/addresses", test_addresses);
  g_test_add_func ("/theme/names", test_names);
  return g_test_run ();
}
