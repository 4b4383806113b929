#include "config.h"

#include "nearest.h"

static void
test_measure (void)
{
  static const struct {
    const char *a;
    const char *b;
    unsigned    distance; /* at most 9 */
  } rows[] = {
    { "", "", 0 },
    { "a", "", 1 },
    { "kitten", "sitting", 3 },
    { "Ranges", "ranges", 0 },
    { "rnages", "ranges", 2 },
    { "abc", "xyz", 3 },
    { "a", "abcdefghijkl", 9 },
    { "abcdefghijkl", "mnopqrstuvwx", 9 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_cmpuint (shot_nearest_measure (rows[i].a, rows[i].b, 9), ==, rows[i].distance);
    g_assert_cmpuint (shot_nearest_measure (rows[i].b, rows[i].a, 9), ==, rows[i].distance);
  }
}

static void
test_find (void)
{
  static const char *const known[] = { "ranges", "range", "size", "scale", NULL };
  static const char *const none[] = { NULL };
  g_autofree char         *long_word = g_strnfill (SHOT_NEAREST_MAX_BYTES + 1, 'a');
  const char *const        itself[] = { long_word, NULL };

  g_assert_cmpstr (shot_nearest_find ("rnages", known), ==, "ranges");
  g_assert_cmpstr (shot_nearest_find ("rang", known), ==, "range");
  g_assert_cmpstr (shot_nearest_find ("SIZE", known), ==, "size");
  g_assert_cmpstr (shot_nearest_find ("sice", known), ==, "size");
  g_assert_null (shot_nearest_find ("dashboards", known));
  g_assert_null (shot_nearest_find ("size", none));
  g_assert_null (shot_nearest_find (long_word, itself));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nearest/measure", test_measure);
  g_test_add_func ("/nearest/find", test_find);
  return g_test_run ();
}
