/* reply.h: what a render is answered with
 *
 * Remembers from the request what the answer is to look like, and writes it when the pictures are
 * there: one as itself, several as multipart/mixed or a zip archive, a table with its name.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>
#include <stdbool.h>

#include "result.h"

G_BEGIN_DECLS

typedef struct {
  char      *size;      /* (owned) (nullable): of the view, for X-Panelshot-Size; no table's */
  double     scale;     /* device pixels per CSS pixel */
  bool       is_table;  /* asked for at /render/csv */
  char      *file_path; /* (owned) (nullable): what the caller calls the table */
  GPtrArray *names;     /* (owned) (nullable) (element-type utf8): of several files, by wish; of
                         * panels what stands before their names */
  bool       prefers_zip;
  bool       needs_zip; /* even of one picture */
  bool       has_panels; /* an unknown number of pictures, and the list of them */
} ShotReply;

void shot_reply_clear (ShotReply *self);

/* Takes from @job what the answer tells of it. */
void shot_reply_describe (ShotReply *self, const ShotJob *job);

/* Headers that every answer of a render has, also one that failed. @result: NULL when there was
 * none. */
void shot_reply_write_headers (const ShotReply *self, SoupMessageHeaders *headers,
                               const ShotResult *result);

/* Status 200 and the body. FALSE with SHOT_ERROR_ENGINE when the pictures cannot be read. */
gboolean shot_reply_write_pictures (const ShotReply *self, SoupServerMessage *message,
                                    const ShotResult *result, GError **error);

G_END_DECLS
