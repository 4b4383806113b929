#include "config.h"

#include "png.h"

#include <fcntl.h>
#include <glib/gstdio.h>
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

/* Cairo's own decoder is the witness. */
static void
check (int width, int height, double alpha, int colour_type)
{
  cairo_surface_t   *surface = draw (width, height, alpha);
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
      g_assert_cmpint (abs (a[x] - b[x]), <=, 1);
    }
  }
  cairo_surface_destroy (back);
  cairo_surface_destroy (surface);
  close (fd);
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
  cairo_surface_t   *surface = draw (64, 64, 1);
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
  g_test_add_func ("/png/unwritable", test_unwritable);
  return g_test_run ();
}
