#include "config.h"

#include "change.h"

#include "change-pixels.h"
#include "webp.h"

#define MAX_WIDTH 400

/* Of a picture that is a column, such as a full page, the top is what a list shows. */
#define MAX_HEIGHT 800

/* Measured on panels of 1000×500 in both themes: 4 to 11 kB, and series stay apart. */
#define QUALITY 80

static gboolean
write_webp (cairo_surface_t *surface, int fd, size_t *out_size_bytes, GError **error)
{
  return shot_webp_write (surface, QUALITY, fd, out_size_bytes, error);
}

GBytes *
shot_change_make_thumbnail (GBytes *picture, GError **error)
{
  g_auto (ShotChangePixels) pixels = { 0 };
  g_auto (ShotChangePixels) small = { 0 };

  if (!shot_change_pixels_decode (picture, &pixels, error))
    return NULL;
  int width = MIN (MAX_WIDTH, pixels.width);
  int height = MAX (1, (int) ((int64_t) pixels.height * width / pixels.width));
  if (height > MAX_HEIGHT) {
    pixels.height = MAX (1, (int) ((int64_t) pixels.height * MAX_HEIGHT / height));
    height = MIN (MAX_HEIGHT, pixels.height);
  }
  shot_change_pixels_shrink (&pixels, width, height, &small);
  return shot_change_pixels_encode (&small, write_webp, error);
}
