#include "config.h"

#include "first-plan.h"

#include <stdbool.h>
#include <string.h>

/* With three ranges a round of 300 pictures. */
#define MAX_PANELS 100
#define MAX_TITLE 60
#define MAX_VARIABLES 4

static const char head[] =
    "# A plan for inspections with panelshot. Dashboards without \"#\" in front are in it: remove a\n"
    "# \"#\" to add one, put one in front to leave one out. Then\n"
    "#   panelshot inspect check THIS-FILE     lists what it would capture\n"
    "#   panelshot inspect run THIS-FILE       captures it\n\n";

static const char ranges[] =
    "\n# Every panel is captured over each of these: last 90m, today so far, yesterday, this week so\n"
    "# far, last month, same hour a week ago, 2026-11-01 to 2026-11-08 …\n"
    "ranges:\n"
    "  - last 1h\n"
    "  - last 24h\n"
    "  - last 7d\n";

static const char tail[] =
    "\n# A dashboard may have members of its own, which replace the plan's:\n"
    "#   - uid: x\n"
    "#     ranges: [yesterday]\n"
    "#     variables: {region: [eu, us]}\n";

/* One line of a stranger's words that can stand behind a "#". (transfer full) */
static char *
make_line (const char *text)
{
  g_autoptr (GString) line = g_string_new (NULL);
  unsigned            n = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    if (++n > MAX_TITLE) {
      g_string_append (line, "…");
      break;
    }
    /* Marks that turn the direction of text would turn the line about. */
    if (type == G_UNICODE_FORMAT || type == G_UNICODE_UNASSIGNED || type == G_UNICODE_PRIVATE_USE ||
        type == G_UNICODE_SURROGATE)
      continue;
    bool is_blank = type == G_UNICODE_CONTROL || g_unichar_isspace (character);
    g_string_append_unichar (line, is_blank ? ' ' : character);
  }
  return g_strdup (g_strstrip (line->str));
}

/* A text of YAML. What can be nothing but a text is left as it is; the rest is quoted, in the words
 * of JSON, which is YAML. (transfer full) */
static char *
quote (const char *text)
{
  static const char *const words[] = {
    "null", "true", "false", "yes", "no", "on", "off", "y", "n"
  };
  bool is_plain = g_ascii_isalpha (*text) || *text == '/';
  bool is_word = false;

  for (const char *at = text; *at != '\0' && is_plain; at++)
    is_plain = g_ascii_isalnum (*at) || strchr ("-_./", *at) != NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    is_word = is_word || g_ascii_strcasecmp (text, words[i]) == 0;
  if (is_plain && !is_word)
    return g_strdup (text);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  return json_to_string (node, FALSE);
}

static void
add_member (GString *text, const char *name, const char *value)
{
  g_autofree char *quoted = value != NULL ? quote (value) : NULL;

  if (quoted != NULL)
    g_string_append_printf (text, "%s: %s\n", name, quoted);
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
  add_member (text, "grafana", facts->grafana);
  if (facts->token_file != NULL)
    add_member (text, "token_file", facts->token_file);
  else
    g_string_append (text, "# token_file: grafana.token    the token of a service account\n");
  add_member (text, "ca_file", facts->ca_file);
  if (facts->org_id > 0)
    g_string_append_printf (text, "org_id: %d\n", facts->org_id);
  g_string_append (text, ranges);
  g_string_append (text, "\ndashboards:\n");
  for (unsigned i = 0; i < facts->n_entries; i++) {
    const ShotFirstPlanEntry *entry = &facts->entries[i];
    unsigned                  n = count_panels (entry);
    bool is_active = n > 0 && (*out_n_active == 0 || n_panels + n <= MAX_PANELS);
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
