#include "config.h"

#include "commands.h"
#include "error.h"
#include "options.h"

static const ShotCommand subcommands[] = {
  { "list", "runs, newest first, and how much room they take", shot_command_archive_list },
  { "show", "a run and its cells", shot_command_archive_show },
  { "verify", "prove that everything is what it was", shot_command_archive_verify },
  { "export", "write runs to a zip that verifies on its own", shot_command_archive_export },
  { "import", "take in runs of an export", shot_command_archive_import },
  { "backup", "copy the archive while it is in use", shot_command_archive_backup },
  { "prune", "let go of what plans keep for some time only", shot_command_archive_prune },
  { "verdict", "judge a cell", shot_command_archive_verdict },
  { "sign", "sign a run off: nothing of it changes any more", shot_command_archive_sign },
  { "users", "list, add and change who may sign in", shot_command_archive_users },
  { "token", "list, add and remove tokens for scripts", shot_command_archive_token },
  { 0 },
};

static char *
make_overview (void)
{
  g_autoptr (GString) text = g_string_new ("Usage: panelshot archive COMMAND [OPTIONS]\n\n"
                                           "Looks after what inspections have captured.\n\n"
                                           "Commands:\n");

  for (const ShotCommand *command = subcommands; command->name != NULL; command++)
    g_string_append_printf (text, "  %-8s  %s\n", command->name, command->summary);
  g_string_append (text, "\n`panelshot archive COMMAND --help` lists its options.\n"
                         "The folder is --archive DIR, else PANELSHOT_ARCHIVE, else\n"
                         "~/.local/share/panelshot/archive. A RUN is a name, an id, \"latest\" or\n"
                         "\"latest:PLAN\".\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

int
shot_command_archive (int argc, char **argv)
{
  const char        *name = argc > 1 ? argv[1] : NULL;
  g_autofree char   *overview = make_overview ();
  g_autoptr (GError) error = NULL;

  if (name == NULL) {
    g_printerr ("%s", overview);
    return shot_error_get_exit_status (SHOT_ERROR_USAGE);
  }
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h") || g_str_equal (name, "help")) {
    g_print ("%s", overview);
    return 0;
  }
  for (const ShotCommand *command = subcommands; command->name != NULL; command++) {
    if (g_str_equal (name, command->name))
      return command->run (argc - 1, argv + 1);
  }
  g_autofree char *shown = g_utf8_make_valid (name, -1);
  error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                       "unknown command \"archive %.40s\": see `panelshot archive --help`", shown);
  return shot_cli_fail (error);
}
