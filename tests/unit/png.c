#include "config.h"

#include "png.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

static cairo_surface_t *
draw (int width, int height, double alpha)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t         *cr = cairo_create (surface);

  cairo_set_source_rgba (cr, 0.2, 0.4, 0.9, alpha);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  cairo_set_source_rgba (cr, 1, 0, 0, 1);
  cairo_rectangle (cr, 0, 0, width / 2.0, 1);
  cairo_fill (cr);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static cairo_status_t
read_cb (void *closure, unsigned char *data, unsigned length)
{
  return read (*(int *) closure, data, length) == (ssize_t) length ? CAIRO_STATUS_SUCCESS
                                                                   : CAIRO_STATUS_READ_ERROR;
}

/* Cairo's own decoder is the witness. Takes @surface. Returns the size of the file. */
static size_t
check_surface (cairo_surface_t *surface, int colour_type)
{
  int                width = cairo_image_surface_get_width (surface);
  int                height = cairo_image_surface_get_height (surface);
  int                tolerance = colour_type == 2 ? 0 : 1; /* what multiplying by alpha loses */
  g_autoptr (GError) error = NULL;
  size_t             size_bytes = 0;
  unsigned char      head[26];
  int                fd = memfd_create ("png", MFD_CLOEXEC);

  g_assert_true (shot_png_write (surface, fd, &size_bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (size_bytes, ==, (size_t) lseek (fd, 0, SEEK_CUR));
  lseek (fd, 0, SEEK_SET);
  g_assert_cmpint (read (fd, head, sizeof head), ==, sizeof head);
  g_assert_cmpint (head[24], ==, 8);
  g_assert_cmpint (head[25], ==, colour_type);

  lseek (fd, 0, SEEK_SET);
  cairo_surface_t *back = cairo_image_surface_create_from_png_stream (read_cb, &fd);
  g_assert_cmpint (cairo_surface_status (back), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpint (cairo_image_surface_get_width (back), ==, width);
  g_assert_cmpint (cairo_image_surface_get_height (back), ==, height);
  for (int y = 0; y < height; y++) {
    const unsigned char *a = cairo_image_surface_get_data (surface) +
                             y * cairo_image_surface_get_stride (surface);
    const unsigned char *b = cairo_image_surface_get_data (back) +
                             y * cairo_image_surface_get_stride (back);
    for (int x = 0; x < width * 4; x++) {
      if (colour_type == 2 && x % 4 == 3)
        continue;
      g_assert_cmpint (abs (a[x] - b[x]), <=, tolerance);
    }
  }
  cairo_surface_destroy (back);
  cairo_surface_destroy (surface);
  close (fd);
  return size_bytes;
}

static void
check (int width, int height, double alpha, int colour_type)
{
  check_surface (draw (width, height, alpha), colour_type);
}

/* Looks like text, and needs no font. */
static void
scribble (cairo_t *cr, double left, double bottom, double size)
{
  cairo_set_line_width (cr, size / 9);
  for (int i = 0; i < 30; i++) {
    double x = left + size * 0.7 * i;

    cairo_new_sub_path (cr);
    cairo_arc (cr, x, bottom - size * 0.3, size * 0.25, i % 5, 4 + i % 3);
    cairo_move_to (cr, x + size * 0.25, bottom - size * (i % 4) * 0.25);
    cairo_line_to (cr, x + size * 0.25, bottom);
  }
  cairo_stroke (cr);
}

/* As screens show it: a frame, bars with gaps, lines, text. */
static cairo_surface_t *
draw_panel (int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t         *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 0.07, 0.07, 0.09);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 0.3, 0.7, 0.4);
  for (int x = 40; x < width; x += 60)
    cairo_rectangle (cr, x, height * 0.3 + x % 7 * 9, 41, height * 0.5);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 0.9, 0.8, 0.2);
  for (int x = 0; x < width; x += 5)
    cairo_line_to (cr, x, height * 0.5 + x * 37 % 23);
  cairo_stroke (cr);
  cairo_set_source_rgb (cr, 0.8, 0.8, 0.85);
  for (int y = 20; y < height; y += 90)
    scribble (cr, 5, y, 10);
  cairo_destroy (cr);
  return surface;
}

/* A number on a slope of colour. */
static cairo_surface_t *
draw_stat (int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t         *cr = cairo_create (surface);
  cairo_pattern_t *slope = cairo_pattern_create_linear (0, 0, width * 0.8, height);

  cairo_pattern_add_color_stop_rgb (slope, 0, 0.1, 0.4, 0.2);
  cairo_pattern_add_color_stop_rgb (slope, 1, 0.4, 0.8, 0.3);
  cairo_set_source (cr, slope);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  scribble (cr, width * 0.1, height * 0.6, height * 0.07);
  cairo_pattern_destroy (slope);
  cairo_destroy (cr);
  return surface;
}

typedef enum {
  NOISE,
  STRIPES,
  BLANK,
  N_PATTERNS
} Pattern;

static cairo_surface_t *
draw_pattern (Pattern pattern, int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  uint32_t        *pixels = (void *) cairo_image_surface_get_data (surface);
  uint32_t         random = 1;

  for (int i = 0; i < width * height; i++) {
    uint32_t x = (uint32_t) (i % width);
    uint32_t y = (uint32_t) (i / width);
    random = random * 1664525 + 1013904223;
    uint32_t colours[N_PATTERNS] = {
      [NOISE] = random >> 8,
      [STRIPES] = x % 6 < 3 ? 0xff8800 : 0x202020 + y / 100,
      [BLANK] = 0xffffff,
    };
    pixels[i] = 0xff000000 | colours[pattern];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static cairo_status_t
count_cb (void *closure, const unsigned char *data, unsigned length)
{
  *(size_t *) closure += length;
  return CAIRO_STATUS_SUCCESS;
}

/* Takes @surface. */
static void
check_not_larger (cairo_surface_t *surface)
{
  size_t cairo_bytes = 0;

  cairo_surface_write_to_png_stream (surface, count_cb, &cairo_bytes);
  size_t our_bytes = check_surface (surface, 2);
  g_test_message ("%zu bytes, cairo %zu", our_bytes, cairo_bytes);
  /* Next to nothing is left of stripes and of a blank picture: there, a few hundred bytes count. */
  g_assert_cmpuint (our_bytes, <=, cairo_bytes + (cairo_bytes < 4000 ? 500 : 0));
}

static void
test_sizes (void)
{
  check_not_larger (draw_panel (1000, 500));
  check_not_larger (draw_panel (1000, 1300));
  check_not_larger (draw_stat (1000, 500));
  for (Pattern pattern = 0; pattern < N_PATTERNS; pattern++)
    check_not_larger (draw_pattern (pattern, 1000, 500));
}

/* Rows longer than what DEFLATE looks back, bands of one row, pictures of many bands. */
static void
test_shapes (void)
{
  check_surface (draw_panel (12000, 60), 2);
  check_surface (draw_panel (32767, 3), 2);
  check_surface (draw_panel (3, 32767), 2);
  check_surface (draw_panel (2000, 4600), 2);
  check_surface (draw (1000, 700, 0.3), 6);
  check_surface (draw_pattern (NOISE, 1900, 700), 2);
}

static void *
encode_some (void *data)
{
  for (int i = 0; i < 4; i++)
    check_surface (draw_panel (1000 + 10 * i, 900), 2);
  return NULL;
}

/* They share their helpers. */
static void
test_at_once (void)
{
  GThread *threads[6];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("encode", encode_some, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_opaque (void)
{
  check (1, 1, 1, 2);
  check (317, 203, 1, 2);
  check (2000, 3, 1, 2);
}

static void
test_transparent (void)
{
  check (64, 48, 0.5, 6);
  check (3, 3, 0, 6);
}

static void
test_unwritable (void)
{
  cairo_surface_t   *surface = draw_pattern (NOISE, 1000, 2000);
  g_autoptr (GError) error = NULL;
  size_t             size_bytes = 77;
  int                fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_false (shot_png_write (surface, fd, &size_bytes, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  g_assert_cmpuint (size_bytes, ==, 77);
  cairo_surface_destroy (surface);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/png/opaque", test_opaque);
  g_test_add_func ("/png/transparent", test_transparent);
  g_test_add_func ("/png/sizes", test_sizes);
  g_test_add_func ("/png/shapes", test_shapes);
  g_test_add_func ("/png/at-once", test_at_once);
  g_test_add_func ("/png/unwritable", test_unwritable);
  return g_test_run ();
}
