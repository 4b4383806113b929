/* page-capture.c: from a settled page to the pictures */
#include "config.h"

#include "page-private.h"

#include <math.h>

#include "snapshot.h"

#define MAX_RESIZES 4

/* Cairo's image surfaces hold no more in one direction. */
#define MAX_DEVICE_SIDE 32767

static void captured_cb (GObject *source, GAsyncResult *result, void *data);

static const ShotPictureWish *
current_wish (ShotPage *self)
{
  return g_ptr_array_index (self->job->pictures, self->picture_index);
}

/* --- inspecting -------------------------------------------------------------------------- */

/* TRUE when the view must become taller or shorter first. */
static bool
resize_to_content (ShotPage *self)
{
  int64_t device_width = shot_job_device_pixels (self->job->width, self->job->scale);
  int64_t most = MIN (self->job->max_pixels / device_width, MAX_DEVICE_SIDE);
  int     height = MAX (self->inspection.content_height, 1);

  self->result->flags &= ~(unsigned) SHOT_FLAG_TRUNCATED;
  if (shot_job_device_pixels (height, self->job->scale) > most) {
    height = MAX ((int) ((double) most / self->job->scale), 1);
    self->result->flags |= SHOT_FLAG_TRUNCATED;
  }
  if (height == self->height)
    return false;
  /* Content that grows with its view would never come to rest. */
  if (self->n_resizes >= MAX_RESIZES) {
    if (height > self->height)
      self->result->flags |= SHOT_FLAG_TRUNCATED;
    return false;
  }
  self->n_resizes++;
  self->height = height;
  shot_slot_resize (self->slot, self->job->width, height);
  return true;
}

/* Answers of the web process come in one stream with the page's own messages: what the page did
 * before it was inspected, or its picture taken, is known by now. */
static bool
has_moved (ShotPage *self)
{
  ShotVerdict verdict = { 0 };

  shot_page_judge (self, &verdict);
  bool is_ready = verdict.kind == SHOT_VERDICT_READY;
  shot_verdict_clear (&verdict);
  return !is_ready;
}

static void
inspected_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (JSCValue) value = webkit_web_view_call_async_javascript_function_finish (
      WEBKIT_WEB_VIEW (source), result, &error);

  if (self->state != SHOT_STATE_INSPECTING)
    return;
  g_autofree char *text = value != NULL && jsc_value_is_string (value) ? jsc_value_to_string (value)
                                                                       : NULL;
  if (text == NULL || !shot_inspection_parse (&self->inspection, text)) {
    shot_page_fail (self, SHOT_ERROR_SCRIPT, "the page cannot be examined: %s",
                    error != NULL ? error->message : "it answers nonsense");
    return;
  }

  if (has_moved (self)) {
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
  if (!shot_facts_check (shot_watch_get_facts (self->watch), &self->inspection, &trail, &wrong)) {
    shot_page_finish (self, wrong);
  } else if (wish->kind == SHOT_PICTURE_ELEMENT && !self->inspection.has_element) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND, "the page has no element “%s”", wish->selector);
  } else {
    bool is_other_size = wish->kind == SHOT_PICTURE_FULL_PAGE && resize_to_content (self);
    shot_page_set_state (self, is_other_size ? SHOT_STATE_SETTLING : SHOT_STATE_CAPTURING);
    if (is_other_size)
      shot_page_advance (self);
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

static void
encoded_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  ShotPicture         *picture = shot_snapshot_encode_finish (result, &error);

  if (picture == NULL) {
    shot_page_finish (self, error);
    return;
  }
  if (self->state != SHOT_STATE_ENCODING) {
    shot_picture_free (picture);
    return;
  }
  g_ptr_array_add (self->result->pictures, picture);
  self->picture_index++;
  if (self->picture_index == self->job->pictures->len) {
    shot_page_finish (self, NULL);
    return;
  }
  self->n_resizes = 0;
  if (self->height != self->job->height) {
    self->height = self->job->height;
    shot_slot_resize (self->slot, self->job->width, self->height);
  }
  shot_page_set_state (self, SHOT_STATE_SETTLING);
  shot_page_advance (self);
}

static cairo_surface_t *
cut_to_wish (ShotPage *self, cairo_surface_t *surface)
{
  const ShotInspection *box = &self->inspection;
  double                scale = self->job->scale;

  if (current_wish (self)->kind != SHOT_PICTURE_ELEMENT)
    return cairo_surface_reference (surface);
  return shot_snapshot_crop (surface, (int) floor (box->x * scale), (int) floor (box->y * scale),
                             shot_job_device_pixels (box->width, scale),
                             shot_job_device_pixels (box->height, scale));
}

static void
captured_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  cairo_surface_t     *surface = shot_snapshot_take_finish (result, &error);
  int                  width, height;

  if (self->state != SHOT_STATE_CAPTURING) {
    g_clear_pointer (&surface, cairo_surface_destroy);
    g_clear_error (&error);
    return;
  }
  if (surface == NULL) {
    shot_page_finish (self, error);
    return;
  }
  shot_slot_get_device_size (self->slot, &width, &height);
  if (has_moved (self)) {
    shot_page_set_state (self, SHOT_STATE_SETTLING);
  } else if (cairo_image_surface_get_width (surface) != width ||
             cairo_image_surface_get_height (surface) != height) {
    shot_page_fail (self, SHOT_ERROR_ENGINE, "WebKit's picture measures %d×%d instead of %d×%d",
                    cairo_image_surface_get_width (surface),
                    cairo_image_surface_get_height (surface), width, height);
  } else {
    cairo_surface_t *cut = cut_to_wish (self, surface);
    self->result->flags |= self->verdict_flags | (*shot_watch_get_facts (self->watch)->error != '\0'
                                                      ? SHOT_FLAG_SCRIPT_ERROR
                                                      : 0);
    shot_page_set_state (self, SHOT_STATE_ENCODING);
    shot_snapshot_encode_async (cut, current_wish (self), self->inner, encoded_cb,
                                g_object_ref (self));
    cairo_surface_destroy (cut);
  }
  cairo_surface_destroy (surface);
}
