#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "archive-folder.h"
#include "archive.h"
#include "commands.h"
#include "errand.h"
#include "error.h"
#include "inspection-report.h"
#include "log.h"
#include "options.h"
#include "pool.h"

typedef struct {
  char *archive;
  char *output;
  char *format;
  char *language;
  int   help;
} Options;

typedef struct {
  ShotErrand errand;
  ShotPool  *pool;  /* (owned) (nullable) */
  GError    *error; /* (owned) (nullable) */
} Work;

static void
options_clear (Options *options)
{
  g_free (options->archive);
  g_free (options->output);
  g_free (options->format);
  g_free (options->language);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
written_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Work *work = user_data;

  shot_inspection_report_write_finish (result, &work->error);
  shot_errand_done (&work->errand);
}

static gboolean
write_report (ShotInspectionReportOptions *options, GError **error)
{
  static const char *const arguments[] = { "--slots=1", NULL };
  const ShotPoolOptions    pool_options = {
       .max_jobs = 1, .max_queue = 1, .log_level = G_LOG_LEVEL_CRITICAL, .engine_arguments = arguments
  };
  Work work = { 0 };

  shot_errand_init (&work.errand);
  if (options->format == SHOT_REPORT_PDF)
    work.pool = options->pool = shot_pool_new (&pool_options);
  shot_errand_catch_signals (&work.errand, SHOT_ERRAND_WAITS);
  shot_inspection_report_write_async (options, work.errand.cancellable, written_cb, &work);
  shot_errand_wait (&work.errand);
  shot_errand_end_pool (&work.errand, work.pool);
  shot_errand_clear (&work.errand);
  if (work.error == NULL)
    return TRUE;
  g_propagate_error (error, work.error);
  return FALSE;
}

/* From --format, else from the end of the file's name. */
static gboolean
read_format (const Options *options, ShotReportFormat *out_format, GError **error)
{
  const char *end = strrchr (options->output, '.');
  const char *name = options->format != NULL ? options->format : end != NULL ? end + 1 : "";

  if (shot_report_format_from_name (name, out_format))
    return TRUE;
  g_set_error (
      error, SHOT_ERROR, SHOT_ERROR_USAGE,
      "\"%s\" is no format of a report: use html, pdf, zip or md, as --format or as the end "
      "of the file's name",
      name);
  return FALSE;
}

static gboolean
find_run (const char *folder, const char *name, int64_t *out_id, GError **error)
{
  g_autoptr (ShotArchive) archive = shot_archive_open (folder, SHOT_ARCHIVE_READ, error);
  g_autoptr (ShotRun)     run = NULL;

  if (archive == NULL)
    return FALSE;
  run = shot_archive_find_run (archive, name, error);
  if (run == NULL)
    return FALSE;
  *out_id = run->id;
  return TRUE;
}

static gboolean
run_command (const Options *options, const char *name, GError **error)
{
  ShotInspectionReportOptions report = { .path = options->output };
  g_autofree char            *folder = shot_archive_folder_find (options->archive);

  if (options->output == NULL) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "say where the report goes: -o FILE.html, .pdf, .zip or .md");
    return FALSE;
  }
  if (!shot_language_from_name (options->language, &report.language)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "--language %s: reports are written in en or zh-CN", options->language);
    return FALSE;
  }
  report.archive = folder;
  return read_format (options, &report.format, error) &&
         find_run (folder, name, &report.run_id, error) && write_report (&report, error);
}

int
shot_command_inspect_report (int argc, char **argv)
{
  g_auto (Options)   options = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "write the report there", "FILE" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &options.format,
      "html, pdf, zip or md, else the file's name tells", "FORMAT" },
    { "language", 0, 0, G_OPTION_ARG_STRING, &options.language, "en or zh-CN", "LANGUAGE" },
    { "archive", 0, 0, G_OPTION_ARG_FILENAME, &options.archive,
      "folder of the archive (PANELSHOT_ARCHIVE)", "DIR" },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options.help, "show this", NULL },
    { 0 },
  };

  if (!shot_options_parse (entries, "inspect report", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (options.help) {
    shot_options_print_help (entries,
                             "Usage: panelshot inspect report RUN -o FILE [OPTIONS]\n"
                             "Writes a run as a report that needs no archive.\n\n",
                             "\nRUN is a name or number of `panelshot archive list`, \"latest\" or "
                             "\"latest:PLAN\".\n");
    return 0;
  }
  if (argc != 2) {
    g_set_error_literal (&error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "inspect report wants one run: see `panelshot inspect report --help`");
    return shot_cli_fail (error);
  }
  shot_log_init (G_LOG_LEVEL_CRITICAL, NULL);
  signal (SIGPIPE, SIG_IGN);
  if (!run_command (&options, argv[1], &error))
    return shot_cli_fail (error);
  if (isatty (STDERR_FILENO))
    fprintf (stderr, "panelshot: wrote %s\n", options.output);
  return 0;
}
