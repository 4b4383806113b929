/* output.h: where a picture goes
 *
 * A file appears whole or not at all: it is written beside its place and renamed. What is no
 * plain file (a pipe, a device) and stdout are written to as they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct _ShotOutput ShotOutput;

/* @path: NULL or "-" is stdout, which may be a terminal only if @is_text. Finds out, before any
 * work is done, whether it can be written: SHOT_ERROR_USAGE with the cure. (transfer full) */
ShotOutput *shot_output_new  (const char *path, bool is_text, GError **error);
void        shot_output_free (ShotOutput *self); /* accepts NULL */

bool        shot_output_is_stdout (const ShotOutput *self);
bool        shot_output_is_file   (const ShotOutput *self); /* written beside its place first */
const char *shot_output_get_name  (const ShotOutput *self); /* "-" for stdout */

/* Makes the file @path, or puts it in the place of the old one; whole or not at all. @name: as the
 * user knows it, for the message. SHOT_ERROR_USAGE. */
gboolean shot_output_write_file (const char *path, const char *name, GBytes *bytes, GError **error);

/* SHOT_ERROR_USAGE; the old file, if any, is untouched then. */
gboolean shot_output_write (ShotOutput *self, GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotOutput, shot_output_free)

G_END_DECLS
