#include "config.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "error.h"
#include "pool-fixture.h"

static gboolean
quit_when_idle_cb (void *user_data)
{
  Fixture *self = user_data;

  if (fixture_get_status (self).fleet.pids[0] != 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
wait_for_no_engine (Fixture *self)
{
  g_timeout_add (10, quit_when_idle_cb, self);
  g_main_loop_run (self->loop);
}

/* --- retries ------------------------------------------------------------------------------ */

static void
test_retry (void)
{
  static const struct {
    const char *path;
    ShotCause   cause;
    unsigned    attempts;
  } rows[] = {
    { "/kill?times=2&file=#", SHOT_CAUSE_ENGINE, 3 },
    { "/exit?times=3&file=#", SHOT_CAUSE_ENGINE, 4 },
    { "/garbage?times=1&file=#", SHOT_CAUSE_ENGINE, 2 },
    { "/cause/network-process?times=3&file=#", SHOT_CAUSE_NETWORK, 4 },
    { "/cause/web-process?times=1&file=#", SHOT_CAUSE_WEB, 2 },
    { "/fresh", SHOT_CAUSE_WEB, 2 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 4 };
    Fixture               self;

    fixture_set_up (&self, &options);
    const FixtureOutcome *outcome = fixture_render (&self, rows[i].path, PLENTY_MS);
    ShotPoolStatus        status = fixture_get_status (&self);
    g_assert_no_error (outcome->error);
    g_assert_cmpuint (outcome->attempts, ==, rows[i].attempts);
    g_assert_cmpuint (status.retries[rows[i].cause], ==, rows[i].attempts - 1);
    g_assert_cmpuint (status.fleet.ends[SHOT_POOL_END_CRASHED], ==,
                      rows[i].cause == SHOT_CAUSE_ENGINE ? rows[i].attempts - 1 : 0);
    fixture_tear_down (&self);
  }
}

static void
test_give_up (void)
{
  static const struct {
    const char *path;
    int64_t     timeout_ms;
    unsigned    attempts; /* 0: the engine said nothing, and there was only one */
    ShotError   code;
    const char *words;
  } rows[] = {
    { "/kill", PLENTY_MS, 4, SHOT_ERROR_ENGINE, "was killed by signal 9" },
    { "/cause/network-process", PLENTY_MS, 4, SHOT_ERROR_ENGINE, "after 4 attempts" },
    /* No time for a cold render, which takes three seconds while nothing is known. */
    { "/kill", 2000, 0, SHOT_ERROR_ENGINE, "was killed by signal 9" },
    { "/cause/web-process", 2000, 1, SHOT_ERROR_ENGINE, "do nothing about it" },
    { "/cause/web-process", PLENTY_MS, 2, SHOT_ERROR_SCRIPT, "ended its own web process twice" },
    /* Without a cause nothing has died. */
    { "/cause/other", PLENTY_MS, 1, SHOT_ERROR_ENGINE, "do nothing about it" },
    { "/fail/login", PLENTY_MS, 1, SHOT_ERROR_LOGIN, "do nothing about it" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 4 };
    Fixture               self;

    fixture_set_up (&self, &options);
    const FixtureOutcome *outcome = fixture_render (&self, rows[i].path, rows[i].timeout_ms);
    g_assert_error (outcome->error, SHOT_ERROR, (int) rows[i].code);
    g_assert_nonnull (strstr (outcome->error->message, rows[i].words));
    g_assert_null (strchr (outcome->error->message, '\n'));
    g_assert_cmpuint (outcome->attempts, ==, rows[i].attempts);
    g_assert_no_error (fixture_render (&self, "/ok", PLENTY_MS)->error);
    fixture_tear_down (&self);
  }
}

/* A page that takes the engine with it does not take its neighbours to the last try. */
static void
test_neighbours (void)
{
  const ShotPoolOptions options = { .max_jobs = 4, .max_queue = 20 };
  Fixture               self;

  fixture_set_up (&self, &options);
  fixture_submit (&self, "/kill", PLENTY_MS, SHOT_LANE_BATCH, 1);
  for (int i = 0; i < 6; i++)
    fixture_submit (&self, "/slow/30", PLENTY_MS, SHOT_LANE_BATCH, 2);
  g_main_loop_run (self.loop);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const FixtureOutcome *outcome = self.outcomes->pdata[i];
    if (outcome->tenant == 1)
      g_assert_error (outcome->error, SHOT_ERROR, SHOT_ERROR_ENGINE);
    else
      g_assert_no_error (outcome->error);
  }
  fixture_tear_down (&self);
}

static void
drained_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Fixture *self = user_data;

  shot_pool_drain_finish (self->pool, result);
  g_main_loop_quit (self->loop);
}

/* What has been taken is finished, however often it takes. */
static void
test_retry_while_draining (void)
{
  const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 4 };
  Fixture               self;

  fixture_set_up (&self, &options);
  fixture_submit (&self, "/kill?times=2&file=#", PLENTY_MS, SHOT_LANE_BATCH, 0);
  self.pending++; /* the drain ends the loop */
  shot_pool_drain_async (self.pool, 20000, drained_cb, &self);
  g_main_loop_run (self.loop);
  g_assert_cmpuint (self.outcomes->len, ==, 1);
  g_assert_no_error (fixture_get_last (&self)->error);
  g_assert_cmpuint (fixture_get_last (&self)->attempts, ==, 3);
  g_assert_cmpint (fixture_get_status (&self).fleet.pids[0], ==, 0);
  fixture_tear_down (&self);
}

/* --- engines ------------------------------------------------------------------------------ */

static void
test_pages (void)
{
  const ShotPoolOptions  options = { .max_jobs = 4, .max_queue = 400, .rules.max_pages = 25 };
  g_autoptr (GHashTable) pids = g_hash_table_new (g_str_hash, g_str_equal);
  Fixture                self;

  fixture_set_up (&self, &options);
  for (int i = 0; i < 300; i++)
    fixture_submit (&self, i % 3 == 0 ? "/pid" : "/slow/5", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  fixture_assert_nothing_lost (&self);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const FixtureOutcome *outcome = self.outcomes->pdata[i];
    if (g_str_equal (outcome->name, "/pid"))
      g_hash_table_add (pids, outcome->body);
  }
  g_assert_cmpuint (fixture_get_status (&self).fleet.changes[SHOT_POOL_CHANGE_PAGES], >=, 2);
  g_assert_cmpuint (g_hash_table_size (pids), >=, 3);
  g_assert_cmpuint (self.most_running, <=, 4);
  fixture_tear_down (&self);
}

/* Submits until the engine with the pid @first has been replaced, for @change. */
static void
render_until_changed (Fixture *self, const char *first, ShotPoolChange change)
{
  while (g_str_equal (fixture_render (self, "/pid", PLENTY_MS)->body, first)) {
    fixture_submit (self, "/slow/20", PLENTY_MS, SHOT_LANE_BATCH, 0);
    fixture_submit (self, "/slow/5", PLENTY_MS, SHOT_LANE_BATCH, 0);
    g_main_loop_run (self->loop);
  }
  fixture_assert_nothing_lost (self);
  g_assert_cmpuint (fixture_get_status (self).fleet.changes[change], ==, 1);
}

static void
test_age (void)
{
  const ShotPoolOptions options = {
    .max_jobs = 2, .max_queue = 9, .rules.max_age_ms = 700, .times.check_ms = 50
  };
  Fixture self;

  fixture_set_up (&self, &options);
  g_autofree char *first = g_strdup (fixture_render (&self, "/pid", PLENTY_MS)->body);
  render_until_changed (&self, first, SHOT_POOL_CHANGE_AGE);
  fixture_tear_down (&self);
}

static void
test_memory (void)
{
  const ShotPoolOptions options = {
    .max_jobs = 2, .max_queue = 9, .rules.max_memory_bytes = 150 * MIB, .times.check_ms = 50
  };
  Fixture self;

  fixture_set_up (&self, &options);
  g_autofree char *first = g_strdup (fixture_render (&self, "/pid", PLENTY_MS)->body);
  fixture_render (&self, "/slow/200", PLENTY_MS);
  g_assert_cmpstr (fixture_render (&self, "/pid", PLENTY_MS)->body, ==, first);
  fixture_render (&self, "/eat/200", PLENTY_MS);
  render_until_changed (&self, first, SHOT_POOL_CHANGE_MEMORY);
  fixture_tear_down (&self);
}

static void
test_settings (void)
{
  static const char *const same[] = { "--slots=2", NULL };
  static const char *const other[] = { "--slots=3", NULL };
  const ShotPoolOptions    options = { .max_jobs = 2, .max_queue = 9, .engine_arguments = same };
  Fixture                  self;

  fixture_set_up (&self, &options);
  g_autofree char *first = g_strdup (fixture_render (&self, "/pid", PLENTY_MS)->body);
  shot_pool_set_engine_arguments (self.pool, same);
  g_assert_cmpstr (fixture_render (&self, "/pid", PLENTY_MS)->body, ==, first);
  fixture_submit (&self, "/slow/300", PLENTY_MS, SHOT_LANE_BATCH, 0);
  shot_pool_set_engine_arguments (self.pool, other);
  render_until_changed (&self, first, SHOT_POOL_CHANGE_SETTINGS);
  fixture_tear_down (&self);
}

static void
test_watchdog (void)
{
  const ShotPoolOptions options = {
    .max_jobs = 2, .max_queue = 9, .times = { .ping_ms = 20, .idle_ping_ms = 20, .pong_ms = 200 }
  };
  Fixture self;

  fixture_set_up (&self, &options);
  g_assert_no_error (fixture_render (&self, "/slow/100", PLENTY_MS)->error);
  fixture_submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  const FixtureOutcome *outcome = fixture_render (&self, "/hang?times=1&file=#", PLENTY_MS);
  ShotPoolStatus        status = fixture_get_status (&self);
  g_assert_no_error (outcome->error);
  g_assert_cmpuint (outcome->attempts, ==, 2);
  g_assert_cmpuint (status.retries[SHOT_CAUSE_HUNG], >=, 1);
  g_assert_cmpuint (status.fleet.ends[SHOT_POOL_END_HUNG], ==, 1);
  fixture_tear_down (&self);
}

/* One that knows no pings is not to blame. */
static void
test_mute (void)
{
  const ShotPoolOptions options = { .max_jobs = 2,
                                    .max_queue = 9,
                                    .times = { .ping_ms = 10, .idle_ping_ms = 10, .pong_ms = 20 } };
  Fixture               self;

  g_setenv ("FAKE_ENGINE", "mute", TRUE);
  fixture_set_up (&self, &options);
  fixture_render (&self, "/slow/500", PLENTY_MS);
  fixture_assert_nothing_lost (&self);
  fixture_tear_down (&self);
  g_unsetenv ("FAKE_ENGINE");
}

static void
test_on_demand (void)
{
  const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 9, .rules.idle_ms = 50 };
  Fixture               self;

  fixture_set_up (&self, &options);
  g_assert_cmpint (fixture_get_status (&self).fleet.pid, ==, 0);
  /* Work holds it, however long. */
  fixture_render (&self, "/slow/200", PLENTY_MS);
  g_autofree char *first = g_strdup (fixture_render (&self, "/pid", PLENTY_MS)->body);
  wait_for_no_engine (&self);
  g_assert_cmpstr (fixture_render (&self, "/pid", PLENTY_MS)->body, !=, first);
  fixture_assert_nothing_lost (&self);
  wait_for_no_engine (&self);
  g_assert_cmpuint (fixture_get_status (&self).fleet.changes[SHOT_POOL_CHANGE_IDLE], >=, 2);
  fixture_tear_down (&self);
}

static gboolean
raise_limit_cb (void *user_data)
{
  const struct rlimit *limit = user_data;

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, limit), ==, 0);
  return G_SOURCE_REMOVE;
}

/* No descriptor is left for an engine; a moment later there are some. */
static void
test_no_descriptors (void)
{
  const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 9 };
  struct rlimit         usual;
  Fixture               self;

  fixture_set_up (&self, &options);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  int           next = dup (STDERR_FILENO);
  struct rlimit tight = { (rlim_t) next, usual.rlim_max };
  close (next);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &tight), ==, 0);
  fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_timeout_add (200, raise_limit_cb, &usual);
  g_main_loop_run (self.loop);
  g_assert_no_error (fixture_get_last (&self)->error);

  /* And when there are none for long, that is said. */
  Fixture other;
  fixture_set_up (&other, &options);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &tight), ==, 0);
  const FixtureOutcome *outcome = fixture_render (&other, "/ok", PLENTY_MS);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  g_assert_error (outcome->error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  g_assert_nonnull (strstr (outcome->error->message, "Too many open files"));
  fixture_tear_down (&other);
  fixture_tear_down (&self);
}

static void
test_slots (void)
{
  const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 9 };
  Fixture               self;

  fixture_set_up (&self, &options);
  fixture_render (&self, "/ok", PLENTY_MS);
  g_assert_false (fixture_get_status (&self).fleet.has_slots);
  fixture_render (&self, "/slots", PLENTY_MS);
  ShotPoolStatus status = fixture_get_status (&self);
  g_assert_true (status.fleet.has_slots);
  g_assert_cmpuint (status.fleet.slots.cold, ==, 1);
  g_assert_cmpuint (status.fleet.slots.warm, ==, 2);
  g_assert_cmpuint (status.fleet.slots.resident, ==, 3);
  g_assert_cmpuint (status.fleet.slots.busy, ==, 4);
  g_assert_cmpuint (status.fleet.pages, ==, 2);
  fixture_tear_down (&self);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/pool/retry", test_retry);
  g_test_add_func ("/pool/give-up", test_give_up);
  g_test_add_func ("/pool/neighbours", test_neighbours);
  g_test_add_func ("/pool/retry-while-draining", test_retry_while_draining);
  g_test_add_func ("/pool/pages", test_pages);
  g_test_add_func ("/pool/age", test_age);
  g_test_add_func ("/pool/memory", test_memory);
  g_test_add_func ("/pool/settings", test_settings);
  g_test_add_func ("/pool/watchdog", test_watchdog);
  g_test_add_func ("/pool/mute", test_mute);
  g_test_add_func ("/pool/on-demand", test_on_demand);
  g_test_add_func ("/pool/no-descriptors", test_no_descriptors);
  g_test_add_func ("/pool/slots", test_slots);
  return g_test_run ();
}
