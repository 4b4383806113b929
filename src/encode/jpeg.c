#include "config.h"

#include "jpeg.h"

#include <errno.h>
#include <turbojpeg.h>

#include "error.h"
#include "pixels.h"

/* From here on thin coloured lines and text keep their full colour resolution: dashboards are made
 * of them. Below, the caller has asked for small files. */
#define FULL_COLOUR_QUALITY 85

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define CAIRO_PIXELS TJPF_BGRX
#else
#define CAIRO_PIXELS TJPF_XRGB
#endif

/* (transfer full): @surface itself when there is nothing to do. */
static cairo_surface_t *
put_over_white (cairo_surface_t *surface)
{
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);

  if (shot_pixels_is_opaque (surface))
    return cairo_surface_reference (surface);

  cairo_surface_t *flat = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  if (cairo_surface_status (flat) != CAIRO_STATUS_SUCCESS)
    return flat;
  for (int y = 0; y < height; y++) {
    const uint32_t *source = shot_pixels_get_row (surface, y);
    uint32_t       *target = (uint32_t *) shot_pixels_get_row (flat, y);
    for (int x = 0; x < width; x++)
      target[x] = shot_pixels_over_white (source[x]);
  }
  cairo_surface_mark_dirty (flat);
  return flat;
}

static gboolean
compress (cairo_surface_t *surface, int quality, unsigned char **out_bytes,
          unsigned long *out_length, GError **error)
{
  int      width = cairo_image_surface_get_width (surface);
  int      height = cairo_image_surface_get_height (surface);
  int      sampling = quality >= FULL_COLOUR_QUALITY ? TJSAMP_444 : TJSAMP_420;
  tjhandle handle = tjInitCompress ();

  int status = handle == NULL
                   ? -1
                   : tjCompress2 (handle, cairo_image_surface_get_data (surface), width,
                                  cairo_image_surface_get_stride (surface), height, CAIRO_PIXELS,
                                  out_bytes, out_length, sampling, quality, 0);
  if (status != 0)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot encode a picture of %d×%d: %s",
                 width, height, tjGetErrorStr2 (handle));
  if (handle != NULL)
    tjDestroy (handle);
  return status == 0;
}

gboolean
shot_jpeg_write (cairo_surface_t *surface, int quality, int fd, size_t *out_size_bytes,
                 GError **error)
{
  unsigned char *bytes = NULL;
  unsigned long  length = 0;

  cairo_surface_flush (surface);
  cairo_surface_t *flat = put_over_white (surface);
  gboolean         is_done = FALSE;
  if (cairo_surface_status (flat) != CAIRO_STATUS_SUCCESS)
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                         "no memory for the picture: ask for a smaller one");
  else
    is_done = compress (flat, quality, &bytes, &length, error);
  cairo_surface_destroy (flat);

  if (is_done && !shot_pixels_write_all (fd, bytes, length)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot write the picture: %s",
                 g_strerror (errno));
    is_done = FALSE;
  }
  tjFree (bytes);
  if (is_done)
    *out_size_bytes = length;
  return is_done;
}
