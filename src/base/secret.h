/* secret.h: a token, key or cookie value
 *
 * A type of its own so that no secret is printed by mistake: nothing but shot_secret_reveal()
 * gives the text, and its callers are easy to search for. Immutable and counted; the text is
 * overwritten when the last reference goes.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ShotSecret ShotSecret;

ShotSecret *shot_secret_new   (const char *text);
ShotSecret *shot_secret_ref   (ShotSecret *self);
void        shot_secret_unref (ShotSecret *self); /* accepts NULL */

const char *shot_secret_reveal (const ShotSecret *self);

/* In time that depends on the lengths alone, never on where the texts differ. */
gboolean shot_secret_equal (const ShotSecret *self, const char *text);

/* First line of the file, blanks around it removed. Fails with SHOT_ERROR_USAGE, naming the
 * file and the cure, when it cannot be read, is empty, or holds more than 16 KiB. */
ShotSecret *shot_secret_read_file (const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSecret, shot_secret_unref)

G_END_DECLS
