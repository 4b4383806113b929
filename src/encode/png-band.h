/* png-band.h: some rows of a picture, compressed
 *
 * A band begins with what the rows above it leave in the compressor's window, which it makes again
 * for itself: so bands can be made at the same time, and are as small as in one piece. Put one after
 * the other they are the DEFLATE data of the whole picture.
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "png-filter.h"

G_BEGIN_DECLS

typedef struct {
  GByteArray *packed;    /* (owned) (nullable): it failed; ends at a byte */
  unsigned    adler;     /* of the rows, as zlib's adler32() computes it */
  size_t      raw_bytes; /* of the rows */
} ShotPngBand;

void shot_png_band_clear (ShotPngBand *band);

/* The rows @first up to @end. (transfer full) */
ShotPngBand shot_png_band_pack (const ShotPngPlan *plan, int first, int end);

G_END_DECLS
