#include "config.h"

#include <stdio.h>

#include "archive-common.h"
#include "commands.h"
#include "error.h"
#include "options.h"

/* What signs and judges here is known by the system's own name. */
static const char *
get_user (const char *option)
{
  return option != NULL ? option : g_get_user_name ();
}

static gboolean
sign (const ShotArchiveCommand *command, const char *name, const char *user, const char *comment,
      bool with_open, GError **error)
{
  g_autoptr (ShotArchive) archive = shot_archive_command_open (command, SHOT_ARCHIVE_WRITE, error);
  g_autoptr (ShotRun) run = archive != NULL ? shot_archive_find_run (archive, name, error) : NULL;
  unsigned            n_open = run != NULL ? run->n_verdicts[SHOT_VERDICT_NONE] : 0;
  g_autofree char    *head = NULL;

  if (n_open > 0 && !with_open && run->state == SHOT_RUN_DONE) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "%u cells have no verdict: judge them, or sign with --with-open", n_open);
    return FALSE;
  }
  if (run == NULL || !shot_archive_sign_run (archive, run->id, get_user (user), "cli", comment,
                                             run->n_cells - n_open, with_open, &head, error))
    return FALSE;
  if (command->json) {
    g_autoptr (ShotRun) now = shot_archive_get_run (archive, run->id, error);
    if (now == NULL)
      return FALSE;
    shot_archive_command_print_json (shot_run_to_json (now, false));
    return TRUE;
  }
  printf ("%s\n", head);
  fflush (stdout); /* above what is said of it, into one file, too */
  fprintf (stderr,
           "run %s is signed off. Keep the line above elsewhere: it proves this run and all "
           "signed before it\n",
           run->name);
  return TRUE;
}

int
shot_command_archive_sign (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  g_autofree char            *user = NULL;
  g_autofree char            *comment = NULL;
  int                         with_open = FALSE;
  const GOptionEntry          entries[] = {
             { "comment", 0, 0, G_OPTION_ARG_STRING, &comment, "what to say about it", "TEXT" },
             { "user", 0, 0, G_OPTION_ARG_STRING, &user, "who signs; your name here by default", "NAME" },
             { "with-open", 0, 0, G_OPTION_ARG_NONE, &with_open, "though cells have no verdict", NULL },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (&command, entries,
                                           "Usage: panelshot archive sign [OPTIONS] RUN\n\n",
                                           "\nPrints the head of the chain of signed runs.\n", 1, 1,
                                           &argc, &argv);

  if (status >= 0)
    return status;
  return sign (&command, argv[1], user, comment, with_open, &error) ? 0 : shot_cli_fail (error);
}

static gboolean
judge (const ShotArchiveCommand *command, ShotVerdict *verdict, GError **error)
{
  g_autoptr (ShotArchive) archive = shot_archive_command_open (command, SHOT_ARCHIVE_WRITE, error);
  g_autoptr (ShotCell)    cell = archive != NULL
                                     ? shot_archive_get_cell (archive, verdict->cell_id, error)
                                     : NULL;

  if (cell == NULL || !shot_archive_set_verdict (archive, verdict, cell->verdict.revision, error))
    return FALSE;
  if (command->json)
    shot_archive_command_print_json (shot_verdict_to_json (verdict));
  return TRUE;
}

int
shot_command_archive_verdict (int argc, char **argv)
{
  g_auto (ShotArchiveCommand) command = { 0 };
  g_autoptr (GError)          error = NULL;
  g_autoptr (ShotVerdict)     verdict = shot_verdict_new ();
  g_autofree char            *user = NULL;
  g_autofree char            *note = NULL;
  g_autofree char            *severity = NULL;
  const GOptionEntry          entries[] = {
             { "note", 0, 0, G_OPTION_ARG_STRING, &note, "what was seen", "TEXT" },
             { "severity", 0, 0, G_OPTION_ARG_STRING, &severity, "low, medium, high or critical", "S" },
             { "user", 0, 0, G_OPTION_ARG_STRING, &user, "who judges; your name here by default", "NAME" },
             SHOT_ARCHIVE_COMMAND_ENTRIES (command),
             { 0 },
  };
  int status = shot_archive_command_parse (
      &command, entries,
      "Usage: panelshot archive verdict [OPTIONS] CELL ok|abnormal|ignored|none\n\n",
      "\nCELL is the number that `panelshot archive show` prints.\n", 2, 2, &argc, &argv);
  gint64 id = 0;

  if (status >= 0)
    return status;
  if (!g_ascii_string_to_signed (argv[1], 10, 1, G_MAXINT64, &id, NULL))
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE, "\"%.40s\" is no number of a cell", argv[1]);
  else if (!shot_verdict_from_name (argv[2], &verdict->kind))
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "\"%.40s\": want ok, abnormal, ignored or none", argv[2]);
  else if (severity != NULL && !shot_severity_from_name (severity, &verdict->severity))
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "--severity \"%.40s\": want low, medium, high or critical", severity);
  if (error != NULL)
    return shot_cli_fail (error);

  g_free (verdict->note);
  g_free (verdict->user);
  g_free (verdict->origin);
  verdict->cell_id = id;
  verdict->note = g_strdup (note != NULL ? note : "");
  verdict->user = g_strdup (get_user (user));
  verdict->origin = g_strdup ("cli");
  return judge (&command, verdict, &error) ? 0 : shot_cli_fail (error);
}
