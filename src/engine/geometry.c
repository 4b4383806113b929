#include "config.h"

#include "geometry.h"

#include <math.h>

#include "display.h"

/* Less than this is the rounding of a product that is meant to be 1. */
#define EPSILON 1e-6

static bool
is_whole (const ShotJob *job)
{
  return job->zoom == 1 && floor (job->scale) == job->scale && job->scale >= 1 &&
         job->scale <= SHOT_DISPLAY_MAX_SCALE;
}

/* The page in its natural size, or as near to it as can be held in memory. */
static double
choose_natural_zoom (const ShotJob *job, double page_width, double page_height)
{
  double by_side = SHOT_GEOMETRY_MAX_SIDE / (MAX (page_width, page_height) + 1);
  double by_area = sqrt ((double) job->max_pixels / (page_width * page_height));

  return MIN (1, MIN (by_side, by_area));
}

void
shot_geometry_init (ShotGeometry *self, const ShotJob *job, int width, int height)
{
  *self = (ShotGeometry){
    .width = shot_job_device_pixels (width, job->scale),
    .height = shot_job_device_pixels (height, job->scale),
    .output_scale = 1,
    .shrink = 1,
    .ratio = job->scale * job->zoom,
  };

  if (is_whole (job)) {
    self->output_scale = (int) job->scale;
    self->zoom_level = 1;
    self->view_width = width;
    self->view_height = height;
  } else if (self->ratio >= 1 - EPSILON) {
    self->zoom_level = self->ratio;
    self->view_width = self->width;
    self->view_height = self->height;
  } else {
    double page_width = MAX (width / job->zoom, 1);
    double page_height = MAX (height / job->zoom, 1);
    self->zoom_level = MAX (choose_natural_zoom (job, page_width, page_height), self->ratio);
    self->view_width = (int) ceil (page_width * self->zoom_level - EPSILON);
    self->view_height = (int) ceil (page_height * self->zoom_level - EPSILON);
    self->shrink = self->ratio / self->zoom_level;
  }
}

double
shot_geometry_get_device_pixel_ratio (const ShotGeometry *self)
{
  return self->output_scale * self->zoom_level;
}

static bool
is_side (int inner, int view, double zoom_level)
{
  /* Of a zoomed view WebKit rounds. */
  double tolerance = zoom_level == 1 ? 0 : 1;

  return fabs (inner - view / zoom_level) <= tolerance + EPSILON;
}

bool
shot_geometry_fits (const ShotGeometry *self, int inner_width, int inner_height)
{
  return is_side (inner_width, self->view_width, self->zoom_level) &&
         is_side (inner_height, self->view_height, self->zoom_level);
}
