/* webp.h: pixels to WebP
 *
 * Pure functions, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

#define SHOT_WEBP_MAX_SIDE 16383

/* Writes @surface (CAIRO_FORMAT_ARGB32 or RGB24, an image) to @fd from its current offset, with an
 * alpha channel if something of it is transparent. @quality: 1 to 100. SHOT_ERROR_USAGE when a side
 * is longer than the format knows. */
gboolean shot_webp_write (cairo_surface_t *surface, int quality, int fd, size_t *out_size_bytes,
                          GError **error);

G_END_DECLS
