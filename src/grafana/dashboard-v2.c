#include "config.h"

#include "dashboard-private.h"

#include <stdbool.h>
#include <string.h>

/* A layout is a list of places for elements, or of rows or tabs with layouts in them. */
typedef struct {
  ShotDashboard *dashboard;
  JsonObject    *elements;
  unsigned       n_places; /* gone through, so that hostile layouts come to an end */
} Reader;

static void
read_layout (Reader *reader, JsonObject *layout, const ShotDashboardRow *row, unsigned depth);

static const char *
get_repeat (JsonObject *spec)
{
  return shot_dashboard_get_text (shot_dashboard_get_object (spec, "repeat"), "value");
}

/* "VizConfig" of a group; the first version of the schema had the group for the kind. */
static const char *
get_panel_kind (JsonObject *spec)
{
  JsonObject *config = shot_dashboard_get_object (spec, "vizConfig");
  const char *group = shot_dashboard_get_text (config, "group");

  return *group != '\0' ? group : shot_dashboard_get_text (config, "kind");
}

static void
add_element (Reader *reader, JsonObject *place, const ShotDashboardRow *row)
{
  JsonObject *reference = shot_dashboard_get_object (place, "element");
  const char *name = shot_dashboard_get_text (reference, "name");
  JsonObject *element = shot_dashboard_get_object (reader->elements, name);
  JsonObject *spec = shot_dashboard_get_object (element, "spec");
  int64_t     id = shot_dashboard_get_int (spec, "id");
  const char *kind = get_panel_kind (spec);

  if (spec == NULL || id <= 0)
    return;
  bool is_reference = strcmp (shot_dashboard_get_text (element, "kind"), "LibraryPanel") == 0;
  ShotDashboardPanel *panel = shot_dashboard_add_panel (
      reader->dashboard, element, id, shot_dashboard_get_text (spec, "title"),
      is_reference ? SHOT_DASHBOARD_REFERENCE : kind, get_repeat (place), row);
  if (is_reference)
    shot_dashboard_note_library (panel, shot_dashboard_get_object (spec, "libraryPanel"));
}

/* A title in the row around it. */
static char *
join_titles (const char *outer, const char *title)
{
  if (*outer == '\0' || *title == '\0')
    return g_strdup (*outer == '\0' ? title : outer);
  return g_strdup_printf ("%s / %s", outer, title);
}

static void
read_group (Reader *reader, JsonObject *spec, const ShotDashboardRow *outer, unsigned depth)
{
  const char      *repeat = get_repeat (spec);
  const char      *title = shot_dashboard_get_text (spec, "title");
  g_autofree char *titles = join_titles (outer->row,
                                         shot_dashboard_get_bool (spec, "hideHeader") ? "" : title);
  ShotDashboardRow row = { titles, *repeat != '\0' ? repeat : outer->repeat };

  read_layout (reader, shot_dashboard_get_object (spec, "layout"), &row, depth + 1);
  /* The first version of the schema had rows among the panels of a grid, their panels inside. */
  JsonArray *elements = shot_dashboard_get_array (spec, "elements");
  unsigned   n = elements != NULL ? json_array_get_length (elements) : 0;
  for (unsigned i = 0; i < n && reader->n_places < SHOT_DASHBOARD_MAX_PANELS; i++) {
    reader->n_places++;
    add_element (reader,
                 shot_dashboard_get_object (shot_dashboard_get_element (elements, i), "spec"),
                 &row);
  }
}

static int
compare_places (const void *left, const void *right)
{
  JsonObject *a = *(JsonObject *const *) left;
  JsonObject *b = *(JsonObject *const *) right;

  for (const char *const *name = (const char *const[]){ "y", "x", NULL }; *name != NULL; name++) {
    int64_t at = shot_dashboard_get_int (shot_dashboard_get_object (a, "spec"), *name);
    int64_t other = shot_dashboard_get_int (shot_dashboard_get_object (b, "spec"), *name);
    if (at != other)
      return at < other ? -1 : 1;
  }
  return 0;
}

static GPtrArray *
list_places (Reader *reader, JsonObject *spec)
{
  static const char *const names[] = { "items", "rows", "tabs" };
  GPtrArray               *places = g_ptr_array_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    JsonArray *array = shot_dashboard_get_array (spec, names[i]);
    unsigned   n = array != NULL ? json_array_get_length (array) : 0;
    for (unsigned j = 0; j < n && reader->n_places < SHOT_DASHBOARD_MAX_PANELS; j++) {
      JsonObject *place = shot_dashboard_get_element (array, j);
      reader->n_places++;
      if (place != NULL)
        g_ptr_array_add (places, place);
    }
  }
  return places;
}

static void
read_layout (Reader *reader, JsonObject *layout, const ShotDashboardRow *row, unsigned depth)
{
  if (layout == NULL || depth > SHOT_DASHBOARD_MAX_NESTING)
    return;
  g_autoptr (GPtrArray) places = list_places (reader, shot_dashboard_get_object (layout, "spec"));
  if (strcmp (shot_dashboard_get_text (layout, "kind"), "GridLayout") == 0)
    g_ptr_array_sort (places, compare_places);
  for (unsigned i = 0; i < places->len; i++) {
    JsonObject *spec = shot_dashboard_get_object (places->pdata[i], "spec");
    if (spec != NULL && json_object_has_member (spec, "element"))
      add_element (reader, spec, row);
    else if (spec != NULL)
      read_group (reader, spec, row, depth);
  }
}

void
shot_dashboard_read_v2 (ShotDashboard *self, JsonObject *spec)
{
  Reader           reader = { self, shot_dashboard_get_object (spec, "elements"), 0 };
  ShotDashboardRow row = { "", NULL };

  read_layout (&reader, shot_dashboard_get_object (spec, "layout"), &row, 0);
  shot_dashboard_read_variables (self, shot_dashboard_get_array (spec, "variables"), true);
}
