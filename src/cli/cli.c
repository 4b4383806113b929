#include "config.h"

#include "cli.h"

#include "command-table.h"

static int command_help (int argc, char **argv);
static int command_version (int argc, char **argv);

const ShotCommand shot_commands[] = {
  { "render", "take one picture of one page", shot_command_render },
  { "serve", "answer Grafana's render requests over HTTP", shot_command_serve },
  { "inspect", "capture every panel of a plan, for people to confirm", shot_command_inspect },
  { "archive", "list, verify, export and sign what was captured", shot_command_archive },
  { "print-config", "show every setting of serve and where it comes from",
    shot_command_print_config },
  { "healthcheck", "ask a running server whether it is well", shot_command_healthcheck },
  { "doctor", "find out what is missing on this machine", shot_command_doctor },
  { "help", "tell about a command", command_help },
  { "version", "print the version", command_version },
  { 0 },
};

static const ShotCommandTable table = {
  .opening = "Turns Grafana panels and dashboards into pictures, PDF and tables.",
  .ending = "\nExit status:\n"
            "  0 done              4 timed out           8 panel not found\n"
            "  2 wrong usage       5 not reachable       9 script error, empty page\n"
            "  3 refused           6 HTTP error page    10 engine failed\n"
            "                      7 login page         11 busy        130 cancelled\n"
            " 12 conflict         13 archive not usable\n",
  .width = 12,
  .rows = shot_commands,
};

static const ShotCommand *
find_command (const char *name)
{
  /* The official renderer's word, which stands in containers' command lines. */
  return shot_command_table_find (&table, g_str_equal (name, "server") ? "serve" : name);
}

static int
command_help (int argc, char **argv)
{
  const ShotCommand *command = argc > 1 ? find_command (argv[1]) : NULL;

  if (argc > 1 && command == NULL)
    return shot_command_table_fail (&table, argv[1]);
  if (command == NULL || command->run == command_help || command->run == command_version)
    return shot_command_table_help (&table);

  char  option[] = "--help";
  char *arguments[] = { argv[1], option, NULL };
  return command->run (2, arguments);
}

static int
command_version (int argc, char **argv)
{
  g_print ("panelshot " SHOT_VERSION "\n");
  return 0;
}

int
shot_cli_run (int argc, char **argv)
{
  if (argc < 2)
    return shot_command_table_miss (&table);
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    return command_help (1, argv + 1);
  if (g_str_equal (argv[1], "--version"))
    return command_version (1, argv + 1);

  const ShotCommand *command = find_command (argv[1]);
  return command != NULL ? command->run (argc - 1, argv + 1)
                         : shot_command_table_fail (&table, argv[1]);
}
