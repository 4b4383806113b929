/* png.h: pixels to PNG
 *
 * Pure functions, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* Writes @surface (CAIRO_FORMAT_ARGB32 or RGB24, an image) to @fd from its current offset. An
 * opaque picture becomes 8-bit RGB, any other 8-bit RGBA. */
gboolean shot_png_write (cairo_surface_t *surface, int fd, size_t *out_size_bytes, GError **error);

G_END_DECLS
