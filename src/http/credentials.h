/* credentials.h: what the server adds to the requests of a page
 *
 * Rules "for this origin, this header, from this file", and names of headers that a caller may
 * send along. A page gets only what is meant for the origin of its own address.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

#include "job.h"

G_BEGIN_DECLS

typedef struct _ShotCredentials ShotCredentials;

ShotCredentials *shot_credentials_new  (void);
void             shot_credentials_free (ShotCredentials *self); /* accepts NULL */

/* @rule: "ORIGIN=FILE"; the token goes out as "Authorization: Bearer …". */
gboolean shot_credentials_add_token_rule (ShotCredentials *self, const char *rule, GError **error);

/* @rule: "ORIGIN=NAME:FILE"; the file's text goes out in header NAME. */
gboolean shot_credentials_add_jwt_rule (ShotCredentials *self, const char *rule, GError **error);

gboolean shot_credentials_add_forwarded (ShotCredentials *self, const char *name, GError **error);

/* Takes over what @other has, in place of its own; @other is freed. */
void shot_credentials_replace (ShotCredentials *self, ShotCredentials *other);

/* NULL-terminated names of headers to be forwarded. (transfer none) */
const char *const *shot_credentials_get_forwarded (ShotCredentials *self);

/* Adds to @job the headers of its origin. */
void shot_credentials_apply (ShotCredentials *self, ShotJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotCredentials, shot_credentials_free)

G_END_DECLS
