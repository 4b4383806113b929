#include "config.h"

#include "timezone.h"

#include "error.h"

static void
test_table (void)
{
  static const struct {
    const char *name;
    const char *expected; /* NULL: an error */
  } rows[] = {
    { "Asia/Shanghai", "Asia/Shanghai" },
    { "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires" },
    { "Etc/GMT-2", "Etc/GMT-2" },
    { "UTC", "UTC" },
    { "utc", "UTC" },
    /* POSIX signs: minus is east of Greenwich. */
    { "UTC-02:00", "Etc/GMT-2" },
    { "UTC+02:00", "Etc/GMT+2" },
    { "UTC-2", "Etc/GMT-2" },
    { "UTC-05:30", "GMT+05:30" },
    { "UTC+03:30", "GMT-03:30" },
    { "UTC+00:00", "Etc/UTC" },
    { "UTC-14:00", "Etc/GMT-14" },
    { "UTC+13:00", "GMT-13:00" },
    { "UTC-14:30", NULL },
    { "UTC+99:00", NULL },
    { "UTC+2:5", NULL },
    { "UTC+", NULL },
    { "UTC+2:00:00", NULL },
    { "UTC+-2", NULL },
    { "Local", NULL },
    { "Asia/Nowhere", NULL },
    { "Asia", NULL },
    { "Asia/", NULL },
    { "asia/shanghai", NULL },
    { "localtime", NULL },
    { "../../etc/passwd", NULL },
    { "/etc/passwd", NULL },
    { "Asia/../../../../etc/passwd", NULL },
    { "Asia/Shanghai\n", NULL },
    { "\xff", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char   *normalized = shot_timezone_normalize (rows[i].name, &error);
    g_assert_cmpstr (normalized, ==, rows[i].expected);
    if (rows[i].expected == NULL)
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    else
      g_assert_no_error (error);
  }
}

static void
test_own_zone (void)
{
  static const char *const names[] = { NULL, "", "browser" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (shot_timezone_normalize (names[i], &error));
    g_assert_no_error (error);
  }
}

static void
test_long (void)
{
  g_autofree char   *name = g_strnfill (10000, 'A');
  g_autoptr (GError) error = NULL;

  g_assert_null (shot_timezone_normalize (name, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_cmpuint (strlen (error->message), <, 300);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timezone/table", test_table);
  g_test_add_func ("/timezone/own-zone", test_own_zone);
  g_test_add_func ("/timezone/long", test_long);
  return g_test_run ();
}
