/* change-pictures.c: pictures of the stand-in's panels: the same six hours, a week later, and with
 * something amiss (tests/fixtures/change) */
#include "config.h"

#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <webp/decode.h>

#include "change-pixels.h"
#include "change.h"
#include "error.h"
#include "png.h"

static GBytes *
load (const char *name)
{
  g_autofree char   *path = g_strdup_printf (SHOT_TEST_FIXTURES "/../change/%s.png", name);
  g_autoptr (GError) error = NULL;
  char              *bytes;
  size_t             length;

  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (bytes, length);
}

static double
compare (GBytes *now, GBytes *before, const char *kind, char **out_reason)
{
  ShotCell   cell = { .state = SHOT_CELL_CAPTURED, .panel_kind = (char *) kind, .to_ms = 1 };
  ShotChange change;

  shot_change_compare (&cell, now, NULL, &cell, before, NULL, "last week", &change);
  double score = change.score;
  if (out_reason != NULL)
    *out_reason = g_steal_pointer (&change.reason);
  shot_change_clear (&change);
  return score;
}

/* Whichever is the older one, a week is nothing, and what is amiss shows. */
static void
test_separates (void)
{
  static const struct {
    const char *now, *before;
    double      low, high;
  } rows[] = {
    { "curves", "curves", 0, 0 },
    { "curves", "curves-week", 0, 0.1 },
    { "light", "light-week", 0, 0.1 },
    { "bars", "bars-week", 0, 0.1 },
    { "stat", "stat-week", 0, 0.1 },
    { "curves-missing", "curves", SHOT_CHANGED_SCORE + 0.2, 1 },
    { "curves-missing", "curves-week", SHOT_CHANGED_SCORE + 0.2, 1 },
    { "light-missing", "light", SHOT_CHANGED_SCORE + 0.2, 1 },
    { "light-missing", "light-week", SHOT_CHANGED_SCORE + 0.2, 1 },
    { "bars-missing", "bars-week", SHOT_CHANGED_SCORE + 0.2, 1 },
    { "curves-empty", "curves", 1, 1 },
    { "curves", "curves-empty", 1, 1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) now = load (rows[i].now);
    g_autoptr (GBytes) before = load (rows[i].before);
    g_autofree char   *reason = NULL;
    double             score = compare (now, before, "timeseries", &reason);
    g_test_message ("%s, %s: %.3f %s", rows[i].now, rows[i].before, score, reason);
    g_assert_cmpfloat (score, >=, rows[i].low);
    g_assert_cmpfloat (score, <=, rows[i].high);
    if (score >= SHOT_CHANGED_SCORE)
      g_assert_true (g_str_has_prefix (reason, "picture differs by "));
  }
  g_autoptr (GBytes) now = load ("curves-missing");
  g_autoptr (GBytes) before = load ("curves");
  g_assert_cmpfloat (compare (now, before, "logs", NULL), <,
                     compare (now, before, "timeseries", NULL));
}

static gboolean
write_cairo (cairo_surface_t *surface, int fd, size_t *out_size_bytes, GError **error)
{
  return shot_png_write (surface, fd, out_size_bytes, error);
}

/* A picture of one colour with a square of another. */
static GBytes *
draw (int width, int height, unsigned ground, unsigned square)
{
  ShotChangePixels   pixels = { width, height, g_malloc (3 * (size_t) width * (size_t) height) };
  g_autoptr (GError) error = NULL;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      bool     is_inside = abs (2 * x - width) < width / 2 && abs (2 * y - height) < height / 2;
      unsigned colour = is_inside ? square : ground;
      for (int c = 0; c < 3; c++)
        pixels.rgb[3 * (y * width + x) + c] = (uint8_t) (colour >> (16 - 8 * c));
    }
  GBytes *png = shot_change_pixels_encode (&pixels, write_cairo, &error);
  g_assert_no_error (error);
  shot_change_pixels_clear (&pixels);
  return png;
}

static void
test_sizes (void)
{
  g_autoptr (GBytes) small = draw (200, 100, 0x111217, 0x73bf69);
  g_autoptr (GBytes) large = draw (800, 400, 0x111217, 0x73bf69);
  g_autoptr (GBytes) red = draw (800, 400, 0x111217, 0xf2495c);
  g_autoptr (GBytes) plain = draw (800, 400, 0x111217, 0x111217);
  g_autoptr (GBytes) dot = draw (1, 1, 0xffffff, 0);

  g_assert_cmpfloat (compare (small, large, "stat", NULL), <, 0.1);
  g_assert_cmpfloat (compare (red, small, "stat", NULL), ==, 1);
  g_assert_cmpfloat (compare (plain, large, "stat", NULL), ==, 1);
  g_assert_cmpfloat (compare (plain, plain, "stat", NULL), ==, 0);
  g_assert_cmpfloat (compare (dot, plain, "stat", NULL), <=, 1);
}

static void
test_decode (void)
{
  static const struct {
    int           width, height;
    double        alpha;
    const uint8_t rgb[3];
  } rows[] = { { 3, 2, 1, { 51, 102, 204 } }, { 3, 2, 0.5, { 153, 178, 229 } } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (ShotChangePixels) pixels = { 0 };
    g_autoptr (GError)        error = NULL;
    cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, rows[i].width,
                                                           rows[i].height);
    cairo_t         *cr = cairo_create (surface);
    cairo_set_source_rgba (cr, 0.2, 0.4, 0.8, rows[i].alpha);
    cairo_paint (cr);
    cairo_destroy (cr);
    g_autofree char *path = g_build_filename (g_get_tmp_dir (), "change-XXXXXX", NULL);
    int              fd = g_mkstemp (path);
    size_t           length;
    g_assert_true (shot_png_write (surface, fd, &length, NULL));
    close (fd);
    cairo_surface_destroy (surface);
    char *bytes;
    g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
    g_assert_cmpint (unlink (path), ==, 0);
    g_autoptr (GBytes) png = g_bytes_new_take (bytes, length);
    g_assert_true (shot_change_pixels_decode (png, &pixels, &error));
    g_assert_no_error (error);
    g_assert_cmpint (pixels.width, ==, rows[i].width);
    g_assert_cmpint (pixels.height, ==, rows[i].height);
    for (int c = 0; c < 3; c++)
      g_assert_cmpint (abs (pixels.rgb[15 + c] - rows[i].rgb[c]), <=, 2);
  }
}

/* A picture that is none: not compared, no thumbnail, and an error that says why. */
static void
test_broken (void)
{
  g_autoptr (GBytes) whole = load ("curves");
  g_autoptr (GBytes) half = g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) / 2);
  g_autoptr (GBytes) none = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) text = g_bytes_new_static ("<html>", 6);
  /* Says that it measures 65000×65000. */
  static const uint8_t bomb_bytes[] =
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xfd\xe8\0\0\xfd\xe8\x08\x02\0\0\0\x2d\x35\x4e\x5d";
  g_autoptr (GBytes) bomb = g_bytes_new_static (bomb_bytes, sizeof bomb_bytes - 1);
  GBytes *const      rows[] = { half, none, text, bomb };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    ShotCell           cell = { .state = SHOT_CELL_CAPTURED };
    ShotChange         change;

    g_assert_null (shot_change_make_thumbnail (rows[i], &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
    g_clear_error (&error);
    g_assert_null (shot_change_draw (whole, rows[i], &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
    shot_change_compare (&cell, rows[i], NULL, &cell, whole, NULL, "yesterday", &change);
    g_assert_cmpfloat (change.picture_change, <, 0);
    g_assert_cmpfloat (change.score, ==, 0);
    g_assert_cmpstr (change.reason, ==, "");
    shot_change_clear (&change);
  }
}

static void
check_thumbnail (GBytes *picture, int width, int height, size_t most_bytes)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GBytes)    webp = shot_change_make_thumbnail (picture, &error);
  WebPBitstreamFeatures features;

  g_assert_no_error (error);
  g_assert_cmpint (WebPGetFeatures (g_bytes_get_data (webp, NULL), g_bytes_get_size (webp),
                                    &features),
                   ==, VP8_STATUS_OK);
  g_assert_cmpint (features.width, ==, width);
  g_assert_cmpint (features.height, ==, height);
  g_assert_false (features.has_alpha);
  g_assert_cmpuint (g_bytes_get_size (webp), <=, most_bytes);
}

static void
test_thumbnail (void)
{
  static const struct {
    int width, height, thumb_width, thumb_height;
  } rows[] = { { 1000, 500, 400, 200 }, { 400, 10, 400, 10 },     { 399, 7, 399, 7 },
               { 1, 1, 1, 1 },          { 1000, 9000, 400, 800 }, { 50, 4000, 50, 800 } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) picture = draw (rows[i].width, rows[i].height, 0xffffff, 0x3274d9);
    check_thumbnail (picture, rows[i].thumb_width, rows[i].thumb_height, 15000);
  }
  g_autoptr (GBytes) curves = load ("curves");
  g_autoptr (GBytes) bars = load ("bars");
  check_thumbnail (curves, 400, 200, 15000);
  check_thumbnail (bars, 400, 200, 15000);
}

/* Areas keep their colour, and every pixel counts, at any ratio. */
static void
test_shrink (void)
{
  static const int sizes[][2] = { { 400, 200 }, { 333, 167 }, { 1, 1 }, { 999, 499 } };
  ShotChangePixels pixels = { 1000, 500, g_malloc (3 * 1000 * 500) };

  for (size_t i = 0; i < 3 * 1000 * 500; i++)
    pixels.rgb[i] = i / 3 % 2 != 0 ? 255 : 0;
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_auto (ShotChangePixels) small = { 0 };
    double                    sum = 0;
    size_t                    n = 3 * (size_t) sizes[i][0] * (size_t) sizes[i][1];
    shot_change_pixels_shrink (&pixels, sizes[i][0], sizes[i][1], &small);
    for (size_t j = 0; j < n; j++)
      sum += pow (small.rgb[j] / 255.0, 1.7);
    g_assert_cmpfloat (fabs (sum / (double) n - 0.5), <, 0.01);
  }
  shot_change_pixels_clear (&pixels);
}

static size_t
count_colour (const ShotChangePixels *pixels, int red, int green, int blue)
{
  size_t count = 0;

  for (size_t i = 0; i < (size_t) pixels->width * (size_t) pixels->height; i++) {
    const uint8_t *rgb = pixels->rgb + 3 * i;
    count += rgb[0] == red && rgb[1] == green && rgb[2] == blue;
  }
  return count;
}

static void
test_draw (void)
{
  static const struct {
    const char *now, *before;
    bool        has_new, has_old;
  } rows[] = { { "curves", "curves", false, false },
               { "curves", "curves-empty", true, true },
               { "light-missing", "light", true, true },
               { "stat", "bars", true, true } };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes)        now = load (rows[i].now);
    g_autoptr (GBytes)        before = load (rows[i].before);
    g_autoptr (GError)        error = NULL;
    g_auto (ShotChangePixels) pixels = { 0 };
    g_autoptr (GBytes)        png = shot_change_draw (now, before, &error);

    g_assert_no_error (error);
    g_assert_true (shot_change_pixels_decode (png, &pixels, &error));
    g_assert_cmpint (pixels.width, ==, 600);
    g_assert_cmpint (pixels.height, ==, 300);
    g_assert_cmpint (count_colour (&pixels, 0xff, 0x7a, 0x00) > 50, ==, rows[i].has_new);
    g_assert_cmpint (count_colour (&pixels, 0x2f, 0x6b, 0xff) > 50, ==, rows[i].has_old);
  }
  /* A square that grew: what is new around it is marked, in a picture of the newer size. */
  g_autoptr (GBytes)        small = draw (100, 100, 0xffffff, 0xffffff);
  g_autoptr (GBytes)        large = draw (200, 100, 0xffffff, 0x2a7f00);
  g_autoptr (GBytes)        png = shot_change_draw (large, small, NULL);
  g_auto (ShotChangePixels) pixels = { 0 };
  g_assert_true (shot_change_pixels_decode (png, &pixels, NULL));
  g_assert_cmpint (pixels.width, ==, 200);
  g_assert_cmpuint (count_colour (&pixels, 0xff, 0x7a, 0x00), ==, 99 * 49);
  g_assert_cmpuint (count_colour (&pixels, 0x2f, 0x6b, 0xff), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/change-pictures/separates", test_separates);
  g_test_add_func ("/change-pictures/sizes", test_sizes);
  g_test_add_func ("/change-pictures/decode", test_decode);
  g_test_add_func ("/change-pictures/broken", test_broken);
  g_test_add_func ("/change-pictures/thumbnail", test_thumbnail);
  g_test_add_func ("/change-pictures/shrink", test_shrink);
  g_test_add_func ("/change-pictures/draw", test_draw);
  return g_test_run ();
}
