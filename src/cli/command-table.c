#include "config.h"

#include "command-table.h"

#include "error.h"
#include "options.h"

const ShotCommand *
shot_command_table_find (const ShotCommandTable *self, const char *name)
{
  for (const ShotCommand *command = self->rows; command->name != NULL; command++) {
    if (g_str_equal (name, command->name))
      return command;
  }
  return NULL;
}

static char *
make_overview (const ShotCommandTable *self)
{
  const char         *name = self->name != NULL ? self->name : "";
  const char         *space = self->name != NULL ? " " : "";
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "Usage: panelshot%s%s COMMAND [OPTIONS]\n\n%s\n\nCommands:\n",
                          space, name, self->opening);
  for (const ShotCommand *command = self->rows; command->name != NULL; command++)
    g_string_append_printf (text, "  %-*s  %s\n", self->width, command->name, command->summary);
  g_string_append_printf (text, "\n`panelshot%s%s COMMAND --help` lists its options.\n%s", space,
                          name, self->ending);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

int
shot_command_table_help (const ShotCommandTable *self)
{
  g_autofree char *text = make_overview (self);

  g_print ("%s", text);
  return 0;
}

int
shot_command_table_miss (const ShotCommandTable *self)
{
  g_autofree char *text = make_overview (self);

  g_printerr ("%s", text);
  return shot_error_get_exit_status (SHOT_ERROR_USAGE);
}

int
shot_command_table_fail (const ShotCommandTable *self, const char *unknown)
{
  const char        *name = self->name != NULL ? self->name : "";
  const char        *space = self->name != NULL ? " " : "";
  g_autofree char   *shown = g_utf8_make_valid (unknown, -1);
  g_autoptr (GError) error = g_error_new (
      SHOT_ERROR, SHOT_ERROR_USAGE, "unknown command \"%s%s%.40s\": see `panelshot%s%s --help`",
      name, space, shown, space, name);

  return shot_cli_fail (error);
}

int
shot_command_table_run (const ShotCommandTable *self, int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;

  if (name == NULL)
    return shot_command_table_miss (self);
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h") || g_str_equal (name, "help"))
    return shot_command_table_help (self);

  const ShotCommand *command = shot_command_table_find (self, name);
  return command != NULL ? command->run (argc - 1, argv + 1) : shot_command_table_fail (self, name);
}
