#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "error.h"
#include "log.h"
#include "pool.h"

#define MIB ((int64_t) 1024 * 1024)
#define URL "http://grafana.example"
#define PLENTY_MS 60000
#define GUARD_SECONDS 30

/* A pool, what came of its jobs, and a folder for what engines count. */
typedef struct {
  ShotPool  *pool;     /* (owned) */
  GMainLoop *loop;     /* (owned) */
  GPtrArray *outcomes; /* (owned) (element-type Outcome): in the order of their ends */
  char      *folder;   /* (owned) */
  unsigned   pending;
  unsigned   most_running;
  unsigned   guard;
} Fixture;

typedef struct {
  Fixture *fixture;
  char    *name;  /* (owned) */
  GError  *error; /* (owned) (nullable) */
  char    *body;  /* (owned) (nullable): of the first picture */
  unsigned attempts;
  uint64_t tenant;
  int64_t  began_us;
  int64_t  ended_us;
} Outcome;

static void
outcome_free (void *data)
{
  Outcome *outcome = data;

  g_free (outcome->name);
  g_free (outcome->body);
  g_clear_error (&outcome->error);
  g_free (outcome);
}

static gboolean
guard_cb (void *user_data)
{
  g_error ("a test waits for what does not come");
  return G_SOURCE_REMOVE;
}

static void
progress_cb (const char *job_id, ShotStage stage, void *user_data)
{
  Fixture       *self = user_data;
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  self->most_running = MAX (self->most_running, status.running);
}

static void
set_up (Fixture *self, const ShotPoolOptions *options)
{
  *self = (Fixture){ .loop = g_main_loop_new (NULL, FALSE),
                     .outcomes = g_ptr_array_new_with_free_func (outcome_free),
                     .folder = g_dir_make_tmp ("pool-XXXXXX", NULL) };
  self->pool = shot_pool_new (options);
  self->guard = g_timeout_add_seconds (GUARD_SECONDS, guard_cb, NULL);
  shot_pool_set_progress_func (self->pool, progress_cb, self);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char      *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_remove (path);
}

static void
tear_down (Fixture *self)
{
  shot_pool_free (self->pool);
  g_source_remove (self->guard);
  g_main_loop_unref (self->loop);
  g_ptr_array_unref (self->outcomes);
  remove_tree (self->folder);
  g_free (self->folder);
}

static void
rendered_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Outcome               *outcome = user_data;
  Fixture               *self = outcome->fixture;
  g_autoptr (ShotResult) rendered = NULL;

  shot_pool_render_finish (self->pool, result, &rendered, &outcome->error);
  outcome->ended_us = g_get_monotonic_time ();
  outcome->attempts = rendered != NULL ? rendered->attempts : 0;
  if (outcome->error == NULL) {
    g_autoptr (GBytes) bytes = shot_picture_get_bytes (rendered->pictures->pdata[0], NULL);
    outcome->body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  }
  g_ptr_array_add (self->outcomes, outcome);
  if (--self->pending == 0)
    g_main_loop_quit (self->loop);
}

/* "/path"; a '#' in it is the name of a file of our own. */
static void
submit (Fixture *self, const char *path, int64_t timeout_ms, ShotLane lane, uint64_t tenant)
{
  g_auto (GStrv)      parts = g_strsplit (path, "#", 2);
  bool                has_file = parts[1] != NULL;
  g_autofree char    *uri = g_strconcat (URL, parts[0], has_file ? self->folder : "",
                                      has_file ? "/count" : "", NULL);
  ShotJob            *job = shot_job_new (uri);
  Outcome            *outcome = g_new0 (Outcome, 1);
  const ShotPoolOrder order = { lane, tenant };

  job->timeout_ms = timeout_ms;
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  outcome->fixture = self;
  outcome->name = g_strdup (path);
  outcome->tenant = tenant;
  outcome->began_us = g_get_monotonic_time ();
  self->pending++;
  shot_pool_render_async (self->pool, job, &order, NULL, rendered_cb, outcome);
}

static const Outcome *
get_last (const Fixture *self)
{
  const Outcome *outcome = self->outcomes->pdata[self->outcomes->len - 1];

  g_test_message ("%s: %s, %u attempts", outcome->name,
                  outcome->error != NULL ? outcome->error->message : "ok", outcome->attempts);
  return outcome;
}

/* One job, to its end. */
static const Outcome *
render (Fixture *self, const char *path, int64_t timeout_ms)
{
  submit (self, path, timeout_ms, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self->loop);
  return get_last (self);
}

static ShotPoolStatus
get_status (const Fixture *self)
{
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  return status;
}

static void
assert_nothing_lost (const Fixture *self)
{
  ShotPoolStatus status = get_status (self);

  for (int i = 0; i < SHOT_POOL_N_ENDS; i++)
    g_assert_cmpuint (status.fleet.ends[i], ==, 0);
  for (unsigned i = 0; i < self->outcomes->len; i++) {
    const Outcome *outcome = self->outcomes->pdata[i];
    g_assert_no_error (outcome->error);
    g_assert_cmpuint (outcome->attempts, ==, 1);
  }
}

static gboolean
quit_when_idle_cb (void *user_data)
{
  Fixture *self = user_data;

  if (get_status (self).fleet.pids[0] != 0)
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

    set_up (&self, &options);
    const Outcome *outcome = render (&self, rows[i].path, PLENTY_MS);
    ShotPoolStatus status = get_status (&self);
    g_assert_no_error (outcome->error);
    g_assert_cmpuint (outcome->attempts, ==, rows[i].attempts);
    g_assert_cmpuint (status.retries[rows[i].cause], ==, rows[i].attempts - 1);
    g_assert_cmpuint (status.fleet.ends[SHOT_POOL_END_CRASHED], ==,
                      rows[i].cause == SHOT_CAUSE_ENGINE ? rows[i].attempts - 1 : 0);
    tear_down (&self);
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

    set_up (&self, &options);
    const Outcome *outcome = render (&self, rows[i].path, rows[i].timeout_ms);
    g_assert_error (outcome->error, SHOT_ERROR, (int) rows[i].code);
    g_assert_nonnull (strstr (outcome->error->message, rows[i].words));
    g_assert_null (strchr (outcome->error->message, '\n'));
    g_assert_cmpuint (outcome->attempts, ==, rows[i].attempts);
    g_assert_no_error (render (&self, "/ok", PLENTY_MS)->error);
    tear_down (&self);
  }
}

/* A page that takes the engine with it does not take its neighbours to the last try. */
static void
test_neighbours (void)
{
  const ShotPoolOptions options = { .max_jobs = 4, .max_queue = 20 };
  Fixture               self;

  set_up (&self, &options);
  submit (&self, "/kill", PLENTY_MS, SHOT_LANE_BATCH, 1);
  for (int i = 0; i < 6; i++)
    submit (&self, "/slow/30", PLENTY_MS, SHOT_LANE_BATCH, 2);
  g_main_loop_run (self.loop);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const Outcome *outcome = self.outcomes->pdata[i];
    if (outcome->tenant == 1)
      g_assert_error (outcome->error, SHOT_ERROR, SHOT_ERROR_ENGINE);
    else
      g_assert_no_error (outcome->error);
  }
  tear_down (&self);
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

  set_up (&self, &options);
  submit (&self, "/kill?times=2&file=#", PLENTY_MS, SHOT_LANE_BATCH, 0);
  self.pending++; /* the drain ends the loop */
  shot_pool_drain_async (self.pool, 20000, drained_cb, &self);
  g_main_loop_run (self.loop);
  g_assert_cmpuint (self.outcomes->len, ==, 1);
  g_assert_no_error (get_last (&self)->error);
  g_assert_cmpuint (get_last (&self)->attempts, ==, 3);
  g_assert_cmpint (get_status (&self).fleet.pids[0], ==, 0);
  tear_down (&self);
}

/* --- engines ------------------------------------------------------------------------------ */

static void
test_pages (void)
{
  const ShotPoolOptions  options = { .max_jobs = 4, .max_queue = 400, .rules.max_pages = 25 };
  g_autoptr (GHashTable) pids = g_hash_table_new (g_str_hash, g_str_equal);
  Fixture                self;

  set_up (&self, &options);
  for (int i = 0; i < 300; i++)
    submit (&self, i % 3 == 0 ? "/pid" : "/slow/5", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  assert_nothing_lost (&self);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const Outcome *outcome = self.outcomes->pdata[i];
    if (g_str_equal (outcome->name, "/pid"))
      g_hash_table_add (pids, outcome->body);
  }
  g_assert_cmpuint (get_status (&self).fleet.changes[SHOT_POOL_CHANGE_PAGES], >=, 2);
  g_assert_cmpuint (g_hash_table_size (pids), >=, 3);
  g_assert_cmpuint (self.most_running, <=, 4);
  tear_down (&self);
}

/* Submits until the engine with the pid @first has been replaced, for @change. */
static void
render_until_changed (Fixture *self, const char *first, ShotPoolChange change)
{
  while (g_str_equal (render (self, "/pid", PLENTY_MS)->body, first)) {
    submit (self, "/slow/20", PLENTY_MS, SHOT_LANE_BATCH, 0);
    submit (self, "/slow/5", PLENTY_MS, SHOT_LANE_BATCH, 0);
    g_main_loop_run (self->loop);
  }
  assert_nothing_lost (self);
  g_assert_cmpuint (get_status (self).fleet.changes[change], ==, 1);
}

static void
test_age (void)
{
  const ShotPoolOptions options = {
    .max_jobs = 2, .max_queue = 9, .rules.max_age_ms = 700, .times.check_ms = 50
  };
  Fixture self;

  set_up (&self, &options);
  g_autofree char *first = g_strdup (render (&self, "/pid", PLENTY_MS)->body);
  render_until_changed (&self, first, SHOT_POOL_CHANGE_AGE);
  tear_down (&self);
}

static void
test_memory (void)
{
  const ShotPoolOptions options = {
    .max_jobs = 2, .max_queue = 9, .rules.max_memory_bytes = 150 * MIB, .times.check_ms = 50
  };
  Fixture self;

  set_up (&self, &options);
  g_autofree char *first = g_strdup (render (&self, "/pid", PLENTY_MS)->body);
  render (&self, "/slow/200", PLENTY_MS);
  g_assert_cmpstr (render (&self, "/pid", PLENTY_MS)->body, ==, first);
  render (&self, "/eat/200", PLENTY_MS);
  render_until_changed (&self, first, SHOT_POOL_CHANGE_MEMORY);
  tear_down (&self);
}

static void
test_settings (void)
{
  static const char *const same[] = { "--slots=2", NULL };
  static const char *const other[] = { "--slots=3", NULL };
  const ShotPoolOptions    options = { .max_jobs = 2, .max_queue = 9, .engine_arguments = same };
  Fixture                  self;

  set_up (&self, &options);
  g_autofree char *first = g_strdup (render (&self, "/pid", PLENTY_MS)->body);
  shot_pool_set_engine_arguments (self.pool, same);
  g_assert_cmpstr (render (&self, "/pid", PLENTY_MS)->body, ==, first);
  submit (&self, "/slow/300", PLENTY_MS, SHOT_LANE_BATCH, 0);
  shot_pool_set_engine_arguments (self.pool, other);
  render_until_changed (&self, first, SHOT_POOL_CHANGE_SETTINGS);
  tear_down (&self);
}

static void
test_watchdog (void)
{
  const ShotPoolOptions options = {
    .max_jobs = 2, .max_queue = 9, .times = { .ping_ms = 20, .idle_ping_ms = 20, .pong_ms = 200 }
  };
  Fixture self;

  set_up (&self, &options);
  g_assert_no_error (render (&self, "/slow/100", PLENTY_MS)->error);
  submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  const Outcome *outcome = render (&self, "/hang?times=1&file=#", PLENTY_MS);
  ShotPoolStatus status = get_status (&self);
  g_assert_no_error (outcome->error);
  g_assert_cmpuint (outcome->attempts, ==, 2);
  g_assert_cmpuint (status.retries[SHOT_CAUSE_HUNG], >=, 1);
  g_assert_cmpuint (status.fleet.ends[SHOT_POOL_END_HUNG], ==, 1);
  tear_down (&self);
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
  set_up (&self, &options);
  render (&self, "/slow/500", PLENTY_MS);
  assert_nothing_lost (&self);
  tear_down (&self);
  g_unsetenv ("FAKE_ENGINE");
}

static void
test_on_demand (void)
{
  const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 9, .rules.idle_ms = 50 };
  Fixture               self;

  set_up (&self, &options);
  g_assert_cmpint (get_status (&self).fleet.pid, ==, 0);
  /* Work holds it, however long. */
  render (&self, "/slow/200", PLENTY_MS);
  g_autofree char *first = g_strdup (render (&self, "/pid", PLENTY_MS)->body);
  wait_for_no_engine (&self);
  g_assert_cmpstr (render (&self, "/pid", PLENTY_MS)->body, !=, first);
  assert_nothing_lost (&self);
  wait_for_no_engine (&self);
  g_assert_cmpuint (get_status (&self).fleet.changes[SHOT_POOL_CHANGE_IDLE], >=, 2);
  tear_down (&self);
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

  set_up (&self, &options);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  int           next = dup (STDERR_FILENO);
  struct rlimit tight = { (rlim_t) next, usual.rlim_max };
  close (next);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &tight), ==, 0);
  submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_timeout_add (200, raise_limit_cb, &usual);
  g_main_loop_run (self.loop);
  g_assert_no_error (get_last (&self)->error);

  /* And when there are none for long, that is said. */
  Fixture other;
  set_up (&other, &options);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &tight), ==, 0);
  const Outcome *outcome = render (&other, "/ok", PLENTY_MS);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  g_assert_error (outcome->error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  g_assert_nonnull (strstr (outcome->error->message, "Too many open files"));
  tear_down (&other);
  tear_down (&self);
}

static void
test_slots (void)
{
  const ShotPoolOptions options = { .max_jobs = 2, .max_queue = 9 };
  Fixture               self;

  set_up (&self, &options);
  render (&self, "/ok", PLENTY_MS);
  g_assert_false (get_status (&self).fleet.has_slots);
  render (&self, "/slots", PLENTY_MS);
  ShotPoolStatus status = get_status (&self);
  g_assert_true (status.fleet.has_slots);
  g_assert_cmpuint (status.fleet.slots.cold, ==, 1);
  g_assert_cmpuint (status.fleet.slots.warm, ==, 2);
  g_assert_cmpuint (status.fleet.slots.resident, ==, 3);
  g_assert_cmpuint (status.fleet.slots.busy, ==, 4);
  g_assert_cmpuint (status.fleet.pages, ==, 2);
  tear_down (&self);
}

/* --- the queue ---------------------------------------------------------------------------- */

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

    set_up (&self, &options);
    put (root, rows[i].available);
    for (int job = 0; job < 3; job++)
      submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
    g_main_loop_run (self.loop);
    g_test_message ("%s kB", rows[i].available);
    g_assert_cmpuint (self.most_running, ==, rows[i].most);
    assert_nothing_lost (&self);
    g_assert_cmpint (get_status (&self).render_bytes, ==, 64 * MIB);
    tear_down (&self);
    remove_tree (root);
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

  set_up (&self, &options);
  put (root, "32768");
  submit (&self, "/slow/900", PLENTY_MS, SHOT_LANE_BATCH, 0);
  submit (&self, "/ok", 500, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  const Outcome *late = self.outcomes->pdata[0];
  g_assert_error (late->error, SHOT_ERROR, SHOT_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (late->error->message, "for want of memory"));
  g_assert_no_error (get_last (&self)->error);
  tear_down (&self);
  remove_tree (root);
}

static void
test_lanes (void)
{
  const ShotPoolOptions options = { .max_jobs = 1, .max_queue = 20 };
  Fixture               self;

  set_up (&self, &options);
  g_assert_no_error (render (&self, "/ok", PLENTY_MS)->error);
  submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (int i = 0; i < 3; i++)
    submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (int i = 0; i < 2; i++)
    submit (&self, "/ok", PLENTY_MS, SHOT_LANE_URGENT, 9);
  ShotPoolStatus status = get_status (&self);
  g_assert_cmpuint (status.lanes[SHOT_LANE_URGENT], ==, 2);
  g_assert_cmpuint (status.lanes[SHOT_LANE_BATCH], ==, 3);
  g_main_loop_run (self.loop);
  assert_nothing_lost (&self);
  g_assert_cmpuint (((Outcome *) self.outcomes->pdata[2])->tenant, ==, 9);
  g_assert_cmpuint (((Outcome *) self.outcomes->pdata[3])->tenant, ==, 9);
  tear_down (&self);
}

/* A full queue makes room for those who have less in it. */
static void
test_excess (void)
{
  const ShotPoolOptions options = { .max_jobs = 1, .max_queue = 3 };
  unsigned              n_busy[2] = { 0 };
  Fixture               self;

  set_up (&self, &options);
  g_assert_no_error (render (&self, "/ok", PLENTY_MS)->error);
  for (int i = 0; i < 4; i++)
    submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_assert_false (shot_pool_has_room (self.pool));
  g_assert_false (shot_pool_has_room_for (self.pool, 0));
  g_assert_true (shot_pool_has_room_for (self.pool, 1));
  for (int i = 0; i < 3; i++)
    submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 1);
  g_main_loop_run (self.loop);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const Outcome *outcome = self.outcomes->pdata[i];
    if (outcome->error == NULL)
      continue;
    g_assert_error (outcome->error, SHOT_ERROR, SHOT_ERROR_BUSY);
    n_busy[outcome->tenant]++;
  }
  /* Of three who wait, the second tenant gets one: with another, it would have most itself. */
  g_assert_cmpuint (n_busy[0], ==, 1);
  g_assert_cmpuint (n_busy[1], ==, 2);
  tear_down (&self);
}

static void
test_hopeless (void)
{
  const ShotPoolOptions options = { .max_jobs = 8, .max_queue = 100 };
  Fixture               self;

  set_up (&self, &options);
  for (int i = 0; i < 8; i++)
    submit (&self, "/slow/100", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  /* On an idle pool any job is taken. */
  g_assert_no_error (render (&self, "/ok", 300)->error);
  for (int i = 0; i < 8; i++)
    submit (&self, "/slow/100", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);

  shot_pool_set_limits (self.pool, 1, 100);
  for (int i = 0; i < 8; i++)
    submit (&self, "/slow/100", PLENTY_MS, SHOT_LANE_BATCH, 0);
  submit (&self, "/ok", 300, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  const Outcome *refused = self.outcomes->pdata[17];
  g_assert_error (refused->error, SHOT_ERROR, SHOT_ERROR_BUSY);
  g_assert_nonnull (strstr (refused->error->message, "would outlast the timeout"));
  g_assert_cmpuint (shot_pool_estimate_wait_seconds (self.pool), ==, 1);
  tear_down (&self);
}

/* What waits is told as soon as it is too late for it. */
static void
test_too_late (void)
{
  const ShotPoolOptions options = { .max_jobs = 8, .max_queue = 100 };
  Fixture               self;

  set_up (&self, &options);
  for (int i = 0; i < 8; i++)
    submit (&self, "/slow/600", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  shot_pool_set_limits (self.pool, 1, 100);
  submit (&self, "/slow/2000", PLENTY_MS, SHOT_LANE_BATCH, 0);
  submit (&self, "/slow/600", 1500, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  const Outcome *late = self.outcomes->pdata[8];
  g_assert_error (late->error, SHOT_ERROR, SHOT_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (late->error->message, "in the queue"));
  g_assert_cmpint (late->ended_us - late->began_us, <, 1400 * 1000);
  g_assert_no_error (get_last (&self)->error);
  tear_down (&self);
}

static gboolean
submit_next_cb (void *user_data)
{
  Fixture *self = user_data;

  submit (self, "/slow/300", PLENTY_MS, SHOT_LANE_BATCH, 1);
  return G_SOURCE_REMOVE;
}

/* Who asks for one picture now and then does not wait for who floods: the last place is left. */
static void
test_last_place (void)
{
  const ShotPoolOptions options = { .max_jobs = 3, .max_queue = 100 };
  unsigned              served = 0;
  Fixture               self;

  set_up (&self, &options);
  /* Alone, one may have all places. */
  for (int i = 0; i < 9; i++)
    submit (&self, "/slow/50", PLENTY_MS, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self.loop);
  g_assert_cmpuint (self.most_running, ==, 3);

  g_assert_no_error (render (&self, "/ok", PLENTY_MS)->error);
  submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 1);
  g_main_loop_run (self.loop);
  for (int i = 0; i < 12; i++)
    submit (&self, "/slow/300", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (unsigned ms = 50; ms < 900; ms += 400)
    g_timeout_add (ms, submit_next_cb, &self);
  g_main_loop_run (self.loop);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const Outcome *outcome = self.outcomes->pdata[i];
    if (outcome->tenant != 1 || g_str_equal (outcome->name, "/ok"))
      continue;
    g_assert_cmpint (outcome->ended_us - outcome->began_us, <, 450 * 1000);
    served++;
  }
  g_assert_cmpuint (served, ==, 3);
  assert_nothing_lost (&self);
  tear_down (&self);
}

/* A thousand jobs, eight of ten of them one tenant's: the others do not notice. */
static void
test_thousand (void)
{
  const ShotPoolOptions options = { .max_jobs = 8, .max_queue = 1000 };
  unsigned              ended[3] = { 0 };
  Fixture               self;

  set_up (&self, &options);
  for (int i = 0; i < 800; i++)
    submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 0);
  for (int i = 0; i < 200; i++)
    submit (&self, "/ok", PLENTY_MS, SHOT_LANE_BATCH, 1 + (uint64_t) i % 2);
  g_main_loop_run (self.loop);
  assert_nothing_lost (&self);
  g_assert_cmpuint (self.outcomes->len, ==, 1000);
  for (unsigned i = 0; i < self.outcomes->len; i++) {
    const Outcome *outcome = self.outcomes->pdata[i];
    ended[outcome->tenant]++;
    /* Of three each third, give or take those that run. */
    if (i < 300)
      g_assert_cmpuint (ended[0], <=, (i + 1) / 3 + 8 + 1);
  }
  g_assert_cmpuint (ended[0], ==, 800);
  tear_down (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Engines that die are warned of, and that is what the tests want. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  shot_log_init (G_LOG_LEVEL_CRITICAL, NULL);
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
  g_test_add_func ("/pool/hold-back", test_hold_back);
  g_test_add_func ("/pool/hold-back-timeout", test_hold_back_timeout);
  g_test_add_func ("/pool/lanes", test_lanes);
  g_test_add_func ("/pool/excess", test_excess);
  g_test_add_func ("/pool/hopeless", test_hopeless);
  g_test_add_func ("/pool/too-late", test_too_late);
  g_test_add_func ("/pool/last-place", test_last_place);
  g_test_add_func ("/pool/thousand", test_thousand);
  return g_test_run ();
}
