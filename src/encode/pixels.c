#include "config.h"

#include "pixels.h"

#include <errno.h>
#include <unistd.h>

#define OPAQUE 0xff000000u

const uint32_t *
shot_pixels_get_row (cairo_surface_t *surface, int y)
{
  const uint8_t *pixels = cairo_image_surface_get_data (surface);
  size_t         stride = (size_t) cairo_image_surface_get_stride (surface);

  return (const uint32_t *) (const void *) (pixels + (size_t) y * stride);
}

bool
shot_pixels_is_opaque (cairo_surface_t *surface)
{
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);

  if (cairo_image_surface_get_format (surface) == CAIRO_FORMAT_RGB24)
    return true;
  for (int y = 0; y < height; y++) {
    const uint32_t *row = shot_pixels_get_row (surface, y);
    uint32_t        all = OPAQUE;

    for (int x = 0; x < width; x++)
      all &= row[x];
    if (all != OPAQUE)
      return false;
  }
  return true;
}

uint32_t
shot_pixels_unmultiply (uint32_t pixel)
{
  uint32_t alpha = pixel >> 24;
  uint32_t result = pixel & OPAQUE;

  if (alpha == 0)
    return 0;
  for (int shift = 0; shift <= 16; shift += 8) {
    uint32_t colour = (pixel >> shift) & 0xff;
    result |= MIN (255, (colour * 255 + alpha / 2) / alpha) << shift;
  }
  return result;
}

uint32_t
shot_pixels_over_white (uint32_t pixel)
{
  uint32_t white = 255 - (pixel >> 24);

  /* No colour exceeds its alpha, so nothing carries over. */
  return (pixel + (white << 16 | white << 8 | white)) | OPAQUE;
}

bool
shot_pixels_write_all (int fd, const void *bytes, size_t length)
{
  const char *at = bytes;

  while (length > 0) {
    ssize_t written = write (fd, at, length);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    at += written;
    length -= (size_t) written;
  }
  return true;
}
