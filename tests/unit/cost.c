#include "config.h"

#include "cost.h"

#define MIB ((int64_t) 1024 * 1024)
#define LEAST (64 * MIB)

static void
test_unknown (void)
{
  ShotCost cost = { 0 };

  g_assert_cmpint (shot_cost_get (&cost, LEAST), ==, LEAST);
  /* Without the idle service there is nothing to compare with. */
  shot_cost_note (&cost, 3, 900 * MIB);
  shot_cost_note (&cost, 0, 0);
  shot_cost_note (&cost, SHOT_COST_MAX_RUNNING + 1, 900 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), ==, LEAST);
}

static void
test_known (void)
{
  ShotCost cost = { 0 };

  shot_cost_note (&cost, 0, 100 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), ==, LEAST);
  shot_cost_note (&cost, 1, 300 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), ==, 200 * MIB);
  /* What several share makes one more cheaper. */
  shot_cost_note (&cost, 4, 500 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), ==, 100 * MIB);
  /* Never below the least, and never below nothing. */
  g_assert_cmpint (shot_cost_get (&cost, 150 * MIB), ==, 150 * MIB);
  shot_cost_note (&cost, 5, 10 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), ==, LEAST);
}

static void
test_recent (void)
{
  ShotCost cost = { 0 };

  shot_cost_note (&cost, 0, 100 * MIB);
  shot_cost_note (&cost, 1, 2000 * MIB);
  for (int i = 0; i < 40; i++)
    shot_cost_note (&cost, 1, 200 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), <, 102 * MIB);
  g_assert_cmpint (shot_cost_get (&cost, LEAST), >=, 100 * MIB);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cost/unknown", test_unknown);
  g_test_add_func ("/cost/known", test_known);
  g_test_add_func ("/cost/recent", test_recent);
  return g_test_run ();
}
