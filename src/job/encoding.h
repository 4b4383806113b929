/* encoding.h: what a picture is written as
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef enum {
  SHOT_ENCODING_PNG,
  SHOT_ENCODING_JPEG,
  SHOT_ENCODING_WEBP,
  SHOT_ENCODING_PDF, /* pages printed by the browser */
  SHOT_ENCODING_CSV, /* a file that the page offers for download */
  SHOT_ENCODING_JSON, /* what the page knows of its variables */
  SHOT_N_ENCODINGS
} ShotEncoding;

const char *shot_encoding_get_name      (ShotEncoding encoding); /* "jpeg" */
const char *shot_encoding_get_mime_type (ShotEncoding encoding); /* "image/jpeg" */

/* The names in any case, and "jpg". FALSE for anything else. */
gboolean shot_encoding_from_name (const char *name, ShotEncoding *out_encoding);

/* Whether it is made of pixels: PNG, JPEG, WebP. */
bool shot_encoding_is_image (ShotEncoding encoding);

G_END_DECLS
