/* memory-file.h: what is handed to the front: a memfd that nobody can change any more
 *
 * Sealed, so that the front may map it without fear of a shrinking file. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An empty one to write into; -1 with SHOT_ERROR_ENGINE. */
int  shot_memory_file_open (GError **error);
void shot_memory_file_seal (int fd);

/* Sealed already. -1 with SHOT_ERROR_ENGINE. */
int shot_memory_file_from_bytes (GBytes *bytes, GError **error);

G_END_DECLS
