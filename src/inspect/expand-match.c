#include "config.h"

#include <string.h>

#include "expand-private.h"
#include "nearest.h"

/* Both in the same case. Goes back to the last star only, so that no pattern takes long. */
static bool
matches (const char *pattern, const char *text)
{
  const char *star = NULL;
  const char *resume = NULL;

  while (*text != '\0') {
    if (*pattern == '*') {
      star = ++pattern;
      resume = text;
    } else if (*pattern == '?') {
      pattern++;
      text = g_utf8_next_char (text);
    } else if (*pattern == *text) {
      pattern++;
      text++;
    } else if (star != NULL) {
      pattern = star;
      resume = g_utf8_next_char (resume);
      text = resume;
    } else {
      return false;
    }
  }
  return pattern[strspn (pattern, "*")] == '\0';
}

bool
shot_expand_is_like (const char *pattern, const char *text)
{
  g_autofree char *folded_pattern = g_utf8_casefold (pattern, -1);
  g_autofree char *folded_text = g_utf8_casefold (text, -1);

  return matches (folded_pattern, folded_text);
}

static bool
is_id (const char *wanted, const char *key)
{
  static const char prefix[] = "panel-";

  wanted += g_str_has_prefix (wanted, prefix) ? strlen (prefix) : 0;
  return g_str_has_prefix (key, prefix) && g_str_equal (wanted, key + strlen (prefix));
}

static bool
is_in_row (const char *pattern, const char *row)
{
  g_auto (GStrv) rows = g_strsplit (row, " / ", -1);

  if (shot_expand_is_like (pattern, row))
    return true;
  for (char **at = rows; *at != NULL; at++) {
    if (shot_expand_is_like (pattern, *at))
      return true;
  }
  return false;
}

bool
shot_expand_is_match (const ShotPanelMatch *match, const ShotDashboardPanel *panel)
{
  return (match->title == NULL || shot_expand_is_like (match->title, panel->title)) &&
         (match->id == NULL || is_id (match->id, panel->key)) &&
         (match->kind == NULL || shot_expand_is_like (match->kind, panel->kind)) &&
         (match->row == NULL || is_in_row (match->row, panel->row));
}

static bool
is_any_match (const GPtrArray *matches_of, const ShotDashboardPanel *panel)
{
  for (unsigned i = 0; i < matches_of->len; i++) {
    if (shot_expand_is_match (matches_of->pdata[i], panel))
      return true;
  }
  return false;
}

bool
shot_expand_is_wanted (const ShotPlanDashboard *part, const ShotDashboardPanel *panel)
{
  if (part->include != NULL && !is_any_match (part->include, panel))
    return false;
  return part->exclude == NULL || !is_any_match (part->exclude, panel);
}

const ShotPlanLook *
shot_expand_get_look (const ShotPlanDashboard *part, const ShotDashboardPanel *panel)
{
  for (unsigned i = part->panels->len; i > 0; i--) {
    const ShotPlanPanel *rule = part->panels->pdata[i - 1];
    if (shot_expand_is_match (&rule->match, panel))
      return &rule->look;
  }
  return &part->look;
}

static void
append_member (GString *text, const char *name, const char *value)
{
  if (value != NULL)
    g_string_append_printf (text, "%s%s \"%s\"", text->len > 0 ? ", " : "", name, value);
}

static void
note_idle (GPtrArray *idle, const ShotPanelMatch *match, const ShotDashboard *dashboard)
{
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  g_autoptr (GString)   text = g_string_new (NULL);
  const char           *nearest = NULL;

  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    const ShotDashboardPanel *panel = dashboard->panels->pdata[i];
    if (shot_expand_is_match (match, panel))
      return;
    g_ptr_array_add (titles, panel->title);
  }
  g_ptr_array_add (titles, NULL);
  if (match->title != NULL)
    nearest = shot_nearest_find (match->title, (const char *const *) titles->pdata);
  append_member (text, "title", match->title);
  append_member (text, "id", match->id);
  append_member (text, "kind", match->kind);
  append_member (text, "row", match->row);
  if (nearest != NULL)
    g_ptr_array_add (idle,
                     g_strdup_printf ("dashboard \"%s\" has no panel of %s: did you mean \"%s\"?",
                                      dashboard->title, text->str, nearest));
  else
    g_ptr_array_add (idle, g_strdup_printf ("dashboard \"%s\" has no panel of %s", dashboard->title,
                                            text->str));
}

GPtrArray *
shot_expand_list_idle (const ShotPlanDashboard *part, const ShotDashboard *dashboard)
{
  GPtrArray *idle = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; part->include != NULL && i < part->include->len; i++)
    note_idle (idle, part->include->pdata[i], dashboard);
  for (unsigned i = 0; part->exclude != NULL && i < part->exclude->len; i++)
    note_idle (idle, part->exclude->pdata[i], dashboard);
  for (unsigned i = 0; i < part->panels->len; i++) {
    const ShotPlanPanel *rule = part->panels->pdata[i];
    note_idle (idle, &rule->match, dashboard);
  }
  return idle;
}
