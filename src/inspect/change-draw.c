#include "config.h"

#include "change.h"

#include <math.h>
#include <stdlib.h>

#include "change-pixels.h"
#include "png.h"

/* What differs by less, or is a pixel beside where it was, is the smoothing of edges. */
#define MIN_DIFFERENCE 40
#define NEAR 1

/* Of the picture, so that its marks stand out and it can still be read. */
#define DIMMED 0.4f

/* Apart for every kind of eye, and from light and dark backgrounds. */
static const uint8_t colour_now[3] = { 0xff, 0x7a, 0x00 };
static const uint8_t colour_before[3] = { 0x2f, 0x6b, 0xff };

static const uint8_t *
get_pixel (const ShotChangePixels *pixels, int x, int y)
{
  return pixels->rgb + 3 * ((size_t) pixels->width * (size_t) y + (size_t) x);
}

static int
get_difference (const uint8_t *a, const uint8_t *b)
{
  return MAX (abs (a[0] - b[0]), MAX (abs (a[1] - b[1]), abs (a[2] - b[2])));
}

/* Whether nothing near @x, @y of @pixels has the colour @rgb. */
static bool
is_missing (const ShotChangePixels *pixels, int x, int y, const uint8_t *rgb)
{
  for (int j = MAX (0, y - NEAR); j <= MIN (pixels->height - 1, y + NEAR); j++)
    for (int i = MAX (0, x - NEAR); i <= MIN (pixels->width - 1, x + NEAR); i++)
      if (get_difference (get_pixel (pixels, i, j), rgb) < MIN_DIFFERENCE)
        return false;
  return true;
}

/* As large as @size, whichever that is: a panel that was laid out anew is compared all the same. */
static void
stretch (const ShotChangePixels *pixels, const ShotChangePixels *size, ShotChangePixels *out)
{
  uint8_t *at = out->rgb = g_malloc (3 * (size_t) size->width * (size_t) size->height);

  out->width = size->width;
  out->height = size->height;
  for (int y = 0; y < size->height; y++)
    for (int x = 0; x < size->width; x++, at += 3) {
      const uint8_t *rgb = get_pixel (pixels, (int) ((int64_t) x * pixels->width / size->width),
                                      (int) ((int64_t) y * pixels->height / size->height));
      at[0] = rgb[0], at[1] = rgb[1], at[2] = rgb[2];
    }
}

static void
dim (const uint8_t *rgb, const uint8_t *background, uint8_t *out)
{
  float grey = 0.3f * rgb[0] + 0.59f * rgb[1] + 0.11f * rgb[2];

  for (int c = 0; c < 3; c++)
    out[c] = (uint8_t) CLAMP (background[c] + DIMMED * (grey - background[c]), 0, 255);
}

static void
mark (const ShotChangePixels *now, const ShotChangePixels *before, ShotChangePixels *out)
{
  uint8_t background_now[3], background_before[3];

  shot_change_pixels_find_background (now, background_now);
  shot_change_pixels_find_background (before, background_before);
  for (int y = 0; y < now->height; y++)
    for (int x = 0; x < now->width; x++) {
      const uint8_t *here = get_pixel (now, x, y);
      const uint8_t *there = get_pixel (before, x, y);
      uint8_t       *target = out->rgb + (here - now->rgb);
      bool           is_there = get_difference (there, background_before) >= MIN_DIFFERENCE;
      bool           is_here = get_difference (here, background_now) >= MIN_DIFFERENCE;

      dim (here, background_now, target);
      if (get_difference (here, there) < MIN_DIFFERENCE)
        continue;
      if ((is_here || !is_there) && is_missing (before, x, y, here))
        target[0] = colour_now[0], target[1] = colour_now[1], target[2] = colour_now[2];
      else if (is_there && is_missing (now, x, y, there))
        target[0] = colour_before[0], target[1] = colour_before[1], target[2] = colour_before[2];
    }
}

GBytes *
shot_change_draw (GBytes *picture_now, GBytes *picture_before, GError **error)
{
  g_auto (ShotChangePixels) now = { 0 };
  g_auto (ShotChangePixels) before = { 0 };
  g_auto (ShotChangePixels) stretched = { 0 };
  g_auto (ShotChangePixels) marked = { 0 };

  if (!shot_change_pixels_decode (picture_now, &now, error) ||
      !shot_change_pixels_decode (picture_before, &before, error))
    return NULL;
  if (before.width != now.width || before.height != now.height) {
    stretch (&before, &now, &stretched);
    ShotChangePixels swap = before;
    before = stretched;
    stretched = swap;
  }
  marked.width = now.width;
  marked.height = now.height;
  marked.rgb = g_malloc (3 * (size_t) now.width * (size_t) now.height);
  mark (&now, &before, &marked);
  return shot_change_pixels_encode (&marked, shot_png_write, error);
}
