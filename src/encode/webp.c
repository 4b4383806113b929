#include "config.h"

#include "webp.h"

#include <webp/encode.h>

#include "error.h"
#include "pixels.h"

/* 0 is the fastest, 6 the smallest. Measured on panels and dashboards: half the time of 4, which is
 * the default, for 2 % more bytes. */
#define METHOD 2

typedef struct {
  int    fd;
  size_t size_bytes;
} Output;

static int
write_cb (const uint8_t *bytes, size_t length, const WebPPicture *picture)
{
  Output *output = picture->custom_ptr;

  if (!shot_pixels_write_all (output->fd, bytes, length))
    return 0;
  output->size_bytes += length;
  return 1;
}

static void
fill_picture (WebPPicture *picture, cairo_surface_t *surface)
{
  uint32_t alpha = shot_pixels_is_opaque (surface) ? 0xff000000u : 0;

  for (int y = 0; y < picture->height; y++) {
    const uint32_t *source = shot_pixels_get_row (surface, y);
    uint32_t       *target = picture->argb + (size_t) y * (size_t) picture->argb_stride;
    for (int x = 0; x < picture->width; x++)
      target[x] = alpha != 0 ? source[x] | alpha : shot_pixels_unmultiply (source[x]);
  }
}

static const char *
explain (WebPEncodingError code)
{
  switch (code) {
  case VP8_ENC_ERROR_OUT_OF_MEMORY:
  case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
    return "no memory";
  case VP8_ENC_ERROR_BAD_WRITE:
    return "it cannot be written";
  default:
    return "libwebp refuses it";
  }
}

static gboolean
check_size (int width, int height, GError **error)
{
  if (MAX (width, height) <= SHOT_WEBP_MAX_SIDE)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "the picture measures %d×%d and WebP knows at most %d: ask for png or jpeg", width,
               height, SHOT_WEBP_MAX_SIDE);
  return FALSE;
}

gboolean
shot_webp_write (cairo_surface_t *surface, int quality, int fd, size_t *out_size_bytes,
                 GError **error)
{
  Output      output = { .fd = fd };
  WebPConfig  config;
  WebPPicture picture;
  int         width = cairo_image_surface_get_width (surface);
  int         height = cairo_image_surface_get_height (surface);

  if (!check_size (width, height, error))
    return FALSE;
  if (!WebPConfigPreset (&config, WEBP_PRESET_DEFAULT, (float) quality) ||
      !WebPPictureInit (&picture)) {
    g_set_error_literal (
        error, SHOT_ERROR, SHOT_ERROR_ENGINE,
        "libwebp is older than the one that this was built with: install it again");
    return FALSE;
  }
  config.method = METHOD;
  picture.use_argb = 1;
  picture.width = width;
  picture.height = height;
  picture.writer = write_cb;
  picture.custom_ptr = &output;

  cairo_surface_flush (surface);
  gboolean is_done = WebPPictureAlloc (&picture);
  if (is_done) {
    fill_picture (&picture, surface);
    is_done = WebPEncode (&config, &picture);
  }
  if (is_done)
    *out_size_bytes = output.size_bytes;
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot encode a picture of %d×%d: %s",
                 width, height, explain (picture.error_code));
  WebPPictureFree (&picture);
  return is_done;
}
