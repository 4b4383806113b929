#include "config.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

#include "commands.h"
#include "error.h"
#include "manual.h"
#include "options.h"
#include "serve-settings.h"

static const char usage[] =
    "Usage: panelshot print-config [--json] [OPTIONS OF serve]\n"
    "Shows the settings that `panelshot serve` would have with these options, and\n"
    "where each comes from. What is printed can be used as a configuration file;\n"
    "secrets are masked.\n\n";

/* Settings without effect are shown when they were given: to say that they arrived. */
static bool
is_shown (const ShotSettings *settings, const ShotSetting *row)
{
  return row->notice == NULL || shot_settings_get_layer (settings, row->key) > SHOT_LAYER_DEFAULT;
}

static void
print_lines (const ShotSettings *settings)
{
  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    if (!is_shown (settings, row))
      continue;
    g_autofree char *value = shot_settings_show (settings, row->key);
    g_autofree char *origin = shot_settings_describe_origin (settings, row->key);
    bool             is_remark = (row->traits & SHOT_SETTING_NO_FILE) != 0;
    printf ("%s%s: %s  # %s\n", is_remark ? "# " : "", row->key, value, origin);
  }
}

static void
print_json (const ShotSettings *settings)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject          *object = json_object_new ();

  json_node_take_object (root, object);
  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    if (!is_shown (settings, row))
      continue;
    g_autofree char *value = shot_settings_show (settings, row->key);
    g_autofree char *origin = shot_settings_describe_origin (settings, row->key);
    JsonObject      *element = json_object_new ();
    json_object_set_member (element, "value", json_from_string (value, NULL));
    json_object_set_string_member (element, "origin", origin);
    json_object_set_object_member (object, row->key, element);
  }
  g_autofree char *text = json_to_string (root, TRUE);
  printf ("%s\n", text);
}

static int
print_settings (int argc, char **argv, bool is_json)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = shot_serve_settings_load (&argc, argv, &error);
  g_auto (ShotServeParts)  parts = { 0 };

  if (settings != NULL && argc > 1)
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "print-config takes options only: see `panelshot print-config --help`");
  /* What serve would stumble over later. */
  if (error != NULL || !shot_serve_settings_make_parts (settings, &parts, &error))
    return shot_cli_fail (error);
  shot_serve_settings_print_notices (settings);
  if (is_json)
    print_json (settings);
  else
    print_lines (settings);
  return 0;
}

int
shot_command_print_config (int argc, char **argv)
{
  gboolean           json = FALSE;
  gboolean           sample = FALSE;
  gboolean           man = FALSE;
  gboolean           help = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "tell it as JSON", NULL },
    { "sample", 0, 0, G_OPTION_ARG_NONE, &sample, "print data/config/panelshot.yaml", NULL },
    { "man", 0, 0, G_OPTION_ARG_NONE, &man, "print data/man/panelshot.1", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "this text", NULL },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char   *text = NULL;

  if (!shot_options_parse_some (entries, "print-config", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (help) {
    shot_options_print_help (entries, usage, "");
    return 0;
  }
  if (sample)
    text = shot_manual_make_sample (shot_serve_settings_table);
  else if (man)
    text = shot_manual_make_page (shot_serve_settings_table);
  if (text != NULL) {
    fputs (text, stdout);
    return 0;
  }
  return print_settings (argc, argv, json);
}
