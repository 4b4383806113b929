#include "config.h"

#include "retry.h"

#define COLD_MS 1000
#define PLENTY_MS 60000

static ShotRetryVerdict
lose (ShotRetry *retry, ShotCause cause, int64_t left_ms)
{
  retry->attempts++;
  return shot_retry_judge (retry, cause, left_ms, COLD_MS);
}

static void
test_attempts (void)
{
  static const ShotCause causes[] = { SHOT_CAUSE_ENGINE, SHOT_CAUSE_HUNG, SHOT_CAUSE_NETWORK };

  for (size_t i = 0; i < G_N_ELEMENTS (causes); i++) {
    ShotRetry retry = { 0 };
    for (int attempt = 1; attempt < SHOT_RETRY_MAX_ATTEMPTS; attempt++)
      g_assert_cmpint (lose (&retry, causes[i], PLENTY_MS), ==, SHOT_RETRY_AGAIN);
    g_assert_cmpint (lose (&retry, causes[i], PLENTY_MS), ==, SHOT_RETRY_GIVE_UP);
  }
}

static void
test_deadline (void)
{
  ShotRetry first = { 0 };
  ShotRetry second = { 0 };

  g_assert_cmpint (lose (&first, SHOT_CAUSE_ENGINE, COLD_MS - 1), ==, SHOT_RETRY_GIVE_UP);
  g_assert_cmpint (lose (&second, SHOT_CAUSE_ENGINE, COLD_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&second, SHOT_CAUSE_ENGINE, -5), ==, SHOT_RETRY_GIVE_UP);
}

static void
test_page (void)
{
  ShotRetry page = { 0 };
  ShotRetry mixed = { 0 };
  ShotRetry crashed = { 0 };
  ShotRetry late = { 0 };

  g_assert_cmpint (lose (&page, SHOT_CAUSE_WEB, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&page, SHOT_CAUSE_WEB, PLENTY_MS), ==, SHOT_RETRY_PAGE);

  /* Something else in between: perhaps it was that. */
  g_assert_cmpint (lose (&mixed, SHOT_CAUSE_WEB, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&mixed, SHOT_CAUSE_NETWORK, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&mixed, SHOT_CAUSE_WEB, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&mixed, SHOT_CAUSE_ENGINE, PLENTY_MS), ==, SHOT_RETRY_GIVE_UP);

  /* A crash may be somebody's kill. */
  g_assert_cmpint (lose (&crashed, SHOT_CAUSE_CRASH, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&crashed, SHOT_CAUSE_CRASH, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&crashed, SHOT_CAUSE_CRASH, PLENTY_MS), ==, SHOT_RETRY_PAGE);

  /* To blame it needs no time. */
  g_assert_cmpint (lose (&late, SHOT_CAUSE_WEB, PLENTY_MS), ==, SHOT_RETRY_AGAIN);
  g_assert_cmpint (lose (&late, SHOT_CAUSE_WEB, 0), ==, SHOT_RETRY_PAGE);
}

static void
test_suspect (void)
{
  ShotRetry retry = { 0 };

  lose (&retry, SHOT_CAUSE_NETWORK, PLENTY_MS);
  lose (&retry, SHOT_CAUSE_ENGINE, PLENTY_MS);
  g_assert_false (shot_retry_is_suspect (&retry));
  lose (&retry, SHOT_CAUSE_HUNG, PLENTY_MS);
  g_assert_true (shot_retry_is_suspect (&retry));
}

static void
test_names (void)
{
  ShotCause cause = SHOT_CAUSE_ENGINE;

  g_assert_true (shot_cause_from_name ("web-process", &cause));
  g_assert_cmpint (cause, ==, SHOT_CAUSE_WEB);
  g_assert_true (shot_cause_from_name ("web-crash", &cause));
  g_assert_cmpint (cause, ==, SHOT_CAUSE_CRASH);
  g_assert_true (shot_cause_from_name ("network-process", &cause));
  g_assert_cmpint (cause, ==, SHOT_CAUSE_NETWORK);
  /* An engine that can still say so has not died. */
  g_assert_false (shot_cause_from_name ("engine", &cause));
  g_assert_false (shot_cause_from_name ("hung", &cause));
  g_assert_false (shot_cause_from_name ("", &cause));
  g_assert_false (shot_cause_from_name (NULL, &cause));
  g_assert_cmpint (cause, ==, SHOT_CAUSE_NETWORK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/attempts", test_attempts);
  g_test_add_func ("/retry/deadline", test_deadline);
  g_test_add_func ("/retry/page", test_page);
  g_test_add_func ("/retry/suspect", test_suspect);
  g_test_add_func ("/retry/names", test_names);
  return g_test_run ();
}
