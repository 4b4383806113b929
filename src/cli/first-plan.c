#include "config.h"

#include "first-plan.h"

#include <stdbool.h>
#include <string.h>

/* With three ranges a round of 300 pictures. */
#define MAX_PANELS 100
#define MAX_TITLE 60
#define MAX_VARIABLES 4
/* A plan may have a MiB. */
#define MAX_BYTES (700 * 1024)

static const char head[] =
    "# A plan for inspections with panelshot. Dashboards without \"#\" in front are in it: remove\n"
    "# a \"#\" to add one, put one in front to leave one out. Then\n"
    "#   panelshot inspect check THIS-FILE     lists what it would capture\n"
    "#   panelshot inspect run THIS-FILE       captures it\n"
    "# Everything else that a plan may say: panelshot inspect init --sample\n\n";

static const char ranges[] =
    "\n# Every panel is captured over each of these. Others: last 90m, today so far, yesterday,\n"
    "# this week so far, last month, same hour a week ago, 2026-11-01 to 2026-11-08\n"
    "ranges:\n"
    "  - last 1h\n"
    "  - last 24h\n"
    "  - last 7d\n"
    "\n# The size of each picture, and the time zone of its axes: the system's if left out.\n"
    "size: 1000x500\n"
    "# timezone: Asia/Shanghai\n"
    "\n# A picture for each of these values of a variable; \"all\" is every value that it has.\n"
    "# variables:\n"
    "#   region: [eu, us]\n"
    "#   host: all\n";

static const char tail[] =
    "\n# What a dashboard says replaces what the plan says, and so for some of its panels:\n"
    "#   - uid: abc\n"
    "#     ranges: [yesterday]\n"
    "#     exclude: [{kind: text}]\n"
    "#     panels:\n"
    "#       - title: \"CPU*\"\n"
    "#         ranges: [last 1h, last 30d]\n"
    "\n# When `panelshot serve --plans DIR` runs it, and who has how long to confirm what it shows.\n"
    "# schedule:\n"
    "#   cron: \"0 8 * * 1-5\"\n"
    "# review:\n"
    "#   due: 8h\n"
    "#   by: [wang, li]\n";

/* Whether a character may stand in a plan as it is: to YAML some others end a line, or the file. */
static bool
is_harmless (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return character == ' ' || (type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
                              type != G_UNICODE_UNASSIGNED && type != G_UNICODE_PRIVATE_USE &&
                              type != G_UNICODE_SURROGATE && !g_unichar_isspace (character));
}

/* One line of a stranger's words that can stand behind a "#". (transfer full) */
static char *
make_line (const char *text)
{
  g_autoptr (GString) line = g_string_new (NULL);
  unsigned            n = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar character = g_utf8_get_char (at);
    if (++n > MAX_TITLE) {
      g_string_append (line, "…");
      break;
    }
    /* Marks that turn the direction of text would turn the line about. */
    if (g_unichar_type (character) != G_UNICODE_FORMAT)
      g_string_append_unichar (line, is_harmless (character) ? character : ' ');
  }
  return g_strdup (g_strstrip (line->str));
}

/* A text of YAML. What can be nothing but a text is left as it is, the rest is quoted.
 * (transfer full) */
static char *
quote (const char *text)
{
  static const char *const words[] = {
    "null", "true", "false", "yes", "no", "on", "off", "y", "n"
  };
  g_autoptr (GString) quoted = g_string_new ("\"");
  bool                is_plain = g_ascii_isalpha (*text) || *text == '/';

  for (const char *at = text; *at != '\0' && is_plain; at++)
    is_plain = g_ascii_isalnum (*at) || strchr ("-_./:", *at) != NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    is_plain = is_plain && g_ascii_strcasecmp (text, words[i]) != 0;
  if (is_plain && !g_str_has_suffix (text, ":"))
    return g_strdup (text);
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar character = g_utf8_get_char (at);
    if (character == '"' || character == '\\')
      g_string_append_printf (quoted, "\\%c", (int) character);
    else if (is_harmless (character))
      g_string_append_unichar (quoted, character);
    else
      g_string_append_printf (quoted, "\\U%08x", character);
  }
  g_string_append_c (quoted, '"');
  return g_string_free (g_steal_pointer (&quoted), FALSE);
}

static void
add_member (GString *text, const char *name, const char *value)
{
  g_autofree char *quoted = value != NULL ? quote (value) : NULL;

  if (quoted != NULL)
    g_string_append_printf (text, "  %s: %s\n", name, quoted);
}

static void
add_variables (GString *text, const ShotDashboard *dashboard)
{
  unsigned n = 0;

  for (unsigned i = 0; i < dashboard->variables->len && n < MAX_VARIABLES; i++) {
    const ShotDashboardVariable *variable = dashboard->variables->pdata[i];
    g_autofree char             *name = make_line (variable->name);
    if (!variable->is_hidden && strcmp (variable->kind, "adhoc") != 0)
      g_string_append_printf (text, "%s$%s", n++ == 0 ? ", varies by " : ", ", name);
  }
}

static unsigned
count_panels (const ShotFirstPlanEntry *entry)
{
  return entry->dashboard != NULL ? entry->dashboard->panels->len : 0;
}

/* Grafana's uids are letters, digits, "-" and "_"; a plan takes no others with odd characters. */
static bool
has_usable_uid (const ShotFirstPlanEntry *entry)
{
  bool is_usable = true;

  for (const char *at = entry->found->uid; *at != '\0' && is_usable; at = g_utf8_next_char (at))
    is_usable = is_harmless (g_utf8_get_char (at));
  return is_usable;
}

static void
add_entry (GString *text, const ShotFirstPlanEntry *entry, bool is_active)
{
  g_autofree char *title = make_line (entry->found->title);
  g_autofree char *uid = quote (entry->found->uid);
  unsigned         n = count_panels (entry);

  g_string_append_printf (text, "  %s- uid: %-16s # %s: ", is_active ? "" : "# ", uid, title);
  if (entry->dashboard == NULL) {
    g_string_append (text, "could not be read\n");
    return;
  }
  g_string_append_printf (text, n == 1 ? "%u panel" : "%u panels", n);
  add_variables (text, entry->dashboard);
  g_string_append_c (text, '\n');
}

static bool
has_folders (const ShotFirstPlanFacts *facts)
{
  for (unsigned i = 0; i < facts->n_entries; i++) {
    if (*facts->entries[i].found->folder != '\0')
      return true;
  }
  return false;
}

static void
add_folder (GString *text, const ShotFirstPlanEntry *entry)
{
  const char      *title = entry->found->folder;
  g_autofree char *line = make_line (title);
  g_autofree char *quoted = quote (title);

  if (*title == '\0')
    g_string_append (text, "\n  # In no folder\n");
  else if (strlen (quoted) < MAX_TITLE)
    g_string_append_printf (text, "\n  # Folder %s; all that is in it: - folder: %s\n", line,
                            quoted);
  else
    g_string_append_printf (text, "\n  # Folder %s\n", line);
}

char *
shot_first_plan_make (const ShotFirstPlanFacts *facts, unsigned *out_n_active)
{
  GString *text = g_string_new (head);
  bool     is_divided = has_folders (facts);
  unsigned n_panels = 0;

  *out_n_active = 0;
  g_string_append (text, "grafana:\n");
  add_member (text, "address", facts->grafana);
  if (facts->token_file != NULL)
    add_member (text, "tokenFile", facts->token_file);
  else
    g_string_append (
        text, "  # tokenFile: grafana.token    the token of a service account, role Viewer\n");
  add_member (text, "caFile", facts->ca_file);
  if (facts->org_id > 0)
    g_string_append_printf (text, "  orgId: %d\n", facts->org_id);
  g_string_append (text, ranges);
  g_string_append (text, "\ndashboards:\n");
  for (unsigned i = 0; i < facts->n_entries; i++) {
    const ShotFirstPlanEntry *entry = &facts->entries[i];
    unsigned                  n = count_panels (entry);
    if (text->len > MAX_BYTES) {
      g_string_append_printf (text, "  # and %u more\n", facts->n_entries - i);
      break;
    }
    bool is_active = n > 0 && has_usable_uid (entry) &&
                     (*out_n_active == 0 || n_panels + n <= MAX_PANELS);
    if (is_divided &&
        (i == 0 || strcmp (entry->found->folder, facts->entries[i - 1].found->folder) != 0))
      add_folder (text, entry);
    add_entry (text, entry, is_active);
    *out_n_active += is_active;
    n_panels += is_active ? n : 0;
  }
  g_string_append (text, tail);
  return g_string_free (text, FALSE);
}
