#include "config.h"

#include <math.h>
#include <string.h>

#include "job.h"
#include "plan-private.h"
#include "theme.h"

#define MAX_VALUES 200
#define ANY_ADDRESS "http://grafana.invalid/"

static void
free_range (void *data)
{
  shot_range_free (data);
}

static void
free_variable (void *data)
{
  ShotPlanVariable *variable = data;

  g_free (variable->name);
  g_strfreev (variable->values);
  g_free (variable);
}

void
shot_plan_look_init (ShotPlanLook *self)
{
  *self = (ShotPlanLook){ .is_grid = -1 };
}

void
shot_plan_look_clear (ShotPlanLook *self)
{
  g_clear_pointer (&self->ranges, g_ptr_array_unref);
  g_clear_pointer (&self->variables, g_ptr_array_unref);
  g_clear_pointer (&self->theme, g_free);
  g_clear_pointer (&self->timezone, g_free);
  g_clear_pointer (&self->language, g_free);
}

static const ShotPlanVariable *
find_variable (const GPtrArray *variables, const char *name)
{
  for (unsigned i = 0; i < variables->len; i++) {
    const ShotPlanVariable *variable = variables->pdata[i];
    if (g_str_equal (variable->name, name))
      return variable;
  }
  return NULL;
}

static void
complete_variables (ShotPlanLook *self, const ShotPlanLook *outer)
{
  if (outer->variables == NULL)
    return;
  if (self->variables == NULL)
    self->variables = g_ptr_array_new_with_free_func (free_variable);
  for (unsigned i = 0; i < outer->variables->len; i++) {
    const ShotPlanVariable *variable = outer->variables->pdata[i];
    if (find_variable (self->variables, variable->name) != NULL)
      continue;
    ShotPlanVariable *copy = g_new0 (ShotPlanVariable, 1);
    *copy = *variable;
    copy->name = g_strdup (variable->name);
    copy->values = g_strdupv (variable->values);
    g_ptr_array_add (self->variables, copy);
  }
}

void
shot_plan_look_complete (ShotPlanLook *self, const ShotPlanLook *outer)
{
  if (self->ranges == NULL && outer->ranges != NULL) {
    self->ranges = g_ptr_array_new_with_free_func (free_range);
    for (unsigned i = 0; i < outer->ranges->len; i++) {
      const ShotRange *range = outer->ranges->pdata[i];
      ShotRange       *copy = g_new0 (ShotRange, 1);
      copy->label = g_strdup (range->label);
      copy->text = g_strdup (range->text);
      g_ptr_array_add (self->ranges, copy);
    }
  }
  complete_variables (self, outer);
  /* Width, height and grid are one member, "size". */
  if (self->is_grid < 0) {
    self->is_grid = outer->is_grid;
    self->width = outer->width;
    self->height = outer->height;
  }
  if (self->scale == 0)
    self->scale = outer->scale;
  if (self->theme == NULL)
    self->theme = g_strdup (outer->theme);
  if (self->timezone == NULL)
    self->timezone = g_strdup (outer->timezone);
  if (self->language == NULL)
    self->language = g_strdup (outer->language);
}

/* A job's rules are those of its pictures, so they are not repeated here. */
static ShotJob *
make_job (int width, int height, double scale)
{
  ShotJob         *job = shot_job_new (ANY_ADDRESS);
  ShotPictureWish *wish = shot_job_add_picture (job, SHOT_PICTURE_EACH_PANEL, NULL);

  wish->width = width;
  wish->height = height;
  job->scale = scale;
  return job;
}

void
shot_plan_look_check (ShotPlanReader *reader, const ShotPlanLook *self, unsigned line)
{
  g_autoptr (ShotJob) job = make_job (self->width, self->height, self->scale);
  g_autoptr (GError)  error = NULL;

  if (!shot_job_check (job, &error))
    shot_plan_complain (reader, line, "%s", error->message);
}

static void
add_range (ShotPlanReader *reader, GPtrArray *ranges, unsigned line, const char *label,
           const char *text)
{
  g_autoptr (GError) error = NULL;
  ShotRange         *range = shot_range_new (label, text, &error);

  if (range == NULL) {
    shot_plan_complain (reader, line, "%s", error->message);
    return;
  }
  for (unsigned i = 0; i < ranges->len; i++) {
    const ShotRange *other = ranges->pdata[i];
    if (!g_str_equal (other->label, range->label))
      continue;
    shot_plan_complain (reader, line, "the range \"%s\" stands here twice: leave one of them",
                        range->label);
    shot_range_free (range);
    return;
  }

  /* Cells are compared with those of earlier runs by this name. */
  const char *meaning = g_hash_table_lookup (reader->ranges, range->label);
  if (meaning != NULL && !g_str_equal (meaning, range->text))
    shot_plan_complain (reader, line,
                        "the name \"%s\" is \"%s\" elsewhere in the plan: give each range a name "
                        "of its own",
                        range->label, meaning);
  else if (meaning == NULL)
    g_hash_table_insert (reader->ranges, g_strdup (range->label), g_strdup (range->text));
  g_ptr_array_add (ranges, range);
}

typedef struct {
  char *name;  /* (owned) (nullable) */
  char *range; /* (owned) (nullable) */
} NamedRange;

static void
read_range_name (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((NamedRange *) target)->name);
}

static void
read_range_text (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_text_into (reader, node, &((NamedRange *) target)->range);
}

static void
read_range (ShotPlanReader *reader, const ShotYamlNode *node, GPtrArray *ranges)
{
  static const ShotPlanKey keys[] = { { "name", read_range_name },
                                      { "range", read_range_text },
                                      { NULL, NULL } };

  if (node->kind != SHOT_YAML_MAP) {
    const char *text = shot_plan_get_text (reader, node);
    if (text != NULL)
      add_range (reader, ranges, node->line, NULL, text);
    return;
  }

  NamedRange named = { 0 };
  unsigned   before = reader->n_problems;
  shot_plan_read_map (reader, node, keys, &named, NULL);
  if (named.range == NULL && before == reader->n_problems)
    shot_plan_complain (reader, node->line,
                        "a range with a name needs \"range\", such as "
                        "{name: Weekend, range: 2026-11-21 to 2026-11-22}");
  if (named.range != NULL)
    add_range (reader, ranges, node->line, named.name, named.range);
  g_free (named.name);
  g_free (named.range);
}

static void
read_ranges (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanLook *look = target;

  look->ranges = g_ptr_array_new_with_free_func (free_range);
  if (node->kind != SHOT_YAML_LIST)
    read_range (reader, node, look->ranges);
  else if (node->items->len == 0)
    shot_plan_complain (reader, node->line,
                        "\"ranges\" is empty: name one such as \"last 1h\", or leave it out");
  else
    for (unsigned i = 0; i < node->items->len; i++)
      read_range (reader, node->items->pdata[i], look->ranges);
}

static void
read_values (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanVariable *variable = target;

  /* In a list "all" is a value as any other, for those who have one of that name. */
  if (node->kind == SHOT_YAML_TEXT && node->text != NULL &&
      g_ascii_strcasecmp (node->text, "all") == 0) {
    variable->is_all = true;
    return;
  }
  shot_plan_read_list_into (reader, node, &variable->values);
  if (variable->values == NULL)
    return;
  if (g_strv_length (variable->values) > MAX_VALUES)
    shot_plan_complain (reader, node->line, "more than %d values of one variable: give fewer",
                        MAX_VALUES);
  for (unsigned i = 0; variable->values[i] != NULL; i++) {
    for (unsigned other = 0; other < i; other++) {
      if (g_str_equal (variable->values[i], variable->values[other])) {
        shot_plan_complain (reader, node->line, "the value \"%s\" stands here twice: leave one",
                            variable->values[i]);
        return;
      }
    }
  }
}

static void
read_together (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  static const char *const words[] = { "false", "true", "no", "yes", NULL };
  int                      choice = shot_plan_get_choice (reader, node, words);

  ((ShotPlanVariable *) target)->is_together = choice >= 0 && choice % 2 == 1;
}

static void
read_variables (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  static const ShotPlanKey keys[] = { { "values", read_values },
                                      { "together", read_together },
                                      { NULL, NULL } };
  ShotPlanLook            *look = target;

  if (node->kind != SHOT_YAML_MAP) {
    shot_plan_complain (reader, node->line,
                        "\"variables\" is a %s: write \"name: value\" lines below it",
                        shot_yaml_node_describe (node));
    return;
  }
  look->variables = g_ptr_array_new_with_free_func (free_variable);
  for (unsigned i = 0; i < node->items->len; i++) {
    const ShotYamlNode *item = node->items->pdata[i];
    ShotPlanVariable   *variable = g_new0 (ShotPlanVariable, 1);
    unsigned            before = reader->n_problems;
    variable->name = g_strdup (item->key);
    if (item->kind == SHOT_YAML_MAP)
      shot_plan_read_map (reader, item, keys, variable, NULL);
    else
      read_values (reader, item, variable);
    if (!variable->is_all && variable->values == NULL && before == reader->n_problems)
      shot_plan_complain (reader, item->line,
                          "the variable \"%s\" has no value: give one, a list, or \"all\"",
                          item->key);
    g_ptr_array_add (look->variables, variable);
  }
}

/* "1000x500" */
static bool
parse_size (const char *text, int *out_width, int *out_height)
{
  g_auto (GStrv) sides = g_strsplit (text, "x", 2);
  guint64        width = 0;
  guint64        height = 0;

  if (sides[0] == NULL || sides[1] == NULL)
    return false;
  if (!g_ascii_string_to_unsigned (g_strstrip (sides[0]), 10, 1, SHOT_JOB_MAX_SIDE, &width, NULL) ||
      !g_ascii_string_to_unsigned (g_strstrip (sides[1]), 10, 1, SHOT_JOB_MAX_SIDE, &height, NULL))
    return false;
  *out_width = (int) width;
  *out_height = (int) height;
  return true;
}

static void
read_size (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanLook *look = target;
  const char   *text = shot_plan_get_text (reader, node);

  if (text == NULL)
    return;
  if (g_ascii_strcasecmp (text, "grid") == 0) {
    look->is_grid = 1;
    return;
  }
  if (!parse_size (text, &look->width, &look->height)) {
    shot_plan_complain (reader, node->line,
                        "the size is \"%s\": give width and height of a picture such as 1000x500, "
                        "at most %d each, or \"grid\" for that of the dashboard",
                        text, SHOT_JOB_MAX_SIDE);
    return;
  }
  look->is_grid = 0;
}

static void
read_scale (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  ShotPlanLook *look = target;
  const char   *text = shot_plan_get_text (reader, node);
  char         *rest = NULL;

  if (text == NULL)
    return;
  double scale = g_ascii_strtod (text, &rest);
  if (*text == '\0' || *rest != '\0' || !isfinite (scale) || scale < SHOT_JOB_MIN_SCALE ||
      scale > SHOT_JOB_MAX_SCALE)
    shot_plan_complain (reader, node->line, "the scale is \"%s\": give %g to %g", text,
                        SHOT_JOB_MIN_SCALE, SHOT_JOB_MAX_SCALE);
  else
    look->scale = scale;
}

static void
read_theme (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  g_autoptr (GError) error = NULL;
  const char        *text = shot_plan_get_text (reader, node);

  if (text == NULL)
    return;
  g_autofree char *applied = shot_theme_apply (ANY_ADDRESS, text, &error);
  if (applied == NULL)
    shot_plan_complain (reader, node->line, "%s", error->message);
  else
    shot_plan_read_text_into (reader, node, &((ShotPlanLook *) target)->theme);
}

static void
read_timezone (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_zone_into (reader, node, &((ShotPlanLook *) target)->timezone);
}

static void
read_language (ShotPlanReader *reader, const ShotYamlNode *node, void *target)
{
  shot_plan_read_language_into (reader, node, &((ShotPlanLook *) target)->language);
}

const ShotPlanKey shot_plan_look_keys[] = {
  { "ranges", read_ranges },     { "variables", read_variables },
  { "size", read_size },         { "scale", read_scale },
  { "theme", read_theme },       { "timezone", read_timezone },
  { "language", read_language }, { NULL, NULL },
};
