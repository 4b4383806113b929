#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "errand.h"
#include "error.h"
#include "log.h"
#include "options.h"
#include "output.h"
#include "panel-folder.h"
#include "pool.h"
#include "progress.h"
#include "render-options.h"
#include "report.h"

/* A running command. */
typedef struct {
  ShotErrand    errand;
  ShotPool     *pool;     /* (owned) */
  ShotProgress *progress; /* (owned) (nullable) */
  ShotResult   *result;   /* (owned) (nullable) */
  GPtrArray    *names;    /* (owned) (nullable): of the panels' files, by picture */
  GError       *error;    /* (owned) (nullable) */
} Run;

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  Run *run = user_data;

  shot_pool_render_finish (run->pool, async_result, &run->result, &run->error);
  shot_errand_done (&run->errand);
}

static void
progress_cb (const char *job_id, ShotStage stage, unsigned n_done, unsigned n_all, void *user_data)
{
  Run *run = user_data;

  shot_progress_set_stage (run->progress, stage, n_done, n_all);
}

/* Takes @job. */
static gboolean
run_job (Run *run, ShotJob *job, GLogLevelFlags log_level, GError **error)
{
  static const char *const arguments[] = { "--slots=1", NULL };
  const ShotPoolOptions    options = {
       .max_jobs = 1, .max_queue = 1, .log_level = log_level, .engine_arguments = arguments
  };

  shot_errand_init (&run->errand);
  shot_errand_catch_signals (&run->errand, SHOT_ERRAND_LEAVES);
  run->pool = shot_pool_new (&options);
  run->progress = log_level < G_LOG_LEVEL_MESSAGE ? shot_progress_start () : NULL;
  shot_pool_set_progress_func (run->pool, progress_cb, run);
  shot_pool_render_async (run->pool, job, NULL, run->errand.cancellable, rendered_cb, run);
  shot_errand_wait (&run->errand);
  g_clear_pointer (&run->progress, shot_progress_stop);

  if (run->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&run->error));
    return FALSE;
  }
  if (run->result == NULL || g_cancellable_is_cancelled (run->errand.cancellable)) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  return TRUE;
}

static void
run_clear (Run *run)
{
  shot_errand_end_pool (&run->errand, run->pool);
  shot_result_free (run->result);
  g_clear_pointer (&run->names, g_ptr_array_unref);
  g_clear_error (&run->error);
  shot_errand_clear (&run->errand);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Either of them. */
typedef struct {
  ShotOutput      *file;   /* (owned) (nullable) */
  ShotPanelFolder *folder; /* (owned) (nullable) */
} Target;

static void
target_clear (Target *target)
{
  shot_output_free (target->file);
  shot_panel_folder_free (target->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

static gboolean
target_init (Target *target, const ShotRenderOptions *options, ShotEncoding *out_encoding,
             GError **error)
{
  if (!shot_render_options_read_encoding (options, out_encoding, error))
    return FALSE;
  if (options->each_panel)
    target->folder = shot_panel_folder_new (options->output, error);
  else
    target->file = shot_output_new (options->output, *out_encoding == SHOT_ENCODING_CSV, error);
  return target->folder != NULL || target->file != NULL;
}

/* NULL when there is none. */
static const char *
target_get_name (const Target *target)
{
  if (target->folder != NULL)
    return shot_panel_folder_get_name (target->folder);
  return target->file != NULL ? shot_output_get_name (target->file) : NULL;
}

static gboolean
render (Run *run, const ShotRenderOptions *options, const char *uri, ShotEncoding encoding,
        Target *target, GError **error)
{
  GLogLevelFlags level = options->verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL;
  ShotJob       *job = shot_render_options_make_job (options, uri, encoding, error);

  if (job == NULL || !run_job (run, job, level, error))
    return FALSE;

  /* A pipe may keep us for as long as its reader likes. A file is written to its end: a signal in
   * the middle would leave a part of it behind under another name. */
  if (target->folder != NULL)
    return shot_panel_folder_write (target->folder, run->result, &run->names, error);
  if (!shot_output_is_file (target->file))
    shot_errand_release_signals (&run->errand);
  g_autoptr (GBytes) bytes = shot_picture_get_bytes (run->result->pictures->pdata[0], error);
  return bytes != NULL && shot_output_write (target->file, bytes, error);
}

static int
tell (const ShotRenderOptions *options, const Target *target, const Run *run, const GError *error)
{
  bool              to_stderr = target->file != NULL && shot_output_is_stdout (target->file);
  const char       *name = target_get_name (target);
  const ShotResult *result = run->result;

  if (options->json) {
    g_autofree char *json = shot_report_make_json (name != NULL ? name : "", result, run->names,
                                                   error);
    fprintf (to_stderr ? stderr : stdout, "%s\n", json);
    if (error != NULL && to_stderr)
      return shot_error_get_exit_status (shot_error_classify (error));
  }
  if (error != NULL)
    return shot_cli_fail (error);
  /* Quiet for scripts, unless the picture may not be what they think. */
  if (!options->json && (result->flags != 0 || isatty (STDERR_FILENO))) {
    g_autofree char *line = shot_report_make_line (name, result);
    fprintf (stderr, "panelshot: %s\n", line);
  }
  return 0;
}

int
shot_command_render (int argc, char **argv)
{
  g_auto (ShotRenderOptions) options = { 0 };
  g_auto (Run)               run = { 0 };
  g_auto (Target)            target = { 0 };
  g_autoptr (GError)         error = NULL;
  ShotEncoding               encoding;

  if (!shot_render_options_parse (&options, &argc, &argv, &error))
    return shot_cli_fail (error);
  if (options.help) {
    g_print ("%s", shot_render_options_get_help ());
    return 0;
  }
  if (argc != 2) {
    g_set_error_literal (&error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         argc < 2 ? "render wants an address: see `panelshot render --help`"
                                  : "render wants one address; quote it if it holds & or blanks");
    return shot_cli_fail (error);
  }

  shot_log_init (options.verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL, NULL);
  signal (SIGPIPE, SIG_IGN);
  if (target_init (&target, &options, &encoding, &error))
    render (&run, &options, argv[1], encoding, &target, &error);
  return tell (&options, &target, &run, error);
}
