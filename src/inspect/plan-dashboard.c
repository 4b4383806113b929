#include "config.h"

#include <string.h>

#include "plan-private.h"

static void
read_match_title (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPanelMatch *) target)->title);
}

static void
read_match_id (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPanelMatch *match = target;
  const char     *text = shot_plan_get_text (reader, node);

  if (text == NULL)
    return;
  const char *digits = text + (g_str_has_prefix (text, "panel-") ? strlen ("panel-") : 0);
  if (*digits == '\0' || strlen (digits) > 18 || digits[strspn (digits, "0123456789")] != '\0') {
    shot_plan_complain (reader, node->line, "\"%s\" is no panel's id: give a number such as 4",
                        text);
    return;
  }
  g_free (match->id);
  match->id = g_strdup (text);
}

static void
read_match_kind (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPanelMatch *) target)->kind);
}

static void
read_match_row (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPanelMatch *) target)->row);
}

static const ShotPlanKey match_keys[] = {
  { "title", read_match_title }, { "id", read_match_id }, { "kind", read_match_kind },
  { "row", read_match_row },     { NULL, NULL },
};

static void
match_clear (ShotPanelMatch *self)
{
  g_free (self->title);
  g_free (self->id);
  g_free (self->kind);
  g_free (self->row);
}

static void
free_match (void *data)
{
  match_clear (data);
  g_free (data);
}

static void
free_panel (void *data)
{
  ShotPlanPanel *panel = data;

  match_clear (&panel->match);
  shot_plan_look_clear (&panel->look);
  g_free (panel);
}

void
shot_plan_dashboard_free (ShotPlanDashboard *self)
{
  if (self == NULL)
    return;
  g_free (self->uid);
  g_free (self->folder);
  g_free (self->tag);
  g_free (self->search);
  g_clear_pointer (&self->include, g_ptr_array_unref);
  g_clear_pointer (&self->exclude, g_ptr_array_unref);
  g_clear_pointer (&self->panels, g_ptr_array_unref);
  shot_plan_look_clear (&self->look);
  g_free (self);
}

/* A text alone is a title. */
static void
read_match (ShotPlanReader *reader, const ShotYamlNode *node, ShotPanelMatch *match,
            ShotPlanLook *look)
{
  unsigned before = reader->n_problems;

  if (node->kind == SHOT_YAML_TEXT)
    shot_plan_read_text_into (reader, node, &match->title);
  else
    shot_plan_read_map (reader, node, match_keys, match, look);
  if (match->title == NULL && match->id == NULL && match->kind == NULL && match->row == NULL &&
      before == reader->n_problems)
    shot_plan_complain (reader, node->line, "say which panels: title, id, kind or row");
}

static void
read_matches (ShotPlanReader *reader, const ShotYamlNode *node, GPtrArray **target)
{
  bool     is_list = node->kind == SHOT_YAML_LIST;
  unsigned n_items = is_list ? node->items->len : 1;

  if (n_items == 0)
    shot_plan_complain (reader, node->line, "%s is empty: name panels, or leave it out", node->key);
  *target = g_ptr_array_new_with_free_func (free_match);
  for (unsigned i = 0; i < n_items; i++) {
    ShotPanelMatch *match = g_new0 (ShotPanelMatch, 1);
    g_ptr_array_add (*target, match);
    read_match (reader, is_list ? node->items->pdata[i] : node, match, NULL);
  }
}

static void
read_include (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  read_matches (reader, node, &((ShotPlanDashboard *) target)->include);
}

static void
read_exclude (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  read_matches (reader, node, &((ShotPlanDashboard *) target)->exclude);
}

static bool
says_something (const ShotPlanLook *look)
{
  return look->ranges != NULL || look->variables != NULL || look->width != 0 ||
         look->is_grid != -1 || look->scale > 0 || look->theme != NULL || look->timezone != NULL ||
         look->language != NULL;
}

static void
read_panels (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanDashboard *dashboard = target;

  if (node->kind != SHOT_YAML_LIST) {
    shot_plan_complain (reader, node->line, "panels is a list of rules, each with a \"-\"");
    return;
  }
  for (unsigned i = 0; i < node->items->len; i++) {
    const ShotYamlNode *item = node->items->pdata[i];
    ShotPlanPanel      *panel = g_new0 (ShotPlanPanel, 1);
    panel->line = item->line;
    shot_plan_look_init (&panel->look);
    g_ptr_array_add (dashboard->panels, panel);
    unsigned before = reader->n_problems;
    if (item->kind == SHOT_YAML_MAP)
      read_match (reader, item, &panel->match, &panel->look);
    /* Who writes this wants these panels alone, and would get all of them. */
    if (item->kind == SHOT_YAML_MAP && !says_something (&panel->look) &&
        before == reader->n_problems)
      shot_plan_complain (reader, item->line,
                          "this rule changes nothing: to capture these panels alone, write "
                          "\"include\" for \"panels\"");
    if (item->kind != SHOT_YAML_MAP)
      shot_plan_complain (
          reader, item->line,
          "a rule for panels says which and what, such as {title: \"CPU*\", ranges: "
          "[last 1h]}");
  }
}

static void
read_uid (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPlanDashboard *) target)->uid);
}

static void
read_folder (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPlanDashboard *) target)->folder);
}

static void
read_tag (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPlanDashboard *) target)->tag);
}

static void
read_search (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((ShotPlanDashboard *) target)->search);
}

static void
read_dashboard (ShotPlanReader *reader, const ShotYamlNode *node, ShotPlan *plan)
{
  static const ShotPlanKey keys[] = {
    { "uid", read_uid },         { "folder", read_folder },
    { "tag", read_tag },         { "search", read_search },
    { "include", read_include }, { "exclude", read_exclude },
    { "panels", read_panels },   { NULL, NULL },
  };
  ShotPlanDashboard *self = g_new0 (ShotPlanDashboard, 1);
  unsigned           before = reader->n_problems;

  self->line = node->line;
  self->panels = g_ptr_array_new_with_free_func (free_panel);
  shot_plan_look_init (&self->look);
  g_ptr_array_add (plan->dashboards, self);
  if (node->kind == SHOT_YAML_TEXT)
    shot_plan_read_text_into (reader, node, &self->uid);
  else
    shot_plan_read_map (reader, node, keys, self, &self->look);

  unsigned n_said = (self->uid != NULL) + (self->folder != NULL) + (self->tag != NULL) +
                    (self->search != NULL);
  if (n_said != 1 && before == reader->n_problems)
    shot_plan_complain (reader, node->line,
                        "say which dashboards by one of uid, folder, tag and search%s",
                        n_said > 1 ? ", not by several" : "");
}

void
shot_plan_read_dashboards (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  if (node->kind != SHOT_YAML_LIST) {
    shot_plan_complain (reader, node->line,
                        "dashboards is a list, each with a \"-\", such as \"- uid: abc\"");
    return;
  }
  for (unsigned i = 0; i < node->items->len; i++)
    read_dashboard (reader, node->items->pdata[i], target);
}
