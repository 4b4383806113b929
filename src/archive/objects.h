/* objects.h: files by the SHA-256 of what they hold
 *
 *   objects/ab/abcdef…   64 hexadecimal digits, read-only
 *
 * A file is written under another name, brought to the disk, and renamed; the row that names it comes
 * after. What is there already is not written again. Whoever removes a file (prune.h) does so inside a
 * write transaction, for rows with a tombstone; whoever uses one looks, inside a write transaction,
 * whether it is there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-private.h"

G_BEGIN_DECLS

/* Objects are read into memory whole. */
#define SHOT_OBJECT_MAX_BYTES (64 * 1024 * 1024)

bool  shot_object_is_hash  (const char *text); /* 64 lower case hexadecimal digits */
char *shot_object_get_path (const char *folder, const char *hash); /* (transfer full) */

/* Writes the file, if it is not there. (transfer full): its hash */
char *shot_object_store (const char *folder, GBytes *bytes, GError **error);

/* The row of a stored file; a tombstone goes away. Writes the file again if somebody has removed it
 * meanwhile. Within a transaction. */
gboolean shot_object_keep (ShotArchive *self, const char *hash, GBytes *bytes, GError **error);

/* The row alone, of a file that nobody can remove just now. Within a transaction. */
gboolean shot_object_insert (ShotArchive *self, const char *hash, int64_t size, GError **error);

/* SHA-256 of a file, read in pieces. (transfer full) (nullable): NULL with @error. */
char *shot_object_hash_file (const char *path, int64_t *out_size, GError **error);

G_END_DECLS
