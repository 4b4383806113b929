#include "config.h"

#include "geometry.h"

#include <math.h>

static ShotGeometry
make (int width, int height, double scale, double zoom)
{
  g_autoptr (ShotJob) job = shot_job_new ("http://grafana.example/");
  ShotGeometry        geometry;

  job->scale = scale;
  job->zoom = zoom;
  shot_geometry_init (&geometry, job, width, height);
  return geometry;
}

/* Whatever the way, the picture has its size, and the page lays out at the job's size by zoom. */
static void
test_sizes (void)
{
  static const double scales[] = { 0.1, 0.25, 0.33, 0.5, 1, 1.25, 1.5, 2, 3.7, 4 };
  static const double zooms[] = { 0.25, 0.5, 1, 1.5, 3, 5 };
  static const int    sides[] = { 1, 2, 77, 333, 1000, 4000 };

  for (size_t s = 0; s < G_N_ELEMENTS (scales); s++) {
    for (size_t z = 0; z < G_N_ELEMENTS (zooms); z++) {
      for (size_t i = 0; i < G_N_ELEMENTS (sides); i++) {
        ShotGeometry geometry = make (sides[i], 500, scales[s], zooms[z]);
        double       page_width = geometry.view_width / geometry.zoom_level;

        g_assert_cmpint (geometry.width, ==, shot_job_device_pixels (sides[i], scales[s]));
        g_assert_cmpint (geometry.height, ==, shot_job_device_pixels (500, scales[s]));
        /* To a pixel of the picture, or of the page, whichever is larger. */
        g_assert_cmpfloat (fabs (page_width - sides[i] / zooms[z]), <=,
                           MAX (1 / geometry.ratio, 1));
        g_assert_cmpfloat (geometry.shrink, <=, 1);
        g_assert_cmpint (geometry.view_width * geometry.output_scale * geometry.shrink + 1, >=,
                         geometry.width);
        /* WebKit draws no text smaller than 9 px in a view that is zoomed out. */
        g_assert_cmpfloat (geometry.zoom_level, >=, 1);
      }
    }
  }
}

static void
test_ways (void)
{
  ShotGeometry whole = make (1000, 500, 2, 1);
  g_assert_cmpint (whole.output_scale, ==, 2);
  g_assert_cmpint (whole.view_width, ==, 1000);
  g_assert_cmpfloat (whole.zoom_level, ==, 1);
  g_assert_cmpfloat (shot_geometry_get_device_pixel_ratio (&whole), ==, 2);

  ShotGeometry zoomed = make (1000, 500, 2, 1.5);
  g_assert_cmpint (zoomed.output_scale, ==, 1);
  g_assert_cmpint (zoomed.view_width, ==, 2000);
  g_assert_cmpfloat (zoomed.zoom_level, ==, 3);
  g_assert_cmpfloat (shot_geometry_get_device_pixel_ratio (&zoomed), ==, 3);

  ShotGeometry shrunk = make (1000, 500, 0.25, 1);
  g_assert_cmpint (shrunk.view_width, ==, 1000);
  g_assert_cmpint (shrunk.width, ==, 250);
  g_assert_cmpfloat (shrunk.shrink, ==, 0.25);
  g_assert_cmpfloat (shot_geometry_get_device_pixel_ratio (&shrunk), ==, 1);

  /* Zoom and scale that undo each other leave nothing to shrink. */
  ShotGeometry plain = make (1000, 500, 0.25, 4);
  g_assert_cmpint (plain.view_width, ==, 250);
  g_assert_cmpfloat (plain.shrink, ==, 1);
}

/* Small pictures of huge pages: the view stays within what memory and cairo can hold. */
static void
test_huge (void)
{
  ShotGeometry long_one = make (100, 16384, 1, 0.25);
  g_assert_cmpint (long_one.view_height, <=, SHOT_GEOMETRY_MAX_SIDE);
  g_assert_cmpint (long_one.view_height, >, SHOT_GEOMETRY_MAX_SIDE - 100);

  ShotGeometry broad = make (16384, 16384, 0.1, 1);
  g_assert_cmpint ((int64_t) broad.view_width * broad.view_height, <=,
                   SHOT_JOB_DEFAULT_MAX_PIXELS + 20000);
  g_assert_cmpint (broad.width, ==, 1638);
}

static void
test_fits (void)
{
  ShotGeometry whole = make (1000, 500, 2, 1);
  g_assert_true (shot_geometry_fits (&whole, 1000, 500));
  g_assert_false (shot_geometry_fits (&whole, 999, 500));
  g_assert_false (shot_geometry_fits (&whole, 0, 0));

  ShotGeometry zoomed = make (1000, 500, 1, 1.5);
  g_assert_true (shot_geometry_fits (&zoomed, 666, 333));
  g_assert_true (shot_geometry_fits (&zoomed, 667, 334));
  g_assert_false (shot_geometry_fits (&zoomed, 1000, 500));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/geometry/sizes", test_sizes);
  g_test_add_func ("/geometry/ways", test_ways);
  g_test_add_func ("/geometry/huge", test_huge);
  g_test_add_func ("/geometry/fits", test_fits);
  return g_test_run ();
}
