#include "config.h"

#include "plan.h"

#include <string.h>

#include "error.h"

static void
test_sample (void)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (ShotPlan) plan = shot_plan_read (SHOT_TEST_PLAN, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (plan->name, ==, "plan");
  g_assert_cmpuint (plan->dashboards->len, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/sample", test_sample);
  return g_test_run ();
}
