/* lossy.c: JPEG and WebP, read again by the decoders of their libraries */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <turbojpeg.h>
#include <unistd.h>
#include <webp/decode.h>

#include "error.h"
#include "jpeg.h"
#include "webp.h"

typedef gboolean (*Write) (cairo_surface_t *surface, int quality, int fd, size_t *out_size_bytes,
                           GError **error);

typedef struct {
  int      width, height;
  bool     has_alpha;
  uint8_t *rgba; /* (owned) */
} Decoded;

/* Left half in one colour, right half in another; broad areas survive any lossy encoder. */
static cairo_surface_t *
draw (int width, int height, double alpha)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t         *cr = cairo_create (surface);

  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_set_source_rgba (cr, 0.2, 0.4, 1, alpha);
  cairo_paint (cr);
  cairo_set_source_rgba (cr, 1, 0.2, 0, 1);
  cairo_rectangle (cr, 0, 0, width / 2, height);
  cairo_fill (cr);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static GBytes *
encode (Write write_picture, cairo_surface_t *surface, int quality)
{
  g_autoptr (GError) error = NULL;
  size_t             size_bytes = 0;
  int                fd = memfd_create ("lossy", MFD_CLOEXEC);

  g_assert_true (write_picture (surface, quality, fd, &size_bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (size_bytes, ==, (size_t) lseek (fd, 0, SEEK_CUR));
  char *bytes = g_malloc (size_bytes);
  g_assert_cmpint (pread (fd, bytes, size_bytes, 0), ==, (ssize_t) size_bytes);
  close (fd);
  return g_bytes_new_take (bytes, size_bytes);
}

static void
decode_jpeg (GBytes *bytes, Decoded *out)
{
  size_t               length;
  const unsigned char *data = g_bytes_get_data (bytes, &length);
  tjhandle             handle = tjInitDecompress ();
  int                  sampling, colours;

  g_assert_cmpint (tjDecompressHeader3 (handle, data, length, &out->width, &out->height, &sampling,
                                        &colours),
                   ==, 0);
  g_assert_cmpint (colours, ==, TJCS_YCbCr);
  out->rgba = g_malloc ((size_t) out->width * (size_t) out->height * 4);
  g_assert_cmpint (tjDecompress2 (handle, data, length, out->rgba, out->width, 0, out->height,
                                  TJPF_RGBA, 0),
                   ==, 0);
  tjDestroy (handle);
}

static void
decode_webp (GBytes *bytes, Decoded *out)
{
  size_t                length;
  const uint8_t        *data = g_bytes_get_data (bytes, &length);
  WebPBitstreamFeatures features;

  g_assert_cmpint (WebPGetFeatures (data, length, &features), ==, VP8_STATUS_OK);
  out->width = features.width;
  out->height = features.height;
  out->has_alpha = features.has_alpha;
  size_t row_bytes = (size_t) out->width * 4;
  out->rgba = g_malloc (row_bytes * (size_t) out->height);
  g_assert_nonnull (WebPDecodeRGBAInto (data, length, out->rgba, row_bytes * (size_t) out->height,
                                        (int) row_bytes));
}

static void
check_colour (const Decoded *decoded, int x, int y, int red, int green, int blue, int alpha)
{
  const uint8_t *pixel = decoded->rgba + ((size_t) y * (size_t) decoded->width + (size_t) x) * 4;
  const int      wanted[] = { red, green, blue, alpha };

  for (int i = 0; i < 4; i++)
    g_assert_cmpint (abs (pixel[i] - wanted[i]), <=, 6);
}

static void
test_jpeg (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 317, 203 }, { 2000, 3 }, { 64, 48 } };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    cairo_surface_t   *surface = draw (sizes[i][0], sizes[i][1], 1);
    g_autoptr (GBytes) bytes = encode (shot_jpeg_write, surface, 95);
    Decoded            decoded = { 0 };

    decode_jpeg (bytes, &decoded);
    g_assert_cmpint (decoded.width, ==, sizes[i][0]);
    g_assert_cmpint (decoded.height, ==, sizes[i][1]);
    check_colour (&decoded, decoded.width - 1, decoded.height - 1, 51, 102, 255, 255);
    if (decoded.width > 1)
      check_colour (&decoded, 0, 0, 255, 51, 0, 255);
    g_free (decoded.rgba);
    cairo_surface_destroy (surface);
  }
}

/* JPEG has no alpha: what is half transparent is half white, what is nothing is white. */
static void
test_jpeg_over_white (void)
{
  static const struct {
    double alpha;
    int    red, green, blue;
  } rows[] = { { 0.5, 153, 178, 255 }, { 0, 255, 255, 255 } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    cairo_surface_t   *surface = draw (64, 48, rows[i].alpha);
    g_autoptr (GBytes) bytes = encode (shot_jpeg_write, surface, 95);
    Decoded            decoded = { 0 };

    decode_jpeg (bytes, &decoded);
    check_colour (&decoded, 8, 24, 255, 51, 0, 255);
    check_colour (&decoded, 56, 24, rows[i].red, rows[i].green, rows[i].blue, 255);
    g_free (decoded.rgba);
    cairo_surface_destroy (surface);
  }
}

static void
test_webp (void)
{
  static const struct {
    int    width, height;
    double alpha;
  } rows[] = { { 1, 1, 1 }, { 317, 203, 1 }, { 2000, 3, 1 }, { 64, 48, 0.5 } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    cairo_surface_t   *surface = draw (rows[i].width, rows[i].height, rows[i].alpha);
    g_autoptr (GBytes) bytes = encode (shot_webp_write, surface, 95);
    Decoded            decoded = { 0 };

    decode_webp (bytes, &decoded);
    g_assert_cmpint (decoded.width, ==, rows[i].width);
    g_assert_cmpint (decoded.height, ==, rows[i].height);
    g_assert_cmpint (decoded.has_alpha, ==, rows[i].alpha < 1);
    check_colour (&decoded, decoded.width - 1, decoded.height - 1, 51, 102, 255,
                  (int) (255 * rows[i].alpha + 0.5));
    if (decoded.width > 1)
      check_colour (&decoded, 0, 0, 255, 51, 0, 255);
    g_free (decoded.rgba);
    cairo_surface_destroy (surface);
  }
}

static void
test_webp_limit (void)
{
  cairo_surface_t   *largest = draw (SHOT_WEBP_MAX_SIDE, 1, 1);
  cairo_surface_t   *larger = draw (1, SHOT_WEBP_MAX_SIDE + 1, 1);
  g_autoptr (GBytes) bytes = encode (shot_webp_write, largest, 50);
  g_autoptr (GError) error = NULL;
  size_t             size_bytes = 77;

  g_assert_cmpuint (g_bytes_get_size (bytes), >, 0);
  g_assert_false (shot_webp_write (larger, 50, -1, &size_bytes, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, "16383"));
  g_assert_cmpuint (size_bytes, ==, 77);
  cairo_surface_destroy (larger);
  cairo_surface_destroy (largest);
}

/* Noise, because flat areas cost the same at any quality. */
static void
test_quality (void)
{
  static const Write writers[] = { shot_jpeg_write, shot_webp_write };
  cairo_surface_t   *surface = draw (128, 128, 1);
  uint32_t          *pixels = (uint32_t *) (void *) cairo_image_surface_get_data (surface);
  g_autoptr (GRand)  random = g_rand_new_with_seed (1);

  for (int i = 0; i < 128 * 128; i++)
    pixels[i] = 0xff000000u | g_rand_int (random);
  cairo_surface_mark_dirty (surface);
  for (size_t i = 0; i < G_N_ELEMENTS (writers); i++) {
    size_t last = 0;
    for (int quality = 1; quality <= 100; quality += 33) {
      g_autoptr (GBytes) bytes = encode (writers[i], surface, quality);
      g_assert_cmpuint (g_bytes_get_size (bytes), >, last);
      last = g_bytes_get_size (bytes);
    }
  }
  cairo_surface_destroy (surface);
}

static void
test_unwritable (void)
{
  static const Write writers[] = { shot_jpeg_write, shot_webp_write };
  cairo_surface_t   *surface = draw (64, 64, 1);
  int                fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  for (size_t i = 0; i < G_N_ELEMENTS (writers); i++) {
    g_autoptr (GError) error = NULL;
    size_t             size_bytes = 77;
    g_assert_false (writers[i](surface, 85, fd, &size_bytes, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
    g_assert_cmpuint (size_bytes, ==, 77);
  }
  cairo_surface_destroy (surface);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lossy/jpeg", test_jpeg);
  g_test_add_func ("/lossy/jpeg-over-white", test_jpeg_over_white);
  g_test_add_func ("/lossy/webp", test_webp);
  g_test_add_func ("/lossy/webp-limit", test_webp_limit);
  g_test_add_func ("/lossy/quality", test_quality);
  g_test_add_func ("/lossy/unwritable", test_unwritable);
  return g_test_run ();
}
