#include "config.h"

#include "ready.h"

/* Everything quiet at t = 100 s; each row changes what it is about. */
#define NOW INT64_C (100000)

static ShotSignals
settled (void)
{
  ShotSignals signals = {
    .now_ms = NOW,
    .quiet_ms = 100,
    .loaded_ms = NOW - 8000,
    .has_right_size = true,
    .network_changed_ms = NOW - 500,
    .work_changed_ms = NOW - 500,
    .query_count = -1,
    .panels_rendered = -1,
    .page_quiet_ms = 120,
    .frames = 3,
  };

  return signals;
}

/* Judges and compares; @blocker is a part of the expected text, NULL for READY. */
static void
check (ShotSignals signals, const char *blocker, unsigned flags, int64_t recheck_ms)
{
  ShotVerdict verdict = { 0 };

  shot_ready_judge (&signals, &verdict);
  if (blocker == NULL) {
    g_assert_cmpstr (verdict.blocker, ==, NULL);
    g_assert_cmpint (verdict.kind, ==, SHOT_VERDICT_READY);
  } else {
    g_assert_cmpint (verdict.kind, ==, SHOT_VERDICT_WAIT);
    g_assert_nonnull (verdict.blocker);
    if (strstr (verdict.blocker, blocker) == NULL)
      g_error ("“%s” is not in “%s”", blocker, verdict.blocker);
  }
  g_assert_cmpint (verdict.flags, ==, flags);
  g_assert_cmpint (verdict.recheck_ms, ==, recheck_ms);
  shot_verdict_clear (&verdict);
}

static void
test_plain_page (void)
{
  ShotSignals signals = settled ();

  check (signals, NULL, 0, 0);
  signals.loaded_ms = 0;
  check (signals, "still loading", 0, 0);
  signals = settled ();
  signals.has_right_size = false;
  check (signals, "its size", 0, 0);
  signals = settled ();
  signals.is_wait_for_missing = true;
  check (signals, "wait-for selector", 0, 0);
  signals = settled ();
  signals.pending_fonts = 1;
  check (signals, "fonts", 0, NOW - 500 + SHOT_READY_STUCK_MS);
  signals = settled ();
  signals.pending_images = 2;
  check (signals, "2 images", 0, NOW - 500 + SHOT_READY_STUCK_MS);
  signals.loaded_ms = signals.network_changed_ms = signals.work_changed_ms = NOW -
                                                                             SHOT_READY_STUCK_MS;
  check (signals, NULL, SHOT_FLAG_OPEN_REQUEST, 0);
  signals = settled ();
  signals.frames = 1;
  check (signals, "not painted", 0, 0);
}

/* A poll renews the last request again and again, but not the work. */
static void
test_poll (void)
{
  ShotSignals signals = settled ();

  signals.network_changed_ms = NOW - 10;
  check (signals, "only just ended", 0, NOW + 90);
  signals.work_changed_ms = NOW - SHOT_READY_MOVING_MS;
  check (signals, NULL, SHOT_FLAG_OPEN_REQUEST, 0);
  signals.page_quiet_ms = 20;
  check (signals, NULL, SHOT_FLAG_OPEN_REQUEST | SHOT_FLAG_STILL_MOVING, 0);
}

/* A page that asks for nothing: its load event is what the times count from. */
static void
test_no_request (void)
{
  ShotSignals signals = settled ();

  signals.network_changed_ms = signals.work_changed_ms = 0;
  signals.loaded_ms = NOW - 30;
  signals.page_quiet_ms = 20;
  check (signals, "still changing", 0, NOW - 30 + SHOT_READY_MOVING_MS);
}

static void
test_quiet (void)
{
  ShotSignals signals = settled ();

  signals.network_changed_ms = signals.work_changed_ms = NOW - 99;
  check (signals, "only just ended", 0, NOW + 1);
  signals.network_changed_ms = signals.work_changed_ms = NOW - 100;
  check (signals, NULL, 0, 0);

  signals.page_quiet_ms = 80;
  check (signals, "still changing", 0, NOW - 100 + SHOT_READY_MOVING_MS);
  signals.quiet_ms = 80;
  check (signals, NULL, 0, 0);

  /* A page that never stops: two seconds after its data settled it is taken as it is. */
  signals = settled ();
  signals.page_quiet_ms = 20;
  signals.frames = 0;
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_MOVING_MS + 1;
  check (signals, "still changing", 0, NOW + 1);
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_MOVING_MS;
  check (signals, NULL, SHOT_FLAG_STILL_MOVING, 0);
  signals.patience.moving_ms = 2 * SHOT_READY_MOVING_MS;
  check (signals, "changing", 0, signals.now_ms + SHOT_READY_MOVING_MS);
  signals.patience.moving_ms = 0;
  signals.bars_gone_ms = NOW - 10;
  check (signals, "still changing", 0, NOW - 10 + SHOT_READY_MOVING_MS);
  /* What the engine itself has set moving is waited for anew. */
  signals.disturbed_ms = NOW - 5;
  check (signals, "still changing", 0, NOW - 5 + SHOT_READY_MOVING_MS);
}

static void
test_requests (void)
{
  ShotOpenRequest requests[] = {
    { .label = (char *) "GET /icon.svg", .started_ms = NOW - 100 },
    { .label = (char *) "POST /api/ds/query", .started_ms = NOW - 200, .is_data = true },
  };
  ShotSignals signals = settled ();

  signals.requests = requests;
  signals.n_requests = 1;
  check (signals, "1 request still running: GET /icon.svg", 0,
         NOW - 100 + SHOT_READY_OPEN_REQUEST_MS);
  signals.n_requests = 2;
  check (signals, "2 requests still running: POST /api/ds/query", 0,
         NOW - 200 + SHOT_READY_OPEN_REQUEST_MS);

  /* A stream is given up after five seconds, a data query never. */
  signals.n_requests = 1;
  requests[0].started_ms = NOW - SHOT_READY_OPEN_REQUEST_MS;
  check (signals, NULL, SHOT_FLAG_OPEN_REQUEST, 0);
  signals.loading_bars = 1;
  check (signals, "1 request still running", 0, 0);
  signals.loading_bars = 0;
  signals.n_requests = 2;
  requests[1].started_ms = NOW - 60000;
  check (signals, "1 request still running: POST /api/ds/query", SHOT_FLAG_OPEN_REQUEST, 0);
}

static void
test_queries (void)
{
  ShotOpenRequest request = { .label = (char *) "POST /api/ds/query",
                              .started_ms = NOW - 60000,
                              .is_data = true };
  ShotSignals     signals = settled ();

  signals.has_scene = true;
  check (signals, "still changing", 0, NOW - 500 + SHOT_READY_MOVING_MS);
  signals.page_quiet_ms = 300;
  check (signals, NULL, 0, 0); /* the count was never written: a longer quiet decides */
  signals.query_count = 0;
  check (signals, NULL, 0, 0);
  signals.query_count = 2;
  signals.query_changed_ms = NOW - 400;
  check (signals, "2 queries", 0, NOW - 400 + SHOT_READY_STUCK_MS);

  /* Stuck above 0 with nothing behind it for three seconds. */
  signals.query_changed_ms = NOW - SHOT_READY_STUCK_MS;
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_STUCK_MS;
  check (signals, NULL, SHOT_FLAG_STUCK_COUNT, 0);
  signals.loading_bars = 1;
  check (signals, "2 queries", 0, 0);
  signals.loading_bars = 0;
  signals.requests = &request;
  signals.n_requests = 1;
  check (signals, "POST /api/ds/query", 0, 0);

  /* What the page itself reports stands above the count. */
  signals.n_requests = 0;
  signals.query_changed_ms = NOW - 10;
  signals.channel = SHOT_CHANNEL_DONE;
  signals.channel_done_ms = NOW - 10;
  check (signals, NULL, 0, 0);
  signals.channel_done_ms = NOW - 20; /* and then it asked again */
  check (signals, "2 queries", 0, NOW - 10 + SHOT_READY_STUCK_MS);
}

static void
test_booting (void)
{
  ShotSignals signals = settled ();

  signals.is_booting = true;
  check (signals, "not drawn anything", 0, NOW - 500 + SHOT_READY_BOOTING_MS);
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_BOOTING_MS;
  check (signals, NULL, 0, 0);
}

static void
test_loading_bar (void)
{
  ShotSignals signals = settled ();

  signals.loading_bars = 1;
  check (signals, "1 panel still shows", 0, 0);
  signals.loading_bars = 3;
  check (signals, "3 panels still show", 0, 0);
}

static void
test_legacy (void)
{
  ShotSignals signals = settled ();

  signals.panels_expected = 3;
  check (signals, "0 of 3 panels", 0, NOW - 500 + SHOT_READY_UNREPORTED_MS);
  signals.work_changed_ms = NOW - SHOT_READY_UNREPORTED_MS;
  check (signals, NULL, SHOT_FLAG_UNREPORTED, 0);
  signals.work_changed_ms = NOW - 500;
  signals.panels_rendered = 2;
  check (signals, "2 of 3 panels", 0, 0);
  signals.panels_rendered = 3;
  check (signals, NULL, 0, 0);
  signals.panels_rendered = -1;
  signals.has_scene = true; /* the classes are in new versions too */
  signals.query_count = 0;
  check (signals, NULL, 0, 0);
}

static void
test_channel (void)
{
  ShotSignals signals = settled ();
  ShotVerdict verdict = { 0 };

  signals.channel = SHOT_CHANNEL_DONE;
  signals.loaded_ms = 0; /* a long poll may hold the load event back */
  signals.page_quiet_ms = SHOT_READY_PROVEN_QUIET_MS;
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_PROVEN_QUIET_MS;
  check (signals, NULL, 0, 0);
  signals.page_quiet_ms = 20;
  check (signals, "still changing", 0, NOW - SHOT_READY_PROVEN_QUIET_MS + SHOT_READY_MOVING_MS);
  signals.loading_bars = 1;
  check (signals, "loading bar", 0, 0);

  /* A page that promised to report is waited for, and in the end taken as it is. */
  signals = settled ();
  signals.will_report = true;
  check (signals, "not reported", 0, NOW - 500 + SHOT_READY_UNREPORTED_MS);
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_UNREPORTED_MS;
  check (signals, NULL, SHOT_FLAG_UNREPORTED, 0);

  signals.channel = SHOT_CHANNEL_FAILED;
  shot_ready_judge (&signals, &verdict);
  g_assert_cmpint (verdict.kind, ==, SHOT_VERDICT_FAILED);
  shot_verdict_clear (&verdict);
}

/* As check(), for a visit that has lost its patience. */
static void
check_late (ShotSignals signals, const char *blocker)
{
  ShotVerdict verdict = { 0 };

  shot_ready_judge (&signals, &verdict);
  g_assert_cmpint (verdict.kind, ==, SHOT_VERDICT_LATE);
  g_assert_nonnull (strstr (verdict.blocker, blocker));
  shot_verdict_clear (&verdict);
}

static void
test_expression (void)
{
  ShotSignals signals = settled ();

  signals.is_expression_missing = true;
  check (signals, "expression is not true", 0, 0);
}

static void
test_prior_wait (void)
{
  ShotSignals signals = settled ();

  signals.patience.prior_wait_ms = 8001;
  check (signals, "before the page is looked at", 0, NOW + 1);
  signals.patience.prior_wait_ms = 8000;
  check (signals, NULL, 0, 0);

  /* It counts from the load event, which a page that reports need not wait for otherwise. */
  signals.channel = SHOT_CHANNEL_DONE;
  signals.loaded_ms = 0;
  check (signals, "before the page is looked at", 0, 0);
}

static void
test_limit (void)
{
  ShotSignals signals = settled ();

  signals.patience.limit_ms = 8001;
  check (signals, NULL, 0, 0);
  signals.loading_bars = 1;
  check (signals, "loading bar", 0, NOW + 1);
  signals.patience.limit_ms = 8000;
  check_late (signals, "loading bar");

  /* Nothing is late before the load event, and no page that is ready. */
  signals.loaded_ms = 0;
  check (signals, "still loading", 0, 0);
  signals = settled ();
  signals.patience.limit_ms = 1;
  check (signals, NULL, 0, 0);

  /* An earlier look is not put off by the limit. */
  signals.network_changed_ms = signals.work_changed_ms = NOW - 99;
  signals.patience.limit_ms = 9000;
  check (signals, "only just ended", 0, NOW + 1);
}

static ShotOpenRequest query = { .label = (char *) "POST /api/ds/query", .is_data = true };

static void
test_ignored (void)
{
  ShotSignals signals = settled ();

  signals.query_count = 2;
  signals.loading_bars = 1;
  signals.panels_expected = 3;
  signals.patience.ignores_queries = true;
  check (signals, NULL, 0, 0);

  signals = settled ();
  signals.requests = &query;
  signals.n_requests = 1;
  signals.pending_images = 1;
  signals.network_changed_ms = NOW - 10;
  signals.patience.ignores_network = true;
  check (signals, NULL, 0, 0);

  signals = settled ();
  signals.page_quiet_ms = 0;
  signals.frames = 0;
  signals.patience.ignores_mutations = true;
  check (signals, NULL, 0, 0);

  /* One reason's being ignored says nothing about another. */
  signals.loading_bars = 1;
  check (signals, "loading bar", 0, 0);

  signals = settled ();
  signals.will_report = true;
  signals.patience.ignores_reports = true;
  check (signals, NULL, 0, 0);
  signals.channel = SHOT_CHANNEL_FAILED;
  check (signals, NULL, 0, 0);
  signals.channel = SHOT_CHANNEL_DONE;
  signals.loaded_ms = 0;
  check (signals, "still loading", 0, 0);
}

/* What takes the place of looking at the document. */
static void
test_ignored_mutations (void)
{
  ShotSignals signals = settled ();

  signals.patience.ignores_mutations = true;
  signals.patience.ignores_network = true;
  signals.page_quiet_ms = 0;
  signals.frames = 0;
  signals.has_scene = true;
  check (signals, "not asked for any data", 0, NOW - 500 + SHOT_READY_FIRST_QUERY_MS);
  signals.query_count = 1;
  signals.query_changed_ms = NOW - 400;
  check (signals, "1 query", 0, NOW - 400 + SHOT_READY_STUCK_MS);
  signals.query_count = 0;
  signals.query_changed_ms = NOW - 99;
  check (signals, "only just come", 0, NOW + 1);
  signals.query_changed_ms = NOW - 100;
  check (signals, NULL, 0, 0);

  /* Some have no queries at all. */
  signals.query_count = -1;
  signals.query_changed_ms = 0;
  signals.work_changed_ms = NOW - SHOT_READY_FIRST_QUERY_MS;
  check (signals, NULL, 0, 0);
  signals.work_changed_ms = NOW - 10;
  signals.patience.ignores_queries = true;
  check (signals, NULL, 0, 0);
}

static void
test_own_limits (void)
{
  ShotSignals signals = settled ();

  signals.loading_bars = 1;
  signals.patience.query_limit_ms = 8001;
  check (signals, "loading bar", 0, NOW + 1);
  signals.patience.query_limit_ms = 8000;
  check (signals, NULL, SHOT_FLAG_LIMIT, 0);

  signals = settled ();
  signals.requests = &query;
  signals.n_requests = 1;
  signals.patience.network_limit_ms = 8001;
  check (signals, "POST /api/ds/query", 0, NOW + 1);
  signals.patience.network_limit_ms = 8000;
  check (signals, NULL, SHOT_FLAG_LIMIT, 0);
  signals.loading_bars = 1; /* which is about the queries */
  check (signals, "loading bar", SHOT_FLAG_LIMIT, 0);

  /* A limit of its own takes the place of that for pages that never stop. */
  signals = settled ();
  signals.page_quiet_ms = 20;
  signals.frames = 0;
  signals.network_changed_ms = signals.work_changed_ms = NOW - SHOT_READY_MOVING_MS;
  check (signals, NULL, SHOT_FLAG_STILL_MOVING, 0);
  signals.patience.mutation_limit_ms = 8001;
  check (signals, "still changing", 0, NOW + 1);
  signals.patience.mutation_limit_ms = 8000;
  check (signals, NULL, SHOT_FLAG_LIMIT, 0);

  /* Before the load event no limit has begun. */
  signals = settled ();
  signals.loading_bars = 1;
  signals.loaded_ms = 0;
  signals.channel = SHOT_CHANNEL_DONE;
  signals.patience.query_limit_ms = 1;
  check (signals, "loading bar", 0, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ready/plain-page", test_plain_page);
  g_test_add_func ("/ready/poll", test_poll);
  g_test_add_func ("/ready/no-request", test_no_request);
  g_test_add_func ("/ready/quiet", test_quiet);
  g_test_add_func ("/ready/requests", test_requests);
  g_test_add_func ("/ready/queries", test_queries);
  g_test_add_func ("/ready/booting", test_booting);
  g_test_add_func ("/ready/loading-bar", test_loading_bar);
  g_test_add_func ("/ready/legacy", test_legacy);
  g_test_add_func ("/ready/channel", test_channel);
  g_test_add_func ("/ready/expression", test_expression);
  g_test_add_func ("/ready/prior-wait", test_prior_wait);
  g_test_add_func ("/ready/limit", test_limit);
  g_test_add_func ("/ready/ignored", test_ignored);
  g_test_add_func ("/ready/ignored-mutations", test_ignored_mutations);
  g_test_add_func ("/ready/own-limits", test_own_limits);
  return g_test_run ();
}
