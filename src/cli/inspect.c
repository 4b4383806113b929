#include "config.h"

#include "commands.h"
#include "error.h"
#include "options.h"

static const ShotCommand subcommands[] = {
  { "init", "ask Grafana for its dashboards and write a first plan", shot_command_inspect_init },
  { "check", "say what a plan would capture", shot_command_inspect_check },
  { "run", "capture the cells of a plan and keep them", shot_command_inspect_run },
  { "report", "write a run as HTML, PDF, zip or Markdown", shot_command_inspect_report },
  { 0 },
};

static char *
make_overview (void)
{
  g_autoptr (GString) text = g_string_new (
      "Usage: panelshot inspect COMMAND [OPTIONS]\n\n"
      "Captures every panel of a plan over every range, for somebody to look at.\n\nCommands:\n");

  for (const ShotCommand *command = subcommands; command->name != NULL; command++)
    g_string_append_printf (text, "  %-8s  %s\n", command->name, command->summary);
  g_string_append (text,
                   "\n`panelshot inspect COMMAND --help` lists its options.\n"
                   "A plan is a YAML file; try it on the demo:\n"
                   "  panelshot serve --demo &\n"
                   "  panelshot inspect init http://127.0.0.1:8081/demo -o plan.yaml\n"
                   "  panelshot inspect check plan.yaml && panelshot inspect run plan.yaml\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

int
shot_command_inspect (int argc, char **argv)
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
                       "unknown command \"inspect %.40s\": see `panelshot inspect --help`", shown);
  return shot_cli_fail (error);
}
