#include "config.h"

#include "expand.h"

#include <string.h>

#include "error.h"
#include "expand-private.h"
#include "job.h"
#include "panel.h"

/* A look and all that it goes through. */
typedef struct {
  const ShotPlanLook *look;  /* (borrowed) */
  GArray             *spans; /* (owned) (element-type Span) */
  GPtrArray          *sets;  /* (owned) (nullable): see expand-private.h */
} Course;

typedef struct {
  const ShotRange *range; /* (borrowed) */
  int64_t          from_ms;
  int64_t          to_ms;
} Span;

/* A panel as it is to be seen under one set of values. The numbers say where it stands: first all
 * panels of a set, in the order of the page, the copies of a row one below the other. */
typedef struct {
  unsigned                  set;
  unsigned                  group; /* panels of the same row */
  unsigned                  row_copy;
  unsigned                  panel_index;
  unsigned                  copy;
  const Course             *course;    /* (borrowed) */
  const ShotDashboardPanel *panel;     /* (borrowed) */
  char                     *key;       /* (owned): panel-4-clone-1 */
  char                     *variables; /* (owned): JSON */
  char                     *title;     /* (owned) */
  char                     *row;       /* (owned) */
} Place;

typedef struct {
  ShotExpansion   base;
  const ShotPlan *plan;
  int64_t         now_ms;
  GPtrArray      *courses; /* (owned) (element-type Course) */
  GPtrArray      *places;  /* (owned) (element-type Place) */
  unsigned        n_cells;
  GHashTable     *earlier;  /* (owned): keys that other parts of the plan have given */
  GHashTable     *keys;     /* (owned): those of this part */
  GHashTable     *by_look;  /* (owned): name of a visit -> ShotVisit */
  GPtrArray      *visits;   /* (owned) (element-type ShotVisit) */
  unsigned        position; /* of the next cell */
} Work;

static void
free_cell (void *data)
{
  shot_cell_free (data);
}

static void
free_visit (void *data)
{
  shot_visit_free (data);
}

static void
free_course (void *data)
{
  Course *course = data;

  g_array_unref (course->spans);
  g_clear_pointer (&course->sets, g_ptr_array_unref);
  g_free (course);
}

static void
free_place (void *data)
{
  Place *place = data;

  g_free (place->key);
  g_free (place->variables);
  g_free (place->title);
  g_free (place->row);
  g_free (place);
}

void
shot_visit_free (ShotVisit *self)
{
  if (self == NULL)
    return;
  g_free (self->address);
  g_free (self->timezone);
  g_free (self->language);
  g_ptr_array_unref (self->cells);
  g_free (self);
}

static void
work_clear (Work *self)
{
  g_string_free (self->base.problems, TRUE);
  g_ptr_array_unref (self->courses);
  g_ptr_array_unref (self->places);
  g_hash_table_unref (self->earlier);
  g_hash_table_unref (self->keys);
  g_hash_table_unref (self->by_look);
  g_ptr_array_unref (self->visits);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static gboolean
is_too_many (Work *self, uint64_t n_more)
{
  if (self->position + self->n_cells + n_more <= SHOT_EXPAND_MAX_CELLS)
    return FALSE;
  shot_expansion_complain (
      &self->base,
      "with it the plan has more than %d pictures: leave out panels, ranges or "
      "values, or divide the plan",
      SHOT_EXPAND_MAX_CELLS);
  return TRUE;
}

static void
resolve_spans (Work *self, Course *course)
{
  g_autoptr (GTimeZone) zone = shot_plan_open_timezone (course->look->timezone);

  for (unsigned i = 0; i < course->look->ranges->len; i++) {
    g_autoptr (GError) error = NULL;
    Span               span = { .range = course->look->ranges->pdata[i] };
    if (shot_range_resolve (span.range, self->now_ms, zone, &span.from_ms, &span.to_ms, &error))
      g_array_append_val (course->spans, span);
    else
      shot_expansion_complain (&self->base, "%s", error->message);
  }
}

static const Course *
get_course (Work *self, const ShotPlanLook *look)
{
  for (unsigned i = 0; i < self->courses->len; i++) {
    const Course *course = self->courses->pdata[i];
    if (course->look == look)
      return course;
  }

  Course *course = g_new0 (Course, 1);
  course->look = look;
  course->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  g_ptr_array_add (self->courses, course);
  resolve_spans (self, course);
  course->sets = shot_expand_make_sets (&self->base, look);
  return course;
}

/* Values that repeat something, or the one nothing of what is not repeated. (transfer full) */
static char **
list_copies (Work *self, const GPtrArray *set, const char *variable)
{
  static const char *const once[] = { "", NULL };

  return variable != NULL ? shot_expand_list_selected (&self->base, set, variable)
                          : g_strdupv ((char **) once);
}

/* (transfer full) */
static GPtrArray *
make_own_settings (const ShotDashboardPanel *panel, const char *row_value, const char *value)
{
  GPtrArray        *more = shot_expand_set_new ();
  const char *const row_values[] = { row_value, NULL };
  const char *const values[] = { value, NULL };

  if (panel->row_repeat != NULL)
    g_ptr_array_add (more, shot_expand_setting_new (panel->row_repeat, row_values));
  if (panel->repeat != NULL && g_strcmp0 (panel->repeat, panel->row_repeat) != 0)
    g_ptr_array_add (more, shot_expand_setting_new (panel->repeat, values));
  return more;
}

static void
add_place (Work *self, const Place *where, const GPtrArray *set, const char *row_value,
           const char *value)
{
  const ShotDashboardPanel *panel = where->panel;
  g_autoptr (GPtrArray)     more = make_own_settings (panel, row_value, value);
  g_autofree char          *title = shot_expand_fill_in (panel->title, set, more);
  g_autofree char          *row = shot_expand_fill_in (panel->row, set, more);
  g_autofree char          *key = where->copy == 0
                                      ? g_strdup (panel->key)
                                      : g_strdup_printf ("%s-clone-%u", panel->key, where->copy);
  g_autoptr (ShotPanel)     clean = shot_panel_new (1, key, title, row, panel->kind);
  Place                    *place = g_new0 (Place, 1);

  *place = *where;
  place->key = g_steal_pointer (&key);
  place->variables = shot_expand_write_set (set, more);
  place->title = g_steal_pointer (&clean->title);
  place->row = g_steal_pointer (&clean->row);
  g_ptr_array_add (self->places, place);
}

/* One panel under one set: all copies. */
static gboolean
place_panel (Work *self, const Place *where, const GPtrArray *set)
{
  const ShotDashboardPanel *panel = where->panel;
  bool                      is_same = g_strcmp0 (panel->repeat, panel->row_repeat) == 0;
  g_auto (GStrv)            rows = list_copies (self, set, panel->row_repeat);
  /* In a row of one value the same variable has no other. */
  g_auto (GStrv) copies = list_copies (self, set, is_same ? NULL : panel->repeat);
  Place          place = *where;
  uint64_t       n_more = (uint64_t) g_strv_length (rows) * g_strv_length (copies) *
                    where->course->spans->len;

  if (is_too_many (self, n_more))
    return FALSE;
  self->n_cells += (unsigned) n_more;
  for (char **row = rows; *row != NULL; row++, place.row_copy++) {
    for (char **copy = copies; *copy != NULL; copy++, place.copy++)
      add_place (self, &place, set, *row, *copy);
  }
  return TRUE;
}

/* Panels of a row that follow each other share a number: a row is repeated with all its panels. */
static gboolean
is_same_row (const ShotDashboardPanel *a, const ShotDashboardPanel *b)
{
  return g_str_equal (a->row, b->row) && g_strcmp0 (a->row_repeat, b->row_repeat) == 0;
}

static gboolean
place_panels (Work *self)
{
  const GPtrArray *panels = self->base.dashboard->panels;
  Place            place = { 0 };

  for (unsigned i = 0; i < panels->len; i++) {
    place.panel = panels->pdata[i];
    place.panel_index = i;
    place.group += i > 0 && !is_same_row (place.panel, panels->pdata[i - 1]) ? 1 : 0;
    if (!shot_expand_is_wanted (self->base.part, place.panel))
      continue;
    place.course = get_course (self, shot_expand_get_look (self->base.part, place.panel));
    const GPtrArray *sets = place.course->sets;
    for (place.set = 0; sets != NULL && place.set < sets->len; place.set++) {
      if (!place_panel (self, &place, sets->pdata[place.set]))
        return FALSE;
    }
  }
  if (self->courses->len == 0)
    shot_expansion_complain (&self->base,
                             "the plan leaves none of its %u panels: see include and "
                             "exclude",
                             panels->len);
  return self->base.problems->len == 0;
}

static int
compare (unsigned a, unsigned b)
{
  return a < b ? -1 : a > b;
}

static int
compare_places (const void *left, const void *right)
{
  const Place *a = *(const Place *const *) left;
  const Place *b = *(const Place *const *) right;
  int          order = compare (a->set, b->set);

  order = order != 0 ? order : compare (a->group, b->group);
  order = order != 0 ? order : compare (a->row_copy, b->row_copy);
  order = order != 0 ? order : compare (a->panel_index, b->panel_index);
  return order != 0 ? order : compare (a->copy, b->copy);
}

static void
append_parameter (GString *address, const char *name, const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);

  g_string_append_printf (address, "%c%s=%s", strchr (address->str, '?') != NULL ? '&' : '?', name,
                          escaped);
}

static void
append_ms (GString *address, const char *name, int64_t ms)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, ms);

  append_parameter (address, name, text);
}

static char *
make_address (const Work *self, const Course *course, const Span *span, const GPtrArray *set)
{
  const ShotPlanLook *look = course->look;
  g_autoptr (GString) address = g_string_new (self->plan->grafana);

  g_string_append (address, self->base.dashboard->url);
  if (self->plan->org_id > 0)
    append_ms (address, "orgId", self->plan->org_id);
  append_ms (address, "from", span->from_ms);
  append_ms (address, "to", span->to_ms);
  /* Grafana has a word of its own for this one. */
  append_parameter (address, "timezone",
                    g_str_equal (look->timezone, "UTC") ? "utc" : look->timezone);
  for (unsigned i = 0; i < set->len; i++) {
    const ShotExpandSetting *setting = set->pdata[i];
    g_autofree char         *escaped = g_uri_escape_string (setting->name, NULL, FALSE);
    g_autofree char         *name = g_strconcat ("var-", escaped, NULL);
    for (char **value = setting->values; *value != NULL; value++)
      append_parameter (address, name, *value);
  }
  if (look->theme != NULL)
    append_parameter (address, "theme", look->theme);
  g_string_append (address, "&kiosk");
  return g_string_free (g_steal_pointer (&address), FALSE);
}

/* The visit that shows all of @course over @span under @set; looks that are alike share it. */
static ShotVisit *
get_visit (Work *self, const Course *course, const Span *span, const GPtrArray *set)
{
  const ShotPlanLook *look = course->look;
  g_autofree char    *address = make_address (self, course, span, set);
  /* By name too: no visit has a panel twice. */
  g_autofree char *name = g_strdup_printf ("%s %dx%d %g %s %s", address,
                                           look->is_grid ? 0 : look->width,
                                           look->is_grid ? 0 : look->height, look->scale,
                                           look->language != NULL ? look->language : "",
                                           span->range->label);
  ShotVisit       *visit = g_hash_table_lookup (self->by_look, name);

  if (visit != NULL)
    return visit;
  if (strlen (address) > SHOT_JOB_MAX_URI_BYTES) {
    shot_expansion_complain (&self->base,
                             "too many values together for one address: give fewer values");
    return NULL;
  }
  visit = g_new0 (ShotVisit, 1);
  visit->dashboard = self->base.dashboard;
  visit->address = g_steal_pointer (&address);
  visit->width = look->is_grid ? 0 : look->width;
  visit->height = look->is_grid ? 0 : look->height;
  visit->scale = look->scale;
  visit->timezone = g_strdup (look->timezone);
  visit->language = g_strdup (look->language);
  visit->cells = g_ptr_array_new_with_free_func (free_cell);
  g_ptr_array_add (self->visits, visit);
  g_hash_table_insert (self->by_look, g_steal_pointer (&name), visit);
  return visit;
}

static void
replace (char **target, const char *text)
{
  g_free (*target);
  *target = g_strdup (text);
}

/* NULL for a place that is there already. Copies whose values are alike are told apart by number.
 * (transfer full) (nullable) */
static char *
take_key (Work *self, const Place *place, const Span *span)
{
  const char *const names[] = { place->panel->key, place->key };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *key = shot_cell_make_key (self->base.dashboard->uid, names[i],
                                               span->range->label, place->variables);
    if (g_hash_table_contains (self->earlier, key))
      return NULL;
    if (g_hash_table_add (self->keys, g_strdup (key)))
      return g_steal_pointer (&key);
  }
  return NULL;
}

static gboolean
add_cell (Work *self, const Place *place, const Span *span, const char *dashboard_title)
{
  const Course *course = place->course;
  char         *key = take_key (self, place, span);

  if (key == NULL)
    return TRUE;
  ShotVisit *visit = get_visit (self, course, span, course->sets->pdata[place->set]);
  if (visit == NULL) {
    g_free (key);
    return FALSE;
  }
  ShotCell *cell = shot_cell_new ();
  g_free (cell->key);
  cell->key = key;
  cell->position = self->position++;
  replace (&cell->dashboard_uid, self->base.dashboard->uid);
  replace (&cell->dashboard_title, dashboard_title);
  cell->dashboard_version = self->base.dashboard->version;
  replace (&cell->panel_key, place->key);
  replace (&cell->panel_title, place->title);
  replace (&cell->panel_kind, place->panel->kind);
  replace (&cell->row, place->row);
  replace (&cell->range, span->range->label);
  cell->from_ms = span->from_ms;
  cell->to_ms = span->to_ms;
  replace (&cell->variables, place->variables);
  cell->width = visit->width;
  cell->height = visit->height;
  cell->scale = visit->scale;
  replace (&cell->theme, course->look->theme != NULL ? course->look->theme : "");
  replace (&cell->timezone, visit->timezone);
  replace (&cell->language, visit->language != NULL ? visit->language : "");
  g_ptr_array_add (visit->cells, cell);
  return TRUE;
}

static gboolean
add_cells (Work *self)
{
  const ShotDashboard  *dashboard = self->base.dashboard;
  g_autoptr (ShotPanel) clean = shot_panel_new (1, "", dashboard->title, "", "");

  g_ptr_array_sort (self->places, compare_places);
  for (unsigned i = 0; i < self->places->len; i++) {
    const Place *place = self->places->pdata[i];
    for (unsigned j = 0; j < place->course->spans->len; j++) {
      if (!add_cell (self, place, &g_array_index (place->course->spans, Span, j), clean->title))
        return FALSE;
    }
  }
  return TRUE;
}

/* Another part of the plan may mean the same dashboard. */
static void
note_earlier (Work *self, const GPtrArray *visits)
{
  for (unsigned i = 0; i < visits->len; i++) {
    const ShotVisit *visit = visits->pdata[i];
    self->position += visit->cells->len;
    if (!g_str_equal (visit->dashboard->uid, self->base.dashboard->uid))
      continue;
    for (unsigned j = 0; j < visit->cells->len; j++) {
      const ShotCell *cell = visit->cells->pdata[j];
      g_hash_table_add (self->earlier, g_strdup (cell->key));
    }
  }
}

gboolean
shot_expand_add (GPtrArray *visits, const ShotPlan *plan, const ShotPlanDashboard *part,
                 const ShotDashboard *dashboard, GHashTable *options, int64_t now_ms,
                 GError **error)
{
  g_auto (Work) self = {
    .base = { part, dashboard, options, g_string_new (NULL) },
    .plan = plan,
    .now_ms = now_ms,
    .courses = g_ptr_array_new_with_free_func (free_course),
    .places = g_ptr_array_new_with_free_func (free_place),
    .earlier = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .by_look = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .visits = g_ptr_array_new_with_free_func (free_visit),
  };

  note_earlier (&self, visits);
  if (!place_panels (&self) || !add_cells (&self)) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, self.base.problems->str);
    return FALSE;
  }
  g_ptr_array_extend_and_steal (visits, g_steal_pointer (&self.visits));
  self.visits = g_ptr_array_new ();
  return TRUE;
}

char *
shot_expand_make_key (const ShotCell *cell, const char *range)
{
  g_autofree char *own = shot_cell_make_key (cell->dashboard_uid, cell->panel_key, cell->range,
                                             cell->variables);
  const char      *clone = strstr (cell->panel_key, "-clone-");
  size_t           length = clone != NULL && !g_str_equal (own, cell->key)
                                ? (size_t) (clone - cell->panel_key)
                                : strlen (cell->panel_key);
  g_autofree char *panel = g_strndup (cell->panel_key, length);

  return shot_cell_make_key (cell->dashboard_uid, panel, range, cell->variables);
}
