/* filename.h: a name for a file that a page chose
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SHOT_FILENAME_MAX_BYTES 200

/* One plain name, in whatever script: without folders, control characters, turns of the writing
 * direction and dots in front. NULL when nothing is left. (transfer full) (nullable) */
char *shot_filename_clean (const char *name);

G_END_DECLS
