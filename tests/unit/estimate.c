#include "config.h"

#include "estimate.h"

#define MS ((int64_t) 1000)

static void
note (ShotEstimate *estimate, unsigned times, int64_t ms, bool is_cold)
{
  for (unsigned i = 0; i < times; i++)
    shot_estimate_note (estimate, ms * MS, true, is_cold);
}

static void
test_unknown (void)
{
  ShotEstimate estimate = { 0 };

  g_assert_cmpint (shot_estimate_get_least_ms (&estimate), ==, 0);
  g_assert_cmpint (shot_estimate_get_cold_ms (&estimate), ==, SHOT_ESTIMATE_UNKNOWN_COLD_MS);
  g_assert_cmpuint (shot_estimate_get_wait_seconds (&estimate, 100, 1), ==, 0);
  g_assert_false (shot_estimate_is_hopeless (&estimate, 1000, 1, 1));
  /* A few say too little to refuse anybody. */
  note (&estimate, SHOT_ESTIMATE_LEAST_KNOWN - 1, 60000, false);
  g_assert_false (shot_estimate_is_hopeless (&estimate, 1000, 1, 1));
  note (&estimate, 1, 60000, false);
  g_assert_true (shot_estimate_is_hopeless (&estimate, 1000, 1, 1));
}

static void
test_wait (void)
{
  static const struct {
    int64_t  ms;
    unsigned waiting;
    unsigned slots;
    unsigned seconds;
  } rows[] = {
    { 1, 0, 4, 1 },    { 1000, 0, 1, 1 },  { 1000, 3, 1, 4 },
    { 1000, 7, 4, 2 }, { 2500, 9, 2, 13 }, { 60000, 100, 1, SHOT_ESTIMATE_MAX_WAIT_SECONDS },
    { 1000, 3, 0, 4 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    ShotEstimate estimate = { 0 };
    note (&estimate, 5, rows[i].ms, false);
    g_test_message ("row %zu", i);
    g_assert_cmpuint (shot_estimate_get_wait_seconds (&estimate, rows[i].waiting, rows[i].slots),
                      ==, rows[i].seconds);
  }
}

/* What was so an hour ago is forgotten. */
static void
test_recent (void)
{
  ShotEstimate estimate = { 0 };

  note (&estimate, 100, 10000, true);
  g_assert_cmpuint (shot_estimate_get_wait_seconds (&estimate, 0, 1), ==, 10);
  g_assert_cmpint (shot_estimate_get_cold_ms (&estimate), ==, 10000);
  note (&estimate, SHOT_ESTIMATE_SAMPLES, 2000, true);
  g_assert_cmpuint (shot_estimate_get_wait_seconds (&estimate, 0, 1), <=, 3);
  g_assert_cmpint (shot_estimate_get_cold_ms (&estimate), ==, 2000);
  g_assert_cmpint (shot_estimate_get_least_ms (&estimate), ==, 2000);
}

static void
test_cold (void)
{
  ShotEstimate estimate = { 0 };

  /* Warm ones say nothing about it, nor do failures; one odd one does not count. */
  note (&estimate, 20, 200, false);
  shot_estimate_note (&estimate, 9000 * MS, false, true);
  g_assert_cmpint (shot_estimate_get_cold_ms (&estimate), ==, SHOT_ESTIMATE_UNKNOWN_COLD_MS);
  note (&estimate, 3, 1500, true);
  note (&estimate, 1, 30000, true);
  g_assert_cmpint (shot_estimate_get_cold_ms (&estimate), ==, 1500);
  note (&estimate, 20, 10, true);
  g_assert_cmpint (shot_estimate_get_cold_ms (&estimate), ==, SHOT_ESTIMATE_LEAST_COLD_MS);
}

/* Never because of the job itself: alone, it might be a fast one. */
static void
test_hopeless (void)
{
  ShotEstimate estimate = { 0 };

  note (&estimate, 20, 1000, false);
  g_assert_false (shot_estimate_is_hopeless (&estimate, 0, 1, 1));
  g_assert_false (shot_estimate_is_hopeless (&estimate, 1, 2, 1));
  g_assert_true (shot_estimate_is_hopeless (&estimate, 2, 2, 1999));
  g_assert_false (shot_estimate_is_hopeless (&estimate, 2, 2, 2000));
  g_assert_true (shot_estimate_is_hopeless (&estimate, 10, 1, 10999));
  g_assert_false (shot_estimate_is_hopeless (&estimate, 10, 1, 11000));
  /* Some fast ones, and nobody can be sure any more. */
  note (&estimate, 8, 10, false);
  g_assert_false (shot_estimate_is_hopeless (&estimate, 10, 1, 500));
}

/* Faster than can be told is not the same as unknown. */
static void
test_fast (void)
{
  ShotEstimate estimate = { 0 };

  note (&estimate, 30, 400, false);
  shot_estimate_note (&estimate, 1, true, false);
  g_assert_cmpint (shot_estimate_get_least_ms (&estimate), ==, 0);
  g_assert_true (shot_estimate_is_hopeless (&estimate, 7, 1, 300));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/estimate/unknown", test_unknown);
  g_test_add_func ("/estimate/wait", test_wait);
  g_test_add_func ("/estimate/recent", test_recent);
  g_test_add_func ("/estimate/cold", test_cold);
  g_test_add_func ("/estimate/hopeless", test_hopeless);
  g_test_add_func ("/estimate/fast", test_fast);
  return g_test_run ();
}
