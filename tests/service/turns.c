#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "pool-fixture.h"

static void
put (const char *root, const char *available_kib)
{
  g_autofree char *folder = g_build_filename (root, "proc", NULL);
  g_autofree char *path = g_build_filename (folder, "meminfo", NULL);
  g_autofree char *text = g_strdup_printf ("MemTotal: 1048576 kB\nMemAvailable: %s kB\n",
                                           available_kib);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* With less memory than a render takes they go one after the other; with enough, together. What has
 * only begun has not taken its part yet. */
static void
test_hold_back (void)
{
  static const struct {
    const char *available;
    unsigned    most;
  } rows[] = {
    { "32768", 1 },
    { "102400", 1 },
    { "153600", 2 },
    { "524288", 3 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char      *root = g_dir_make_tmp ("cgroup-XXXXXX", NULL);
    const ShotPoolOptions options = {
      .max_jobs = 3, .max_queue = 9, .min_render_bytes = 64 * MIB, .cgroup_root = root
    };
    Fixture self;

    fixture_set_up (&self, &options);
    put (root, rows[i].available);
    for (int job = 0; job < 3; job++)
      fixture_submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
    g_main_loop_run (self.loop);
    g_test_message ("%s kB", rows[i].available);
    g_assert_cmpuint (self.most_running, ==, rows[i].most);
    fixture_assert_nothing_lost (&self);
    g_assert_cmpint (fixture_get_status (&self).render_bytes, ==, 64 * MIB);
    fixture_tear_down (&self);
    fixture_remove_tree (root);
  }
}

/* Memory that is never given back: who waits is told so, and what runs goes on. */
static void
test_hold_back_timeout (void)
{
  g_autofree char      *root = g_dir_make_tmp ("cgroup-XXXXXX", NULL);
  const ShotPoolOptions options = {
    .max_jobs = 3, .max_queue = 9, .min_render_bytes = 64 * MIB, .cgroup_root = root
  };
  Fixture self;

  fixture_set_up (&self, &options);
  put (root, "32768");
  fixture_submit (&self, "/slow/900", PLENTY_MS, SHOT_LANE_BATCH, 0);
  fixture_submit (&self, "/ok", 500, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  const FixtureOutcome *late = self.outcomes->pdata[0];
  g_assert_error (late->error, SHOT_ERROR, SHOT_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (late->error->message, "for want of memory"));
  g_assert_no_error (fixture_get_last (&self)->error);
  fixture_tear_down (&self);
  fixture_remove_tree (root);
}

static void
test_lanes (void)
{
  const ShotPoolOptions options = { .max_jobs = 1, .max_queue = 20 };
  Fixture               self;

  fixture_set_up (&self, &options);
  g_assert_no_error (fixture_render (&self, "/ok", PLENTY_MS)->error);
  fixture_submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (int i = 0; i < 3; i++)
    fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (int i = 0; i < 2; i++)
    fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_URGENT, 9);
  ShotPoolStatus status = fixture_get_status (&self);
  g_assert_cmpuint (status.lanes[SHOT_LANE_URGENT], ==, 2);
  g_assert_cmpuint (status.lanes[SHOT_LANE_BATCH], ==, 3);
  g_main_loop_run (self.loop);
  fixture_assert_nothing_lost (&self);
  g_assert_cmpuint (((FixtureOutcome *) self.outcomes->pdata[2])->tenant, ==, 9);
  g_assert_cmpuint (((FixtureOutcome *) self.outcomes->pdata[3])->tenant, ==, 9);
  fixture_tear_down (&self);
}

/* A full queue makes room for those who have less in it. */
static void
test_excess (void)
{
  const ShotPoolOptions options = { .max_jobs = 1, .max_queue = 3 };
  unsigned              n_busy[2] = { 0 };
  Fixture               self;

  fixture_set_up (&self, &options);
  g_assert_no_error (fixture_render (&self, "/ok", PLENTY_MS)->error);
  for (int i = 0; i < 4; i++)
    fixture_submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_assert_false (shot_pool_has_room (self.pool));
  g_assert_false (shot_pool_has_room_for (self.pool, 0));
  g_assert_true (shot_pool_has_room_for (self.pool, 1));
  for (int i = 0; i < 3; i++)
    fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 1);
  g_main_loop_run (self.loop);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const FixtureOutcome *outcome = self.outcomes->pdata[i];
    if (outcome->error == NULL)
      continue;
    g_assert_error (outcome->error, SHOT_ERROR, SHOT_ERROR_BUSY);
    n_busy[outcome->tenant]++;
  }
  /* Of three who wait, the second tenant gets one: with another, it would have most itself. */
  g_assert_cmpuint (n_busy[0], ==, 1);
  g_assert_cmpuint (n_busy[1], ==, 2);
  fixture_tear_down (&self);
}

static void
test_hopeless (void)
{
  const ShotPoolOptions options = { .max_jobs = 8, .max_queue = 100 };
  Fixture               self;

  fixture_set_up (&self, &options);
  for (int i = 0; i < 8; i++)
    fixture_submit (&self, "/slow/100", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  /* On an idle pool any job is taken. */
  g_assert_no_error (fixture_render (&self, "/ok", 300)->error);
  for (int i = 0; i < 8; i++)
    fixture_submit (&self, "/slow/100", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);

  shot_pool_set_limits (self.pool, 1, 100);
  for (int i = 0; i < 8; i++)
    fixture_submit (&self, "/slow/100", PLENTY_MS, SHOT_LANE_BATCH, 0);
  fixture_submit (&self, "/ok", 300, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  const FixtureOutcome *refused = self.outcomes->pdata[17];
  g_assert_error (refused->error, SHOT_ERROR, SHOT_ERROR_BUSY);
  g_assert_nonnull (strstr (refused->error->message, "would outlast the timeout"));
  g_assert_cmpuint (shot_pool_estimate_wait_seconds (self.pool), ==, 1);
  fixture_tear_down (&self);
}

/* What waits is told as soon as it is too late for it. */
static void
test_too_late (void)
{
  const ShotPoolOptions options = { .max_jobs = 8, .max_queue = 100 };
  Fixture               self;

  fixture_set_up (&self, &options);
  for (int i = 0; i < 8; i++)
    fixture_submit (&self, "/slow/600", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  shot_pool_set_limits (self.pool, 1, 100);
  fixture_submit (&self, "/slow/2000", PLENTY_MS, SHOT_LANE_BATCH, 0);
  fixture_submit (&self, "/slow/600", 1500, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  const FixtureOutcome *late = self.outcomes->pdata[8];
  g_assert_error (late->error, SHOT_ERROR, SHOT_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (late->error->message, "in the queue"));
  g_assert_cmpint (late->ended_us - late->began_us, <, 1400 * 1000);
  g_assert_no_error (fixture_get_last (&self)->error);
  fixture_tear_down (&self);
}

static gboolean
submit_next_cb (void *user_data)
{
  Fixture *self = user_data;

  fixture_submit (self, "/slow/300", PLENTY_MS, SHOT_LANE_BATCH, 1);
  return G_SOURCE_REMOVE;
}

/* Who asks for one picture now and then does not wait for who floods: the last place is left. */
static void
test_last_place (void)
{
  const ShotPoolOptions options = { .max_jobs = 3, .max_queue = 100 };
  unsigned              served = 0;
  Fixture               self;

  fixture_set_up (&self, &options);
  /* Alone, one may have all places. */
  for (int i = 0; i < 9; i++)
    fixture_submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  g_assert_cmpuint (self.most_running, ==, 3);

  g_assert_no_error (fixture_render (&self, "/ok", PLENTY_MS)->error);
  fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 1);
  g_main_loop_run (self.loop);
  for (int i = 0; i < 12; i++)
    fixture_submit (&self, "/slow/300", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (unsigned ms = 50; ms < 900; ms += 400)
    g_timeout_add (ms, submit_next_cb, &self);
  g_main_loop_run (self.loop);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const FixtureOutcome *outcome = self.outcomes->pdata[i];
    if (outcome->tenant != 1 || g_str_equal (outcome->name, "/ok"))
      continue;
    g_assert_cmpint (outcome->ended_us - outcome->began_us, <, 450 * 1000);
    served++;
  }
  g_assert_cmpuint (served, ==, 3);
  fixture_assert_nothing_lost (&self);
  fixture_tear_down (&self);
}

/* A thousand jobs, eight of ten of them one tenant's: the others do not notice. */
static void
test_thousand (void)
{
  const ShotPoolOptions options = { .max_jobs = 8, .max_queue = 1000 };
  unsigned              ended[3] = { 0 };
  Fixture               self;

  fixture_set_up (&self, &options);
  for (int i = 0; i < 800; i++)
    fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (int i = 0; i < 200; i++)
    fixture_submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 1 + (uint64_t) i % 2);
  g_main_loop_run (self.loop);
  fixture_assert_nothing_lost (&self);
  g_assert_cmpuint (self.outcomes->len, ==, 1000);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const FixtureOutcome *outcome = self.outcomes->pdata[i];
    ended[outcome->tenant]++;
    /* Of three each third, give or take those that run. */
    if (i < 300)
      g_assert_cmpuint (ended[0], <=, (i + 1) / 3 + 8 + 1);
  }
  g_assert_cmpuint (ended[0], ==, 800);
  fixture_tear_down (&self);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/turns/hold-back", test_hold_back);
  g_test_add_func ("/turns/hold-back-timeout", test_hold_back_timeout);
  g_test_add_func ("/turns/lanes", test_lanes);
  g_test_add_func ("/turns/excess", test_excess);
  g_test_add_func ("/turns/hopeless", test_hopeless);
  g_test_add_func ("/turns/too-late", test_too_late);
  g_test_add_func ("/turns/last-place", test_last_place);
  g_test_add_func ("/turns/thousand", test_thousand);
  return g_test_run ();
}
