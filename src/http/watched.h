/* watched.h: a file of secrets that is read again when it changes
 *
 * Tokens are rotated while the server runs. A new version that cannot be used is told in the log
 * and the last good one stays.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "secret.h"

G_BEGIN_DECLS

typedef struct _ShotWatched ShotWatched;

/* Reads the file. NULL with SHOT_ERROR_USAGE, which names file and cure. (transfer full) */
ShotWatched *shot_watched_new  (const char *path, GError **error);
void         shot_watched_free (ShotWatched *self); /* accepts NULL */

/* The file's lines now, blanks around them removed, empty ones left out; at least one.
 * (transfer none) (element-type ShotSecret), until the next call. */
GPtrArray *shot_watched_get (ShotWatched *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotWatched, shot_watched_free)

G_END_DECLS
