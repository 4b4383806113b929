/* unpack.h: a stranger's zip, looked through before anything of it is used
 *
 * Names are those that an export has and no others, each once; sizes have limits; every file has its line
 * in SHA256SUMS, and every line its file. Files are read one at a time, whole, and are what their line
 * says or an error. All errors are _REFUSED, but for a file that cannot be opened (_USAGE).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_UNPACK_MAX_FILES 2000000
#define SHOT_UNPACK_MAX_RUNS 10000
#define SHOT_UNPACK_MAX_BYTES (INT64_C (256) * 1024 * 1024 * 1024)

typedef struct _ShotUnpack ShotUnpack;

ShotUnpack *shot_unpack_open (const char *path, GError **error); /* (transfer full) */
void        shot_unpack_free (ShotUnpack *self);                 /* accepts NULL */

unsigned shot_unpack_get_n_runs (const ShotUnpack *self);
/* Of all objects. */
int64_t  shot_unpack_get_n_bytes (const ShotUnpack *self);
/* Hashes of objects: (transfer container) (element-type utf8) */
GPtrArray *shot_unpack_list_objects (const ShotUnpack *self);

bool    shot_unpack_has  (const ShotUnpack *self, const char *name);
GBytes *shot_unpack_read (ShotUnpack *self, const char *name, GError **error); /* (transfer full) */
/* NULL @error never: _REFUSED when there is none. (transfer full) */
GBytes *shot_unpack_read_object (ShotUnpack *self, const char *hash, GError **error);
bool    shot_unpack_has_object  (const ShotUnpack *self, const char *hash);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotUnpack, shot_unpack_free)

G_END_DECLS
