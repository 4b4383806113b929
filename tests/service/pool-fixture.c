#include "config.h"

#include "pool-fixture.h"

#include <glib/gstdio.h>

#include "log.h"

#define URL "http://grafana.example"
#define GUARD_SECONDS 30

static void
outcome_free (void *data)
{
  FixtureOutcome *outcome = data;

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
progress_cb (const char *job_id, ShotStage stage, unsigned n_done, unsigned n_all, void *user_data)
{
  Fixture       *self = user_data;
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  self->most_running = MAX (self->most_running, status.running);
}

void
fixture_set_up (Fixture *self, const ShotPoolOptions *options)
{
  *self = (Fixture){ .loop = g_main_loop_new (NULL, FALSE),
                     .outcomes = g_ptr_array_new_with_free_func (outcome_free),
                     .folder = g_dir_make_tmp ("pool-XXXXXX", NULL) };
  self->pool = shot_pool_new (options);
  self->guard = g_timeout_add_seconds (GUARD_SECONDS, guard_cb, NULL);
  shot_pool_set_progress_func (self->pool, progress_cb, self);
}

void
fixture_remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char      *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    fixture_remove_tree (child);
  }
  g_remove (path);
}

void
fixture_tear_down (Fixture *self)
{
  shot_pool_free (self->pool);
  g_source_remove (self->guard);
  g_main_loop_unref (self->loop);
  g_ptr_array_unref (self->outcomes);
  fixture_remove_tree (self->folder);
  g_free (self->folder);
}

static void
rendered_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  FixtureOutcome        *outcome = user_data;
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
void
fixture_submit (Fixture *self, const char *path, int64_t timeout_ms, ShotLane lane, uint64_t tenant)
{
  g_auto (GStrv)      parts = g_strsplit (path, "#", 2);
  bool                has_file = parts[1] != NULL;
  g_autofree char    *uri = g_strconcat (URL, parts[0], has_file ? self->folder : "",
                                      has_file ? "/count" : "", NULL);
  ShotJob            *job = shot_job_new (uri);
  FixtureOutcome     *outcome = g_new0 (FixtureOutcome, 1);
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

const FixtureOutcome *
fixture_get_last (const Fixture *self)
{
  const FixtureOutcome *outcome = self->outcomes->pdata[self->outcomes->len - 1];

  g_test_message ("%s: %s, %u attempts", outcome->name,
                  outcome->error != NULL ? outcome->error->message : "ok", outcome->attempts);
  return outcome;
}

/* One job, to its end. */
const FixtureOutcome *
fixture_render (Fixture *self, const char *path, int64_t timeout_ms)
{
  fixture_submit (self, path, timeout_ms, SHOT_LANE_BATCH, 0);
  g_main_loop_run (self->loop);
  return fixture_get_last (self);
}

ShotPoolStatus
fixture_get_status (const Fixture *self)
{
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  return status;
}

void
fixture_assert_nothing_lost (const Fixture *self)
{
  ShotPoolStatus status = fixture_get_status (self);

  for (int i = 0; i < SHOT_POOL_N_ENDS; i++)
    g_assert_cmpuint (status.fleet.ends[i], ==, 0);
  for (unsigned i = 0; i < self->outcomes->len; i++) {
    const FixtureOutcome *outcome = self->outcomes->pdata[i];
    g_assert_no_error (outcome->error);
    g_assert_cmpuint (outcome->attempts, ==, 1);
  }
}

void
fixture_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  shot_log_init (G_LOG_LEVEL_CRITICAL, NULL);
}
