#include "config.h"

#include <string.h>

#include "expand-private.h"
#include "nearest.h"

void
shot_expansion_complain (ShotExpansion *self, const char *format, ...)
{
  va_list arguments;

  g_string_append_printf (self->problems,
                          "%sdashboard \"%s\" (%s): ", self->problems->len > 0 ? "\n" : "",
                          self->dashboard->title, self->dashboard->uid);
  va_start (arguments, format);
  g_string_append_vprintf (self->problems, format, arguments);
  va_end (arguments);
}

ShotExpandSetting *
shot_expand_setting_new (const char *name, const char *const *values)
{
  ShotExpandSetting *self = g_new0 (ShotExpandSetting, 1);

  self->name = g_strdup (name);
  self->values = g_strdupv ((char **) values);
  return self;
}

static void
free_setting (void *data)
{
  ShotExpandSetting *setting = data;

  g_free (setting->name);
  g_strfreev (setting->values);
  g_free (setting);
}

GPtrArray *
shot_expand_set_new (void)
{
  return g_ptr_array_new_with_free_func (free_setting);
}

static const ShotExpandSetting *
find_setting (const GPtrArray *set, const char *name)
{
  for (unsigned i = 0; set != NULL && i < set->len; i++) {
    const ShotExpandSetting *setting = set->pdata[i];
    if (g_str_equal (setting->name, name))
      return setting;
  }
  return NULL;
}

static bool
is_all (const char *const *values)
{
  return values[0] != NULL && g_str_equal (values[0], SHOT_EXPAND_ALL);
}

/* Those that take what they are given. */
static bool
has_options (const ShotDashboardVariable *variable)
{
  static const char *const free_kinds[] = { "textbox", "constant", "adhoc", NULL };

  return !g_strv_contains (free_kinds, variable->kind);
}

/* Of the JSON, else those that were asked for; NULL when not known. (transfer none) (nullable) */
static const char *const *
get_options (const ShotExpansion *self, const ShotDashboardVariable *variable)
{
  if (variable->options != NULL && variable->options[0] != NULL)
    return (const char *const *) variable->options;
  return self->options != NULL ? g_hash_table_lookup (self->options, variable->name) : NULL;
}

static bool
is_known (const char *const *options, const char *value)
{
  return options == NULL || g_strv_contains (options, value) ||
         g_str_has_prefix (value, "$__"); /* All, or an interval that the page works out. */
}

static gboolean
check_values (ShotExpansion *self, const ShotPlanVariable *wish,
              const ShotDashboardVariable *variable)
{
  const char *const *options = has_options (variable) ? get_options (self, variable) : NULL;
  gboolean           is_good = TRUE;

  if (wish->is_together && wish->values[0] != NULL && wish->values[1] != NULL &&
      !variable->is_multi && has_options (variable)) {
    shot_expansion_complain (self,
                             "variable \"%s\" takes one value at a time: leave \"together\" out, "
                             "then each value has its picture",
                             wish->name);
    is_good = FALSE;
  }
  for (char **value = wish->values; *value != NULL; value++) {
    if (is_known (options, *value))
      continue;
    const char *nearest = shot_nearest_find (*value, options);
    if (nearest != NULL)
      shot_expansion_complain (self, "variable \"%s\" has no value \"%s\": did you mean \"%s\"?",
                               wish->name, *value, nearest);
    else
      shot_expansion_complain (self, "variable \"%s\" has no value \"%s\"", wish->name, *value);
    is_good = FALSE;
  }
  return is_good;
}

static gboolean
fail_unknown (ShotExpansion *self, const char *name)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (unsigned i = 0; i < self->dashboard->variables->len; i++) {
    const ShotDashboardVariable *variable = self->dashboard->variables->pdata[i];
    g_ptr_array_add (names, variable->name);
  }
  g_ptr_array_add (names, NULL);
  const char *nearest = shot_nearest_find (name, (const char *const *) names->pdata);
  if (nearest != NULL)
    shot_expansion_complain (self, "no variable \"%s\": did you mean \"%s\"?", name, nearest);
  else
    shot_expansion_complain (self, "no variable \"%s\"", name);
  return FALSE;
}

static void
add_choice (GPtrArray *choices, const char *name, const char *value)
{
  const char *const values[] = { value, NULL };

  g_ptr_array_add (choices, shot_expand_setting_new (name, values));
}

/* The settings that one variable goes through, one after the other. (transfer full) (nullable): NULL
 * after a complaint */
static GPtrArray *
list_choices (ShotExpansion *self, const ShotPlanVariable *wish,
              const ShotDashboardVariable *variable)
{
  g_autoptr (GPtrArray) choices = shot_expand_set_new ();
  const char *const    *options = get_options (self, variable);
  const char *const    *values = (const char *const *) wish->values;

  if (!wish->is_all && !check_values (self, wish, variable))
    return NULL;
  if (wish->is_all && wish->is_together && variable->has_all) {
    add_choice (choices, wish->name, SHOT_EXPAND_ALL);
    return g_steal_pointer (&choices);
  }
  if (wish->is_all && (options == NULL || options[0] == NULL)) {
    shot_expansion_complain (self,
                             "the values of variable \"%s\" are not known: name them instead "
                             "of \"all\"",
                             wish->name);
    return NULL;
  }
  if (wish->is_all && wish->is_together && !variable->is_multi) {
    shot_expansion_complain (self,
                             "variable \"%s\" takes one value at a time: leave \"together\" out, "
                             "then each value has its picture",
                             wish->name);
    return NULL;
  }
  if (wish->is_all)
    values = options;
  if (wish->is_together) {
    g_ptr_array_add (choices, shot_expand_setting_new (wish->name, values));
    return g_steal_pointer (&choices);
  }
  for (; *values != NULL; values++)
    add_choice (choices, wish->name, *values);
  return g_steal_pointer (&choices);
}

static int
compare_wishes (const void *left, const void *right)
{
  const ShotPlanVariable *a = *(const ShotPlanVariable *const *) left;
  const ShotPlanVariable *b = *(const ShotPlanVariable *const *) right;

  return strcmp (a->name, b->name);
}

/* Each set once per choice. */
static GPtrArray *
multiply (const GPtrArray *sets, const GPtrArray *choices)
{
  GPtrArray *product = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);

  for (unsigned i = 0; i < sets->len; i++) {
    const GPtrArray *set = sets->pdata[i];
    for (unsigned j = 0; j < choices->len; j++) {
      const ShotExpandSetting *choice = choices->pdata[j];
      GPtrArray               *copy = shot_expand_set_new ();
      for (unsigned k = 0; k < set->len; k++) {
        const ShotExpandSetting *setting = set->pdata[k];
        g_ptr_array_add (copy, shot_expand_setting_new (setting->name,
                                                        (const char *const *) setting->values));
      }
      g_ptr_array_add (copy, shot_expand_setting_new (choice->name,
                                                      (const char *const *) choice->values));
      g_ptr_array_add (product, copy);
    }
  }
  return product;
}

static gboolean
multiply_wish (ShotExpansion *self, const ShotPlanVariable *wish, GPtrArray **sets)
{
  const ShotDashboardVariable *variable = shot_dashboard_find_variable (self->dashboard,
                                                                        wish->name);

  /* What is said of many dashboards cannot fit each. */
  if (variable == NULL && (wish->is_general || self->part->uid == NULL))
    return TRUE;
  if (variable == NULL)
    return fail_unknown (self, wish->name);

  g_autoptr (GPtrArray) choices = list_choices (self, wish, variable);
  if (choices == NULL)
    return FALSE;
  if ((uint64_t) (*sets)->len * choices->len > SHOT_EXPAND_MAX_CELLS) {
    shot_expansion_complain (self,
                             "more than %d combinations of values: give fewer values, or take some "
                             "together",
                             SHOT_EXPAND_MAX_CELLS);
    return FALSE;
  }
  GPtrArray *product = multiply (*sets, choices);
  g_ptr_array_unref (*sets);
  *sets = product;
  return TRUE;
}

GPtrArray *
shot_expand_make_sets (ShotExpansion *self, const ShotPlanLook *look)
{
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GPtrArray) wishes = g_ptr_array_new ();
  gboolean              is_good = TRUE;

  for (unsigned i = 0; look->variables != NULL && i < look->variables->len; i++)
    g_ptr_array_add (wishes, look->variables->pdata[i]);
  g_ptr_array_sort (wishes, compare_wishes);
  g_ptr_array_add (sets, shot_expand_set_new ());
  for (unsigned i = 0; i < wishes->len; i++)
    is_good = multiply_wish (self, wishes->pdata[i], &sets) && is_good;
  return is_good ? g_steal_pointer (&sets) : NULL;
}

char **
shot_expand_list_selected (const ShotExpansion *self, const GPtrArray *set, const char *name)
{
  static const char *const     nothing[] = { "", NULL };
  const ShotExpandSetting     *setting = find_setting (set, name);
  const ShotDashboardVariable *variable = shot_dashboard_find_variable (self->dashboard, name);
  const char *const           *values = nothing;

  if (setting != NULL)
    values = (const char *const *) setting->values;
  else if (variable != NULL && variable->current != NULL)
    values = (const char *const *) variable->current;
  if (is_all (values) && variable != NULL && get_options (self, variable) != NULL)
    values = get_options (self, variable);
  /* Without any value Grafana shows the panel once. */
  return g_strdupv ((char **) (values[0] != NULL ? values : nothing));
}

static void
write_setting (JsonObject *object, const ShotExpandSetting *setting)
{
  JsonArray *values = json_array_new ();

  for (char **value = setting->values; *value != NULL; value++)
    json_array_add_string_element (values, *value);
  json_object_set_array_member (object, setting->name, values);
}

static int
compare_settings (const void *left, const void *right)
{
  const ShotExpandSetting *a = *(const ShotExpandSetting *const *) left;
  const ShotExpandSetting *b = *(const ShotExpandSetting *const *) right;

  return strcmp (a->name, b->name);
}

char *
shot_expand_write_set (const GPtrArray *set, const GPtrArray *more)
{
  g_autoptr (GPtrArray)  all = g_ptr_array_new ();
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode)   node = json_node_new (JSON_NODE_OBJECT);

  for (unsigned i = 0; i < set->len; i++) {
    const ShotExpandSetting *setting = set->pdata[i];
    if (find_setting (more, setting->name) == NULL)
      g_ptr_array_add (all, set->pdata[i]);
  }
  for (unsigned i = 0; more != NULL && i < more->len; i++)
    g_ptr_array_add (all, more->pdata[i]);
  /* Members are written in the order in which they come. */
  g_ptr_array_sort (all, compare_settings);
  for (unsigned i = 0; i < all->len; i++)
    write_setting (object, all->pdata[i]);
  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

/* The length of "$name", "${name}", "${name:format}" or "[[name]]"; 0 for none. */
static size_t
span_reference (const char *text, const char **out_name, size_t *out_length)
{
  static const char letters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_";
  size_t                                                  prefix = 1;
  const char                                             *end = "";

  if (g_str_has_prefix (text, "${")) {
    prefix = 2;
    end = "}";
  } else if (g_str_has_prefix (text, "[[")) {
    prefix = 2;
    end = "]]";
  } else if (*text != '$') {
    return 0;
  }
  *out_name = text + prefix;
  *out_length = strspn (*out_name, letters);
  const char *rest = *out_name + *out_length;
  if (*out_length == 0)
    return 0;
  if (*end != '\0' && *rest == ':')
    rest += strcspn (rest, end);
  return g_str_has_prefix (rest, end) ? (size_t) (rest - text) + strlen (end) : 0;
}

char *
shot_expand_fill_in (const char *text, const GPtrArray *set, const GPtrArray *more)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0') {
    const char              *start = NULL;
    size_t                   length = 0;
    size_t                   span = span_reference (text, &start, &length);
    g_autofree char         *name = span > 0 ? g_strndup (start, length) : NULL;
    const ShotExpandSetting *setting = name != NULL ? find_setting (more, name) : NULL;
    if (name != NULL && setting == NULL)
      setting = find_setting (set, name);
    if (setting == NULL || is_all ((const char *const *) setting->values)) {
      g_string_append_c (out, *text++);
      continue;
    }
    g_autofree char *values = g_strjoinv (" + ", setting->values);
    g_string_append (out, values);
    text += span;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
note_name (GPtrArray *names, const char *name)
{
  for (unsigned i = 0; i < names->len; i++) {
    if (g_str_equal (names->pdata[i], name))
      return;
  }
  g_ptr_array_add (names, g_strdup (name));
}

static bool
is_unknown (const ShotDashboardVariable *variable)
{
  return variable != NULL && has_options (variable) &&
         (variable->options == NULL || variable->options[0] == NULL);
}

static const ShotPlanVariable *
find_wish (const ShotPlanLook *look, const char *name)
{
  for (unsigned i = 0; look->variables != NULL && i < look->variables->len; i++) {
    const ShotPlanVariable *wish = look->variables->pdata[i];
    if (g_str_equal (wish->name, name))
      return wish;
  }
  return NULL;
}

/* A repeat over all values. */
static void
note_repeat (GPtrArray *names, const ShotDashboard *dashboard, const ShotPlanLook *look,
             const char *name)
{
  if (name == NULL)
    return;
  const ShotDashboardVariable *variable = shot_dashboard_find_variable (dashboard, name);
  const ShotPlanVariable      *wish = find_wish (look, name);
  if (!is_unknown (variable))
    return;
  if (wish != NULL ? wish->is_all
                   : variable->current != NULL && is_all ((const char *const *) variable->current))
    note_name (names, name);
}

GPtrArray *
shot_expand_list_unknown (const ShotPlan *plan, const ShotPlanDashboard *part,
                          const ShotDashboard *dashboard)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    const ShotDashboardPanel *panel = dashboard->panels->pdata[i];
    if (!shot_expand_is_wanted (part, panel))
      continue;
    const ShotPlanLook *look = shot_expand_get_look (part, panel);
    note_repeat (names, dashboard, look, panel->repeat);
    note_repeat (names, dashboard, look, panel->row_repeat);
    for (unsigned j = 0; look->variables != NULL && j < look->variables->len; j++) {
      const ShotPlanVariable      *wish = look->variables->pdata[j];
      const ShotDashboardVariable *variable = shot_dashboard_find_variable (dashboard, wish->name);
      /* Grafana has a word for all of them at once. */
      if (wish->is_all && is_unknown (variable) && !(wish->is_together && variable->has_all))
        note_name (names, wish->name);
    }
  }
  return names;
}

GPtrArray *
shot_expand_list_idle_variables (const ShotPlan *plan, const GPtrArray *dashboards)
{
  GPtrArray *idle = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; plan->look.variables != NULL && i < plan->look.variables->len; i++) {
    const ShotPlanVariable *wish = plan->look.variables->pdata[i];
    g_autoptr (GPtrArray)   names = g_ptr_array_new ();
    bool                    is_there = false;
    for (unsigned j = 0; j < dashboards->len && !is_there; j++) {
      const ShotDashboard *dashboard = dashboards->pdata[j];
      is_there = shot_dashboard_find_variable (dashboard, wish->name) != NULL;
      for (unsigned k = 0; k < dashboard->variables->len; k++)
        g_ptr_array_add (names, ((ShotDashboardVariable *) dashboard->variables->pdata[k])->name);
    }
    g_ptr_array_add (names, NULL);
    if (is_there)
      continue;
    const char *nearest = shot_nearest_find (wish->name, (const char *const *) names->pdata);
    g_ptr_array_add (idle, g_strdup_printf ("no dashboard of the plan has a variable \"%s\"%s%s%s",
                                            wish->name, nearest != NULL ? ": did you mean \"" : "",
                                            nearest != NULL ? nearest : "",
                                            nearest != NULL ? "\"?" : ""));
  }
  return idle;
}
