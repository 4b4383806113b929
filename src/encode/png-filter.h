/* png-filter.h: rows of pixels to rows of a PNG, each with the filter that suits it
 *
 * Screens are not photographs: what helps is that DEFLATE finds the row above again, which a filter
 * on some rows and not on others prevents. So rows stay as they are, but for those that repeat the
 * one above, and those that change little of it, which are stored as differences. Photographs and
 * slopes of colour are rows of new pixels, and take the filter with the least sum.
 *
 * A plan counts what the rows are made of, which several threads may do for rows of their own, and
 * then chooses. It is not changed any more after that: filters go by it, each in one thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* How far DEFLATE looks back. */
#define SHOT_PNG_WINDOW_BYTES 32768

/* What a picture is made of, but for its first row and column. */
typedef struct {
  size_t pixels;
  size_t edges;   /* unlike the one on the left */
  size_t changes; /* unlike the one above */
  size_t news;    /* unlike both */
  size_t steps;   /* unlike the one on the left by little */
} ShotPngCounts;

typedef struct ShotPngPlan   ShotPngPlan;
typedef struct ShotPngFilter ShotPngFilter;

/* @surface: borrowed and flushed. */
ShotPngPlan *shot_png_plan_new  (cairo_surface_t *surface);
void         shot_png_plan_free (ShotPngPlan *self);

/* The rows @first up to @end; each once. */
void shot_png_plan_count (ShotPngPlan *self, int first, int end);

/* Once all rows are counted. What follows needs it. */
void shot_png_plan_choose (ShotPngPlan *self);

/* Whether the rows are RGB, else RGBA. */
bool shot_png_plan_is_opaque (const ShotPngPlan *self);

int           shot_png_plan_get_height (const ShotPngPlan *self);
ShotPngCounts shot_png_plan_get_counts (const ShotPngPlan *self);

/* Of each row that next() returns: the byte that names the filter, and the pixels. */
size_t shot_png_plan_get_row_bytes (const ShotPngPlan *self);

/* @plan: borrowed. Begins with the row @first. */
ShotPngFilter *shot_png_filter_new  (const ShotPngPlan *plan, int first);
void           shot_png_filter_free (ShotPngFilter *self);

/* The next row, valid until the one after it is asked for. *@out_n_zeros: how many bytes at its end
 * are known to be 0. */
const uint8_t *shot_png_filter_next (ShotPngFilter *self, size_t *out_n_zeros);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPngFilter, shot_png_filter_free)

G_END_DECLS
