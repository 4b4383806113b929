#include "config.h"

#include "png.h"

#include <spng.h>
#include <stdint.h>

#include "error.h"
#include "pixels.h"

/* Measured on dashboards (tests/bench): without filters the picture is as small as with adaptive
 * ones at a fifth of the time, and levels above 3 buy two percent for twice the time. */
#define COMPRESSION_LEVEL 3

typedef struct {
  int    fd;
  size_t size_bytes;
} Output;

static int
write_cb (spng_ctx *ctx, void *user, void *source, size_t length)
{
  Output *output = user;

  if (!shot_pixels_write_all (output->fd, source, length))
    return SPNG_IO_ERROR;
  output->size_bytes += length;
  return 0;
}

static void
convert_row_rgb (const uint32_t *source, uint8_t *target, int width)
{
  for (int x = 0; x < width; x++) {
    uint32_t pixel = source[x];

    target[0] = (uint8_t) (pixel >> 16);
    target[1] = (uint8_t) (pixel >> 8);
    target[2] = (uint8_t) pixel;
    target += 3;
  }
}

static void
convert_row_rgba (const uint32_t *source, uint8_t *target, int width)
{
  for (int x = 0; x < width; x++) {
    uint32_t pixel = shot_pixels_unmultiply (source[x]);

    target[0] = (uint8_t) (pixel >> 16);
    target[1] = (uint8_t) (pixel >> 8);
    target[2] = (uint8_t) pixel;
    target[3] = (uint8_t) (pixel >> 24);
    target += 4;
  }
}

static int
encode_rows (spng_ctx *ctx, cairo_surface_t *surface, bool opaque)
{
  int                 width = cairo_image_surface_get_width (surface);
  int                 height = cairo_image_surface_get_height (surface);
  size_t              row_bytes = (size_t) width * (opaque ? 3 : 4);
  g_autofree uint8_t *row = g_malloc (row_bytes);
  int                 status = spng_encode_image (ctx, NULL, 0, SPNG_FMT_PNG,
                                                  SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);

  for (int y = 0; status == 0 && y < height; y++) {
    const uint32_t *source = shot_pixels_get_row (surface, y);

    if (opaque)
      convert_row_rgb (source, row, width);
    else
      convert_row_rgba (source, row, width);
    status = spng_encode_row (ctx, row, row_bytes);
  }
  return status == SPNG_EOI ? 0 : status;
}

gboolean
shot_png_write (cairo_surface_t *surface, int fd, size_t *out_size_bytes, GError **error)
{
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);

  cairo_surface_flush (surface);
  bool opaque = shot_pixels_is_opaque (surface);

  spng_ctx        *ctx = spng_ctx_new (SPNG_CTX_ENCODER);
  Output           output = { .fd = fd };
  struct spng_ihdr header = {
    .width = (uint32_t) width,
    .height = (uint32_t) height,
    .bit_depth = 8,
    .color_type = opaque ? SPNG_COLOR_TYPE_TRUECOLOR : SPNG_COLOR_TYPE_TRUECOLOR_ALPHA,
  };

  int status = spng_set_png_stream (ctx, write_cb, &output);
  if (status == 0)
    status = spng_set_option (ctx, SPNG_IMG_COMPRESSION_LEVEL, COMPRESSION_LEVEL);
  if (status == 0)
    status = spng_set_option (ctx, SPNG_FILTER_CHOICE, SPNG_DISABLE_FILTERING);
  if (status == 0)
    status = spng_set_ihdr (ctx, &header);
  if (status == 0)
    status = encode_rows (ctx, surface, opaque);
  spng_ctx_free (ctx);

  if (status != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot encode a picture of %d×%d: %s",
                 width, height, spng_strerror (status));
    return FALSE;
  }
  *out_size_bytes = output.size_bytes;
  return TRUE;
}
