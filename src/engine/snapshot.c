#include "config.h"

#include "snapshot.h"

#include <unistd.h>

#include "error.h"
#include "jpeg.h"
#include "memory-file.h"
#include "png.h"
#include "webp.h"

/* What the encoder's thread is given. */
typedef struct {
  cairo_surface_t *surface; /* (owned) */
  ShotPictureKind  kind;
  ShotEncoding     encoding;
  int              quality;
} Encoding;

static void
encoding_free (void *data)
{
  Encoding *encoding = data;

  cairo_surface_destroy (encoding->surface);
  g_free (encoding);
}

static void
snapshot_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GTask)      task = data;
  g_autoptr (GError)     error = NULL;
  g_autoptr (GdkTexture) texture = webkit_web_view_get_snapshot_finish (WEBKIT_WEB_VIEW (source),
                                                                        result, &error);

  if (texture == NULL) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_ENGINE, "WebKit gave no picture: %s",
                             error->message);
    return;
  }

  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32,
                                                         gdk_texture_get_width (texture),
                                                         gdk_texture_get_height (texture));
  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_ENGINE,
                             "no memory for a picture of %d×%d: ask for a smaller one",
                             gdk_texture_get_width (texture), gdk_texture_get_height (texture));
    cairo_surface_destroy (surface);
    return;
  }
  gdk_texture_download (texture, cairo_image_surface_get_data (surface),
                        (size_t) cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);
  g_task_return_pointer (task, surface, (GDestroyNotify) cairo_surface_destroy);
}

void
shot_snapshot_take_async (WebKitWebView *view, GCancellable *cancellable,
                          GAsyncReadyCallback callback, void *user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  webkit_web_view_get_snapshot (view, WEBKIT_SNAPSHOT_REGION_VISIBLE, WEBKIT_SNAPSHOT_OPTIONS_NONE,
                                cancellable, snapshot_cb, task);
}

cairo_surface_t *
shot_snapshot_take_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

cairo_surface_t *
shot_snapshot_crop (cairo_surface_t *surface, int x, int y, int width, int height)
{
  int left = CLAMP (x, 0, cairo_image_surface_get_width (surface) - 1);
  int top = CLAMP (y, 0, cairo_image_surface_get_height (surface) - 1);
  int right = CLAMP (x + width, left + 1, cairo_image_surface_get_width (surface));
  int bottom = CLAMP (y + height, top + 1, cairo_image_surface_get_height (surface));

  cairo_surface_flush (surface);
  /* No copy: the same pixels, of which the larger picture is kept. */
  static const cairo_user_data_key_t whole_key;
  int                                stride = cairo_image_surface_get_stride (surface);
  uint8_t                           *pixels = cairo_image_surface_get_data (surface);
  cairo_surface_t                   *cut = cairo_image_surface_create_for_data (
                        pixels + (size_t) top * (size_t) stride + (size_t) left * 4, CAIRO_FORMAT_ARGB32,
                        right - left, bottom - top, stride);
  cairo_surface_set_user_data (cut, &whole_key, cairo_surface_reference (surface),
                               (cairo_destroy_func_t) cairo_surface_destroy);
  return cut;
}

cairo_surface_t *
shot_snapshot_shrink (cairo_surface_t *surface, double ratio, int width, int height)
{
  cairo_surface_t *small = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t         *cr = cairo_create (small);

  cairo_scale (cr, ratio, ratio);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_set_source_surface (cr, surface, 0, 0);
  /* The last row or column may reach past the page by a part of a pixel. */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_paint (cr);
  cairo_destroy (cr);
  return small;
}

static gboolean
write_encoded (const Encoding *encoding, int fd, size_t *out_size_bytes, GError **error)
{
  switch (encoding->encoding) {
  case SHOT_ENCODING_PNG:
    return shot_png_write (encoding->surface, fd, out_size_bytes, error);
  case SHOT_ENCODING_JPEG:
    return shot_jpeg_write (encoding->surface, encoding->quality, fd, out_size_bytes, error);
  case SHOT_ENCODING_WEBP:
    return shot_webp_write (encoding->surface, encoding->quality, fd, out_size_bytes, error);
  case SHOT_ENCODING_PDF:
  case SHOT_ENCODING_CSV:
  case SHOT_ENCODING_JSON:
  case SHOT_N_ENCODINGS:
    break;
  }
  g_assert_not_reached ();
}

static void
encode_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  const Encoding *encoding = data;
  GError         *error = NULL;
  size_t          size_bytes;
  int             fd = shot_memory_file_open (&error);

  if (fd < 0) {
    g_task_return_error (task, error);
    return;
  }
  if (!write_encoded (encoding, fd, &size_bytes, &error)) {
    close (fd);
    g_task_return_error (task, error);
    return;
  }
  shot_memory_file_seal (fd);

  ShotPicture *picture = shot_picture_new ();
  picture->kind = encoding->kind;
  picture->encoding = encoding->encoding;
  picture->width = cairo_image_surface_get_width (encoding->surface);
  picture->height = cairo_image_surface_get_height (encoding->surface);
  picture->fd = fd;
  picture->size_bytes = size_bytes;
  g_task_return_pointer (task, picture, (GDestroyNotify) shot_picture_free);
}

void
shot_snapshot_encode_async (cairo_surface_t *surface, const ShotPictureWish *wish,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Encoding         *encoding = g_new0 (Encoding, 1);

  encoding->surface = cairo_surface_reference (surface);
  encoding->kind = wish->kind;
  encoding->encoding = wish->encoding;
  encoding->quality = wish->quality;
  g_task_set_task_data (task, encoding, encoding_free);
  g_task_run_in_thread (task, encode_thread);
}

ShotPicture *
shot_snapshot_encode_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
