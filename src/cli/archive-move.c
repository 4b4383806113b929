#include "config.h"

#include <stdio.h>

#include "archive-common.h"
#include "commands.h"
#include "error.h"
#include "options.h"
#include "transfer.h"

#define MAX_RUNS 1000

static JsonObject *
report_to_json (const ShotTransferReport *report)
{
  JsonObject *root = json_object_new ();

  json_object_set_int_member (root, "runs", report->n_runs);
  json_object_set_int_member (root, "cells", report->n_cells);
  json_object_set_int_member (root, "files", report->n_files);
  json_object_set_int_member (root, "bytes", report->n_bytes);
  return root;
}

static void
print_report (const ShotArchiveCommand *command, const char *done, const ShotTransferReport *report)
{
  g_autofree char *size = g_format_size ((guint64) report->n_bytes);

  if (command->json)
    shot_archive_command_print_json (report_to_json (report));
  else
    printf ("%s %" G_GINT64_FORMAT " runs, %" G_GINT64_FORMAT " cells, %" G_GINT64_FORMAT
            " files of %s\n",
            done, report->n_runs, report->n_cells, report->n_files, size);
}

/* Newest first, all pages. */
static gboolean
add_all (ShotArchive *archive, const char *plan, GArray *ids, GError **error)
{
  ShotRunFilter filter = { .plan = plan, .state = -1, .limit = MAX_RUNS };
  unsigned      n = MAX_RUNS;

  while (n == MAX_RUNS) {
    g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, error);
    if (runs == NULL)
      return FALSE;
    n = runs->len;
    for (unsigned i = 0; i < n; i++) {
      filter.before_id = ((const ShotRun *) runs->pdata[i])->id;
      g_array_append_val (ids, filter.before_id);
    }
  }
  return TRUE;
}

static gboolean
add_named (ShotArchive *archive, char **names, GArray *ids, GError **error)
{
  for (; *names != NULL; names++) {
    g_autoptr (ShotRun) run = shot_archive_find_run (archive, *names, error);
    if (run == NULL)
      return FALSE;
    g_array_append_val (ids, run->id);
  }
  return TRUE;
}

/* Moves runs, @wish of which says how; tells in *@out_report. */
typedef gboolean (*Move) (ShotArchive *archive, const void *wish,
                          const ShotTransferOptions *options, ShotTransferReport *out_report,
                          GError **error);

/* @doing: for its progress; @done: for its report. @out_report: zeroed. */
static gboolean
move (const ShotArchiveCommand *command, ShotArchiveMode mode, char *doing, const char *done,
      Move function, const void *wish, ShotTransferReport *out_report, GError **error)
{
  g_autoptr (ShotArchiveInterrupt) interrupt = shot_archive_interrupt_new ();
  g_autoptr (ShotArchive)          archive = shot_archive_command_open (command, mode, error);
  ShotTransferOptions              options = { shot_archive_command_progress_cb, doing,
                                               shot_archive_interrupt_get (interrupt) };

  if (archive == NULL)
    return FALSE;
  gboolean is_done = function (archive, wish, &options, out_report, error);
  shot_archive_command_end_progress ();
  if (is_done)
    print_report (command, done, out_report);
  return is_done;
}

typedef struct {
  const char *output;
  const char *plan; /* (nullable) */
  bool        is_all;
  char      **names;
} Export;

static gboolean
export_runs (ShotArchive *archive, const void *wish, const ShotTransferOptions *options,
             ShotTransferReport *out_report, GError **error)
{
  const Export *export = wish;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int64_t));

  return add_named (archive, export->names, ids, error) &&
         (!export->is_all || add_all (archive, export->plan, ids, error)) &&
         shot_archive_export (archive, ids, export->output, options, out_report, error);
}

int
shot_command_archive_export (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  g_autofree char            *output = NULL;
  g_autofree char            *plan = NULL;
  int                         is_all = FALSE;
  const GOptionEntry          entries[] = {
             { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "the zip to write; must be new", "FILE" },
             { "all", 0, 0, G_OPTION_ARG_NONE, &is_all, "every run", NULL },
             { "plan", 0, 0, G_OPTION_ARG_STRING, &plan, "every run of this plan", "NAME" },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (
      &command, entries, "Usage: panelshot archive export [OPTIONS] -o FILE.zip RUN ...\n\n",
      "\nThe zip holds manifests, pictures, data and SHA256SUMS: `sha256sum -c` checks it\n"
      "anywhere, `panelshot archive import` takes it in.\n",
      0, -1, &argc, &argv);

  if (status >= 0)
    return status;
  is_all = is_all || plan != NULL;
  if (output == NULL || (argc > 1) == is_all)
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "give -o FILE, and either runs, --plan or --all: see `panelshot archive "
                         "export --help`");
  if (error != NULL)
    return shot_cli_fail (error);
  const Export export = { output, plan, is_all, argv + 1 };
  char               doing[] = "exporting";
  ShotTransferReport report = { 0 };
  return move (&command, SHOT_ARCHIVE_READ, doing, "exported", export_runs, &export, &report,
               &error)
             ? 0
             : shot_cli_fail (error);
}

static gboolean
import_runs (ShotArchive *archive, const void *wish, const ShotTransferOptions *options,
             ShotTransferReport *out_report, GError **error)
{
  return shot_archive_import (archive, wish, options, out_report, NULL, error);
}

int
shot_command_archive_import (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  const GOptionEntry          entries[] = {
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (
      &command, entries, "Usage: panelshot archive import [OPTIONS] FILE.zip\n\n",
      "\nAll of it or nothing. Refused: what was changed after the export, and runs that\n"
      "are here already. Compare a signed run's head with one that was kept elsewhere:\n"
      "`panelshot archive verify --head H`.\n",
      1, 1, &argc, &argv);

  if (status >= 0)
    return status;
  char               doing[] = "importing";
  ShotTransferReport report = { 0 };
  return move (&command, SHOT_ARCHIVE_WRITE, doing, "imported", import_runs, argv[1], &report,
               &error)
             ? 0
             : shot_cli_fail (error);
}

static gboolean
back_up (ShotArchive *archive, const void *wish, const ShotTransferOptions *options,
         ShotTransferReport *out_report, GError **error)
{
  return shot_archive_backup (archive, wish, options, out_report, error);
}

int
shot_command_archive_backup (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  const GOptionEntry          entries[] = {
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (
      &command, entries, "Usage: panelshot archive backup [OPTIONS] FOLDER\n\n",
      "\nFOLDER is new, or holds an earlier backup: then only what is new is copied. It\n"
      "is an archive itself; others may go on capturing and judging meanwhile.\n",
      1, 1, &argc, &argv);

  if (status >= 0)
    return status;
  char               doing[] = "copying";
  ShotTransferReport report = { 0 };
  if (!move (&command, SHOT_ARCHIVE_READ, doing, "backed up", back_up, argv[1], &report, &error))
    return shot_cli_fail (error);
  if (!command.json && report.n_linked > 0)
    fprintf (stderr,
             "%" G_GINT64_FORMAT " files share their place on the disk with the archive: "
             "copy the backup to another one\n",
             report.n_linked);
  return 0;
}
