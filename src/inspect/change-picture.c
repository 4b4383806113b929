#include "config.h"

#include "change-picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_HUES 12
#define N_CLASSES (N_HUES + 1) /* the last one is what has no hue */
#define GREY N_HUES
#define GRID_WIDTH 48
#define GRID_HEIGHT 24

/* Below this difference of the channels a colour is a shade of grey to the eye, and a tinted
 * background or the smoothing of text has it as well. */
#define MIN_CHROMA 28

/* What is closer to the background than this is the background. */
#define MIN_CONTRAST 24

/* Axes, grid lines and labels against curves. */
#define GREY_WEIGHT 0.12f

/* A hue with a smaller share of all ink counts less: it may be a smoothed edge between two others. */
#define PRESENT 0.03

/* Ordinary days change a hue's ink up to this. */
#define PRESENCE_NOISE 0.3
#define PRESENCE_WEIGHT 0.3

/* A curve may have moved by this share of the width. */
#define MAX_SHIFT (GRID_WIDTH / 4)

struct ShotSketch {
  float ink[N_CLASSES][GRID_HEIGHT][GRID_WIDTH]; /* per million pixels */
};

/* 0 to N_HUES. */
static float
get_hue (int red, int green, int blue, int high, int chroma)
{
  float hue;

  if (high == red)
    hue = (float) (green - blue) / (float) chroma;
  else if (high == green)
    hue = (float) (blue - red) / (float) chroma + 2;
  else
    hue = (float) (red - green) / (float) chroma + 4;
  if (hue < 0)
    hue += 6;
  return hue * (N_HUES / 6.0f);
}

/* A hue between two of ours counts for both, so that a shade more or less changes little. */
static void
add_colour (ShotSketch *self, int x, int y, float hue, float weight)
{
  int   low = (int) hue;
  float part = hue - (float) low;

  self->ink[low % N_HUES][y][x] += weight * (1 - part);
  self->ink[(low + 1) % N_HUES][y][x] += weight * part;
}

static void
add_pixel (ShotSketch *self, const uint8_t *rgb, const uint8_t background[3], int x, int y)
{
  int red = rgb[0], green = rgb[1], blue = rgb[2];
  int contrast = MAX (abs (red - background[0]),
                      MAX (abs (green - background[1]), abs (blue - background[2])));

  if (contrast < MIN_CONTRAST)
    return;
  int high = MAX (red, MAX (green, blue));
  int chroma = high - MIN (red, MIN (green, blue));
  if (chroma < MIN_CHROMA)
    self->ink[GREY][y][x] += GREY_WEIGHT * (float) contrast / 255;
  else
    add_colour (self, x, y, get_hue (red, green, blue, high, chroma), (float) chroma / 255);
}

ShotSketch *
shot_sketch_new (const ShotChangePixels *pixels)
{
  ShotSketch *self = g_new0 (ShotSketch, 1);
  uint8_t     background[3];
  float       scale = 1e6f / ((float) pixels->width * (float) pixels->height);

  shot_change_pixels_find_background (pixels, background);
  g_autofree int *columns = g_new (int, pixels->width);
  for (int x = 0; x < pixels->width; x++)
    columns[x] = (int) ((int64_t) x * GRID_WIDTH / pixels->width);
  for (int y = 0; y < pixels->height; y++) {
    const uint8_t *row = pixels->rgb + 3 * (size_t) pixels->width * (size_t) y;
    int            band = (int) ((int64_t) y * GRID_HEIGHT / pixels->height);
    for (int x = 0; x < pixels->width; x++)
      add_pixel (self, row + 3 * x, background, columns[x], band);
  }
  float *ink = &self->ink[0][0][0];
  for (size_t i = 0; i < sizeof self->ink / sizeof *ink; i++)
    ink[i] *= scale;
  return self;
}

void
shot_sketch_free (ShotSketch *self)
{
  g_free (self);
}

static double
sum_class (const ShotSketch *self, int class)
{
  double sum = 0;

  for (int y = 0; y < GRID_HEIGHT; y++)
    for (int x = 0; x < GRID_WIDTH; x++)
      sum += (double) self->ink[class][y][x];
  return sum;
}

static double
compare_hues (const ShotSketch *now, const ShotSketch *before, double *out_total)
{
  double total = 0, difference = 0;

  for (int class = 0; class < N_CLASSES; class ++) {
    double here = sum_class (now, class);
    double there = sum_class (before, class);
    total += here + there;
    difference += fabs (here - there);
  }
  *out_total = total;
  return total > 0 ? difference / total : 0;
}

/* The hue that gained or lost the largest part of what it had, by that part. Beside the common curves
 * a single one of three is little ink, and the first thing that the eye misses. */
static double
compare_presence (const ShotSketch *now, const ShotSketch *before, double total)
{
  double sums[2][N_HUES];
  double worst = 0;

  for (int hue = 0; hue < N_HUES; hue++) {
    sums[0][hue] = sum_class (now, hue);
    sums[1][hue] = sum_class (before, hue);
  }
  for (int hue = 0; hue < N_HUES; hue++) {
    double around[2];
    for (int i = 0; i < 2; i++)
      around[i] = sums[i][hue] +
                  0.5 * (sums[i][(hue + 1) % N_HUES] + sums[i][(hue + N_HUES - 1) % N_HUES]);
    double most = MAX (around[0], around[1]);
    if (most > 0)
      worst = MAX (worst, fabs (around[0] - around[1]) / MAX (most, PRESENT * total));
  }
  return worst;
}

/* How much ink must be carried how far up or down, as a share of a quarter of the height. */
static double
compare_rows (const ShotSketch *now, const ShotSketch *before, double total)
{
  double work = 0;

  for (int class = 0; class < N_CLASSES; class ++) {
    double here = sum_class (now, class);
    double there = sum_class (before, class);
    double carried = 0;
    if (here <= 0 || there <= 0)
      continue;
    for (int y = 0; y < GRID_HEIGHT; y++) {
      for (int x = 0; x < GRID_WIDTH; x++)
        carried += (double) now->ink[class][y][x] / here -
                   (double) before->ink[class][y][x] / there;
      work += fabs (carried) * (here + there);
    }
  }
  return total > 0 ? MIN (1, work / total / (GRID_HEIGHT / 4)) : 0;
}

static double
compare_shifted (const ShotSketch *now, const ShotSketch *before, int shift)
{
  double difference = 0, total = 0;

  for (int class = 0; class < N_CLASSES; class ++)
    for (int y = 0; y < GRID_HEIGHT; y++)
      for (int x = MAX (0, shift); x < MIN (GRID_WIDTH, GRID_WIDTH + shift); x++) {
        float here = now->ink[class][y][x];
        float there = before->ink[class][y][x - shift];
        difference += (double) fabsf (here - there);
        total += (double) (here + there);
      }
  return total > 0 ? difference / total : 0;
}

static double
compare_tiles (const ShotSketch *now, const ShotSketch *before)
{
  double best = 1;

  for (int shift = -MAX_SHIFT; shift <= MAX_SHIFT; shift++)
    best = MIN (best, compare_shifted (now, before, shift));
  return best;
}

double
shot_sketch_compare (const ShotSketch *now, const ShotSketch *before, ShotSketchParts *out_parts)
{
  double          total;
  ShotSketchParts parts;

  parts.hues = compare_hues (now, before, &total);
  parts.presence = compare_presence (now, before, total);
  parts.rows = compare_rows (now, before, total);
  parts.tiles = compare_tiles (now, before);
  if (out_parts != NULL)
    *out_parts = parts;
  double missing = MAX (0, parts.presence - PRESENCE_NOISE) / (1 - PRESENCE_NOISE);
  return MIN (1, parts.hues + PRESENCE_WEIGHT * missing + 0.5 * MIN (parts.rows, parts.tiles));
}
