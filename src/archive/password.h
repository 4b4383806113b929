/* password.h: slow hashes of passwords, random secrets and their quick hashes
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "secret.h"

G_BEGIN_DECLS

/* argon2id with a salt of its own, as text. SHOT_ERROR_USAGE for a length that is not allowed.
 * (transfer full) */
char *shot_password_hash  (const ShotSecret *password, GError **error);
/* NULL @hash takes as long as any other, and is false. */
bool  shot_password_check (const ShotSecret *password, const char *hash);

/* @prefix and 256 random bits. (transfer full) */
ShotSecret *shot_password_make_random (const char *prefix, GError **error);
/* SHA-256, for secrets that are random: nobody can guess them, however quick. (transfer full) */
char       *shot_password_digest      (const ShotSecret *secret);

G_END_DECLS
