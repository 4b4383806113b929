/* gzip.h: whole texts, packed and unpacked
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* As fast as zlib can. (transfer full) */
GBytes *shot_gzip_pack   (GBytes *bytes, GError **error);

/* SHOT_ERROR_STORAGE for more than @most bytes, and for what is no gzip. (transfer full) */
GBytes *shot_gzip_unpack (GBytes *bytes, size_t most, GError **error);

G_END_DECLS
