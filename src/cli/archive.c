#include "config.h"

#include "command-table.h"

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

static const ShotCommandTable table = {
  .name = "archive",
  .opening = "Looks after what inspections have captured.",
  .ending = "The folder is --archive DIR, else PANELSHOT_ARCHIVE, else\n"
            "~/.local/share/panelshot/archive. A RUN is a name, an id, \"latest\" or\n"
            "\"latest:PLAN\".\n",
  .width = 8,
  .rows = subcommands,
};

int
shot_command_archive (int argc, char **argv)
{
  return shot_command_table_run (&table, argc, argv);
}
