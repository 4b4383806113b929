/* snapshot.h: what a view shows, as pixels, and as a sealed file
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cairo.h>
#include <webkit/webkit.h>

#include "result.h"

G_BEGIN_DECLS

/* The visible part of the view. Fails with SHOT_ERROR_ENGINE. Main thread. */
void             shot_snapshot_take_async  (WebKitWebView *view, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, void *user_data);
cairo_surface_t *shot_snapshot_take_finish (GAsyncResult *result, GError **error); /* (transfer full) */

/* The box of @surface, clamped to it: its pixels and no copy of them. (transfer full) */
cairo_surface_t *shot_snapshot_crop (cairo_surface_t *surface, int x, int y, int width, int height);

/* A picture of width x height, each side @ratio (below 1) of what @surface has. (transfer full) */
cairo_surface_t *shot_snapshot_shrink (cairo_surface_t *surface, double ratio, int width, int height);

/* As the wish says, in a sealed memfd, made in a worker thread. @surface: nobody may touch it
 * meanwhile; @wish: an image's, read before this returns. Fails with SHOT_ERROR_ENGINE, or _USAGE
 * for a picture that is too large for the encoding. */
void         shot_snapshot_encode_async  (cairo_surface_t *surface, const ShotPictureWish *wish,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          void *user_data);
ShotPicture *shot_snapshot_encode_finish (GAsyncResult *result, GError **error); /* (transfer full) */

G_END_DECLS
