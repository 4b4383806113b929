#include "config.h"

#include "language.h"

static void
test_list (void)
{
  static const struct {
    const char *value;
    const char *expected; /* joined by blanks */
  } rows[] = {
    { "de-CH,de;q=0.8,en;q=0.5", "de-CH de en" },
    { "en;q=0.5, zh-CN", "zh-CN en" },
    { "zh-Hans-CN", "zh-Hans-CN" },
    { "*", "" },
    { "C", "" },
    { "", "" },
    { "de_DE", "" },
    { "fr;q=0, it", "it" },
    { "\"><script>", "" },
    { "x-private", "" },
    { "en-", "" },
    { "en-US-u-hc-h12", "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (GStrv)   list = shot_language_list (rows[i].value);
    g_autofree char *joined = g_strjoinv (" ", list);
    g_assert_cmpstr (joined, ==, rows[i].expected);
  }
}

static void
test_long (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 10000; i++)
    g_string_append (text, "de-CH,");
  g_auto (GStrv) list = shot_language_list (text->str);
  g_assert_cmpuint (g_strv_length (list), <=, 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/language/list", test_list);
  g_test_add_func ("/language/long", test_long);
  return g_test_run ();
}
