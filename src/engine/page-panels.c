/* page-panels.c: from a settled page to a picture of each panel
 *
 * In INSPECTING one step of data/page/panels.js after the other; the page settles again after each
 * that changed it:
 *
 *   step    when the page is ready, asks                    leads to
 *   list    which panels there are; opens closed rows       the list again, or place
 *   place   all panels into their places, view resized      look
 *   look    whether those of this batch are there by now    the snapshot, or place again
 *   show    the next batch, view resized                    look
 *   leave   after the last snapshot                         -
 *
 * The pictures of a batch are encoded, several at a time, while the page settles for the next.
 */
#include "config.h"

#include "page-private.h"

#include "panels.h"
#include "snapshot.h"

#define MAX_OPENINGS 4 /* rows within rows */
#define MAX_PLACINGS 4

typedef enum {
  STEP_LIST,
  STEP_PLACE,
  STEP_LOOK,
} Step;

struct _ShotPagePanels {
  Step           step;
  ShotPanelList *list; /* (owned) (nullable) */
  ShotPanelPlan *plan; /* (owned) (nullable): once there are places */
  ShotResult    *part; /* (owned): pictures that are not handed over yet */
  unsigned       batch;
  unsigned       n_openings;
  unsigned       n_placings;
  bool           is_tall; /* the view was as high as all content */
  unsigned       n_encoding;
  unsigned       n_made;
  int64_t        made_bytes;
};

/* One picture at the encoder. */
typedef struct {
  ShotPage  *page;  /* (owned) */
  ShotPanel *panel; /* (owned) */
} Encoding;

static void captured_cb (GObject *source, GAsyncResult *result, void *data);

void
shot_page_panels_free (ShotPagePanels *self)
{
  if (self == NULL)
    return;
  shot_panels_free (self->list);
  shot_panels_plan_free (self->plan);
  shot_result_free (self->part);
  g_free (self);
}

static const ShotPictureWish *
current_wish (ShotPage *self)
{
  return g_ptr_array_index (self->job->pictures, self->picture_index);
}

static ShotPanelBox *
get_box (ShotPagePanels *panels, unsigned index)
{
  return g_ptr_array_index (panels->list->boxes, index);
}

/* --- the script -------------------------------------------------------------------------- */

/* @callback: NULL when the answer is of no interest. */
static void
run_script (ShotPage *self, const char *step, const char *options, GAsyncReadyCallback callback)
{
  g_autoptr (GBytes) script = g_resources_lookup_data ("/panelshot/page/panels.js",
                                                       G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  GVariantDict       arguments;

  g_variant_dict_init (&arguments, NULL);
  g_variant_dict_insert (&arguments, "step", "s", step);
  g_variant_dict_insert (&arguments, "options", "s", options);
  webkit_web_view_call_async_javascript_function (
      shot_page_get_view (self), g_bytes_get_data (script, NULL),
      (gssize) g_bytes_get_size (script), g_variant_dict_end (&arguments), NULL, NULL, self->inner,
      callback, callback != NULL ? g_object_ref (self) : NULL);
}

static void
settle_again (ShotPage *self)
{
  shot_page_set_state (self, SHOT_STATE_SETTLING);
  shot_page_advance (self);
}

/* --- places ------------------------------------------------------------------------------ */

static void answered_cb (GObject *source, GAsyncResult *result, void *data);

/* What was found out about panels is kept for those that are in the new list. Takes @list. */
static void
take_list (ShotPagePanels *panels, ShotPanelList *list)
{
  g_autoptr (ShotPanelList) old = g_steal_pointer (&panels->list);

  panels->list = list;
  for (unsigned i = 0; old != NULL && i < old->boxes->len; i++) {
    const ShotPanelBox *before = old->boxes->pdata[i];
    for (unsigned j = 0; j < list->boxes->len; j++) {
      ShotPanelBox *box = list->boxes->pdata[j];
      if (!g_str_equal (before->panel->key, box->panel->key))
        continue;
      box->is_taken = before->is_taken;
      box->panel->is_cut_out = before->panel->is_cut_out;
    }
  }
}

static void
refuse_unplaced (ShotPagePanels *panels)
{
  for (unsigned i = 0; i < panels->plan->n_places; i++) {
    ShotPanelBox *box = get_box (panels, i);
    if (panels->plan->places[i].width > 0 || box->is_taken || box->panel->failure != NULL)
      continue;
    shot_panel_set_failure (box->panel, box->width < 1 || box->height < 1
                                            ? "the page shows nothing of it"
                                            : "it is larger than a picture may be");
  }
}

/* When no panel is left that could be taken. */
static void end_without_more (ShotPage *self);

static void
lay_out (ShotPage *self)
{
  ShotPagePanels *panels = self->panels;

  panels->n_placings++;
  panels->batch = 0;
  g_clear_pointer (&panels->plan, shot_panels_plan_free);
  panels->plan = shot_panels_plan (panels->list, self->job, current_wish (self));
  refuse_unplaced (panels);
  shot_page_tell_progress (self, panels->n_made, panels->list->boxes->len);
  if (panels->plan->batches->len == 0) {
    end_without_more (self);
    return;
  }
  shot_page_resize (self, panels->plan->width,
                    shot_panels_get_view_height (panels->plan, 0, self->job));
  g_autofree char *places = shot_panels_plan_to_json (panels->plan);
  panels->step = STEP_PLACE;
  shot_watch_disturb (self->watch);
  run_script (self, "place", places, answered_cb);
}

/* --- looking ----------------------------------------------------------------------------- */

static bool
misses_some (const ShotPanelList *list)
{
  for (unsigned i = 0; i < list->boxes->len; i++) {
    if (!((ShotPanelBox *) list->boxes->pdata[i])->is_there)
      return true;
  }
  return false;
}

/* Takes @list. */
static void
take_first_list (ShotPage *self, ShotPanelList *list)
{
  ShotPagePanels *panels = self->panels;
  bool            opens_more = list->n_opened > 0 && panels->n_openings++ < MAX_OPENINGS;

  take_list (panels, list);
  if (opens_more) {
    settle_again (self);
  } else if (misses_some (list) && !panels->is_tall) {
    /* Grafana mounts some panels only when they come into the view. */
    panels->is_tall = true;
    shot_page_resize (self, self->width, shot_page_get_content_height (self));
    settle_again (self);
  } else if (list->boxes->len == 0) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND,
                    "the page has no panels: give the address of a dashboard");
  } else {
    lay_out (self);
  }
}

/* Whether the panels of this batch are in their places; those that are not get another chance with
 * their own size, or are given up. */
static bool
check_places (ShotPage *self, const ShotPanelList *seen)
{
  ShotPagePanels *panels = self->panels;
  bool            may_place = panels->n_placings < MAX_PLACINGS && !self->is_hurried;
  bool            is_well = true;

  for (unsigned i = 0; i < panels->plan->n_places; i++) {
    ShotPanelBox         *box = get_box (panels, i);
    const ShotPanelPlace *place = &panels->plan->places[i];
    if (place->width == 0 || place->batch != panels->batch || box->is_taken ||
        box->panel->failure != NULL)
      continue;
    if (i < seen->boxes->len && shot_panels_is_in_place (panels->plan, i, seen->boxes->pdata[i]))
      continue;
    is_well = is_well && !may_place;
    if (!may_place)
      shot_panel_set_failure (box->panel, "it does not keep the place and size for its picture");
    else if (panels->n_placings > 1)
      box->panel->is_cut_out = true;
  }
  return is_well;
}

static void
look (ShotPage *self, const ShotPanelList *seen)
{
  ShotPagePanels *panels = self->panels;

  if (!check_places (self, seen)) {
    lay_out (self);
    return;
  }
  shot_page_set_state (self, SHOT_STATE_CAPTURING);
  shot_snapshot_take_async (shot_page_get_view (self), self->inner, captured_cb,
                            g_object_ref (self));
  g_debug ("id=%s batch %u of %u panels: %d pixels high", self->job->id, panels->batch,
           panels->list->boxes->len,
           g_array_index (panels->plan->batches, ShotPanelBatch, panels->batch).height);
}

static void
answered_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (JSCValue) value = webkit_web_view_call_async_javascript_function_finish (
      WEBKIT_WEB_VIEW (source), result, &error);

  if (self->state != SHOT_STATE_INSPECTING)
    return;
  g_autofree char *text = value != NULL && jsc_value_is_string (value) ? jsc_value_to_string (value)
                                                                       : NULL;
  g_autoptr (ShotPanelList) list = text != NULL ? shot_panels_parse (text) : NULL;
  if (list == NULL) {
    shot_page_fail (self, SHOT_ERROR_SCRIPT, "the page's panels cannot be listed: %s",
                    error != NULL ? error->message : "it answers nonsense");
    return;
  }

  ShotPagePanels *panels = self->panels;
  bool            is_other = panels->list != NULL && !shot_panels_are_equal (panels->list, list);
  if (panels->step == STEP_PLACE) {
    panels->step = STEP_LOOK;
    settle_again (self);
  } else if (shot_page_has_moved (self)) {
    shot_page_set_state (self, SHOT_STATE_SETTLING);
  } else if (panels->step == STEP_LIST) {
    take_first_list (self, g_steal_pointer (&list));
  } else if (is_other && panels->n_placings < MAX_PLACINGS && !self->is_hurried) {
    take_list (panels, g_steal_pointer (&list));
    lay_out (self);
  } else {
    look (self, list);
  }
}

void
shot_page_inspect_panels (ShotPage *self)
{
  if (self->panels == NULL) {
    self->panels = g_new0 (ShotPagePanels, 1);
    self->panels->part = shot_result_new (self->job->id);
  }
  run_script (self, self->panels->step == STEP_LIST ? "list" : "look", "{}", answered_cb);
}

/* --- the pictures ------------------------------------------------------------------------ */

static void
hand_over (ShotPage *self)
{
  ShotResult *part = g_steal_pointer (&self->panels->part);

  self->panels->part = shot_result_new (self->job->id);
  shot_page_hand_over (self, part);
}

/* Takes @picture and @panel. */
static void
add_picture (ShotPage *self, ShotPicture *picture, ShotPanel *panel)
{
  ShotResult *part = self->panels->part;

  picture->kind = SHOT_PICTURE_EACH_PANEL;
  picture->wish = self->picture_index;
  picture->panel = panel;
  g_ptr_array_add (part->pictures, picture);
  if (part->pictures->len >= SHOT_RESULT_PART)
    hand_over (self);
}

/* What could not be taken is in the result, too, with the reason. */
static unsigned
add_lost (ShotPage *self)
{
  ShotPagePanels *panels = self->panels;
  unsigned        n = 0;

  for (unsigned i = 0; i < panels->list->boxes->len; i++) {
    const ShotPanelBox *box = get_box (panels, i);
    if (box->panel->failure == NULL || box->is_taken)
      continue;
    if (n++ == 0) {
      g_free (self->result->last_blocker);
      self->result->last_blocker = g_strdup_printf ("%s: %s", box->panel->key, box->panel->failure);
    }
    ShotPicture *picture = shot_picture_new ();
    picture->encoding = current_wish (self)->encoding;
    picture->fd = -1;
    add_picture (self, picture, shot_panel_copy (box->panel));
  }
  return n;
}

static void
end_wish (ShotPage *self)
{
  ShotPagePanels *panels = self->panels;
  unsigned        n_made = panels->n_made;
  unsigned        n_lost = add_lost (self);

  if (n_made == 0) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND, "none of %u panels could be taken: %s", n_lost,
                    self->result->last_blocker);
    return;
  }
  hand_over (self);
  self->result->flags |= (n_lost > 0 ? SHOT_FLAG_INCOMPLETE : 0) |
                         (panels->list->n_all > panels->list->boxes->len ? SHOT_FLAG_TRUNCATED : 0);
  g_clear_pointer (&self->panels, shot_page_panels_free);
  shot_page_end_wish (self);
}

static void
end_without_more (ShotPage *self)
{
  run_script (self, "leave", "{}", NULL);
  shot_page_set_state (self, SHOT_STATE_CAPTURING);
  shot_page_start_encoding (self);
  if (self->panels->n_encoding == 0)
    end_wish (self);
}

static void
encoded_cb (GObject *source, GAsyncResult *result, void *data)
{
  Encoding            *encoding = data;
  g_autoptr (ShotPage) self = encoding->page;
  ShotPagePanels      *panels = self->panels;
  GError              *error = NULL;
  ShotPicture         *picture = shot_snapshot_encode_finish (result, &error);
  ShotPanel           *panel = encoding->panel;

  g_free (encoding);
  if (picture == NULL || shot_page_is_over (self)) {
    shot_picture_free (picture);
    shot_panel_free (panel);
    shot_page_finish (self, error);
    return;
  }
  panels->n_encoding--;
  panels->n_made++;
  panels->made_bytes += (int64_t) picture->size_bytes;
  add_picture (self, picture, panel);
  shot_page_tell_progress (self, panels->n_made, panels->list->boxes->len);
  if (panels->made_bytes > SHOT_RESULT_MAX_BYTES)
    shot_page_fail (self, SHOT_ERROR_USAGE,
                    "the pictures take more than %d MiB together: ask for smaller ones",
                    (int) (SHOT_RESULT_MAX_BYTES / 1024 / 1024));
  else if (self->state == SHOT_STATE_ENCODING && panels->n_encoding == 0)
    end_wish (self);
}

/* A part of @surface that has no pixels of its own. (transfer full) */
static cairo_surface_t *
cut (cairo_surface_t *surface, int x, int y, int width, int height)
{
  static const cairo_user_data_key_t whole_key;
  int                                stride = cairo_image_surface_get_stride (surface);
  int right = MIN (x + width, cairo_image_surface_get_width (surface));
  int bottom = MIN (y + height, cairo_image_surface_get_height (surface));

  if (right <= x || bottom <= y)
    return NULL;
  cairo_surface_t *part = cairo_image_surface_create_for_data (
      cairo_image_surface_get_data (surface) + (ptrdiff_t) y * stride + (ptrdiff_t) x * 4,
      cairo_image_surface_get_format (surface), right - x, bottom - y, stride);
  cairo_surface_set_user_data (part, &whole_key, cairo_surface_reference (surface),
                               (cairo_destroy_func_t) cairo_surface_destroy);
  return part;
}

static void
encode_batch (ShotPage *self, cairo_surface_t *surface)
{
  ShotPagePanels *panels = self->panels;
  int             top = g_array_index (panels->plan->batches, ShotPanelBatch, panels->batch).top;

  for (unsigned i = 0; i < panels->plan->n_places; i++) {
    ShotPanelBox         *box = get_box (panels, i);
    const ShotPanelPlace *place = &panels->plan->places[i];
    if (place->width == 0 || place->batch != panels->batch || box->is_taken ||
        box->panel->failure != NULL)
      continue;
    cairo_surface_t *part = cut (surface, place->x, place->y - top, place->width, place->height);
    if (part == NULL) {
      shot_panel_set_failure (box->panel, "it is not in the picture of the page");
      continue;
    }
    Encoding *encoding = g_new0 (Encoding, 1);
    encoding->page = g_object_ref (self);
    encoding->panel = shot_panel_copy (box->panel);
    box->is_taken = true;
    panels->n_encoding++;
    shot_snapshot_encode_async (part, current_wish (self), self->inner, encoded_cb, encoding);
    cairo_surface_destroy (part);
  }
}

/* What the page says by now, it says of the batch that it shows. */
static void
shown_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  JSCValue *value = webkit_web_view_call_async_javascript_function_finish (WEBKIT_WEB_VIEW (source),
                                                                           result, NULL);

  g_clear_object (&value);
  if (self->state == SHOT_STATE_SETTLING)
    shot_page_advance (self);
}

static void
show_batch (ShotPage *self)
{
  ShotPagePanels       *panels = self->panels;
  const ShotPanelBatch *batch = &g_array_index (panels->plan->batches, ShotPanelBatch,
                                                panels->batch);
  char                  number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *options = g_strdup_printf ("{\"top\":%s}", g_ascii_dtostr (number, sizeof number,
                                                                              batch->css_top));

  shot_page_resize (self, panels->plan->width,
                    shot_panels_get_view_height (panels->plan, panels->batch, self->job));
  shot_watch_disturb (self->watch);
  run_script (self, "show", options, shown_cb);
  shot_page_set_state (self, SHOT_STATE_SETTLING);
}

static void
captured_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  cairo_surface_t     *surface = shot_page_take_surface (self, result);

  if (surface == NULL)
    return;

  ShotPagePanels *panels = self->panels;
  encode_batch (self, surface);
  cairo_surface_destroy (surface);
  panels->batch++;
  if (panels->batch < panels->plan->batches->len) {
    shot_page_add_flags (self);
    show_batch (self);
  } else {
    run_script (self, "leave", "{}", NULL);
    shot_page_start_encoding (self);
    if (panels->n_encoding == 0)
      end_wish (self);
  }
}
