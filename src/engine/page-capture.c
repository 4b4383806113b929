/* page-capture.c: from a settled page to the pictures */
#include "config.h"

#include "page-private.h"

#include <math.h>
#include <stdlib.h>

#include "snapshot.h"

#define MAX_RESIZES 4

static void captured_cb (GObject *source, GAsyncResult *result, void *data);

static const ShotPictureWish *
current_wish (ShotPage *self)
{
  return g_ptr_array_index (self->job->pictures, self->picture_index);
}

/* --- inspecting -------------------------------------------------------------------------- */

/* Grafana mounts the panels that are in view, and only these could be printed. */
static bool
needs_all_content (const ShotPictureWish *wish)
{
  return wish->kind == SHOT_PICTURE_FULL_PAGE || wish->kind == SHOT_PICTURE_PRINT;
}

/* Of one side; @most: the device pixels that the other side leaves. FALSE: cut to it. */
static bool
limit_side (ShotPage *self, int64_t most, int *side)
{
  most = CLAMP (most, 1, SHOT_GEOMETRY_MAX_SIDE);
  if (shot_job_device_pixels (*side, self->job->scale) <= most)
    return true;
  *side = MAX ((int) ((double) most / self->job->scale), 1);
  return false;
}

/* The content's size in the CSS pixels of a job, which zoom makes fewer of. */
static int
to_job_pixels (ShotPage *self, int css_pixels)
{
  return MAX ((int) ceil (css_pixels * self->job->zoom), 1);
}

/* What the picture needs; @width and @height come as the job's. */
static void
want_size (ShotPage *self, int *width, int *height)
{
  const ShotInspection *inspection = &self->inspection;

  if (needs_all_content (current_wish (self))) {
    *height = to_job_pixels (self, inspection->content_height);
  } else if (current_wish (self)->kind == SHOT_PICTURE_ELEMENT) {
    *width = MAX (*width, to_job_pixels (self, inspection->width));
    *height = MAX (*height, to_job_pixels (self, inspection->height));
  }
}

/* TRUE when the view must take another size first. */
static bool
resize_to_content (ShotPage *self)
{
  int     width = self->job->width;
  int     height = self->job->height;
  int64_t max_pixels = self->job->max_pixels;
  double  scale = self->job->scale;

  want_size (self, &width, &height);
  bool is_whole = limit_side (self, max_pixels / shot_job_device_pixels (self->job->height, scale),
                              &width);
  is_whole = limit_side (self, max_pixels / shot_job_device_pixels (width, scale), &height) &&
             is_whole;
  self->is_truncated = !is_whole;

  /* A zoomed page rounds its own size, and may ask for that pixel more for ever. */
  int slack = self->job->zoom == 1 ? 0 : (int) ceil (self->job->zoom);
  if (abs (width - self->width) <= slack && abs (height - self->height) <= slack)
    return false;
  /* Content that grows with its view would never come to rest. */
  if (self->n_resizes >= MAX_RESIZES) {
    self->is_truncated = self->is_truncated || width > self->width || height > self->height;
    return false;
  }
  self->n_resizes++;
  return shot_page_resize (self, width, height);
}

bool
shot_page_resize (ShotPage *self, int width, int height)
{
  if (width == self->width && height == self->height)
    return false;
  self->width = width;
  self->height = height;
  shot_watch_disturb (self->watch);
  shot_slot_resize (self->slot, self->job, width, height);
  return true;
}

int
shot_page_get_content_height (ShotPage *self)
{
  int height = to_job_pixels (self, self->inspection.content_height);
  int width = shot_job_device_pixels (self->width, self->job->scale);

  limit_side (self, self->job->max_pixels / width, &height);
  return MAX (height, self->job->height);
}

/* Answers of the web process come in one stream with the page's own messages: what the page did
 * before it was inspected, or its picture taken, is known by now. */
bool
shot_page_has_moved (ShotPage *self)
{
  ShotVerdict verdict = { 0 };

  shot_page_judge (self, &verdict);
  bool is_ready = shot_page_may_capture (self, &verdict);
  shot_verdict_clear (&verdict);
  return !is_ready;
}

/* Takes @error. */
static void
refuse_page (ShotPage *self, GError *error)
{
  /* What is still empty in a hurry might have become a picture. */
  if (!(self->verdict_flags & SHOT_FLAG_INCOMPLETE) ||
      !g_error_matches (error, SHOT_ERROR, SHOT_ERROR_SCRIPT)) {
    shot_page_finish (self, error);
    return;
  }
  g_clear_error (&error);
  shot_page_time_out (self);
}

static void
inspected_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  g_autoptr (GError)   error = NULL;
  g_autofree char     *text = shot_page_take_text (source, result, &error);

  if (self->state != SHOT_STATE_INSPECTING)
    return;
  if (text == NULL || !shot_inspection_parse (&self->inspection, text)) {
    shot_page_fail (self, SHOT_ERROR_SCRIPT, "the page cannot be examined: %s",
                    error != NULL ? error->message : "it answers nonsense");
    return;
  }

  if (self->inspection.has_bad_selector) {
    shot_page_fail (self, SHOT_ERROR_USAGE, "“%s” is not a CSS selector: check --selector",
                    current_wish (self)->selector);
    return;
  }
  if (shot_page_has_moved (self)) {
    shot_page_set_state (self, SHOT_STATE_SETTLING);
    return;
  }

  GError   *wrong = NULL;
  ShotTrail trail = {
    .asked_uri = self->job->uri,
    .final_uri = webkit_web_view_get_uri (shot_page_get_view (self)),
    .has_render_key = self->job->render_key != NULL,
  };
  shot_watch_fill_trail (self->watch, &trail);
  const ShotPictureWish *wish = current_wish (self);
  /* A page that only makes a file need not draw anything. */
  if (wish->kind == SHOT_PICTURE_DOWNLOAD && *shot_watch_get_facts (self->watch)->error == '\0' &&
      *shot_watch_get_facts (self->watch)->failed_file == '\0')
    self->inspection.is_blank = false;
  if (!shot_facts_check (shot_watch_get_facts (self->watch), &self->inspection, &trail, &wrong)) {
    refuse_page (self, wrong);
  } else if (wish->kind == SHOT_PICTURE_ELEMENT && !self->inspection.has_element) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND, "the page has no element “%s”", wish->selector);
  } else if (wish->kind == SHOT_PICTURE_ELEMENT &&
             (self->inspection.width == 0 || self->inspection.height == 0)) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND, "the page shows nothing of the element “%s”",
                    wish->selector);
  } else if (wish->kind == SHOT_PICTURE_EACH_PANEL) {
    shot_page_inspect_panels (self);
  } else {
    bool is_other_size = resize_to_content (self);
    shot_page_set_state (self, is_other_size ? SHOT_STATE_SETTLING : SHOT_STATE_CAPTURING);
    if (is_other_size)
      shot_page_advance (self);
    else if (wish->kind == SHOT_PICTURE_PRINT)
      shot_page_print (self);
    else if (wish->kind == SHOT_PICTURE_DOWNLOAD)
      shot_page_await_file (self);
    else if (wish->kind == SHOT_PICTURE_VARIABLES)
      shot_page_list_variables (self);
    else
      shot_snapshot_take_async (shot_page_get_view (self), self->inner, captured_cb,
                                g_object_ref (self));
  }
}

void
shot_page_inspect (ShotPage *self)
{
  const ShotPictureWish *wish = current_wish (self);
  g_autoptr (GBytes)     script = g_resources_lookup_data ("/panelshot/page/inspect.js",
                                                           G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  GVariantDict           arguments;

  g_variant_dict_init (&arguments, NULL);
  g_variant_dict_insert (&arguments, "selector", "s", wish->selector != NULL ? wish->selector : "");
  webkit_web_view_call_async_javascript_function (shot_page_get_view (self),
                                                  g_bytes_get_data (script, NULL),
                                                  (gssize) g_bytes_get_size (script),
                                                  g_variant_dict_end (&arguments), NULL, NULL,
                                                  self->inner, inspected_cb, g_object_ref (self));
}

/* --- capturing --------------------------------------------------------------------------- */

void
shot_page_end_wish (ShotPage *self)
{
  self->picture_index++;
  if (self->picture_index == self->job->pictures->len) {
    shot_page_finish (self, NULL);
    return;
  }
  self->n_resizes = 0;
  self->is_truncated = false;
  shot_page_resize (self, self->job->width, self->job->height);
  shot_page_set_state (self, SHOT_STATE_SETTLING);
  shot_page_advance (self);
}

void
shot_page_add_picture (ShotPage *self, ShotPicture *picture)
{
  picture->kind = current_wish (self)->kind;
  picture->wish = self->picture_index;
  g_ptr_array_add (self->result->pictures, picture);
  shot_page_end_wish (self);
}

static void
encoded_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  ShotPicture         *picture = shot_snapshot_encode_finish (result, &error);

  if (self->state != SHOT_STATE_ENCODING) {
    shot_picture_free (picture);
    g_clear_error (&error);
  } else if (picture == NULL) {
    shot_page_finish (self, error);
  } else {
    shot_page_add_picture (self, picture);
  }
}

static unsigned
get_flags (ShotPage *self)
{
  bool has_error = *shot_watch_get_facts (self->watch)->error != '\0';

  return self->verdict_flags | (has_error ? SHOT_FLAG_SCRIPT_ERROR : 0) |
         (self->is_truncated ? SHOT_FLAG_TRUNCATED : 0);
}

void
shot_page_add_flags (ShotPage *self)
{
  self->result->flags |= get_flags (self);
}

void
shot_page_start_encoding (ShotPage *self)
{
  shot_page_add_flags (self);
  shot_page_set_state (self, SHOT_STATE_ENCODING);
}

/* FALSE: the visit has failed, or the page must settle again. */
static bool
may_use (ShotPage *self, cairo_surface_t *surface)
{
  const ShotGeometry *geometry = shot_slot_get_geometry (self->slot);
  int                 width = geometry->view_width * geometry->output_scale;
  int                 height = geometry->view_height * geometry->output_scale;

  if (!shot_page_check_network (self))
    return false;
  if (shot_page_has_moved (self)) {
    shot_page_set_state (self, SHOT_STATE_SETTLING);
    return false;
  }
  if (cairo_image_surface_get_width (surface) == width &&
      cairo_image_surface_get_height (surface) == height)
    return true;
  shot_page_fail (self, SHOT_ERROR_ENGINE, "WebKit's picture measures %d×%d instead of %d×%d",
                  cairo_image_surface_get_width (surface), cairo_image_surface_get_height (surface),
                  width, height);
  return false;
}

cairo_surface_t *
shot_page_take_surface (ShotPage *self, GAsyncResult *result)
{
  GError          *error = NULL;
  cairo_surface_t *surface = shot_snapshot_take_finish (result, &error);

  if (self->state != SHOT_STATE_CAPTURING) {
    g_clear_pointer (&surface, cairo_surface_destroy);
    g_clear_error (&error);
    return NULL;
  }
  if (surface == NULL) {
    shot_page_finish (self, error);
    return NULL;
  }
  if (!may_use (self, surface)) {
    cairo_surface_destroy (surface);
    return NULL;
  }
  const ShotGeometry *geometry = shot_slot_get_geometry (self->slot);
  if (geometry->shrink == 1)
    return surface;
  cairo_surface_t *small = shot_snapshot_shrink (surface, geometry->shrink, geometry->width,
                                                 geometry->height);
  cairo_surface_destroy (surface);
  return small;
}

/* From what the view shows to what was asked for. (transfer full) */
static cairo_surface_t *
make_picture (ShotPage *self, cairo_surface_t *whole)
{
  const ShotInspection *box = &self->inspection;
  double                ratio = shot_slot_get_geometry (self->slot)->ratio;

  if (current_wish (self)->kind != SHOT_PICTURE_ELEMENT)
    return cairo_surface_reference (whole);
  return shot_snapshot_crop (whole, (int) floor (box->x * ratio), (int) floor (box->y * ratio),
                             shot_job_device_pixels (box->width, ratio),
                             shot_job_device_pixels (box->height, ratio));
}

static void
captured_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  cairo_surface_t     *surface = shot_page_take_surface (self, result);

  if (surface == NULL)
    return;
  cairo_surface_t *picture = make_picture (self, surface);
  shot_page_start_encoding (self);
  shot_snapshot_encode_async (picture, current_wish (self), self->inner, encoded_cb,
                              g_object_ref (self));
  cairo_surface_destroy (picture);
  cairo_surface_destroy (surface);
}
