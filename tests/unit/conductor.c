/* conductor.c: plans that are due, with a clock of the test's own and nobody who renders */
#include "config.h"

#include "conductor.h"

#include <glib/gstdio.h>
#include <string.h>

#include "archive-fixture.h"
#include "error.h"
#include "ledger.h"

#define MINUTE ((int64_t) 60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* 25 November 2026, 07:00 UTC, a Wednesday. */
#define MORNING ((int64_t) 1795590000000)
#define EIGHT (MORNING + HOUR)

typedef struct {
  char              *archive_folder;
  char              *plans;
  ShotArchiveWorker *worker;
  ShotConductor     *conductor;
  ShotArchive       *archive; /* the test's own connection */
  GMainLoop         *loop;
  int64_t            now_ms;
  /* What the stand-in for inspections was told, and what it is to do. */
  GPtrArray *log;  /* "run daily 1795593600000 schedule" */
  GPtrArray *told; /* "missed daily 1795593600000" */
  GTask     *held; /* an inspection under way */
  ShotOrder  order;
  bool       holds;
  int        fails_with; /* a ShotError; -1: it succeeds */
  int64_t    run_id;     /* of the run that it began last */
  char      *token_file; /* of the plan that it was given last */
} World;

static World world;

#define PLAN(schedule)                        \
  "grafana:\n  address: http://127.0.0.1:9\n" \
  "timezone: UTC\n" schedule "dashboards:\n  - uid: a\n"

static ShotRun *
begin_run (const char *plan, int64_t now_ms, const char *trigger)
{
  ShotRun              *run = fixture_make_run (plan);
  g_autoptr (GPtrArray) cells = fixture_make_cells (1);
  g_autoptr (GError)    error = NULL;

  run->now_ms = now_ms;
  run->started_ms = now_ms;
  run->due_ms = now_ms + 2 * HOUR;
  g_free (run->plan_text);
  run->plan_text = g_strdup (PLAN (""));
  g_free (run->trigger);
  run->trigger = g_strdup (trigger);
  shot_archive_begin_run (world.archive, run, cells, &error);
  g_assert_no_error (error);
  return run;
}

static void
end_inspection (GTask *task)
{
  g_autoptr (GError) error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;
  shot_archive_finish_run (world.archive, world.run_id, NULL, &error);
  g_assert_no_error (error);
  g_task_return_pointer (task, shot_archive_get_run (world.archive, world.run_id, NULL),
                         (GDestroyNotify) shot_run_free);
}

static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  g_autoptr (GTask) task = g_steal_pointer (&world.held);

  if (task != NULL)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_CANCELLED, "stopped");
}

static void
inspect_async (ShotOrder *order, void *data, GCancellable *cancellable,
               GAsyncReadyCallback callback, void *user_data)
{
  static const char *const kinds[] = { "run", "resume", "capture" };
  GTask                   *task = g_task_new (NULL, NULL, callback, user_data);
  ShotInspectionProgress   progress = { .n_cells = 1 };
  ShotPlan                *plan = g_steal_pointer (&order->plan);

  g_ptr_array_add (
      world.log, g_strdup_printf ("%s %s %" G_GINT64_FORMAT " %s%s", kinds[order->kind], plan->name,
                                  order->kind == SHOT_ORDER_RUN ? order->now_ms : order->run_id,
                                  order->trigger, order->user));
  g_free (world.token_file);
  world.token_file = g_strdup (plan->token_file);
  if (world.fails_with >= 0) {
    g_task_return_new_error (task, SHOT_ERROR, world.fails_with, "it does not work");
    g_object_unref (task);
    shot_plan_free (plan);
    return;
  }
  world.run_id = order->run_id;
  if (order->kind == SHOT_ORDER_RUN) {
    g_autoptr (ShotRun) run = begin_run (plan->name,
                                         order->now_ms != 0 ? order->now_ms : world.now_ms,
                                         order->trigger);
    world.run_id = run->id;
  }
  shot_plan_free (plan);
  progress.run_id = world.run_id;
  order->progress (&progress, order->progress_data);
  if (world.holds) {
    world.held = task;
    g_signal_connect (cancellable, "cancelled", G_CALLBACK (cancelled_cb), NULL);
    return;
  }
  end_inspection (task);
  g_object_unref (task);
}

static ShotRun *
inspect_finish (void *data, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
notify_cb (const ShotPlan *plan, const ShotNotice *notice, void *user_data)
{
  int64_t at_ms = notice->run != NULL ? notice->run->now_ms : notice->at_ms;

  g_ptr_array_add (world.told, g_strdup_printf ("%s %s %" G_GINT64_FORMAT,
                                                shot_notify_event_get_name (notice->event),
                                                notice->plan, at_ms));
}

static int64_t
get_now_ms (void *user_data)
{
  return world.now_ms;
}

static void
write_plan (const char *name, const char *schedule)
{
  g_autofree char   *path = g_strdup_printf ("%s/%s.yaml", world.plans, name);
  g_autofree char   *text = g_strdup_printf (PLAN ("%s"), schedule);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
quit_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_main_loop_quit (world.loop);
}

static void *
nothing_cb (ShotArchive *archive, void *data, GError **error)
{
  return (void *) true;
}

/* All that was begun in the archive's thread, and what follows from it. */
static void
settle (void)
{
  for (int i = 0; i < 6; i++) {
    shot_archive_worker_run_async (world.worker, nothing_cb, NULL, NULL, NULL, quit_cb, NULL);
    g_main_loop_run (world.loop);
  }
}

static void
changed_cb (void *user_data)
{
  GPtrArray *plans = shot_conductor_list_plans (world.conductor);

  if (plans->len > 0)
    g_main_loop_quit (world.loop);
  g_ptr_array_unref (plans);
}

static void
start (void)
{
  const ShotConductorOptions options = { .archive = world.worker,
                                         .folder = world.plans,
                                         .inspector = { inspect_async, inspect_finish, NULL },
                                         .notify = notify_cb,
                                         .get_now_ms = get_now_ms };
  g_autoptr (GError)         error = NULL;

  world.conductor = shot_conductor_new (&options, &error);
  g_assert_no_error (error);
  shot_conductor_set_listener (world.conductor, NULL, changed_cb, NULL);
  g_main_loop_run (world.loop);
  shot_conductor_set_listener (world.conductor, NULL, NULL, NULL);
  settle ();
}

static void
stop (void)
{
  shot_conductor_stop_async (world.conductor, quit_cb, NULL);
  g_main_loop_run (world.loop);
  g_clear_pointer (&world.conductor, shot_conductor_free);
}

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;

  world = (World){ .now_ms = MORNING, .fails_with = -1 };
  world.archive_folder = fixture_make_folder ();
  world.archive = fixture_open (world.archive_folder);
  world.plans = g_dir_make_tmp ("plans-XXXXXX", NULL);
  world.worker = shot_archive_worker_new (world.archive_folder, SHOT_ARCHIVE_WRITE, &error);
  g_assert_no_error (error);
  world.loop = g_main_loop_new (NULL, FALSE);
  world.log = g_ptr_array_new_with_free_func (g_free);
  world.told = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (void)
{
  g_ptr_array_unref (world.log);
  g_ptr_array_unref (world.told);
  shot_archive_worker_free (world.worker);
  shot_archive_close (world.archive);
  fixture_remove (world.archive_folder);
  fixture_remove (world.plans);
  g_free (world.archive_folder);
  g_free (world.plans);
  g_free (world.token_file);
  g_main_loop_unref (world.loop);
}

static void
wake_at (int64_t now_ms)
{
  world.now_ms = now_ms;
  shot_conductor_wake (world.conductor);
  settle ();
}

static void
expect (GPtrArray *log, const char *text)
{
  g_autofree char *all = NULL;

  g_ptr_array_add (log, NULL);
  all = g_strjoinv ("; ", (char **) log->pdata);
  g_ptr_array_set_size (log, 0);
  g_assert_cmpstr (all, ==, text);
}

#define AT_EIGHT "schedule:\n  cron: \"0 8 * * *\"\n"

static void
test_on_time (void)
{
  set_up ();
  write_plan ("daily", AT_EIGHT);
  start ();
  expect (world.log, "");
  wake_at (EIGHT - 1);
  expect (world.log, "");
  wake_at (EIGHT + 3);
  expect (world.log, "run daily 1795593600000 schedule");
  expect (world.told, "done daily 1795593600000");
  /* Not again: not at once, not after a restart, not with the clock set back. */
  wake_at (EIGHT + MINUTE);
  stop ();
  start ();
  wake_at (EIGHT - 30 * MINUTE);
  wake_at (EIGHT + 2 * MINUTE);
  expect (world.log, "");
  wake_at (EIGHT + DAY);
  expect (world.log, "run daily 1795680000000 schedule");
  stop ();
  tear_down ();
}

/* Of several times that were missed the last is made up for; or none, and it is said. */
static void
test_missed (void)
{
  set_up ();
  write_plan ("latest", AT_EIGHT);
  write_plan ("skipped", AT_EIGHT "  missed: skip\n");
  start ();
  stop ();
  world.now_ms = EIGHT + 3 * DAY + HOUR;
  start ();
  expect (world.log, "run latest 1795852800000 schedule");
  expect (world.told, "missed skipped 1795852800000; done latest 1795852800000");
  g_autoptr (GPtrArray)    plans = shot_conductor_list_plans (world.conductor);
  const ShotConductorPlan *skipped = plans->pdata[1];
  g_assert_cmpint (skipped->missed_ms, ==, EIGHT + 3 * DAY);
  g_assert_cmpint (skipped->next_ms, ==, EIGHT + 4 * DAY);
  /* A short absence is none. */
  stop ();
  world.now_ms = EIGHT + 4 * DAY + MINUTE;
  start ();
  expect (world.log, "run latest 1795939200000 schedule; run skipped 1795939200000 schedule");
  stop ();
  tear_down ();
}

/* The server died between the run's begin and the note of it. */
static void
test_no_double (void)
{
  set_up ();
  write_plan ("daily", AT_EIGHT);
  start ();
  stop ();
  g_autoptr (ShotRun) done = begin_run ("daily", EIGHT, "schedule");
  shot_archive_finish_run (world.archive, done->id, NULL, NULL);
  world.now_ms = EIGHT + MINUTE;
  start ();
  expect (world.log, "");
  wake_at (EIGHT + 2 * MINUTE);
  expect (world.log, "");
  stop ();
  tear_down ();
}

/* The server died in the middle of runs: it goes on with its own. */
static void
test_interrupted (void)
{
  g_autofree char *expected = NULL;

  set_up ();
  write_plan ("daily", AT_EIGHT);
  write_plan ("other", "");
  start ();
  stop ();
  g_autoptr (ShotRun) run = begin_run ("daily", EIGHT, "schedule");
  g_autoptr (ShotRun) by_hand = begin_run ("other", EIGHT, "cli");
  world.now_ms = EIGHT + MINUTE;
  start ();
  expected = g_strdup_printf ("resume daily %" G_GINT64_FORMAT " schedule", run->id);
  expect (world.log, expected);
  stop ();
  tear_down ();
}

/* An unfinished run that came with an import. */
static void
begin_foreign_run (const char *address)
{
  g_autoptr (ShotRun)   run = fixture_make_run ("daily");
  g_autoptr (GPtrArray) cells = fixture_make_cells (1);
  g_autoptr (GError)    error = NULL;

  g_free (run->trigger);
  run->trigger = g_strdup ("schedule");
  g_free (run->plan_text);
  run->plan_text = g_strdup_printf ("grafana:\n  address: %s\n  tokenFile: /etc/passwd\n"
                                    "dashboards:\n  - uid: a\n",
                                    address);
  shot_archive_begin_run (world.archive, run, cells, &error);
  g_assert_no_error (error);
}

/* It sends nobody anywhere, nor has it a file read. */
static void
test_foreign (void)
{
  set_up ();
  write_plan ("daily", "");
  begin_foreign_run ("http://evil.example");
  start ();
  expect (world.log, "");
  g_autoptr (GPtrArray)    plans = shot_conductor_list_plans (world.conductor);
  const ShotConductorPlan *plan = plans->pdata[0];
  g_assert_nonnull (plan->error);
  g_assert_nonnull (strstr (plan->error, "another Grafana"));
  stop ();
  tear_down ();

  set_up ();
  write_plan ("daily", "");
  begin_foreign_run ("http://127.0.0.1:9");
  start ();
  expect (world.log, "resume daily 1 schedule");
  g_assert_null (world.token_file);
  stop ();
  tear_down ();
}

/* What cannot begin is tried again, later and later, and told once. */
static void
test_failing (void)
{
  set_up ();
  write_plan ("daily", AT_EIGHT);
  start ();
  world.fails_with = SHOT_ERROR_UNREACHABLE;
  wake_at (EIGHT);
  expect (world.log, "run daily 1795593600000 schedule");
  expect (world.told, "missed daily 1795593600000");
  wake_at (EIGHT + 59000);
  expect (world.log, "");
  wake_at (EIGHT + MINUTE);
  expect (world.log, "run daily 1795593600000 schedule");
  wake_at (EIGHT + 2 * MINUTE);
  expect (world.log, "");
  world.fails_with = -1;
  wake_at (EIGHT + 3 * MINUTE);
  expect (world.log, "run daily 1795593600000 schedule");
  expect (world.told, "done daily 1795593600000");
  g_autoptr (GPtrArray) plans = shot_conductor_list_plans (world.conductor);
  g_assert_null (((const ShotConductorPlan *) plans->pdata[0])->error);
  stop ();
  tear_down ();
}

/* A time that could not be kept until the next one was due stays known as missed, and of the next one
 * people are told anew. */
static void
test_given_up (void)
{
  set_up ();
  write_plan ("daily", AT_EIGHT);
  start ();
  world.fails_with = SHOT_ERROR_UNREACHABLE;
  wake_at (EIGHT);
  expect (world.told, "missed daily 1795593600000");
  wake_at (EIGHT + DAY);
  expect (world.told, "missed daily 1795680000000");
  g_autoptr (GPtrArray) plans = shot_conductor_list_plans (world.conductor);
  g_assert_cmpint (((const ShotConductorPlan *) plans->pdata[0])->missed_ms, ==, EIGHT);
  world.fails_with = -1;
  wake_at (EIGHT + DAY + MINUTE);
  expect (world.told, "done daily 1795680000000");
  stop ();
  tear_down ();
}

static void
test_asked_for (void)
{
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) twice = NULL;
  g_autoptr (GError) broken = NULL;
  g_autofree char   *expected = NULL;

  set_up ();
  write_plan ("daily", "");
  write_plan ("broken", "nonsense: 1\n");
  start ();
  world.holds = true;
  g_assert_false (shot_conductor_start_run (world.conductor, "nothing", "ada", &none));
  g_assert_error (none, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
  g_assert_false (shot_conductor_start_run (world.conductor, "broken", "ada", &broken));
  g_assert_error (broken, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_true (shot_conductor_start_run (world.conductor, "daily", "ada", NULL));
  g_assert_false (shot_conductor_start_run (world.conductor, "daily", "ada", &twice));
  g_assert_error (twice, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_assert_nonnull (shot_conductor_get_progress (world.conductor, world.run_id));

  /* One more range waits for the run's end. */
  g_autoptr (ShotRun)      run = shot_archive_get_run (world.archive, world.run_id, NULL);
  const ShotConductorExtra extra = { .cell_id = 1, .label = "x", .from_ms = 1, .to_ms = 2 };
  g_assert_true (shot_conductor_capture (world.conductor, run, &extra, "rita", NULL));
  settle ();
  expect (world.log, "run daily 0 pageada");
  g_autoptr (GTask) held = g_steal_pointer (&world.held);
  end_inspection (held);
  settle ();
  expected = g_strdup_printf ("capture daily %" G_GINT64_FORMAT " pagerita", run->id);
  expect (world.log, expected);
  expect (world.told, "done daily 1795590000000");
  stop ();
  tear_down ();
}

/* A plan that comes, changes and goes while we look. */
static void
test_folder (void)
{
  g_autofree char *path = NULL;
  unsigned         n = 1;

  set_up ();
  write_plan ("a", AT_EIGHT);
  start ();
  write_plan ("b", AT_EIGHT);
  shot_conductor_set_listener (world.conductor, NULL, changed_cb, NULL);
  while (n < 2) {
    g_main_loop_run (world.loop);
    g_autoptr (GPtrArray) plans = shot_conductor_list_plans (world.conductor);
    n = plans->len;
  }
  settle ();
  path = g_strdup_printf ("%s/a.yaml", world.plans);
  g_unlink (path);
  while (n > 1) {
    g_main_loop_run (world.loop);
    g_autoptr (GPtrArray) plans = shot_conductor_list_plans (world.conductor);
    n = plans->len;
  }
  shot_conductor_set_listener (world.conductor, NULL, NULL, NULL);
  settle ();
  wake_at (EIGHT);
  expect (world.log, "run b 1795593600000 schedule");
  stop ();
  tear_down ();
}

/* Each review that is overdue is told once, also over a restart. */
static void
test_overdue (void)
{
  set_up ();
  write_plan ("daily", "");
  start ();
  g_autoptr (ShotRun) run = begin_run ("daily", MORNING, "cli");
  shot_archive_finish_run (world.archive, run->id, NULL, NULL);
  wake_at (MORNING + HOUR);
  expect (world.told, "");
  wake_at (MORNING + 2 * HOUR);
  expect (world.told, "overdue daily 1795590000000");
  wake_at (MORNING + 3 * HOUR);
  stop ();
  start ();
  expect (world.told, "");
  stop ();
  tear_down ();
}

/* A server that stops leaves the run to the next one. */
static void
test_stop (void)
{
  set_up ();
  write_plan ("daily", AT_EIGHT);
  start ();
  world.holds = true;
  wake_at (EIGHT);
  expect (world.log, "run daily 1795593600000 schedule");
  stop ();
  world.holds = false;
  world.now_ms = EIGHT + MINUTE;
  start ();
  g_autofree char *expected = g_strdup_printf ("resume daily %" G_GINT64_FORMAT " schedule",
                                               world.run_id);
  expect (world.log, expected);
  expect (world.told, "done daily 1795593600000");
  stop ();
  tear_down ();
}

/* A clock that once was wrong by years must not keep a plan from running. */
static void
test_future (void)
{
  set_up ();
  write_plan ("daily", AT_EIGHT);
  world.now_ms = EIGHT + 3650 * DAY;
  start ();
  stop ();
  world.now_ms = MORNING;
  start ();
  wake_at (EIGHT);
  wake_at (EIGHT + DAY);
  expect (world.log, "run daily 1795593600000 schedule; run daily 1795680000000 schedule");
  stop ();
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Failures are meant to be told. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_test_add_func ("/conductor/on-time", test_on_time);
  g_test_add_func ("/conductor/missed", test_missed);
  g_test_add_func ("/conductor/no-double", test_no_double);
  g_test_add_func ("/conductor/interrupted", test_interrupted);
  g_test_add_func ("/conductor/foreign", test_foreign);
  g_test_add_func ("/conductor/failing", test_failing);
  g_test_add_func ("/conductor/given-up", test_given_up);
  g_test_add_func ("/conductor/asked-for", test_asked_for);
  g_test_add_func ("/conductor/folder", test_folder);
  g_test_add_func ("/conductor/overdue", test_overdue);
  g_test_add_func ("/conductor/stop", test_stop);
  g_test_add_func ("/conductor/future", test_future);
  return g_test_run ();
}
