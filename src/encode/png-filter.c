#include "config.h"

#include "png-filter.h"

#include <stdlib.h>
#include <string.h>

#include "pixels.h"

/* Two colours that are the same under this mask are neighbours on a slope, more often than not. */
#define COARSE 0xf0f0f0u

#define ALPHA 0xff000000u

/* As the format numbers them. */
typedef enum {
  FILTER_NONE,
  FILTER_SUB,
  FILTER_UP,
  FILTER_AVERAGE,
  FILTER_PAETH
} Filter;

typedef struct {
  uint8_t filter;
  bool    is_repeat; /* of the row above */
  bool    is_photo;  /* takes the filter with the least sum */
} Choice;

struct ShotPngPlan {
  cairo_surface_t *surface; /* (borrowed) */
  bool             is_opaque;
  int              width;
  int              height;
  size_t           pixel_bytes;
  size_t           row_bytes;
  ShotPngCounts    counts;
  ShotPngCounts   *rows;    /* (owned): of each, until they are chosen from */
  Choice          *choices; /* (owned): one a row */
  unsigned         common;  /* atomic: the bits that are set in all pixels */
};

struct ShotPngFilter {
  const ShotPngPlan *plan; /* (borrowed) */
  int                y;    /* of the next row */

  /* (owned): the byte of the filter, then the pixels. */
  uint8_t *current;
  uint8_t *above;
  uint8_t *filtered;
  uint8_t *trial;
};

/* @all: what the pixels have in common is left of it. */
static ShotPngCounts
count_row (const uint32_t *row, const uint32_t *above, int width, uint32_t *all)
{
  unsigned edges = 0;
  unsigned changes = row[0] != above[0];
  unsigned news = 0;
  unsigned steps = 0;
  uint32_t common = row[0];

  for (int x = 1; x < width; x++) {
    unsigned is_edge = row[x] != row[x - 1];
    unsigned is_change = row[x] != above[x];

    edges += is_edge;
    changes += is_change;
    news += is_edge & is_change;
    steps += is_edge & (((row[x] ^ row[x - 1]) & COARSE) == 0);
    common &= row[x];
  }
  *all &= common;
  return (ShotPngCounts){ .edges = edges, .changes = changes, .news = news, .steps = steps };
}

/* The numbers are measured (tests/bench), on panels of all kinds. A row with few edges is made of
 * long runs, each of which costs as much as a changed pixel or two. A row with many edges is cheap
 * only as a copy of one above, which must then be found as it was: as long as the window reaches
 * that far, every so many rows one is stored whole. */
static Choice
choose (const ShotPngPlan *self, const ShotPngCounts *row, int n_since_whole)
{
  size_t width = (size_t) self->width;
  int    n_reached = (int) (SHOT_PNG_WINDOW_BYTES / self->row_bytes);
  bool   is_repeat = row->changes == 0;
  bool   is_due = n_reached >= 4 && n_since_whole >= n_reached - 1 && row->edges > width / 16;
  bool   is_similar = row->edges <= width / 8 && row->changes * 2 < row->edges;

  if (row->news > width / 4)
    return (Choice){ .filter = FILTER_UP, .is_photo = true };
  if ((is_repeat || is_similar) && !is_due)
    return (Choice){ .filter = FILTER_UP, .is_repeat = is_repeat };
  return (Choice){ .filter = FILTER_NONE };
}

void
shot_png_plan_count (ShotPngPlan *self, int first, int end)
{
  ShotPngCounts  *rows = self->rows;
  const uint32_t *above = shot_pixels_get_row (self->surface, MAX (first - 1, 0));
  uint32_t        all = UINT32_MAX;

  for (int y = first; y < end; y++) {
    const uint32_t *row = shot_pixels_get_row (self->surface, y);

    /* A row that repeats another has its edges. The first of all is compared with itself. */
    if (y > first && memcmp (row, above, (size_t) self->width * sizeof *row) == 0)
      rows[y].edges = rows[y - 1].edges;
    else
      rows[y] = count_row (row, above, self->width, &all);
    above = row;
  }
  g_atomic_int_and (&self->common, all);
}

static void
choose_all (ShotPngPlan *self)
{
  const ShotPngCounts *rows = self->rows;
  int                  n_since_whole = 0;

  for (int y = 1; y < self->height; y++) {
    self->counts.edges += rows[y].edges;
    self->counts.changes += rows[y].changes;
    self->counts.news += rows[y].news;
    self->counts.steps += rows[y].steps;
    self->choices[y] = choose (self, &rows[y], n_since_whole);
    n_since_whole = self->choices[y].filter == FILTER_NONE ? 0 : n_since_whole + 1;
  }
}

ShotPngPlan *
shot_png_plan_new (cairo_surface_t *surface)
{
  ShotPngPlan *self = g_new0 (ShotPngPlan, 1);

  self->surface = surface;
  self->width = cairo_image_surface_get_width (surface);
  self->height = cairo_image_surface_get_height (surface);
  self->rows = g_new0 (ShotPngCounts, (size_t) self->height);
  self->choices = g_new0 (Choice, (size_t) self->height);
  self->common = UINT32_MAX;
  return self;
}

void
shot_png_plan_choose (ShotPngPlan *self)
{
  self->is_opaque = (self->common & ALPHA) == ALPHA ||
                    cairo_image_surface_get_format (self->surface) == CAIRO_FORMAT_RGB24;
  self->pixel_bytes = self->is_opaque ? 3 : 4;
  self->row_bytes = 1 + (size_t) self->width * self->pixel_bytes;
  choose_all (self);
  g_clear_pointer (&self->rows, g_free);
}

void
shot_png_plan_free (ShotPngPlan *self)
{
  if (self == NULL)
    return;
  g_free (self->rows);
  g_free (self->choices);
  g_free (self);
}

bool
shot_png_plan_is_opaque (const ShotPngPlan *self)
{
  return self->is_opaque;
}

int
shot_png_plan_get_height (const ShotPngPlan *self)
{
  return self->height;
}

size_t
shot_png_plan_get_row_bytes (const ShotPngPlan *self)
{
  return self->row_bytes;
}

ShotPngCounts
shot_png_plan_get_counts (const ShotPngPlan *self)
{
  ShotPngCounts counts = self->counts;

  counts.pixels = (size_t) self->width * (size_t) self->height;
  return counts;
}

/* Stores four bytes for each three, the last of which the next pixel overwrites. */
static void
convert_rgb (const uint32_t *source, uint8_t *target, int width)
{
  for (int x = 0; x < width; x++) {
    uint32_t rgb = GUINT32_TO_LE (GUINT32_SWAP_LE_BE (source[x]) >> 8);

    memcpy (target, &rgb, sizeof rgb);
    target += 3;
  }
}

static void
convert_rgba (const uint32_t *source, uint8_t *target, int width)
{
  for (int x = 0; x < width; x++) {
    uint32_t pixel = shot_pixels_unmultiply (source[x]);
    uint32_t rgba = GUINT32_TO_BE (pixel << 8 | pixel >> 24);

    memcpy (target, &rgba, sizeof rgba);
    target += 4;
  }
}

/* The row @y becomes the current one, and the current one what is above it. */
static void
load_row (ShotPngFilter *self, int y)
{
  const uint32_t *pixels = shot_pixels_get_row (self->plan->surface, y);
  uint8_t        *swap = self->above;

  self->above = self->current;
  self->current = swap;
  self->current[0] = FILTER_NONE;
  if (self->plan->is_opaque)
    convert_rgb (pixels, self->current + 1, self->plan->width);
  else
    convert_rgba (pixels, self->current + 1, self->plan->width);
}

/* With room behind, as three-byte pixels are stored four bytes at a time. */
static uint8_t *
new_row (const ShotPngPlan *plan)
{
  return g_malloc0 (plan->row_bytes + 1);
}

ShotPngFilter *
shot_png_filter_new (const ShotPngPlan *plan, int first)
{
  ShotPngFilter *self = g_new0 (ShotPngFilter, 1);

  self->plan = plan;
  self->y = first;
  self->current = new_row (plan);
  self->above = new_row (plan);
  self->filtered = new_row (plan);
  self->trial = new_row (plan);
  if (first > 0)
    load_row (self, first - 1);
  return self;
}

void
shot_png_filter_free (ShotPngFilter *self)
{
  if (self == NULL)
    return;
  g_free (self->current);
  g_free (self->above);
  g_free (self->filtered);
  g_free (self->trial);
  g_free (self);
}

static uint8_t
predict_paeth (int left, int up, int corner)
{
  int to_left = abs (up - corner);
  int to_up = abs (left - corner);
  int to_corner = abs (left + up - 2 * corner);

  if (to_left <= to_up && to_left <= to_corner)
    return (uint8_t) left;
  return (uint8_t) (to_up <= to_corner ? up : corner);
}

static void
apply_filter (const ShotPngFilter *self, Filter filter, uint8_t *restrict target)
{
  size_t         back = self->plan->pixel_bytes;
  const uint8_t *row = self->current;
  const uint8_t *above = self->above;

  target[0] = (uint8_t) filter;
  for (size_t i = 1; i < self->plan->row_bytes; i++) {
    /* Left of the first pixel there are zeros, and not the byte of the filter. */
    int left = i > back ? row[i - back] : 0;
    int corner = i > back ? above[i - back] : 0;

    if (filter == FILTER_SUB)
      target[i] = (uint8_t) (row[i] - left);
    else if (filter == FILTER_AVERAGE)
      target[i] = (uint8_t) (row[i] - (left + above[i]) / 2);
    else
      target[i] = (uint8_t) (row[i] - predict_paeth (left, above[i], corner));
  }
}

static void
apply_up (const ShotPngFilter *self, uint8_t *restrict target)
{
  const uint8_t *row = self->current;
  const uint8_t *above = self->above;

  target[0] = FILTER_UP;
  for (size_t i = 1; i < self->plan->row_bytes; i++)
    target[i] = (uint8_t) (row[i] - above[i]);
}

/* The sum of absolute values that the format's authors recommend to compare. */
static size_t
sum_row (const uint8_t *row, size_t n)
{
  size_t sum = 0;

  for (size_t i = 1; i < n; i++)
    sum += row[i] < 128 ? row[i] : 256u - row[i];
  return sum;
}

static void
apply_best (ShotPngFilter *self)
{
  static const Filter others[] = { FILTER_SUB, FILTER_AVERAGE, FILTER_PAETH };

  apply_up (self, self->filtered);
  size_t least = sum_row (self->filtered, self->plan->row_bytes);
  for (unsigned i = 0; i < G_N_ELEMENTS (others); i++) {
    apply_filter (self, others[i], self->trial);
    size_t sum = sum_row (self->trial, self->plan->row_bytes);

    if (sum < least) {
      uint8_t *swap = self->filtered;
      self->filtered = self->trial;
      self->trial = swap;
      least = sum;
    }
  }
}

const uint8_t *
shot_png_filter_next (ShotPngFilter *self, size_t *out_n_zeros)
{
  g_assert (self->y < self->plan->height);
  const Choice *choice = &self->plan->choices[self->y];

  *out_n_zeros = 0;
  self->y++;
  if (choice->is_repeat) {
    /* The current row stays what is above the next one. */
    memset (self->filtered, 0, self->plan->row_bytes);
    self->filtered[0] = FILTER_UP;
    *out_n_zeros = self->plan->row_bytes - 1;
    return self->filtered;
  }

  load_row (self, self->y - 1);
  if (choice->filter == FILTER_NONE)
    return self->current;
  if (choice->is_photo)
    apply_best (self);
  else
    apply_up (self, self->filtered);
  return self->filtered;
}
