/* page-panels.c: from a settled page to a picture of each panel
 *
 * In INSPECTING one step of data/page/panels.js after the other; the page settles again after each
 * that changed it:
 *
 *   step    when the page is ready, asks                    leads to
 *   list    which panels there are; opens closed rows       the list again, or place
 *   place   all panels into their places, view resized      look
 *   look    whether those of this batch are there by now    the snapshot, or place again
 *   data    in CAPTURING: what they showed at the look      the next batch, or the end
 *   show    the next batch, view resized                    look
 *   leave   after the last snapshot                         -
 *
 * The pictures of a batch are encoded, several at a time, while the page settles for the next. What
 * the page holds since the look is what the picture shows: the page has not moved in between.
 */
#include "config.h"

#include "page-private.h"

#include <string.h>

#include "panel-data.h"
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
  bool           is_tall;    /* the view was as high as all content */
  unsigned       n_encoding; /* with those whose data is on its way */
  unsigned       n_made;
  int64_t        made_bytes;
  GPtrArray *untold;  /* (owned) (element-type Encoding): of this batch, whose data is asked for */
  GPtrArray *missing; /* (owned) (element-type utf8): wished for, and the page has none */
};

/* One picture at the encoder, and its data. Counted: each that something is awaited of has one. */
typedef struct {
  ShotPage    *page;    /* (owned) */
  ShotPanel   *panel;   /* (owned) (nullable): until it is the picture's */
  ShotPicture *picture; /* (owned) (nullable): once it is encoded */
  ShotPicture *data;    /* (owned) (nullable): data alone */
  unsigned     index;   /* in the page's list */
  unsigned     n_waits;
} Encoding;

static void captured_cb (GObject *source, GAsyncResult *result, void *data);

static void
encoding_clear (void *data)
{
  Encoding *self = data;

  shot_panel_free (self->panel);
  shot_picture_free (self->picture);
  shot_picture_free (self->data);
  g_object_unref (self->page);
}

static void
encoding_unref (void *data)
{
  g_rc_box_release_full (data, encoding_clear);
}

void
shot_page_panels_free (ShotPagePanels *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->untold);
  g_ptr_array_unref (self->missing);
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

/* --- places ------------------------------------------------------------------------------ */

static void
settle_again (ShotPage *self)
{
  shot_page_set_state (self, SHOT_STATE_SETTLING);
  shot_page_advance (self);
}

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

/* What the page tells of them with the places in which they are drawn. */
static void
take_status (ShotPagePanels *panels, const ShotPanelList *seen)
{
  for (unsigned i = 0; i < panels->list->boxes->len; i++) {
    ShotPanelBox       *box = get_box (panels, i);
    const ShotPanelBox *told = i < seen->boxes->len ? seen->boxes->pdata[i] : NULL;
    box->is_told = told != NULL && g_str_equal (told->panel->key, box->panel->key);
    if (!box->is_told || box->is_taken)
      continue;
    box->index = told->index;
    shot_panel_set_status (box->panel, told->panel->status, told->panel->message,
                           told->panel->threshold);
  }
}

static void
note_missing (ShotPage *self)
{
  const GPtrArray *wanted = current_wish (self)->panels;
  ShotPagePanels  *panels = self->panels;

  g_ptr_array_set_size (panels->missing, 0);
  for (unsigned i = 0; wanted != NULL && i < wanted->len; i++) {
    bool is_there = false;
    for (unsigned j = 0; j < panels->list->boxes->len && !is_there; j++)
      is_there = shot_panels_stands_for (wanted->pdata[i], get_box (panels, j)->panel->key);
    if (!is_there)
      g_ptr_array_add (panels->missing, g_strdup (wanted->pdata[i]));
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
  shot_page_run_panels (self, "place", places, answered_cb);
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
  note_missing (self);
  shot_result_set_dashboard (self->result, list->dashboard->key, list->dashboard->title,
                             list->dashboard_version);
  if (opens_more) {
    settle_again (self);
  } else if (misses_some (list) && !panels->is_tall) {
    /* Grafana mounts some panels only when they come into the view. */
    panels->is_tall = true;
    shot_page_resize (self, self->width, shot_page_get_content_height (self));
    settle_again (self);
  } else if (list->boxes->len == 0) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND, "%s",
                    panels->missing->len > 0
                        ? "the page has none of the panels that were chosen: give keys of its own"
                        : "the page has no panels: give the address of a dashboard");
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
  take_status (panels, seen);
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
  g_autoptr (ShotPage)      self = data;
  g_autoptr (GError)        error = NULL;
  g_autofree char          *text = shot_page_take_text (source, result, &error);
  g_autoptr (ShotPanelList) list = text != NULL ? shot_panels_parse (text) : NULL;

  if (self->state != SHOT_STATE_INSPECTING)
    return;
  if (list == NULL) {
    shot_page_fail (self, SHOT_ERROR_SCRIPT, "the page's panels cannot be listed: %s",
                    error != NULL ? error->message : "it answers nonsense");
    return;
  }

  ShotPagePanels *panels = self->panels;
  shot_panels_choose (list, current_wish (self)->panels);
  bool is_other = panels->list != NULL && !shot_panels_are_equal (panels->list, list);
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
    self->panels->untold = g_ptr_array_new_with_free_func (encoding_unref);
    self->panels->missing = g_ptr_array_new_with_free_func (g_free);
  }
  shot_page_run_panels (self, self->panels->step == STEP_LIST ? "list" : "look",
                        current_wish (self)->wants_data ? "{\"hold\":true}" : "{}", answered_cb);
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

/* Takes @panel. */
static void
add_lost_panel (ShotPage *self, ShotPanel *panel, unsigned *n)
{
  ShotPicture *picture = shot_picture_new ();

  if ((*n)++ == 0) {
    g_free (self->result->last_blocker);
    self->result->last_blocker = g_strdup_printf ("%s: %s", panel->key, panel->failure);
  }
  picture->encoding = current_wish (self)->encoding;
  add_picture (self, picture, panel);
}

/* What could not be taken is in the result, too, with the reason. */
static unsigned
add_lost (ShotPage *self)
{
  ShotPagePanels *panels = self->panels;
  unsigned        n = 0;

  for (unsigned i = 0; i < panels->list->boxes->len; i++) {
    const ShotPanelBox *box = get_box (panels, i);
    if (box->panel->failure != NULL && !box->is_taken)
      add_lost_panel (self, shot_panel_copy (box->panel), &n);
  }
  unsigned last = panels->list->boxes->len > 0
                      ? get_box (panels, panels->list->boxes->len - 1)->panel->order
                      : 0;
  for (unsigned i = 0; i < panels->missing->len; i++) {
    ShotPanel *panel = shot_panel_new (last + i + 1, panels->missing->pdata[i], NULL, NULL, NULL);
    shot_panel_set_failure (panel, "the dashboard has no such panel");
    add_lost_panel (self, panel, &n);
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
  shot_page_run_panels (self, "leave", "{}", NULL);
  shot_page_set_state (self, SHOT_STATE_CAPTURING);
  shot_page_start_encoding (self);
  if (self->panels->n_encoding == 0)
    end_wish (self);
}

/* Once nothing of it is awaited any more. */
static void
finish_picture (Encoding *encoding)
{
  ShotPage       *self = encoding->page;
  ShotPagePanels *panels = self->panels;
  ShotPicture    *picture = g_steal_pointer (&encoding->picture);
  ShotPicture    *data = encoding->data;

  if (data != NULL) {
    picture->data_fd = g_steal_fd (&data->data_fd);
    picture->data_bytes = data->data_bytes;
    picture->is_data_cut = data->is_data_cut;
  }
  panels->n_encoding--;
  panels->n_made++;
  panels->made_bytes += (int64_t) (picture->size_bytes + picture->data_bytes);
  add_picture (self, picture, g_steal_pointer (&encoding->panel));
  shot_page_tell_progress (self, panels->n_made, panels->list->boxes->len);
  if (panels->made_bytes > SHOT_RESULT_MAX_BYTES)
    shot_page_fail (self, SHOT_ERROR_USAGE,
                    "the pictures take more than %d MiB together: ask for smaller ones",
                    (int) (SHOT_RESULT_MAX_BYTES / 1024 / 1024));
  else if (self->state == SHOT_STATE_ENCODING && panels->n_encoding == 0)
    end_wish (self);
}

/* Takes @error. */
static void
end_wait (Encoding *encoding, GError *error)
{
  ShotPage *self = encoding->page;

  if (error != NULL || shot_page_is_over (self))
    shot_page_finish (self, error);
  else if (--encoding->n_waits == 0)
    finish_picture (encoding);
  encoding_unref (encoding);
}

static void
encoded_cb (GObject *source, GAsyncResult *result, void *data)
{
  Encoding *encoding = data;
  GError   *error = NULL;

  encoding->picture = shot_snapshot_encode_finish (result, &error);
  end_wait (encoding, error);
}

static void
compressed_cb (GObject *source, GAsyncResult *result, void *data)
{
  Encoding    *encoding = data;
  GError      *error = NULL;
  bool         is_cut = encoding->data->is_data_cut;
  ShotPicture *picture = shot_page_compress_finish (result, &error);

  shot_picture_free (encoding->data);
  encoding->data = picture;
  if (picture != NULL)
    picture->is_data_cut = is_cut;
  end_wait (encoding, error);
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
    Encoding *encoding = g_rc_box_alloc0 (sizeof *encoding);
    encoding->page = g_object_ref (self);
    encoding->panel = shot_panel_copy (box->panel);
    encoding->index = box->index;
    encoding->n_waits = 1;
    if (current_wish (self)->wants_data && box->is_told) {
      encoding->n_waits++;
      g_ptr_array_add (panels->untold, g_rc_box_acquire (encoding));
    }
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
  shot_page_run_panels (self, "show", options, shown_cb);
  shot_page_set_state (self, SHOT_STATE_SETTLING);
}

/* The batch is taken: on to the next, or to the end. */
static void
end_batch (ShotPage *self)
{
  ShotPagePanels *panels = self->panels;

  panels->batch++;
  if (panels->batch < panels->plan->batches->len) {
    shot_page_add_flags (self);
    show_batch (self);
  } else {
    shot_page_run_panels (self, "leave", "{}", NULL);
    shot_page_start_encoding (self);
    if (panels->n_encoding == 0)
      end_wish (self);
  }
}

/* --- their data -------------------------------------------------------------------------- */

static void told_cb (GObject *source, GAsyncResult *result, void *data);

static void
ask_for_data (ShotPage *self)
{
  GPtrArray         *untold = self->panels->untold;
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));

  if (untold->len == 0) {
    end_batch (self);
    return;
  }
  for (unsigned i = 0; i < untold->len; i++)
    g_array_append_val (indexes, ((Encoding *) untold->pdata[i])->index);
  g_autofree char *options = shot_panel_data_make_options (indexes);
  shot_page_run_panels (self, "data", options, told_cb);
}

/* Takes @encoding. */
static void
take_table (ShotPage *self, Encoding *encoding, const ShotPanelTable *table)
{
  if (table->csv == NULL) {
    end_wait (encoding, NULL);
    return;
  }
  encoding->data = shot_picture_new ();
  encoding->data->is_data_cut = table->is_cut;
  shot_page_compress_async (table->csv, self->inner, compressed_cb, encoding);
}

/* FALSE: it is no answer to what was asked. */
static bool
take_tables (ShotPage *self, GPtrArray *tables)
{
  GPtrArray *untold = self->panels->untold;

  if (tables == NULL || tables->len > untold->len)
    return false;
  for (unsigned i = 0; i < tables->len; i++) {
    if (((ShotPanelTable *) tables->pdata[i])->index != ((Encoding *) untold->pdata[i])->index)
      return false;
  }
  for (unsigned i = 0; i < tables->len && !shot_page_is_over (self); i++)
    take_table (self, g_ptr_array_steal_index (untold, 0), tables->pdata[i]);
  return true;
}

/* Long tables come one after the other. */
static void
told_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage)  self = data;
  g_autoptr (GError)    error = NULL;
  char                 *text = shot_page_take_text (source, result, &error);
  g_autoptr (GBytes)    answer = text != NULL ? g_bytes_new_take (text, strlen (text)) : NULL;
  g_autoptr (GPtrArray) tables = answer != NULL ? shot_panel_data_parse (answer) : NULL;

  if (self->state == SHOT_STATE_CAPTURING && !take_tables (self, tables))
    shot_page_fail (self, SHOT_ERROR_SCRIPT, "the data of the page's panels cannot be read: %s",
                    error != NULL ? error->message : "it answers nonsense");
  if (self->state == SHOT_STATE_CAPTURING)
    ask_for_data (self);
  else /* They hold the page that holds them. */
    g_ptr_array_set_size (self->panels->untold, 0);
}

static void
captured_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  cairo_surface_t     *surface = shot_page_take_surface (self, result);

  if (surface == NULL)
    return;
  encode_batch (self, surface);
  cairo_surface_destroy (surface);
  ask_for_data (self);
}
