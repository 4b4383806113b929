#include "config.h"

#include "panels.h"

#include <math.h>
#include <string.h>

#include "json-depth.h"

#define MAX_DEPTH 3       /* of the JSON text */
#define MAX_SIDE 1000000  /* CSS pixels of a box */
#define TOLERANCE_PX 0.75 /* of a box, which WebKit snaps to parts of a pixel */
#define EPSILON 1e-6
#define MAX_VERSION 9007199254740991.0

/* --- what the page tells ----------------------------------------------------------------- */

static void
box_free (void *data)
{
  ShotPanelBox *box = data;

  shot_panel_free (box->panel);
  g_free (box);
}

void
shot_panels_free (ShotPanelList *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->boxes);
  shot_panel_free (self->dashboard);
  g_free (self);
}

static JsonNode *
get_value (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode   *node = get_value (object, name);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL ? text : "";
}

static double
get_number (JsonObject *object, const char *name, double least, double most)
{
  JsonNode *node = get_value (object, name);
  double    value = node != NULL ? json_node_get_double (node) : 0;

  return isfinite (value) ? CLAMP (value, least, most) : 0;
}

static int
get_grid (JsonObject *object, const char *name)
{
  return (int) get_number (object, name, 0, SHOT_PANEL_MAX_GRID);
}

static void
read_dashboard (ShotPanelList *self, JsonObject *object)
{
  JsonNode   *node = json_object_get_member (object, "dashboard");
  JsonObject *dashboard = node != NULL && JSON_NODE_HOLDS_OBJECT (node)
                              ? json_node_get_object (node)
                              : NULL;

  self->dashboard = shot_panel_new (1, dashboard != NULL ? get_text (dashboard, "uid") : "",
                                    dashboard != NULL ? get_text (dashboard, "title") : "", "", "");
  if (dashboard != NULL)
    self->dashboard_version = (int64_t) get_number (dashboard, "version", 0, MAX_VERSION);
}

static void
read_box (ShotPanelList *self, JsonObject *object)
{
  ShotPanelBox *box = g_new0 (ShotPanelBox, 1);
  JsonNode     *is_there = get_value (object, "isThere");
  const char   *failure = get_text (object, "failure");

  box->panel = shot_panel_new (self->boxes->len + 1, get_text (object, "key"),
                               get_text (object, "title"), get_text (object, "row"),
                               get_text (object, "plugin"));
  box->index = self->boxes->len;
  shot_panel_set_status (box->panel, get_text (object, "status"), get_text (object, "message"),
                         get_text (object, "threshold"));
  box->panel->grid_x = get_grid (object, "gridX");
  box->panel->grid_y = get_grid (object, "gridY");
  box->panel->grid_width = get_grid (object, "gridWidth");
  box->panel->grid_height = get_grid (object, "gridHeight");
  box->x = get_number (object, "x", -MAX_SIDE, MAX_SIDE);
  box->y = get_number (object, "y", -MAX_SIDE, MAX_SIDE);
  box->width = get_number (object, "width", 0, MAX_SIDE);
  box->height = get_number (object, "height", 0, MAX_SIDE);
  box->is_there = is_there != NULL && json_node_get_boolean (is_there);
  if (!box->is_there)
    shot_panel_set_failure (box->panel, *failure != '\0' ? failure : "the page does not show it");
  g_ptr_array_add (self->boxes, box);
}

ShotPanelList *
shot_panels_parse (const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (strlen (text) > SHOT_PANELS_MAX_BYTES || !shot_json_is_shallow (text, MAX_DEPTH) ||
      !json_parser_load_from_data (parser, text, -1, NULL))
    return NULL;

  JsonNode *root = json_parser_get_root (parser);
  JsonNode *panels = root != NULL && JSON_NODE_HOLDS_OBJECT (root)
                         ? json_object_get_member (json_node_get_object (root), "panels")
                         : NULL;
  if (panels == NULL || !JSON_NODE_HOLDS_ARRAY (panels))
    return NULL;

  JsonObject               *object = json_node_get_object (root);
  JsonArray                *array = json_node_get_array (panels);
  unsigned                  n = MIN (json_array_get_length (array), SHOT_JOB_MAX_PANELS);
  g_autoptr (ShotPanelList) self = g_new0 (ShotPanelList, 1);
  self->boxes = g_ptr_array_new_with_free_func (box_free);
  read_dashboard (self, object);
  self->n_opened = (unsigned) get_number (object, "opened", 0, MAX_SIDE);
  self->n_all = MAX ((unsigned) get_number (object, "all", 0, MAX_SIDE), n);
  for (unsigned i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!JSON_NODE_HOLDS_OBJECT (element))
      return NULL;
    read_box (self, json_node_get_object (element));
  }
  return g_steal_pointer (&self);
}

/* --- a choice of them -------------------------------------------------------------------- */

bool
shot_panels_stands_for (const char *wanted, const char *key)
{
  size_t length = strlen (wanted);

  if (g_str_equal (wanted, key))
    return true;
  /* What a row is repeated for stands before the panel's own key: "row-2/panel-4", "eu$panel-4". */
  for (const char *at = key; at != NULL; at = strpbrk (at, "/$"), at = at != NULL ? at + 1 : NULL) {
    bool is_own = strncmp (at, wanted, length) == 0 && strpbrk (at, "/$") == NULL;
    if (is_own && (at[length] == '\0' || g_str_has_prefix (at + length, "-clone-")))
      return true;
  }
  return false;
}

void
shot_panels_choose (ShotPanelList *self, const GPtrArray *keys)
{
  for (unsigned i = self->boxes->len; keys != NULL && i-- > 0;) {
    const ShotPanelBox *box = self->boxes->pdata[i];
    bool                is_chosen = false;
    for (unsigned j = 0; j < keys->len && !is_chosen; j++)
      is_chosen = shot_panels_stands_for (keys->pdata[j], box->panel->key);
    if (is_chosen)
      continue;
    g_ptr_array_remove_index (self->boxes, i);
    self->n_all--;
  }
}

bool
shot_panels_are_equal (const ShotPanelList *a, const ShotPanelList *b)
{
  if (a->boxes->len != b->boxes->len)
    return false;
  for (unsigned i = 0; i < a->boxes->len; i++) {
    const ShotPanelBox *left = a->boxes->pdata[i];
    const ShotPanelBox *right = b->boxes->pdata[i];
    if (left->is_there != right->is_there || !g_str_equal (left->panel->key, right->panel->key))
      return false;
  }
  return true;
}

/* --- places ------------------------------------------------------------------------------ */

/* What fills up while places are given. */
typedef struct {
  double ratio;      /* device pixels to a CSS pixel of the page */
  int    width;      /* of the view, device pixels */
  int    most;       /* height of a batch of several, likewise */
  int    largest;    /* height of any, likewise */
  int    gap;        /* between two, where a picture that is made smaller would mix their edges */
  int    x, y;       /* of the next one */
  int    row_height; /* of the panels side by side */
  int    batch_top;
} Filling;

void
shot_panels_plan_free (ShotPanelPlan *self)
{
  if (self == NULL)
    return;
  g_free (self->places);
  g_free (self->indexes);
  g_array_unref (self->batches);
  g_free (self);
}

static void
filling_init (Filling *self, const ShotJob *job, int css_width)
{
  ShotGeometry geometry;

  shot_geometry_init (&geometry, job, css_width, 1);
  /* Below 1 the view is laid out in its natural size, and that is what has limits. */
  double  part = MIN (geometry.ratio, 1);
  int64_t pixels = MIN (job->max_pixels, SHOT_PANELS_BATCH_PIXELS);
  int64_t by_pixels = (int64_t) ((double) pixels * part * part) / geometry.width;
  int64_t by_side = (int64_t) (SHOT_GEOMETRY_MAX_SIDE * part) - (int64_t) ceil (job->scale);

  *self = (Filling){
    .ratio = geometry.ratio,
    .width = geometry.width,
    .gap = geometry.shrink == 1 ? 0 : 2,
    .most = (int) MAX (MIN (by_pixels, by_side), 1),
    .largest = (int) MAX (MIN (job->max_pixels / geometry.width, by_side), 1),
  };
}

static void
next_row (Filling *self)
{
  self->y += self->row_height + (self->row_height > 0 ? self->gap : 0);
  self->x = 0;
  self->row_height = 0;
}

static void
end_batch (ShotPanelPlan *plan, Filling *self)
{
  next_row (self);
  ShotPanelBatch batch = { .top = self->batch_top,
                           .height = self->y - self->batch_top,
                           .css_top = self->batch_top / self->ratio };
  if (batch.height > 0)
    g_array_append_val (plan->batches, batch);
  self->batch_top = self->y;
}

/* @width, @height: to the page. Device pixels that are asked for are given in @place. */
static void
put (ShotPanelPlan *plan, Filling *self, ShotPanelPlace *place, double width, double height)
{
  if (place->width > self->width || place->height > self->largest || place->width < 1 ||
      place->height < 1) {
    *place = (ShotPanelPlace){ 0 };
    return;
  }
  if (self->x + place->width > self->width)
    next_row (self);
  int row_height = MAX (self->row_height, place->height);
  /* One that is higher than a batch should be, but can be one by itself, is that. */
  if (self->y + row_height - self->batch_top > self->most && self->y + self->x > self->batch_top)
    end_batch (plan, self);
  place->batch = plan->batches->len;
  place->x = self->x;
  place->y = self->y;
  place->css_x = self->x / self->ratio;
  place->css_y = self->y / self->ratio;
  place->css_width = width;
  place->css_height = height;
  self->x += place->width + self->gap;
  self->row_height = MAX (self->row_height, place->height);
}

ShotPanelPlan *
shot_panels_plan (const ShotPanelList *list, const ShotJob *job, const ShotPictureWish *wish)
{
  ShotPanelPlan *self = g_new0 (ShotPanelPlan, 1);
  Filling        filling;
  int            width, height;

  shot_job_get_panel_size (job, wish, &width, &height);
  self->width = wish->is_grid ? job->width : width;
  self->n_places = list->boxes->len;
  self->places = g_new0 (ShotPanelPlace, self->n_places);
  self->indexes = g_new0 (unsigned, self->n_places);
  for (unsigned i = 0; i < self->n_places; i++)
    self->indexes[i] = ((ShotPanelBox *) list->boxes->pdata[i])->index;
  self->batches = g_array_new (FALSE, FALSE, sizeof (ShotPanelBatch));
  filling_init (&filling, job, self->width);
  for (unsigned i = 0; i < self->n_places; i++) {
    const ShotPanelBox *box = list->boxes->pdata[i];
    ShotPanelPlace     *place = &self->places[i];
    if (!box->is_there || box->is_taken || box->panel->failure != NULL)
      continue;
    if (wish->is_grid || box->panel->is_cut_out) {
      place->width = (int) ceil (box->width * filling.ratio - TOLERANCE_PX / 2);
      place->height = (int) ceil (box->height * filling.ratio - TOLERANCE_PX / 2);
      put (self, &filling, place, box->width, box->height);
    } else {
      place->width = shot_job_device_pixels (width, job->scale);
      place->height = shot_job_device_pixels (height, job->scale);
      put (self, &filling, place, width / job->zoom, height / job->zoom);
    }
  }
  end_batch (self, &filling);
  return self;
}

char *
shot_panels_plan_to_json (const ShotPanelPlan *self)
{
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray             *places = json_array_new ();

  for (unsigned i = 0; i < self->n_places; i++) {
    const ShotPanelPlace *place = &self->places[i];
    if (place->width == 0)
      continue;
    JsonArray *element = json_array_new ();
    json_array_add_int_element (element, self->indexes[i]);
    json_array_add_double_element (element, place->css_x);
    json_array_add_double_element (element, place->css_y);
    json_array_add_double_element (element, place->css_width);
    json_array_add_double_element (element, place->css_height);
    json_array_add_array_element (places, element);
  }
  json_object_set_array_member (object, "places", places);
  json_node_set_object (root, object);
  return json_to_string (root, FALSE);
}

static bool
is_near (double a, double b)
{
  return fabs (a - b) <= TOLERANCE_PX;
}

bool
shot_panels_is_in_place (const ShotPanelPlan *self, unsigned index, const ShotPanelBox *box)
{
  const ShotPanelPlace *place = &self->places[index];

  if (place->width == 0 || !box->is_there)
    return false;
  double css_top = g_array_index (self->batches, ShotPanelBatch, place->batch).css_top;
  return is_near (box->x, place->css_x) && is_near (box->y, place->css_y - css_top) &&
         is_near (box->width, place->css_width) && is_near (box->height, place->css_height);
}

int
shot_panels_get_view_height (const ShotPanelPlan *self, unsigned batch, const ShotJob *job)
{
  int pixels = g_array_index (self->batches, ShotPanelBatch, batch).height;

  return MAX ((int) ceil (pixels / job->scale - EPSILON), 1);
}
