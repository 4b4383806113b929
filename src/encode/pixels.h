/* pixels.h: what the encoders share about cairo's pixels and about writing
 *
 * Cairo's ARGB32 is one native 32-bit number a pixel, its colours multiplied by alpha.
 * Pure functions, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* (transfer none): @surface must be flushed. */
const uint32_t *shot_pixels_get_row (cairo_surface_t *surface, int y);

/* Whether nothing of it is transparent. */
bool shot_pixels_is_opaque (cairo_surface_t *surface);

/* The colour without its alpha, as picture files store it. */
uint32_t shot_pixels_unmultiply (uint32_t pixel);

/* Over white, as paper shows it; alpha becomes 255. */
uint32_t shot_pixels_over_white (uint32_t pixel);

/* Writes all of it. FALSE and errno. */
bool shot_pixels_write_all (int fd, const void *bytes, size_t length);

G_END_DECLS
