#include "config.h"

#include "secret.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"

static void
test_equal (void)
{
  g_autoptr (ShotSecret) secret = shot_secret_new ("hunter2");
  g_autoptr (ShotSecret) empty = shot_secret_new ("");

  g_assert_true (shot_secret_equal (secret, "hunter2"));
  g_assert_false (shot_secret_equal (secret, "hunter"));
  g_assert_false (shot_secret_equal (secret, "hunter22"));
  g_assert_false (shot_secret_equal (secret, "hunter2hunter2"));
  g_assert_false (shot_secret_equal (secret, ""));
  g_assert_false (shot_secret_equal (empty, "x"));
  g_assert_true (shot_secret_equal (empty, ""));
}

static char *
write_file (const char *text, size_t length)
{
  char *path = NULL;
  int   fd = g_file_open_tmp ("secret-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
  return path;
}

static void
test_read_file (void)
{
  static const struct {
    const char *text;
    const char *expected;
  } rows[] = {
    { "abc\n", "abc" },
    { "  abc \r\n\r\n", "abc" },
    { "abc\nsecond\n", "abc" },
    { "\n\nabc\n", "abc" },
    { "", NULL },
    { " \n ", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char       *path = write_file (rows[i].text, strlen (rows[i].text));
    g_autoptr (GError)     error = NULL;
    g_autoptr (ShotSecret) secret = shot_secret_read_file (path, &error);
    if (rows[i].expected == NULL) {
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
      g_assert_nonnull (strstr (error->message, path));
    } else {
      g_assert_no_error (error);
      g_assert_cmpstr (shot_secret_reveal (secret), ==, rows[i].expected);
    }
    g_unlink (path);
  }
}

static void
test_bad_files (void)
{
  g_autofree char   *large = g_strnfill (20000, 'a');
  g_autofree char   *path = write_file (large, 20000);
  g_autoptr (GError) error = NULL;

  g_assert_null (shot_secret_read_file (path, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_null (strstr (error->message, "aaaa"));
  g_unlink (path);
  g_clear_error (&error);

  g_assert_null (shot_secret_read_file (path, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_null (shot_secret_read_file (path, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/equal", test_equal);
  g_test_add_func ("/secret/read-file", test_read_file);
  g_test_add_func ("/secret/bad-files", test_bad_files);
  return g_test_run ();
}
