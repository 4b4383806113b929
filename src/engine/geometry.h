/* geometry.h: how large a view must be for a picture
 *
 * Three numbers say what is asked for: the size in CSS pixels, the scale (pixels of the picture to
 * one of these) and the zoom (of everything inside the same picture). How they are made of what
 * WebKit offers:
 *
 *   whole scale, no zoom        an output of that scale on our display
 *   scale x zoom of 1 or more   the view as large as the picture, its page zoomed
 *   below 1                     the page in its natural size, the picture made smaller: WebKit's
 *                               zoom draws no text smaller than 9 px, so layouts would break
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "job.h"

G_BEGIN_DECLS

/* Of cairo's image surfaces. */
#define SHOT_GEOMETRY_MAX_SIDE 32767

typedef struct {
  int    width;  /* of the picture, device pixels */
  int    height; /* likewise */
  int    output_scale;
  double zoom_level;  /* of the view */
  int    view_width;  /* in pixels of the output before its scale */
  int    view_height; /* likewise */
  double shrink; /* from what the view shows to the picture; 1: as it is */
  double ratio;  /* pixels of the picture to a CSS pixel of the page */
} ShotGeometry;

/* For the job's scale and zoom. @width, @height: as a job has them. */
void shot_geometry_init (ShotGeometry *self, const ShotJob *job, int width, int height);

/* What the page is told as its devicePixelRatio: how fine it must draw to be sharp. */
double shot_geometry_get_device_pixel_ratio (const ShotGeometry *self);

/* Whether a page that sees this viewport has taken the view's size. */
bool shot_geometry_fits (const ShotGeometry *self, int inner_width, int inner_height);

G_END_DECLS
