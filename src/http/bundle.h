/* bundle.h: several files in one answer, as multipart/mixed or as a zip archive
 *
 * Pure, any thread. Zip is libzip's work: names are UTF-8 whatever the locale is, and the archive
 * is made in memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char   *file_name; /* (owned): unlike those of the others */
  char   *mime_type; /* (owned) */
  char   *size;      /* (owned) (nullable): goes into X-Panelshot-Size */
  GBytes *bytes;     /* (owned) */
} ShotBundlePart;

/* For the parts of a list. */
void shot_bundle_part_free (void *part); /* accepts NULL */

/* The pieces of the body in their order; those of pictures are not copied. @parts:
 * (element-type ShotBundlePart). (transfer full) (element-type GBytes) */
GPtrArray *shot_bundle_make_multipart (const GPtrArray *parts, const char *boundary);

/* Stored, not compressed: pictures already are. SHOT_ERROR_ENGINE. (transfer full) */
GBytes *shot_bundle_make_zip (const GPtrArray *parts, GError **error);

G_END_DECLS
