#include "config.h"

#include <stdio.h>

#include "archive-common.h"
#include "commands.h"
#include "error.h"
#include "options.h"
#include "prune.h"
#include "verify.h"

static void
print_report_json (const ShotVerifyReport *report, double seconds)
{
  JsonObject *root = json_object_new ();
  JsonArray  *problems = json_array_new ();

  for (unsigned i = 0; i < report->problems->len; i++)
    json_array_add_string_element (problems, report->problems->pdata[i]);
  json_object_set_boolean_member (root, "clean", report->n_problems == 0);
  json_object_set_int_member (root, "runs", report->n_runs);
  json_object_set_int_member (root, "signed", report->n_signed);
  json_object_set_int_member (root, "proven", report->n_proven);
  json_object_set_int_member (root, "cells", report->n_cells);
  json_object_set_int_member (root, "files", report->n_files);
  json_object_set_int_member (root, "bytes", report->n_bytes);
  json_object_set_int_member (root, "pruned", report->n_pruned);
  json_object_set_int_member (root, "unused", report->n_unused);
  json_object_set_int_member (root, "unfinished", report->n_unfinished);
  json_object_set_int_member (root, "removed", report->n_removed);
  json_object_set_int_member (root, "problemCount", report->n_problems);
  json_object_set_array_member (root, "problems", problems);
  json_object_set_string_member (root, "chainHead", report->head != NULL ? report->head : "");
  json_object_set_double_member (root, "seconds", seconds);
  shot_archive_command_print_json (root);
}

static void
print_proof (const ShotVerifyReport *report, const char *head)
{
  if (head != NULL && report->n_proven > 0)
    printf ("the head %.16s… proves %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " signed runs\n",
            head, report->n_proven, report->n_signed);
  else if (report->head != NULL && *report->head != '\0')
    printf ("head of the chain of %" G_GINT64_FORMAT " signed runs: %s\n", report->n_signed,
            report->head);
}

static void
print_report (const ShotVerifyReport *report, const char *head, double seconds)
{
  g_autofree char *size = g_format_size ((guint64) report->n_bytes);
  g_autofree char *rate = g_format_size (
      (guint64) ((double) report->n_bytes / MAX (seconds, 1e-3)));

  for (unsigned i = 0; i < report->problems->len; i++) {
    g_autofree char *line = shot_archive_command_show_text (report->problems->pdata[i], 0);
    puts (line);
  }
  if (report->n_problems > report->problems->len)
    printf ("and %" G_GINT64_FORMAT " more\n", report->n_problems - report->problems->len);
  if (report->n_pruned > 0)
    printf ("%" G_GINT64_FORMAT " files pruned, as their plans say\n", report->n_pruned);
  if (report->n_unused > 0)
    printf ("%" G_GINT64_FORMAT " files that no cell names, of captures that were cut short\n",
            report->n_unused);
  if (report->n_unfinished > 0)
    printf ("%" G_GINT64_FORMAT " unfinished files%s\n", report->n_unfinished,
            report->n_removed > 0 ? ", removed" : ": --repair removes them");
  print_proof (report, head);
  printf ("%s: %" G_GINT64_FORMAT " runs, %" G_GINT64_FORMAT " cells, %" G_GINT64_FORMAT
          " files of %s in %.1f s (%s/s)\n",
          report->n_problems == 0 ? "clean" : "NOT CLEAN", report->n_runs, report->n_cells,
          report->n_files, size, seconds, rate);
}

static int
verify (const ShotArchiveCommand *command, const ShotVerifyOptions *options)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = shot_archive_command_open (
      command, options->has_repair ? SHOT_ARCHIVE_WRITE : SHOT_ARCHIVE_READ, &error);
  g_autoptr (ShotVerifyReport) report = NULL;
  int64_t                      began = g_get_monotonic_time ();

  if (archive == NULL)
    return shot_cli_fail (error);
  report = shot_archive_verify (archive, options, &error);
  shot_archive_command_end_progress ();
  if (report == NULL)
    return shot_cli_fail (error);

  double seconds = (double) (g_get_monotonic_time () - began) / 1e6;
  if (command->json)
    print_report_json (report, seconds);
  else
    print_report (report, options->head, seconds);
  return report->n_problems == 0 ? 0 : shot_error_get_exit_status (SHOT_ERROR_STORAGE);
}

int
shot_command_archive_verify (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autofree char            *head = NULL;
  int                         is_quick = FALSE;
  int                         has_repair = FALSE;
  char                        what[] = "verifying";
  const GOptionEntry          entries[] = {
             { "head", 0, 0, G_OPTION_ARG_STRING, &head, "that was kept elsewhere: prove it", "H" },
             { "quick", 0, 0, G_OPTION_ARG_NONE, &is_quick, "do not read the files", NULL },
             { "repair", 0, 0, G_OPTION_ARG_NONE, &has_repair, "remove unfinished files; migrate", NULL },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (
      &command, entries, "Usage: panelshot archive verify [OPTIONS]\n\n",
      "\nLooks at the database, every file's hash, every sealed run and their chain.\n"
      "Exit status 0 when all is what it was, else 13, with a line for each problem.\n",
      0, 0, &argc, &argv);

  if (status >= 0)
    return status;
  ShotVerifyOptions options = { head, is_quick, has_repair, shot_archive_command_progress_cb,
                                what };
  return verify (&command, &options);
}

static gboolean
prune (const ShotArchiveCommand *command, bool is_dry, GError **error)
{
  g_autoptr (ShotArchive) archive = shot_archive_command_open (command, SHOT_ARCHIVE_WRITE, error);
  ShotPruneOptions        options = { g_get_user_name (), 0, is_dry };
  ShotPruneReport         report = { 0 };

  if (archive == NULL || !shot_archive_prune (archive, &options, &report, error))
    return FALSE;
  if (command->json) {
    JsonObject *root = json_object_new ();
    json_object_set_boolean_member (root, "dryRun", is_dry);
    json_object_set_int_member (root, "runs", report.n_runs);
    json_object_set_int_member (root, "cells", report.n_cells);
    json_object_set_int_member (root, "files", report.n_files);
    json_object_set_int_member (root, "bytes", report.n_bytes);
    shot_archive_command_print_json (root);
    return TRUE;
  }
  g_autofree char *size = g_format_size ((guint64) report.n_bytes);
  printf ("%s %" G_GINT64_FORMAT " files of %s, from %" G_GINT64_FORMAT
          " cells of %" G_GINT64_FORMAT " runs\n",
          is_dry ? "would remove" : "removed", report.n_files, size, report.n_cells, report.n_runs);
  return TRUE;
}

int
shot_command_archive_prune (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  int                         is_dry = FALSE;
  const GOptionEntry          entries[] = {
             { "dry-run", 0, 0, G_OPTION_ARG_NONE, &is_dry, "only say what would go", NULL },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (
      &command, entries, "Usage: panelshot archive prune [OPTIONS]\n\n",
      "\nRemoves pictures and data of runs whose plan sets a retention, once it is\n"
      "over. Hashes, verdicts, signatures and who pruned what stay.\n",
      0, 0, &argc, &argv);

  if (status >= 0)
    return status;
  return prune (&command, is_dry, &error) ? 0 : shot_cli_fail (error);
}
