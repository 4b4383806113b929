#include "config.h"

#include "check-report.h"

#include <stdbool.h>
#include <string.h>

#include "plain.h"

#define MAX_TITLE 60
#define MAX_LABEL 30
#define MAX_VALUES 60
#define MAX_SETS 6

/* One range of a dashboard. */
typedef struct {
  const ShotCell *cell;   /* (borrowed): any of it */
  GHashTable     *panels; /* (owned): keys, borrowed */
  unsigned        n_visits;
  unsigned        n_pictures;
} Span;

typedef struct {
  const ShotDashboard *dashboard; /* (borrowed) */
  const char          *timezone;  /* (borrowed) */
  GPtrArray           *spans;     /* (owned) (element-type Span) */
  GHashTable          *panels;    /* (owned): keys, borrowed */
  GPtrArray           *sets;      /* (owned) (element-type utf8): JSON of variables */
  unsigned             n_visits;
  unsigned             n_pictures;
} Section;

static void
span_free (void *data)
{
  Span *self = data;

  g_hash_table_unref (self->panels);
  g_free (self);
}

static void
section_free (void *data)
{
  Section *self = data;

  g_ptr_array_unref (self->spans);
  g_hash_table_unref (self->panels);
  g_ptr_array_unref (self->sets);
  g_free (self);
}

static Section *
find_section (GPtrArray *sections, const ShotVisit *visit)
{
  for (unsigned i = 0; i < sections->len; i++) {
    Section *section = sections->pdata[i];
    if (section->dashboard == visit->dashboard)
      return section;
  }
  Section *section = g_new0 (Section, 1);
  section->dashboard = visit->dashboard;
  section->timezone = visit->timezone;
  section->spans = g_ptr_array_new_with_free_func (span_free);
  section->panels = g_hash_table_new (g_str_hash, g_str_equal);
  section->sets = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (sections, section);
  return section;
}

static Span *
find_span (Section *section, const ShotCell *cell)
{
  for (unsigned i = 0; i < section->spans->len; i++) {
    Span *span = section->spans->pdata[i];
    if (span->cell->from_ms == cell->from_ms && span->cell->to_ms == cell->to_ms &&
        strcmp (span->cell->range, cell->range) == 0)
      return span;
  }
  Span *span = g_new0 (Span, 1);
  span->cell = cell;
  span->panels = g_hash_table_new (g_str_hash, g_str_equal);
  g_ptr_array_add (section->spans, span);
  return span;
}

/* The variables of a visit, as its address gives them: {"region":["eu","us"]}. (transfer full) */
static char *
make_set (const ShotVisit *visit)
{
  g_autoptr (JsonObject) set = json_object_new ();
  g_autoptr (GUri)       uri = g_uri_parse (visit->address,
                                            G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char            *query = uri != NULL ? g_uri_get_query (uri) : NULL;
  GUriParamsIter         iter;
  char                  *name = NULL;
  char                  *value = NULL;

  g_uri_params_iter_init (&iter, query != NULL ? query : "", -1, "&", G_URI_PARAMS_NONE);
  while (g_uri_params_iter_next (&iter, &name, &value, NULL)) {
    const char *variable = g_str_has_prefix (name, "var-") ? name + strlen ("var-") : NULL;
    if (variable != NULL && !json_object_has_member (set, variable))
      json_object_set_array_member (set, variable, json_array_new ());
    if (variable != NULL)
      json_array_add_string_element (json_object_get_array_member (set, variable), value);
    g_free (name);
    g_free (value);
  }
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), set);
  return json_to_string (node, FALSE);
}

static void
add_set (Section *section, const ShotVisit *visit)
{
  g_autofree char *set = make_set (visit);

  if (strcmp (set, "{}") != 0 &&
      !g_ptr_array_find_with_equal_func (section->sets, set, g_str_equal, NULL))
    g_ptr_array_add (section->sets, g_steal_pointer (&set));
}

static void
add_visit (GPtrArray *sections, const ShotVisit *visit)
{
  Section *section = find_section (sections, visit);
  Span    *last = NULL;

  section->n_visits++;
  add_set (section, visit);
  for (unsigned i = 0; i < visit->cells->len; i++) {
    const ShotCell *cell = visit->cells->pdata[i];
    Span           *span = find_span (section, cell);
    g_hash_table_add (span->panels, cell->panel_key);
    g_hash_table_add (section->panels, cell->panel_key);
    span->n_pictures++;
    section->n_pictures++;
    span->n_visits += span != last;
    last = span;
  }
}

static GPtrArray *
make_sections (const GPtrArray *visits)
{
  GPtrArray *sections = g_ptr_array_new_with_free_func (section_free);

  for (unsigned i = 0; i < visits->len; i++)
    add_visit (sections, visits->pdata[i]);
  return sections;
}

static char *
format_time (int64_t at_ms, const char *zone_name)
{
  g_autoptr (GTimeZone) zone = zone_name != NULL ? g_time_zone_new_identifier (zone_name) : NULL;
  g_autoptr (GTimeZone) known = zone != NULL ? g_time_zone_ref (zone) : g_time_zone_new_local ();
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (at_ms / 1000);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, known);

  return g_date_time_format (local, at_ms % 60000 == 0 ? "%F %R" : "%F %T");
}

static char *
count (unsigned n, const char *one, const char *many)
{
  return g_strdup_printf ("%u %s", n, n == 1 ? one : many);
}

/* The columns of one dashboard's table. */
typedef struct {
  GPtrArray *labels;  /* (owned) (element-type utf8) */
  GPtrArray *periods; /* (owned) (element-type utf8) */
  unsigned   label_width;
  unsigned   period_width;
} Columns;

static void
columns_clear (Columns *self)
{
  g_ptr_array_unref (self->labels);
  g_ptr_array_unref (self->periods);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Columns, columns_clear)

static void
columns_init (Columns *self, const Section *section)
{
  *self = (Columns){ g_ptr_array_new_with_free_func (g_free),
                     g_ptr_array_new_with_free_func (g_free), 0, 0 };
  for (unsigned i = 0; i < section->spans->len; i++) {
    const ShotCell  *cell = ((Span *) section->spans->pdata[i])->cell;
    g_autofree char *from = format_time (cell->from_ms, section->timezone);
    g_autofree char *to = format_time (cell->to_ms, section->timezone);
    char            *label = shot_plain_make (cell->range, MAX_LABEL);
    char            *period = g_strdup_printf ("%s to %s", from, to);
    g_ptr_array_add (self->labels, label);
    g_ptr_array_add (self->periods, period);
    self->label_width = MAX (self->label_width, shot_plain_get_width (label));
    self->period_width = MAX (self->period_width, shot_plain_get_width (period));
  }
}

/* "14 × 2 = 28 pictures", panels times variables; where some panels have ranges or variables of their own there is
 * nothing to multiply. */
static void
append_spans (GString *text, const Section *section)
{
  g_auto (Columns) columns;

  columns_init (&columns, section);
  for (unsigned i = 0; i < section->spans->len; i++) {
    const Span *span = section->spans->pdata[i];
    unsigned    n_panels = g_hash_table_size (span->panels);
    bool        is_product = n_panels * span->n_visits == span->n_pictures;
    g_string_append (text, "  ");
    shot_plain_append (text, columns.labels->pdata[i], columns.label_width);
    g_string_append (text, "  ");
    shot_plain_append (text, columns.periods->pdata[i], columns.period_width);
    g_autofree char *pictures = count (span->n_pictures, "picture", "pictures");
    if (is_product && span->n_visits > 1)
      g_string_append_printf (text, "  %u × %u = %s\n", n_panels, span->n_visits, pictures);
    else
      g_string_append_printf (text, "  %s\n", pictures);
  }
}

/* "region=eu,us server=db-1" of {"region":["eu","us"],"server":["db-1"]}. (transfer full) */
static char *
describe_set (const char *set)
{
  g_autoptr (JsonNode) node = json_from_string (set, NULL);
  g_autoptr (GString)  text = g_string_new (NULL);
  JsonObjectIter       iter;
  const char          *name = NULL;
  JsonNode            *values = NULL;

  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &values)) {
    JsonArray *array = json_node_get_array (values);
    g_string_append_printf (text, "%s%s=", text->len > 0 ? " " : "", name);
    for (unsigned i = 0; i < json_array_get_length (array); i++)
      g_string_append_printf (text, "%s%s", i > 0 ? "," : "",
                              json_array_get_string_element (array, i));
  }
  return shot_plain_make (text->str, MAX_VALUES);
}

static void
append_sets (GString *text, const GPtrArray *sets)
{
  for (unsigned i = 0; i < sets->len && i < MAX_SETS; i++) {
    g_autofree char *line = describe_set (sets->pdata[i]);
    g_string_append_printf (text, "  %s %s\n", i == 0 ? "with" : "    ", line);
  }
  if (sets->len > MAX_SETS)
    g_string_append_printf (text, "       and %u more\n", sets->len - MAX_SETS);
}

static void
append_section (GString *text, const Section *section)
{
  const ShotDashboard *dashboard = section->dashboard;
  g_autofree char     *title = shot_plain_make (dashboard->title, MAX_TITLE);
  g_autofree char     *uid = shot_plain_make (dashboard->uid, MAX_TITLE);
  g_autofree char     *panels = count (g_hash_table_size (section->panels), "panel", "panels");

  g_string_append_printf (text, "\n%s (%s): %s\n", title, uid, panels);
  append_spans (text, section);
  append_sets (text, section->sets);
}

/* Of the plan. */
typedef struct {
  unsigned n_panels;
  unsigned n_ranges;
  unsigned n_sets;
  unsigned n_pictures;
} Totals;

static Totals
add_up (const GPtrArray *sections)
{
  Totals                 totals = { 0 };
  g_autoptr (GHashTable) ranges = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 0; i < sections->len; i++) {
    const Section *section = sections->pdata[i];
    totals.n_panels += g_hash_table_size (section->panels);
    totals.n_sets = MAX (totals.n_sets, section->sets->len);
    totals.n_pictures += section->n_pictures;
    for (unsigned j = 0; j < section->spans->len; j++)
      g_hash_table_add (ranges, ((Span *) section->spans->pdata[j])->cell->range);
  }
  totals.n_ranges = g_hash_table_size (ranges);
  totals.n_sets = MAX (totals.n_sets, 1);
  return totals;
}

char *
shot_check_report_make_text (const ShotPlan *plan, const GPtrArray *visits, int64_t now_ms)
{
  g_autoptr (GPtrArray) sections = make_sections (visits);
  const ShotVisit      *first = visits->len > 0 ? visits->pdata[0] : NULL;
  const char           *zone = first != NULL ? first->timezone : plan->look.timezone;
  g_autofree char      *now = format_time (now_ms, zone);
  g_autofree char      *title = shot_plain_make (plan->title, MAX_TITLE);
  GString              *text = g_string_new (NULL);
  Totals                totals = add_up (sections);
  g_autofree char      *dashboards = count (sections->len, "dashboard", "dashboards");
  g_autofree char      *panels = count (totals.n_panels, "panel", "panels");
  g_autofree char      *ranges = count (totals.n_ranges, "range", "ranges");
  g_autofree char      *sets = count (totals.n_sets, "set of variables", "sets of variables");
  g_autofree char      *pictures = count (totals.n_pictures, "picture", "pictures");
  g_autofree char      *n_visits = count (visits->len, "visit", "visits");

  g_string_append_printf (text, "%s, as of %s%s%s\n", title, now, zone != NULL ? " " : "",
                          zone != NULL ? zone : "");
  for (unsigned i = 0; i < sections->len; i++)
    append_section (text, sections->pdata[i]);
  g_string_append_printf (text, "\n%s, %s, %s, %s: %s in %s\n", dashboards, panels, ranges, sets,
                          pictures, n_visits);
  return g_string_free (text, FALSE);
}

static JsonObject *
span_to_json (const Span *span)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "range", span->cell->range);
  json_object_set_int_member (object, "from", span->cell->from_ms);
  json_object_set_int_member (object, "to", span->cell->to_ms);
  json_object_set_int_member (object, "panels", g_hash_table_size (span->panels));
  json_object_set_int_member (object, "visits", span->n_visits);
  json_object_set_int_member (object, "pictures", span->n_pictures);
  return object;
}

static JsonObject *
section_to_json (const Section *section)
{
  JsonObject *object = json_object_new ();
  JsonArray  *spans = json_array_new ();
  JsonArray  *sets = json_array_new ();

  for (unsigned i = 0; i < section->spans->len; i++)
    json_array_add_object_element (spans, span_to_json (section->spans->pdata[i]));
  for (unsigned i = 0; i < section->sets->len; i++)
    json_array_add_element (sets, json_from_string (section->sets->pdata[i], NULL));
  json_object_set_string_member (object, "uid", section->dashboard->uid);
  json_object_set_string_member (object, "title", section->dashboard->title);
  json_object_set_int_member (object, "version", section->dashboard->version);
  json_object_set_int_member (object, "panels", g_hash_table_size (section->panels));
  json_object_set_int_member (object, "visits", section->n_visits);
  json_object_set_int_member (object, "pictures", section->n_pictures);
  json_object_set_array_member (object, "ranges", spans);
  json_object_set_array_member (object, "variables", sets);
  return object;
}

char *
shot_check_report_make_json (const ShotPlan *plan, const GPtrArray *visits, int64_t now_ms,
                             const GPtrArray *notes)
{
  g_autoptr (GPtrArray)  sections = make_sections (visits);
  g_autoptr (JsonObject) root = json_object_new ();
  JsonArray             *dashboards = json_array_new ();
  JsonArray             *sentences = json_array_new ();
  Totals                 totals = add_up (sections);

  for (unsigned i = 0; i < sections->len; i++)
    json_array_add_object_element (dashboards, section_to_json (sections->pdata[i]));
  for (unsigned i = 0; i < notes->len; i++)
    json_array_add_string_element (sentences, notes->pdata[i]);
  json_object_set_string_member (root, "plan", plan->name);
  json_object_set_string_member (root, "title", plan->title);
  json_object_set_string_member (root, "grafana", plan->grafana);
  json_object_set_int_member (root, "now", now_ms);
  json_object_set_array_member (root, "dashboards", dashboards);
  json_object_set_int_member (root, "panels", totals.n_panels);
  json_object_set_int_member (root, "visits", visits->len);
  json_object_set_int_member (root, "pictures", totals.n_pictures);
  json_object_set_array_member (root, "notes", sentences);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), root);
  return json_to_string (node, TRUE);
}

/* Of parts that name one dashboard; which of a folder are meant only Grafana knows. */
static void
list_idle (const ShotPlan *plan, const ShotDashboard *dashboard, GPtrArray *notes)
{
  for (unsigned i = 0; i < plan->dashboards->len; i++) {
    const ShotPlanDashboard *part = plan->dashboards->pdata[i];
    if (part->uid == NULL || strcmp (part->uid, dashboard->uid) != 0)
      continue;
    g_autoptr (GPtrArray) idle = shot_expand_list_idle (part, dashboard);
    for (unsigned j = 0; j < idle->len; j++)
      g_ptr_array_add (notes, g_strdup_printf ("line %u: %s", part->line, (char *) idle->pdata[j]));
  }
}

GPtrArray *
shot_check_report_list_notes (const ShotPlan *plan, const GPtrArray *visits)
{
  GPtrArray            *notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) dashboards = g_ptr_array_new ();

  for (unsigned i = 0; i < visits->len; i++) {
    const ShotDashboard *dashboard = ((ShotVisit *) visits->pdata[i])->dashboard;
    if (g_ptr_array_find (dashboards, dashboard, NULL))
      continue;
    g_ptr_array_add (dashboards, (void *) dashboard);
    list_idle (plan, dashboard, notes);
  }
  g_autoptr (GPtrArray) idle = shot_expand_list_idle_variables (plan, dashboards);
  for (unsigned i = 0; i < idle->len; i++)
    g_ptr_array_add (notes, g_strdup (idle->pdata[i]));
  return notes;
}
