#include "config.h"

#include "tenant.h"

static void
test_hash (void)
{
  g_assert_true (shot_tenant_hash (0, "a") == shot_tenant_hash (0, "a"));
  g_assert_true (shot_tenant_hash (0, NULL) == shot_tenant_hash (0, ""));
  g_assert_true (shot_tenant_hash (0, "a") != shot_tenant_hash (1, "a"));
  g_assert_true (shot_tenant_hash (0, "a") != shot_tenant_hash (0, "b"));
  g_assert_true (shot_tenant_hash (1, NULL) != shot_tenant_hash (0, "1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tenant/hash", test_hash);
  return g_test_run ();
}
