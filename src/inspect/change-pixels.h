/* change-pixels.h: a PNG of the archive as plain pixels, and smaller
 *
 * Rows of red, green, blue, a byte each, without padding; what was transparent is over white. Pure,
 * any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* A picture of more pixels is not opened: an import may hold one made to fill the memory. */
#define SHOT_CHANGE_MAX_PIXELS (40 * 1000 * 1000)

typedef struct {
  int      width;
  int      height;
  uint8_t *rgb; /* (owned) */
} ShotChangePixels;

void shot_change_pixels_clear (ShotChangePixels *self);

/* SHOT_ERROR_DOCUMENT when @png is not one that can be read. */
gboolean shot_change_pixels_decode (GBytes *png, ShotChangePixels *out_pixels, GError **error);

/* The colour that most pixels have. */
void shot_change_pixels_find_background (const ShotChangePixels *pixels, uint8_t out_background[3]);

/* Averages areas in about linear light, so that thin lines keep their colour. Not larger than
 * @pixels. */
void shot_change_pixels_shrink (const ShotChangePixels *pixels, int width, int height,
                                ShotChangePixels *out_pixels);

/* (transfer full): CAIRO_FORMAT_RGB24, flushed. */
cairo_surface_t *shot_change_pixels_to_surface (const ShotChangePixels *pixels);

/* What a write function of src/encode puts into a memfd. */
typedef gboolean (*ShotChangeWrite) (cairo_surface_t *surface, int fd, size_t *out_size_bytes,
                                     GError **error);

/* (transfer full) */
GBytes *shot_change_pixels_encode (const ShotChangePixels *pixels, ShotChangeWrite write_picture,
                                   GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotChangePixels, shot_change_pixels_clear)

G_END_DECLS
