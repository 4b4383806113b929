#include "config.h"

#include "plan.h"

#include <string.h>

#include "error.h"
#include "job.h"
#include "plan-private.h"
#include "timezone.h"
#include "wall.h"

static void
free_dashboard (void *data)
{
  shot_plan_dashboard_free (data);
}

static void
free_notify (void *data)
{
  shot_plan_notify_free (data);
}

void
shot_plan_free (ShotPlan *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self->name);
  g_free (self->title);
  g_free (self->text);
  g_free (self->grafana);
  g_free (self->token_file);
  g_free (self->ca_file);
  g_ptr_array_unref (self->dashboards);
  shot_plan_look_clear (&self->look);
  shot_cron_free (self->cron);
  g_free (self->cron_text);
  g_free (self->cron_timezone);
  g_free (self->due_time);
  g_strfreev (self->reviewers);
  g_ptr_array_unref (self->notify);
  g_free (self);
}

GTimeZone *
shot_plan_open_timezone (const char *name)
{
  GTimeZone *zone = g_time_zone_new_identifier (name);

  return zone != NULL ? zone : g_time_zone_new_utc ();
}

/* A name that pages understand, too; a system without one is on UTC. (transfer full) */
static char *
find_system_timezone (void)
{
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  const char           *identifier = g_time_zone_get_identifier (local);
  g_autofree char      *name = shot_timezone_normalize (identifier, NULL);
  g_autoptr (GTimeZone) zone = name != NULL ? g_time_zone_new_identifier (name) : NULL;

  return zone != NULL ? g_steal_pointer (&name) : g_strdup ("UTC");
}

static void
init_defaults (ShotPlanLook *look)
{
  shot_plan_look_init (look);
  look->is_grid = 0;
  look->width = SHOT_JOB_DEFAULT_WIDTH;
  look->height = SHOT_JOB_DEFAULT_HEIGHT;
  look->scale = 1;
  look->timezone = find_system_timezone ();
  look->ranges = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_range_free);
  g_ptr_array_add (look->ranges, shot_range_new (NULL, SHOT_PLAN_DEFAULT_RANGE, NULL));
}

static void
complete (ShotPlan *self, ShotPlanReader *reader)
{
  ShotPlanLook defaults;

  init_defaults (&defaults);
  shot_plan_look_complete (&self->look, &defaults);
  shot_plan_look_clear (&defaults);
  shot_plan_look_check (reader, &self->look, 1);
  for (unsigned i = 0; self->look.variables != NULL && i < self->look.variables->len; i++) {
    ShotPlanVariable *variable = self->look.variables->pdata[i];
    variable->is_general = true;
  }
  for (unsigned i = 0; i < self->dashboards->len; i++) {
    ShotPlanDashboard *dashboard = self->dashboards->pdata[i];
    shot_plan_look_complete (&dashboard->look, &self->look);
    shot_plan_look_check (reader, &dashboard->look, dashboard->line);
    for (unsigned panel = 0; panel < dashboard->panels->len; panel++) {
      ShotPlanPanel *rule = dashboard->panels->pdata[panel];
      shot_plan_look_complete (&rule->look, &dashboard->look);
      shot_plan_look_check (reader, &rule->look, rule->line);
    }
  }
  if (self->title == NULL)
    self->title = g_strdup (self->name);
  if (self->cron_timezone == NULL)
    self->cron_timezone = g_strdup (self->look.timezone);
}

/* Of the file, without folder and ending; runs are called after it. (transfer full) */
static char *
make_name (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  char            *name = g_utf8_make_valid (base, -1);

  if (g_str_has_suffix (name, ".yaml"))
    name[strlen (name) - strlen (".yaml")] = '\0';
  else if (g_str_has_suffix (name, ".yml"))
    name[strlen (name) - strlen (".yml")] = '\0';
  return name;
}

static void
check_name (ShotPlanReader *reader, const char *name)
{
  bool is_good = *name != '\0' && *name != '.' && strlen (name) <= SHOT_PLAN_MAX_NAME_BYTES;

  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar character = g_utf8_get_char (at);
    if (!g_unichar_isalnum (character) &&
        (character > 127 || strchr ("-_. ", (int) character) == NULL))
      is_good = false;
  }
  if (!is_good)
    shot_plan_complain (reader, 1,
                        "runs are called after the plan's file: call it by letters, digits, \"-\", "
                        "\"_\" and \".\", at most %d bytes",
                        SHOT_PLAN_MAX_NAME_BYTES);
}

ShotPlan *
shot_plan_read_text (const char *path, const char *text, size_t length, GError **error)
{
  g_autoptr (ShotPlan)     self = NULL;
  g_autoptr (ShotYamlNode) root = shot_yaml_tree_read (path, text, length, error);
  g_autofree char         *parent = g_path_get_dirname (path);
  g_autofree char         *folder = g_canonicalize_filename (parent, NULL);
  ShotPlanReader           reader = { .name = path, .folder = folder };

  if (root == NULL)
    return NULL;
  self = g_new0 (ShotPlan, 1);
  self->path = g_strdup (path);
  self->name = make_name (path);
  self->text = g_strndup (text, length);
  self->timeout_ms = SHOT_PLAN_DEFAULT_TIMEOUT_MS;
  self->dashboards = g_ptr_array_new_with_free_func (free_dashboard);
  self->notify = g_ptr_array_new_with_free_func (free_notify);
  shot_plan_look_init (&self->look);

  reader.problems = g_string_new (NULL);
  reader.ranges = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  check_name (&reader, self->name);
  shot_plan_read_tree (&reader, root, self);
  complete (self, &reader);
  if (self->reviewers == NULL)
    self->reviewers = g_new0 (char *, 1);
  g_hash_table_unref (reader.ranges);
  g_autofree char *problems = g_string_free (reader.problems, FALSE);
  if (reader.n_problems == 0)
    return g_steal_pointer (&self);
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, problems);
  return NULL;
}

ShotPlan *
shot_plan_read (const char *path, GError **error)
{
  size_t           length = 0;
  g_autofree char *text = shot_yaml_load ("the plan", path, &length, error);

  return text != NULL ? shot_plan_read_text (path, text, length, error) : NULL;
}

int64_t
shot_plan_get_due (const ShotPlan *self, int64_t started_ms)
{
  if (self->due_time == NULL)
    return self->due_ms > 0 ? started_ms + self->due_ms : 0;

  g_autoptr (GTimeZone) zone = shot_plan_open_timezone (self->look.timezone);
  ShotWall              start = shot_wall_from_ms (started_ms, zone);
  int                   hour = (int) g_ascii_strtoull (self->due_time, NULL, 10);
  int                   minute = (int) g_ascii_strtoull (self->due_time + 3, NULL, 10);
  ShotWall              due = {
                 .year = start.year, .month = start.month, .day = start.day, .hour = hour, .minute = minute
  };
  /* A run of the evening is looked at on the next day. */
  if (shot_wall_to_ms (&due, zone, SHOT_WALL_LAST) <= started_ms)
    due.day++;
  return shot_wall_to_ms (&due, zone, SHOT_WALL_LAST);
}
