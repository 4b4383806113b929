#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive-folder.h"
#include "commands.h"
#include "errand.h"
#include "error.h"
#include "inspect-notify.h"
#include "inspect-options.h"
#include "inspect-summary.h"
#include "log.h"
#include "mask.h"
#include "options.h"
#include "run-progress.h"
#include "run.h"

#define MAX_SLOTS 64
#define MAX_PATIENCE_MS (24 * 3600 * 1000)
/* A run that was interrupted longer ago is one of another round. */
#define RECENT_MS (INT64_C (6) * 3600 * 1000)

typedef struct {
  char    *archive;
  char    *now;
  char   **only;
  char   **renderers;
  char    *renderer_token_file;
  char    *renderer_ca_file;
  char    *resume;
  char    *retry;
  gboolean is_new;
  gboolean is_quiet;
  char    *concurrency;
  char    *patience;
  gboolean json;
  gboolean verbose;
  gboolean help;
  /* Read from the above. */
  int     n_at_once;
  int64_t patience_ms;
  int64_t now_ms;
} Options;

typedef struct {
  const Options     *options; /* (borrowed) */
  ShotErrand         errand;
  ShotArchiveWorker *archive;    /* (owned) */
  ShotPool          *pool;       /* (owned) (nullable): not with --renderer */
  ShotRenderers     *renderers;  /* (owned) */
  ShotInspection    *inspection; /* (owned) */
  const ShotPlan    *plan;       /* (borrowed): of the inspection */
  ShotRun           *run;        /* (owned) (nullable): what has come of it */
  GPtrArray         *cells; /* (owned) (nullable): of the run, that have something to be told */
  GError            *error; /* (owned) (nullable) */
} Run;

static const char usage[] =
    "Usage: panelshot inspect run PLAN [OPTIONS]\n"
    "Captures every cell of the plan and keeps it in the archive. An interrupted run\n"
    "of the same plan is gone on with.\n\n";

static const char tail[] =
    "\nServers given by --renderer open Grafana with a token of their own, which they\n"
    "get by --token-for; the plan's token is not sent to them.\n"
    "PANELSHOT_REVIEW_URL: where the page is served, for links in notifications.\n"
    "Exit status: 0 every cell was captured; else that of what failed most cells.\n";

static void
options_clear (Options *options)
{
  g_free (options->archive);
  g_free (options->now);
  g_strfreev (options->only);
  g_strfreev (options->renderers);
  g_free (options->renderer_token_file);
  g_free (options->renderer_ca_file);
  g_free (options->resume);
  g_free (options->retry);
  g_free (options->concurrency);
  g_free (options->patience);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
usage_error (GError **error, const char *text)
{
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, text);
  return FALSE;
}

static gboolean
parse (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "archive", 0, 0, G_OPTION_ARG_FILENAME, &options->archive,
      "where it is kept (PANELSHOT_ARCHIVE)", "DIR" },
    { "now", 0, 0, G_OPTION_ARG_STRING, &options->now, "ranges count from it, as 2026-11-25T08:00",
      "TIME" },
    { "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->only,
      "dashboard=UID, panel=TITLE, range=LABEL", "WHAT" },
    { "renderer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->renderers,
      "a panelshot server for pictures; repeatable", "URL" },
    { "renderer-token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->renderer_token_file,
      "their X-Auth-Token (PANELSHOT_RENDERER_TOKEN)", "FILE" },
    { "renderer-ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options->renderer_ca_file,
      "authorities that their certificates may be of", "FILE" },
    { "resume", 0, 0, G_OPTION_ARG_STRING, &options->resume, "go on with this run, or \"latest\"",
      "RUN" },
    { "retry", 0, 0, G_OPTION_ARG_STRING, &options->retry,
      "capture again what failed in it, or \"latest\"", "RUN" },
    { "new", 0, 0, G_OPTION_ARG_NONE, &options->is_new, "begin anew whatever was interrupted",
      NULL },
    { "concurrency", 0, 0, G_OPTION_ARG_STRING, &options->concurrency,
      "visits at a time (as many as processors)", "N" },
    { "patience", 0, 0, G_OPTION_ARG_STRING, &options->patience,
      "wait for a Grafana that is down (5m)", "TIME" },
    { "no-notify", 0, 0, G_OPTION_ARG_NONE, &options->is_quiet,
      "tell nobody, as a run with --only does", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "the outcome as JSON", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "log what is done", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options->help, "this text", NULL },
    { 0 },
  };

  if (!shot_options_parse (entries, "inspect run", argc, argv, error))
    return FALSE;
  if (options->help) {
    shot_options_print_help (entries, usage, tail);
    return TRUE;
  }
  if (*argc != 2)
    return usage_error (error, *argc < 2
                                   ? "inspect run wants a plan: see `panelshot inspect --help`"
                                   : "inspect run wants one plan");
  if (options->resume != NULL && options->retry != NULL)
    return usage_error (error,
                        "give --resume or --retry: the latter goes on with what is left, too");
  if ((options->resume != NULL || options->retry != NULL) &&
      (options->only != NULL || options->is_new || options->now != NULL))
    return usage_error (error,
                        "--resume and --retry take the run as it is: leave out --only, --now "
                        "and --new");
  return shot_options_read_int ("--concurrency", options->concurrency, 1, MAX_SLOTS,
                                &options->n_at_once, error) &&
         (options->patience == NULL || shot_options_read_duration ("--patience", options->patience,
                                                                   &options->patience_ms, error));
}

/* ---- The parts */

static gboolean
make_renderers (Run *run, GError **error)
{
  const Options *options = run->options;

  if (options->renderers != NULL) {
    run->renderers = shot_inspect_make_remote ((const char *const *) options->renderers,
                                               options->renderer_token_file,
                                               options->renderer_ca_file, error);
    return run->renderers != NULL;
  }

  unsigned slots = options->n_at_once > 0 ? (unsigned) options->n_at_once
                                          : MAX (2, g_get_num_processors ());
  run->pool = shot_inspect_make_pool (slots, options->verbose);
  shot_pool_start (run->pool);
  run->renderers = shot_renderers_new_local (run->pool);
  return TRUE;
}

static void
run_clear (Run *run)
{
  shot_inspection_free (run->inspection);
  shot_renderers_free (run->renderers);
  shot_errand_end_pool (&run->errand, run->pool);
  shot_archive_worker_free (run->archive);
  shot_run_free (run->run);
  g_clear_pointer (&run->cells, g_ptr_array_unref);
  g_clear_error (&run->error);
  shot_errand_clear (&run->errand);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* ---- What the archive knows */

/* Which run is meant by an option, or was interrupted. */
typedef struct {
  const char *name; /* (nullable): of --resume or --retry */
  const char *plan;
} Question;

static void *
find_work (ShotArchive *archive, void *data, GError **error)
{
  const Question *question = data;
  ShotRunFilter   filter = { .plan = question->plan, .state = SHOT_RUN_RUNNING, .limit = 1 };

  if (question->name != NULL) {
    g_autofree char *latest = g_strconcat ("latest:", question->plan, NULL);
    bool             is_latest = g_str_equal (question->name, "latest");
    return shot_archive_find_run (archive, is_latest ? latest : question->name, error);
  }
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);
  if (runs == NULL)
    return NULL;
  /* None is told by one without an id. The list has no plan's text. */
  if (runs->len == 0 || shot_archive_is_plan_locked (archive, question->plan))
    return shot_run_new ();
  return shot_archive_get_run (archive, ((ShotRun *) runs->pdata[0])->id, error);
}

static void *
cells_work (ShotArchive *archive, void *data, GError **error)
{
  const int64_t *run_id = data;

  return shot_inspect_summary_list (archive, *run_id, error);
}

typedef struct {
  Run  *run;
  void *result;
} Wait;

static void
worked_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Wait *wait = user_data;

  wait->result = shot_archive_worker_run_finish (wait->run->archive, result, &wait->run->error);
  shot_errand_done (&wait->run->errand);
}

static void *
ask_archive (Run *run, ShotArchiveWork work, void *data, GError **error)
{
  Wait wait = { .run = run };

  shot_archive_worker_run_async (run->archive, work, data, NULL, NULL, worked_cb, &wait);
  shot_errand_wait (&run->errand);
  if (wait.result == NULL)
    g_propagate_error (error, g_steal_pointer (&run->error));
  return wait.result;
}

/* Whether what was interrupted is what would be begun now. */
static bool
is_same_round (const ShotRun *run, const Options *options, const ShotPlan *plan)
{
  int64_t age_ms = g_get_real_time () / 1000 - run->started_ms;

  if (run->id == 0 || (options->now_ms != 0 && options->now_ms != run->now_ms))
    return false;
  if (ABS (age_ms) > RECENT_MS) {
    g_printerr ("panelshot: the run %s was interrupted too long ago to go on with by itself: "
                "--resume %s does\n",
                run->name, run->name);
    return false;
  }
  if (g_strcmp0 (run->plan_text, plan->text) != 0) {
    g_printerr ("panelshot: the plan was changed after the run %s was interrupted, which stays as "
                "it is: this is a new run\n",
                run->name);
    return false;
  }
  return true;
}

/* The run to go on with; 0 for a new one. FALSE with @error. */
static gboolean
choose_run (Run *run, const ShotPlan *plan, int64_t *out_id, GError **error)
{
  const Options *options = run->options;
  const char    *name = options->resume != NULL ? options->resume : options->retry;
  Question       question = { name, plan->name };

  *out_id = 0;
  if (name == NULL && (options->is_new || options->only != NULL))
    return TRUE;
  g_autoptr (ShotRun) found = ask_archive (run, find_work, &question, error);
  if (found == NULL)
    return FALSE;
  if (name == NULL && !is_same_round (found, options, plan))
    return TRUE;
  if (name == NULL)
    g_printerr ("panelshot: going on with %s, which was interrupted; --new begins anew\n",
                found->name);
  *out_id = found->id;
  return TRUE;
}

/* ---- The run */

static void
done_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Run *run = user_data;

  run->run = shot_inspection_finish (run->inspection, result, &run->error);
  shot_errand_done (&run->errand);
}

/* Takes @plan. */
static gboolean
inspect (Run *run, ShotPlan *plan, int64_t run_id, GError **error)
{
  const Options              *options = run->options;
  g_autoptr (ShotRunProgress) progress = shot_run_progress_start ();
  ShotInspectionOptions       settings = {
          .archive = run->archive,
          .renderers = run->renderers,
          .trigger = "cli",
          .started_by = g_get_user_name (),
          .now_ms = options->now_ms,
          .only = (const char *const *) options->only,
          .patience_ms = options->patience_ms,
          .max_visits = (unsigned) options->n_at_once,
          .progress = shot_run_progress_update,
          .progress_data = progress,
  };

  /* A second one loses no cell either. */
  shot_errand_catch_signals (&run->errand, SHOT_ERRAND_DIES);
  run->plan = plan;
  run->inspection = shot_inspection_new (plan, &settings);
  if (run_id != 0)
    shot_inspection_resume_async (run->inspection, run_id, options->retry != NULL,
                                  run->errand.cancellable, done_cb, run);
  else
    shot_inspection_run_async (run->inspection, run->errand.cancellable, done_cb, run);
  shot_errand_wait (&run->errand);
  if (run->run == NULL) {
    g_propagate_error (error, g_steal_pointer (&run->error));
    return FALSE;
  }
  int64_t id = run->run->id;
  run->cells = ask_archive (run, cells_work, &id, error);
  return run->cells != NULL;
}

/* Takes @plan. */
static gboolean
capture (Run *run, ShotPlan *owned_plan, GError **error)
{
  const Options       *options = run->options;
  g_autoptr (ShotPlan) plan = owned_plan;
  g_autofree char     *folder = shot_archive_folder_find (options->archive);
  int64_t              run_id = 0;

  shot_errand_init (&run->errand);
  run->archive = shot_archive_worker_new (folder, SHOT_ARCHIVE_WRITE, error);
  if (run->archive == NULL || !choose_run (run, plan, &run_id, error) ||
      !make_renderers (run, error))
    return FALSE;
  return inspect (run, g_steal_pointer (&plan), run_id, error);
}

/* A part of the plan is for who asked for it. */
static void
notify (const Run *run)
{
  const Options *options = run->options;

  if (!options->is_quiet && options->only == NULL && run->run->state == SHOT_RUN_DONE)
    shot_inspect_notify (run->plan, run->run, g_getenv ("PANELSHOT_REVIEW_URL"),
                         run->errand.cancellable);
}

/* How to go on with what a signal or a full disk has ended. */
static void
tell_how_to_go_on (const Run *run, const char *path)
{
  const char *name = run->inspection != NULL ? shot_inspection_get_run_name (run->inspection) : "";

  if (*name == '\0')
    return;
  g_autofree char *quoted = g_shell_quote (path);
  g_printerr ("panelshot: what was captured is kept; go on with: panelshot inspect run %s "
              "--resume %s\n",
              quoted, name);
}

static int
get_status (const Run *run)
{
  ShotError code = SHOT_ERROR_ENGINE;

  if (run->run->n_failed == 0)
    return 0;
  shot_inspection_get_main_failure (run->inspection, &code);
  return shot_error_get_exit_status (code);
}

int
shot_command_inspect_run (int argc, char **argv)
{
  g_auto (Options)   options = { 0 };
  g_auto (Run)       run = { .options = &options };
  g_autoptr (GError) error = NULL;
  ShotPlan          *plan = NULL;

  if (!parse (&options, &argc, &argv, &error))
    return shot_cli_fail (error);
  if (options.help)
    return 0;
  shot_log_init (options.verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_WARNING, NULL);
  signal (SIGPIPE, SIG_IGN);
  plan = shot_plan_read (argv[1], &error);
  if (plan == NULL || !shot_inspect_read_now (options.now, plan, &options.now_ms, &error)) {
    shot_plan_free (plan);
    return shot_inspect_fail (error);
  }
  if (!capture (&run, plan, &error)) {
    int status = shot_inspect_fail (error);
    tell_how_to_go_on (&run, argv[1]);
    return status;
  }
  if (options.json)
    shot_inspect_summary_print_json (run.run, run.cells);
  else
    shot_inspect_summary_print (run.run, run.cells, argv[1]);
  fflush (stdout);
  notify (&run);
  return get_status (&run);
}
