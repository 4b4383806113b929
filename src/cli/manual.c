#include "config.h"

#include "manual.h"

#include <string.h>

#include "commands.h"
#include "error.h"

#define COLUMNS 79
#define HELP_COLUMN 37

/* The names that are flags by intent: what version 3 had in its JSON is for files. */
static bool
is_flag_name (const char *name)
{
  return !g_str_has_prefix (name, "service.") && !g_str_has_prefix (name, "rendering.");
}

static char **
split_names (const char *names)
{
  return g_strsplit (names != NULL ? names : "", " ", -1);
}

/* "listen" for server.addr: the short name if there is one. (transfer full) */
static char *
get_short_name (const ShotSetting *row)
{
  g_auto (GStrv) names = split_names (row->names);

  for (char **name = names; *name != NULL; name++) {
    if (strchr (*name, '.') == NULL)
      return g_strdup (*name);
  }
  return g_strdup (row->key);
}

/* @start stands before the first line, @indent before the others; both are as wide. */
static void
append_wrapped (GString *out, const char *start, const char *indent, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  size_t         column = strlen (start);

  g_string_append (out, start);
  for (char **word = words; *word != NULL; word++) {
    size_t length = strlen (*word);
    if (word > words && column + 1 + length > COLUMNS) {
      g_string_append_printf (out, "\n%s", indent);
      column = strlen (indent);
    } else if (word > words) {
      g_string_append_c (out, ' ');
      column++;
    }
    g_string_append (out, *word);
    column += length;
  }
  g_string_append_c (out, '\n');
}

static bool
has_default (const ShotSetting *row)
{
  return row->fallback != NULL && row->type != SHOT_SETTING_BOOL;
}

char *
shot_manual_make_help (const ShotSetting *table)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char    *indent = g_strnfill (HELP_COLUMN, ' ');

  for (const ShotSetting *row = table; row->key != NULL; row++) {
    if ((row->traits & SHOT_SETTING_IMPORTANT) == 0)
      continue;
    g_autofree char *name = get_short_name (row);
    g_autofree char *flag = g_strdup_printf ("  --%s%s%s", name, row->argument != NULL ? " " : "",
                                             row->argument != NULL ? row->argument : "");
    g_autofree char *start = g_strdup_printf ("%-*s", HELP_COLUMN, flag);
    g_autofree char *text = has_default (row)
                                ? g_strdup_printf ("%s (%s)", row->help, row->fallback)
                                : g_strdup (row->help);
    append_wrapped (out, start, indent, text);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* "help. Default X. NOTICE", as one paragraph. (transfer full) */
static char *
describe (const ShotSetting *row)
{
  g_autoptr (GString) out = g_string_new (row->help);

  if (row->notice != NULL)
    g_string_append_printf (out, "accepted without effect: %s", row->notice);
  if (g_str_has_prefix (out->str, "* ")) {
    g_string_erase (out, 0, 2);
    g_string_append (out, "; may be repeated");
    if (row->environment != NULL &&
        (row->type == SHOT_SETTING_LINES || row->type == SHOT_SETTING_FILES))
      g_string_append (out, ", in the environment one a line");
  }
  if (row->fallback != NULL)
    g_string_append_printf (out, " (default %s)", row->fallback);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
shot_manual_make_full_help (const ShotSetting *table)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const ShotSetting *row = table; row->key != NULL; row++) {
    g_autoptr (GString) flags = g_string_new (NULL);
    g_autofree char    *text = describe (row);
    g_auto (GStrv)      names = split_names (row->names);

    if (row->section != NULL)
      g_string_append_printf (out, "%s%s:\n", row == table ? "" : "\n", row->section);
    g_string_append_printf (flags, "--%s%s%s", row->key, row->argument != NULL ? "=" : "",
                            row->argument != NULL ? row->argument : "");
    for (char **name = names; *name != NULL; name++) {
      if (is_flag_name (*name))
        g_string_append_printf (flags, " --%s", *name);
    }
    append_wrapped (out, "  ", "      ", flags->str);
    append_wrapped (out, "      ", "      ", text);
    if (row->environment != NULL) {
      g_autofree char *variables = g_strconcat ("environment ", row->environment, NULL);
      append_wrapped (out, "      ", "      ", variables);
    }
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The default as a file has it; "null" for none. */
static void
append_default (GString *out, const ShotSetting *row)
{
  bool is_bare = row->type == SHOT_SETTING_INT || row->type == SHOT_SETTING_DOUBLE ||
                 row->type == SHOT_SETTING_BOOL;
  bool is_list = row->type >= SHOT_SETTING_LIST;

  if (row->fallback == NULL)
    g_string_append (out, "null");
  else
    g_string_append_printf (out, is_bare ? "%s" : is_list ? "[\"%s\"]" : "\"%s\"", row->fallback);
}

char *
shot_manual_make_sample (const ShotSetting *table)
{
  g_autoptr (GString) out = g_string_new (
      "# panelshot.yaml: settings of `panelshot serve`\n"
      "#\n"
      "# Read from the working folder, else from /etc/panelshot; another file: --config FILE.\n"
      "# Flags and the environment go before it. Every setting is here, in a comment, with its\n"
      "# default. \"server.addr: x\" can also be written as \"server:\" with \"addr: x\" below it.\n"
      "# `panelshot print-config` shows what is in force and where it comes from.\n"
      "#\n"
      "# Made by `panelshot print-config --sample`.\n");

  for (const ShotSetting *row = table; row->key != NULL; row++) {
    bool             is_list = row->type >= SHOT_SETTING_LIST;
    g_autofree char *text = describe (row);
    if ((row->traits & SHOT_SETTING_NO_FILE) != 0)
      continue;
    if (row->section != NULL)
      g_string_append_printf (out, "\n\n# --- %s ---\n", row->section);
    g_string_append_c (out, '\n');
    append_wrapped (out, "# ", "# ", text);
    g_string_append_printf (out, "#%s: ", row->key);
    append_default (out, row);
    if (row->fallback == NULL && row->argument != NULL)
      g_string_append_printf (out, is_list ? "  # [%s]" : "  # %s", row->argument);
    g_string_append_c (out, '\n');
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
append_roff (GString *out, const char *text)
{
  for (const char *at = text; *at != '\0'; at++) {
    if (*at == '-')
      g_string_append (out, "\\-");
    else if (*at == '\\')
      g_string_append (out, "\\e");
    else if ((*at == '.' || *at == '\'') && (at == text || at[-1] == '\n'))
      g_string_append_printf (out, "\\&%c", *at);
    else
      g_string_append_c (out, *at);
  }
}

/* A macro with one argument. */
static void
append_macro (GString *out, const char *macro, const char *text)
{
  g_string_append_printf (out, "%s \"", macro);
  append_roff (out, text);
  g_string_append (out, "\"\n");
}

static void
append_paragraph (GString *out, const char *text)
{
  append_roff (out, text);
  g_string_append_c (out, '\n');
}

/* "Also --a, --b. Environment: A, B. In files also c, d." */
static void
append_names (GString *out, const ShotSetting *row)
{
  g_auto (GStrv)      names = split_names (row->names);
  g_auto (GStrv)      variables = split_names (row->environment);
  g_autoptr (GString) flags = g_string_new (NULL);
  g_autoptr (GString) keys = g_string_new (NULL);
  g_autofree char    *listed = g_strjoinv (", ", variables);

  for (char **name = names; *name != NULL; name++) {
    GString *list = is_flag_name (*name) ? flags : keys;
    g_string_append_printf (list, "%s%s%s", list->len > 0 ? ", " : "", list == flags ? "--" : "",
                            *name);
  }
  if (flags->len > 0)
    g_string_append_printf (out, "\n.br\nAlso ");
  append_roff (out, flags->str);
  if (*listed != '\0')
    g_string_append_printf (out, "\n.br\nEnvironment: ");
  append_roff (out, listed);
  if (keys->len > 0)
    g_string_append_printf (out, "\n.br\nIn files of version 3: ");
  append_roff (out, keys->str);
  g_string_append_c (out, '\n');
}

static void
append_settings (GString *out, const ShotSetting *table)
{
  for (const ShotSetting *row = table; row->key != NULL; row++) {
    g_autofree char *text = describe (row);
    g_autofree char *flag = g_strdup_printf ("--%s%s%s", row->key, row->argument != NULL ? "=" : "",
                                             row->argument != NULL ? row->argument : "");
    if (row->section != NULL)
      append_macro (out, ".SS", row->section);
    g_string_append (out, ".TP\n");
    append_macro (out, ".B", flag);
    append_roff (out, text);
    append_names (out, row);
  }
}

static void
append_commands (GString *out)
{
  for (const ShotCommand *command = shot_commands; command->name != NULL; command++) {
    g_string_append (out, ".TP\n");
    append_macro (out, ".B", command->name);
    append_paragraph (out, command->summary);
  }
}

static void
append_exit_status (GString *out)
{
  g_string_append (out, ".TP\n.B 0\ndone\n");
  for (ShotError code = 0; code < SHOT_N_ERRORS; code++) {
    g_string_append_printf (out, ".TP\n.B %d\n", shot_error_get_exit_status (code));
    append_paragraph (out, shot_error_get_name (code));
  }
}

char *
shot_manual_make_page (const ShotSetting *table)
{
  g_autoptr (GString) out = g_string_new (
      ".\\\" Made by `panelshot print-config --man`.\n"
      ".TH PANELSHOT 1 \"\" panelshot \"User Commands\"\n"
      ".SH NAME\npanelshot \\- turn Grafana panels and dashboards into pictures\n"
      ".SH SYNOPSIS\n.B panelshot\n.I COMMAND\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n");

  append_paragraph (out, "Opens pages in WebKit, waits until they have drawn themselves, and takes "
                         "their picture: for one page on the command line, or as a server that "
                         "speaks the protocol of Grafana's image renderer.\n"
                         "panelshot COMMAND --help tells the options of each command.");
  g_string_append (out, ".SH COMMANDS\n");
  append_commands (out);
  g_string_append (out, ".SH SETTINGS\n");
  append_paragraph (out, "Of serve, print-config and healthcheck. A flag goes before the "
                         "environment, the environment before the file, the file before the "
                         "default. An empty variable counts as not given, an unknown setting in "
                         "the file stops the start. Durations are seconds (30) or as Go writes "
                         "them (1m30s).");
  append_settings (out, table);
  g_string_append (out, ".SH FILES\n.TP\n");
  append_macro (out, ".I", "./panelshot.yaml, /etc/panelshot/panelshot.yaml");
  append_paragraph (out, "The settings above, in YAML or JSON, dotted or nested; the first that "
                         "exists. --config takes another, also a configuration of the official "
                         "renderer.");
  g_string_append (out, ".SH SIGNALS\n.TP\n.B SIGTERM, SIGINT\n");
  append_paragraph (out, "serve accepts nothing more and ends when the renders that run are done.");
  g_string_append (out, ".TP\n.B SIGHUP\n");
  append_paragraph (out, "serve reads the file again. What takes effect without a restart does, "
                         "the log tells the rest; a file with a mistake changes nothing.");
  g_string_append (out, ".SH EXIT STATUS\n");
  append_exit_status (out);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
