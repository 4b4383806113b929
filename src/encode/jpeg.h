/* jpeg.h: pixels to JPEG
 *
 * Pure functions, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* Writes @surface (CAIRO_FORMAT_ARGB32 or RGB24, an image) to @fd from its current offset; what is
 * transparent is drawn over white. @quality: 1 to 100. */
gboolean shot_jpeg_write (cairo_surface_t *surface, int quality, int fd, size_t *out_size_bytes,
                          GError **error);

G_END_DECLS
