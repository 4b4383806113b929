/* png.c: how long pixels take to become a PNG, and how many bytes
 *
 *   bench-png PICTURE.png REPEATS
 *
 * Prints one line for each encoder: its name, the bytes, the milliseconds of each repetition. All
 * encoders take turns, so that what else the machine does falls on all of them. Each starts from
 * the same cairo surface and writes into the same file in memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <cairo.h>
#include <gio/gio.h>
#include <libdeflate.h>
#include <spng.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "png.h"

#define MAX_LEVEL 6

typedef struct {
  cairo_surface_t *surface;
  int              width, height, stride;
  int              fd;
} Picture;

typedef void (*Encode) (const Picture *picture, int level);

static void
write_all (int fd, const void *bytes, size_t length)
{
  const char *at = bytes;

  while (length > 0) {
    ssize_t written = write (fd, at, length);
    g_assert_cmpint (written, >, 0);
    at += written;
    length -= (size_t) written;
  }
}

static void
encode_ours (const Picture *picture, int level)
{
  size_t             size_bytes = 0;
  g_autoptr (GError) error = NULL;

  shot_png_write (picture->surface, picture->fd, &size_bytes, &error);
  g_assert_no_error (error);
}

static cairo_status_t
cairo_write_cb (void *closure, const unsigned char *data, unsigned length)
{
  write_all (*(const int *) closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void
encode_cairo (const Picture *picture, int level)
{
  int            fd = picture->fd;
  cairo_status_t status = cairo_surface_write_to_png_stream (picture->surface, cairo_write_cb, &fd);

  g_assert_cmpint (status, ==, CAIRO_STATUS_SUCCESS);
}

/* The alternatives below see opaque pictures only, so RGB. */
static void
convert_row (const Picture *picture, int y, uint8_t *target)
{
  const uint8_t  *pixels = cairo_image_surface_get_data (picture->surface);
  const uint32_t *source =
      (const uint32_t *) (const void *) (pixels + (size_t) y * (size_t) picture->stride);

  for (int x = 0; x < picture->width; x++) {
    *target++ = (uint8_t) (source[x] >> 16);
    *target++ = (uint8_t) (source[x] >> 8);
    *target++ = (uint8_t) source[x];
  }
}

static int
spng_write_cb (spng_ctx *ctx, void *user, void *source, size_t length)
{
  write_all (*(int *) user, source, length);
  return 0;
}

static void
encode_spng (const Picture *picture, int level, int filters)
{
  int                 fd = picture->fd;
  size_t              row_bytes = (size_t) picture->width * 3;
  g_autofree uint8_t *row = g_malloc (row_bytes);
  spng_ctx           *ctx = spng_ctx_new (SPNG_CTX_ENCODER);
  struct spng_ihdr    header = {
       .width = (uint32_t) picture->width,
       .height = (uint32_t) picture->height,
       .bit_depth = 8,
       .color_type = SPNG_COLOR_TYPE_TRUECOLOR,
  };

  spng_set_png_stream (ctx, spng_write_cb, &fd);
  spng_set_option (ctx, SPNG_IMG_COMPRESSION_LEVEL, level);
  spng_set_option (ctx, SPNG_FILTER_CHOICE, filters);
  spng_set_ihdr (ctx, &header);
  int status = spng_encode_image (ctx, NULL, 0, SPNG_FMT_PNG,
                                  SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);
  for (int y = 0; status == 0 && y < picture->height; y++) {
    convert_row (picture, y, row);
    status = spng_encode_row (ctx, row, row_bytes);
  }
  g_assert_cmpint (status, ==, SPNG_EOI);
  spng_ctx_free (ctx);
}

static void
encode_spng_plain (const Picture *picture, int level)
{
  encode_spng (picture, level, SPNG_DISABLE_FILTERING);
}

static void
encode_spng_filtered (const Picture *picture, int level)
{
  encode_spng (picture, level, SPNG_FILTER_CHOICE_ALL);
}

static void
write_chunk (int fd, const char *type, const void *data, size_t length)
{
  uint32_t length_be = GUINT32_TO_BE ((uint32_t) length);
  uint32_t crc = libdeflate_crc32 (libdeflate_crc32 (0, type, 4), data, length);
  uint32_t crc_be = GUINT32_TO_BE (crc);

  write_all (fd, &length_be, 4);
  write_all (fd, type, 4);
  write_all (fd, data, length);
  write_all (fd, &crc_be, 4);
}

/* Rows without a filter, compressed in one piece. */
static void
encode_libdeflate (const Picture *picture, int level)
{
  size_t                        row_bytes = 1 + (size_t) picture->width * 3;
  size_t                        raw_bytes = row_bytes * (size_t) picture->height;
  g_autofree uint8_t           *raw = g_malloc (raw_bytes);
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor (level);
  size_t              bound_bytes = libdeflate_zlib_compress_bound (compressor, raw_bytes);
  g_autofree uint8_t *packed = g_malloc (bound_bytes);

  for (int y = 0; y < picture->height; y++) {
    raw[(size_t) y * row_bytes] = 0;
    convert_row (picture, y, raw + (size_t) y * row_bytes + 1);
  }
  size_t packed_bytes = libdeflate_zlib_compress (compressor, raw, raw_bytes, packed, bound_bytes);
  g_assert_cmpuint (packed_bytes, >, 0);

  uint8_t header[13] = { [8] = 8, [9] = 2 };
  for (int i = 0; i < 4; i++) {
    header[i] = (uint8_t) (picture->width >> (24 - 8 * i));
    header[4 + i] = (uint8_t) (picture->height >> (24 - 8 * i));
  }
  write_all (picture->fd, "\x89PNG\r\n\x1a\n", 8);
  write_chunk (picture->fd, "IHDR", header, sizeof header);
  write_chunk (picture->fd, "IDAT", packed, packed_bytes);
  write_chunk (picture->fd, "IEND", "", 0);
  libdeflate_free_compressor (compressor);
}

typedef struct {
  char    name[40];
  Encode  encode;
  int     level;
  off_t   size_bytes;
  double *ms; /* (owned): of each repetition */
} Encoder;

static void
add (GArray *encoders, const char *name, Encode encode, int level, int repeats)
{
  Encoder encoder = { .encode = encode, .level = level, .ms = g_new0 (double, (size_t) repeats) };

  if (level > 0)
    g_snprintf (encoder.name, sizeof encoder.name, "%s_%d", name, level);
  else
    g_strlcpy (encoder.name, name, sizeof encoder.name);
  g_array_append_val (encoders, encoder);
}

static void
measure (Encoder *encoder, const Picture *picture, int repeat)
{
  g_assert_cmpint (ftruncate (picture->fd, 0), ==, 0);
  g_assert_cmpint (lseek (picture->fd, 0, SEEK_SET), ==, 0);
  int64_t started_us = g_get_monotonic_time ();
  encoder->encode (picture, encoder->level);
  encoder->ms[repeat] = (double) (g_get_monotonic_time () - started_us) / 1000;
  encoder->size_bytes = lseek (picture->fd, 0, SEEK_CUR);
}

int
main (int argc, char **argv)
{
  int repeats = argc == 3 ? atoi (argv[2]) : 0;

  if (repeats < 1) {
    g_printerr ("usage: bench-png PICTURE.png REPEATS\n");
    return 2;
  }
  Picture picture = {
    .surface = cairo_image_surface_create_from_png (argv[1]),
    .fd = memfd_create ("bench-png", MFD_CLOEXEC),
  };
  if (cairo_surface_status (picture.surface) != CAIRO_STATUS_SUCCESS || picture.fd < 0) {
    g_printerr ("bench-png: cannot read %s\n", argv[1]);
    return 1;
  }
  picture.width = cairo_image_surface_get_width (picture.surface);
  picture.height = cairo_image_surface_get_height (picture.surface);
  picture.stride = cairo_image_surface_get_stride (picture.surface);

  g_autoptr (GArray) encoders = g_array_new (FALSE, FALSE, sizeof (Encoder));
  add (encoders, "ours", encode_ours, 0, repeats);
  add (encoders, "cairo", encode_cairo, 0, repeats);
  for (int level = 1; level <= MAX_LEVEL; level++)
    add (encoders, "libspng", encode_spng_plain, level, repeats);
  add (encoders, "libspng_filtered", encode_spng_filtered, 3, repeats);
  for (int level = 1; level <= MAX_LEVEL; level++)
    add (encoders, "libdeflate", encode_libdeflate, level, repeats);

  for (int repeat = 0; repeat < repeats; repeat++)
    for (unsigned i = 0; i < encoders->len; i++)
      measure (&g_array_index (encoders, Encoder, (i + (unsigned) repeat) % encoders->len),
               &picture, repeat);

  for (unsigned i = 0; i < encoders->len; i++) {
    Encoder *encoder = &g_array_index (encoders, Encoder, i);
    g_print ("%s %jd", encoder->name, (intmax_t) encoder->size_bytes);
    for (int repeat = 0; repeat < repeats; repeat++)
      g_print (" %.3f", encoder->ms[repeat]);
    g_print ("\n");
    g_free (encoder->ms);
  }
  cairo_surface_destroy (picture.surface);
  close (picture.fd);
  return 0;
}
