#include "config.h"

#include "command-table.h"

static const ShotCommand subcommands[] = {
  { "init", "ask Grafana for its dashboards and write a first plan", shot_command_inspect_init },
  { "check", "say what a plan would capture", shot_command_inspect_check },
  { "run", "capture the cells of a plan and keep them", shot_command_inspect_run },
  { "report", "write a run as HTML, PDF, zip or Markdown", shot_command_inspect_report },
  { 0 },
};

static const ShotCommandTable table = {
  .name = "inspect",
  .opening = "Captures every panel of a plan over every range, for somebody to look at.",
  .ending = "A plan is a YAML file; try it on the demo:\n"
            "  panelshot serve --demo &\n"
            "  panelshot inspect init http://127.0.0.1:8081/demo -o plan.yaml\n"
            "  panelshot inspect check plan.yaml && panelshot inspect run plan.yaml\n",
  .width = 8,
  .rows = subcommands,
};

int
shot_command_inspect (int argc, char **argv)
{
  return shot_command_table_run (&table, argc, argv);
}
