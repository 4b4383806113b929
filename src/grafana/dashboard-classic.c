#include "config.h"

#include "dashboard-private.h"

#include <stdbool.h>
#include <string.h>

/* A panel of the list, or of a row. */
typedef struct {
  JsonObject *json;
  int64_t     id;
  int64_t     x;
  int64_t     y;
} Item;

static GPtrArray *
list_items (JsonArray *panels)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_free);
  unsigned n = panels != NULL ? MIN (json_array_get_length (panels), SHOT_DASHBOARD_MAX_PANELS) : 0;

  for (unsigned i = 0; i < n; i++) {
    JsonObject *json = shot_dashboard_get_element (panels, i);
    /* Copies that old versions of Grafana saved; it drops them, too. */
    if (json == NULL || shot_dashboard_get_int (json, "repeatPanelId") > 0)
      continue;
    JsonObject *place = shot_dashboard_get_object (json, "gridPos");
    Item       *item = g_new0 (Item, 1);
    item->json = json;
    item->id = shot_dashboard_get_int (json, "id");
    item->x = shot_dashboard_get_int (place, "x");
    item->y = shot_dashboard_get_int (place, "y");
    g_ptr_array_add (items, item);
  }
  return items;
}

static int
compare_items (const void *left, const void *right)
{
  const Item *a = *(const Item *const *) left;
  const Item *b = *(const Item *const *) right;

  if (a->y != b->y)
    return a->y < b->y ? -1 : 1;
  return a->x < b->x ? -1 : a->x > b->x;
}

static bool
is_row (const Item *item)
{
  return strcmp (shot_dashboard_get_text (item->json, "type"), "row") == 0;
}

/* Panels without an id, or with that of another, get the next free one, in the order of the list,
 * as Grafana gives them: the keys of the page depend on it. */
typedef struct {
  GHashTable *taken; /* (owned) (element-type int64) */
  int64_t     next;
} Ids;

static int64_t
take_id (Ids *ids, int64_t id)
{
  if (id <= 0 || g_hash_table_contains (ids->taken, &id))
    id = ids->next++;
  g_hash_table_add (ids->taken, g_memdup2 (&id, sizeof id));
  return id;
}

static int64_t
find_highest (const GPtrArray *items)
{
  int64_t highest = 0;

  for (unsigned i = 0; i < items->len; i++) {
    const Item *item = items->pdata[i];
    if (item->id < G_MAXINT32)
      highest = MAX (highest, item->id);
  }
  return highest;
}

static void
add_item (ShotDashboard *self, const Item *item, const ShotDashboardRow *row)
{
  JsonObject *library = shot_dashboard_get_object (item->json, "libraryPanel");
  const char *title = shot_dashboard_get_text (item->json, "title");
  const char *kind = shot_dashboard_get_text (item->json, "type");

  if (*title == '\0' && library != NULL && !json_object_has_member (item->json, "title"))
    title = shot_dashboard_get_text (library, "name");
  bool is_reference = library != NULL &&
                      (*kind == '\0' || strcmp (kind, SHOT_DASHBOARD_REFERENCE) == 0);
  ShotDashboardPanel *panel = shot_dashboard_add_panel (
      self, item->json, item->id, title, is_reference ? SHOT_DASHBOARD_REFERENCE : kind,
      shot_dashboard_get_text (item->json, "repeat"), row);
  if (is_reference)
    shot_dashboard_note_library (panel, library);
}

static void
add_items (ShotDashboard *self, GPtrArray *items, const ShotDashboardRow *row)
{
  g_ptr_array_sort (items, compare_items);
  for (unsigned i = 0; i < items->len; i++) {
    /* A row in a row is nothing that Grafana shows. */
    if (!is_row (items->pdata[i]))
      add_item (self, items->pdata[i], row);
  }
}

/* One row's own panels: a closed row has them inside. NULL for what is no row. */
static GPtrArray *
list_inner (const Item *item)
{
  return is_row (item) ? list_items (shot_dashboard_get_array (item->json, "panels")) : NULL;
}

static void
give_ids (GPtrArray *items, GPtrArray *inner)
{
  Ids ids = { g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL), 0 };

  ids.next = find_highest (items);
  for (unsigned i = 0; i < inner->len; i++) {
    if (inner->pdata[i] != NULL)
      ids.next = MAX (ids.next, find_highest (inner->pdata[i]));
  }
  ids.next++;
  for (unsigned i = 0; i < items->len; i++) {
    Item      *item = items->pdata[i];
    GPtrArray *own = inner->pdata[i];
    item->id = take_id (&ids, item->id);
    for (unsigned j = 0; own != NULL && j < own->len; j++) {
      Item *one = own->pdata[j];
      one->id = take_id (&ids, one->id);
    }
  }
  g_hash_table_unref (ids.taken);
}

static void
free_items (void *items)
{
  if (items != NULL)
    g_ptr_array_unref (items);
}

/* In the list the panels of an open row follow it. */
static void
read_panels (ShotDashboard *self, JsonArray *panels)
{
  g_autoptr (GPtrArray) items = list_items (panels);
  g_autoptr (GPtrArray) inner = g_ptr_array_new_with_free_func (free_items);
  ShotDashboardRow      row = { "", NULL };

  g_ptr_array_sort (items, compare_items);
  for (unsigned i = 0; i < items->len; i++)
    g_ptr_array_add (inner, list_inner (items->pdata[i]));
  give_ids (items, inner);
  for (unsigned i = 0; i < items->len; i++) {
    const Item *item = items->pdata[i];
    if (!is_row (item)) {
      add_item (self, item, &row);
      continue;
    }
    row.row = shot_dashboard_get_text (item->json, "title");
    row.repeat = shot_dashboard_get_text (item->json, "repeat");
    add_items (self, inner->pdata[i], &row);
  }
}

/* Before Grafana 5 a dashboard was a list of rows, their titles shown only if some row asks for it. */
static void
read_rows (ShotDashboard *self, JsonArray *rows)
{
  unsigned n = MIN (json_array_get_length (rows), SHOT_DASHBOARD_MAX_PANELS);
  bool     has_titles = false;
  Ids      ids = { g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL), 1 };

  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func (free_items);
  for (unsigned i = 0; i < n; i++) {
    JsonObject *json = shot_dashboard_get_element (rows, i);
    GPtrArray  *items = list_items (shot_dashboard_get_array (json, "panels"));
    g_ptr_array_add (lists, items);
    ids.next = MAX (ids.next, find_highest (items) + 1);
    has_titles = has_titles || shot_dashboard_get_bool (json, "collapse") ||
                 shot_dashboard_get_bool (json, "showTitle") ||
                 *shot_dashboard_get_text (json, "repeat") != '\0';
  }
  for (unsigned i = 0; i < n; i++) {
    JsonObject      *json = shot_dashboard_get_element (rows, i);
    GPtrArray       *items = lists->pdata[i];
    ShotDashboardRow row = { has_titles ? shot_dashboard_get_text (json, "title") : "",
                             shot_dashboard_get_text (json, "repeat") };
    for (unsigned j = 0; j < items->len; j++) {
      Item *item = items->pdata[j];
      item->id = take_id (&ids, item->id);
    }
    add_items (self, items, &row);
  }
  g_hash_table_unref (ids.taken);
}

void
shot_dashboard_read_classic (ShotDashboard *self, JsonObject *dashboard)
{
  JsonObject *templating = shot_dashboard_get_object (dashboard, "templating");
  JsonArray  *rows = shot_dashboard_get_array (dashboard, "rows");
  JsonArray  *panels = shot_dashboard_get_array (dashboard, "panels");

  if (panels == NULL && rows != NULL)
    read_rows (self, rows);
  else
    read_panels (self, panels);
  shot_dashboard_read_variables (self, shot_dashboard_get_array (templating, "list"), false);
}
