#include "config.h"

#include "disposition.h"

#include <string.h>

/* The right side is what Go's mime.FormatMediaType makes of these names. */
static void
test_format (void)
{
  static const struct {
    const char *name;
    const char *expected;
  } rows[] = {
    { "data.csv", "attachment; filename=data.csv" },
    { "Prometheus_ 1-data.csv", "attachment; filename=\"Prometheus_ 1-data.csv\"" },
    { "数据.csv", "attachment; filename*=utf-8''%E6%95%B0%E6%8D%AE.csv" },
    { "é x.csv", "attachment; filename*=utf-8''%C3%A9%20x.csv" },
    { "é'*%.csv", "attachment; filename*=utf-8''%C3%A9%27%2A%25.csv" },
    { "a\"b\\c.csv", "attachment; filename=\"a\\\"b\\\\c.csv\"" },
    { "a%20b.csv", "attachment; filename=a%20b.csv" },
    { "a;b=c.csv", "attachment; filename=\"a;b=c.csv\"" },
    { "x\x01y.csv", "attachment; filename*=utf-8''x%01y.csv" },
    { "[a]{b}:?@<>.csv", "attachment; filename=\"[a]{b}:?@<>.csv\"" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = shot_disposition_format (rows[i].name);
    g_assert_cmpstr (text, ==, rows[i].expected);
  }
}

static void
test_clean (void)
{
  static const struct {
    const char *path;
    const char *expected;
  } rows[] = {
    { "a.csv", "a.csv" },
    { "/etc/passwd", "passwd" },
    { "..\\..\\boot.ini", "boot.ini" },
    { "a/", "" },
    { "a/..", "" },
    { ".", "" },
    { "", "" },
    { " a b ", "a b" },
    { "a\r\nSet-Cookie: x=y", "aSet-Cookie: x=y" },
    { "a\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xae"
      "b",
      "ab" },
    { "巡检.csv", "巡检.csv" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *name = shot_disposition_clean_name (rows[i].path);
    g_assert_cmpstr (name, ==, rows[i].expected);
  }

  /* Cut between characters. */
  g_autoptr (GString) text = g_string_new ("x");
  while (text->len < 1000)
    g_string_append (text, "巡");
  g_autofree char *cut = shot_disposition_clean_name (text->str);
  g_assert_cmpuint (strlen (cut), ==, 199);
  g_assert_true (g_utf8_validate (cut, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disposition/format", test_format);
  g_test_add_func ("/disposition/clean", test_clean);
  return g_test_run ();
}
