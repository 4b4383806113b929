#include "config.h"

#include "png.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "error.h"
#include "pixels.h"
#include "png-crew.h"

#define COLOUR_RGB 2
#define COLOUR_RGBA 6

typedef struct {
  int    fd;
  size_t size_bytes;
  bool   has_failed;
} Output;

static void
write_bytes (Output *output, const void *bytes, size_t length)
{
  output->has_failed = output->has_failed || !shot_pixels_write_all (output->fd, bytes, length);
  output->size_bytes += length;
}

static void
put_uint32 (uint8_t *target, uint32_t number)
{
  uint32_t big_endian = GUINT32_TO_BE (number);

  memcpy (target, &big_endian, sizeof big_endian);
}

static void
write_chunk (Output *output, const char *type, const void *data, size_t length)
{
  uint8_t  head[8];
  uint8_t  tail[4];
  uint32_t crc;

  put_uint32 (head, (uint32_t) length);
  memcpy (head + 4, type, 4);
  crc = (uint32_t) crc32 (0, head + 4, 4);
  /* Without any bytes crc32() begins anew. */
  if (length > 0)
    crc = (uint32_t) crc32 (crc, data, (unsigned) length);
  put_uint32 (tail, crc);
  write_bytes (output, head, sizeof head);
  write_bytes (output, data, length);
  write_bytes (output, tail, sizeof tail);
}

static void
write_head (Output *output, int width, int height, bool is_opaque)
{
  uint8_t header[13] = { [8] = 8, [9] = is_opaque ? COLOUR_RGB : COLOUR_RGBA };

  put_uint32 (header, (uint32_t) width);
  put_uint32 (header + 4, (uint32_t) height);
  write_bytes (output, "\x89PNG\r\n\x1a\n", 8);
  write_chunk (output, "IHDR", header, sizeof header);
}

/* FALSE: no memory for the encoder. */
static bool
write_bands (Output *output, cairo_surface_t *surface, bool is_opaque)
{
  static const uint8_t    zlib_head[] = { 0x78, 0x5e }; /* RFC 1950 */
  g_autoptr (ShotPngCrew) crew = shot_png_crew_new (surface, is_opaque);
  int                     n_bands = shot_png_crew_get_n_bands (crew);
  unsigned long           adler = 1;

  for (int n = 0; n < n_bands && !output->has_failed; n++) {
    ShotPngBand band = shot_png_crew_next (crew);
    uint8_t     checksum[4];

    if (band.packed == NULL)
      return false;
    adler = adler32_combine (adler, band.adler, (z_off_t) band.raw_bytes);
    put_uint32 (checksum, (uint32_t) adler);
    if (n == 0)
      g_byte_array_prepend (band.packed, zlib_head, sizeof zlib_head);
    if (n + 1 == n_bands)
      g_byte_array_append (band.packed, checksum, sizeof checksum);
    write_chunk (output, "IDAT", band.packed->data, band.packed->len);
    shot_png_band_clear (&band);
  }
  return true;
}

gboolean
shot_png_write (cairo_surface_t *surface, int fd, size_t *out_size_bytes, GError **error)
{
  int    width = cairo_image_surface_get_width (surface);
  int    height = cairo_image_surface_get_height (surface);
  Output output = { .fd = fd };

  cairo_surface_flush (surface);
  bool is_opaque = shot_pixels_is_opaque (surface);

  write_head (&output, width, height, is_opaque);
  bool has_memory = write_bands (&output, surface, is_opaque);
  write_chunk (&output, "IEND", "", 0);
  if (output.has_failed || !has_memory) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot encode a picture of %d×%d: %s",
                 width, height, output.has_failed ? "it cannot be written" : "no memory");
    return FALSE;
  }
  *out_size_bytes = output.size_bytes;
  return TRUE;
}
