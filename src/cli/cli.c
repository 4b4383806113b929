#include "config.h"

#include "cli.h"

#include "commands.h"
#include "error.h"
#include "options.h"

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

static const ShotCommand *
find_command (const char *name)
{
  /* The official renderer's word, which stands in containers' command lines. */
  if (g_str_equal (name, "server"))
    name = "serve";
  for (const ShotCommand *command = shot_commands; command->name != NULL; command++) {
    if (g_str_equal (name, command->name))
      return command;
  }
  return NULL;
}

static char *
make_overview (void)
{
  g_autoptr (GString) text = g_string_new (
      "Usage: panelshot COMMAND [OPTIONS]\n\n"
      "Turns Grafana panels and dashboards into pictures, PDF and tables.\n\nCommands:\n");

  for (const ShotCommand *command = shot_commands; command->name != NULL; command++)
    g_string_append_printf (text, "  %-12s  %s\n", command->name, command->summary);
  g_string_append (text, "\n`panelshot COMMAND --help` lists its options.\n\nExit status:\n"
                         "  0 done              4 timed out           8 panel not found\n"
                         "  2 wrong usage       5 not reachable       9 script error, empty page\n"
                         "  3 refused           6 HTTP error page    10 engine failed\n"
                         "                      7 login page         11 busy        130 cancelled\n"
                         " 12 conflict         13 archive not usable\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static int
fail_unknown (const char *name)
{
  g_autofree char   *shown = g_utf8_make_valid (name, -1);
  g_autoptr (GError) error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                                          "unknown command \"%.40s\": see `panelshot --help`",
                                          shown);

  return shot_cli_fail (error);
}

static int
command_help (int argc, char **argv)
{
  const ShotCommand *command = argc > 1 ? find_command (argv[1]) : NULL;

  if (argc > 1 && command == NULL)
    return fail_unknown (argv[1]);
  if (command == NULL || command->run == command_help || command->run == command_version) {
    g_autofree char *text = make_overview ();
    g_print ("%s", text);
    return 0;
  }

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
  if (argc < 2) {
    g_autofree char *text = make_overview ();
    g_printerr ("%s", text);
    return shot_error_get_exit_status (SHOT_ERROR_USAGE);
  }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    return command_help (1, argv + 1);
  if (g_str_equal (argv[1], "--version"))
    return command_version (1, argv + 1);

  const ShotCommand *command = find_command (argv[1]);
  return command != NULL ? command->run (argc - 1, argv + 1) : fail_unknown (argv[1]);
}
