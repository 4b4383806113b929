#include "filename.h"

#include <string.h>

static void
check (const char *name, const char *expected)
{
  g_autofree char *clean = shot_filename_clean (name);

  g_assert_cmpstr (clean, ==, expected);
}

static void
test_plain (void)
{
  check ("data.csv", "data.csv");
  check ("最近的部署-data-2024-07-23 12_41_30.csv", "最近的部署-data-2024-07-23 12_41_30.csv");
  check (" a; b\"c\" .csv ", "a; b\"c\" .csv");
  check ("می\xe2\x80\x8cخواهم.csv", "می\xe2\x80\x8cخواهم.csv");
}

static void
test_folders (void)
{
  check ("../../etc/passwd", "passwd");
  check ("C:\\Users\\x\\data.csv", "data.csv");
  check ("folder/", NULL);
  check ("..", NULL);
  check (".hidden", "hidden");
  check (". . /. .x", "x");
}

static void
test_control (void)
{
  check ("", NULL);
  check ("\r\n\t", NULL);
  check ("a\r\nSet-Cookie: b.csv", "aSet-Cookie: b.csv");
  check ("\x7f\xc2\x85"
         "a\xe2\x80\xa8"
         "b",
         "ab");
  check ("cod\xe2\x80\xaevsc.exe", "codvsc.exe");
  check ("a\xff\xfe.csv", "a\xef\xbf\xbd\xef\xbf\xbd.csv");
}

static void
check_length (const char *part, const char *ending)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (int i = 0; i < 400; i++)
    g_string_append (name, part);
  g_string_append (name, ending);
  g_autofree char *clean = shot_filename_clean (name->str);
  g_assert_cmpuint (strlen (clean), <=, SHOT_FILENAME_MAX_BYTES);
  g_assert_cmpuint (strlen (clean), >, SHOT_FILENAME_MAX_BYTES - 4);
  g_assert_true (g_utf8_validate (clean, -1, NULL));
  if (strlen (ending) <= 16)
    g_assert_true (g_str_has_suffix (clean, ending));
}

static void
test_long (void)
{
  check_length ("a", ".csv");
  check_length ("数", ".csv");
  check_length ("😀", ".csv");
  check_length ("é", "");
  check_length ("a", ".no-ending-is-as-long-as-this");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filename/plain", test_plain);
  g_test_add_func ("/filename/folders", test_folders);
  g_test_add_func ("/filename/control", test_control);
  g_test_add_func ("/filename/long", test_long);
  return g_test_run ();
}
