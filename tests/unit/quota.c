#include "config.h"

#include "quota.h"

#include <string.h>

#define SECOND ((int64_t) G_USEC_PER_SEC)

/* Any clock that only goes forward will do. */
#define START (1000 * SECOND)

static void
test_burst (void)
{
  g_autoptr (ShotQuota) quota = shot_quota_new (2, 3, 10);

  for (int i = 0; i < 3; i++)
    g_assert_cmpuint (shot_quota_take (quota, 0, "a", START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, "a", START), ==, 1);
  /* A refusal costs nothing. */
  g_assert_cmpuint (shot_quota_take (quota, 0, "a", START + SECOND / 2), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, "a", START + SECOND / 2), ==, 1);
  /* However long the rest, the burst is the most. */
  for (int i = 0; i < 3; i++)
    g_assert_cmpuint (shot_quota_take (quota, 0, "a", START + 3600 * SECOND), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, "a", START + 3600 * SECOND), >, 0);
}

/* Who waits as long as told is served, and who comes a second earlier is not. */
static void
test_wait_is_true (void)
{
  static const double rates[] = { 0.01, 0.1, 0.3, 0.5, 1, 3, 7, 100 };

  for (size_t i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autoptr (ShotQuota) quota = shot_quota_new (rates[i], 1, 10);
    int64_t               now_us = START;

    for (int round = 0; round < 20; round++) {
      g_assert_cmpuint (shot_quota_take (quota, 0, NULL, now_us), ==, 0);
      unsigned wait = shot_quota_take (quota, 0, NULL, now_us);
      g_assert_cmpuint (wait, >=, 1);
      if (wait > 1)
        g_assert_cmpuint (shot_quota_take (quota, 0, NULL, now_us + (wait - 1) * SECOND), ==, 1);
      now_us += wait * SECOND;
    }
  }
}

static void
test_default_burst (void)
{
  g_autoptr (ShotQuota) slow = shot_quota_new (0.2, 0, 10);
  g_autoptr (ShotQuota) fast = shot_quota_new (5, 0, 10);

  g_assert_cmpuint (shot_quota_take (slow, 0, NULL, START), ==, 0);
  g_assert_cmpuint (shot_quota_take (slow, 0, NULL, START), ==, 5);
  for (int i = 0; i < 5; i++)
    g_assert_cmpuint (shot_quota_take (fast, 0, NULL, START), ==, 0);
  g_assert_cmpuint (shot_quota_take (fast, 0, NULL, START), ==, 1);
}

static void
test_clients_apart (void)
{
  g_autoptr (ShotQuota) quota = shot_quota_new (1, 1, 10);
  g_autofree char      *longest = g_strnfill (60000, 'x');

  g_assert_cmpuint (shot_quota_take (quota, 0, NULL, START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, "a", START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 1, "a", START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 1, "b", START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, longest, START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, longest, START), ==, 1);
  g_assert_cmpuint (shot_quota_take (quota, 1, "a", START), ==, 1);
  g_assert_cmpuint (shot_quota_take (quota, 0, "", START), ==, 1); /* as if it sent none */
  g_assert_cmpuint (shot_quota_count_clients (quota), ==, 5);
}

static void
test_bounded (void)
{
  g_autoptr (ShotQuota) quota = shot_quota_new (0.001, 1, 3);

  for (int i = 0; i < 1000; i++) {
    g_autofree char *tenant = g_strdup_printf ("t%d", i);
    g_assert_cmpuint (shot_quota_take (quota, 0, tenant, START + i), ==, 0);
    /* Used again and again, so it is never the one that makes way. */
    g_assert_cmpuint (shot_quota_take (quota, 0, "t0", START + i), >, 0);
  }
  g_assert_cmpuint (shot_quota_count_clients (quota), ==, 3);
}

static void
test_set (void)
{
  g_autoptr (ShotQuota) quota = shot_quota_new (1, 10, 3);

  g_assert_cmpuint (shot_quota_take (quota, 0, NULL, START), ==, 0);
  shot_quota_set (quota, 0.1, 2);
  g_assert_cmpuint (shot_quota_take (quota, 0, NULL, START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, NULL, START), ==, 0);
  g_assert_cmpuint (shot_quota_take (quota, 0, NULL, START), ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quota/burst", test_burst);
  g_test_add_func ("/quota/wait-is-true", test_wait_is_true);
  g_test_add_func ("/quota/default-burst", test_default_burst);
  g_test_add_func ("/quota/clients-apart", test_clients_apart);
  g_test_add_func ("/quota/bounded", test_bounded);
  g_test_add_func ("/quota/set", test_set);
  return g_test_run ();
}
