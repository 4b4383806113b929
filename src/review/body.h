/* body.h: the JSON object that a request brings, read member by member
 *
 * Errors are SHOT_ERROR_USAGE and name the member. null is as good as absent. Any thread, one at a
 * time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "secret.h"

G_BEGIN_DECLS

typedef struct _ShotBody ShotBody;

/* @members: those that there may be, apart by blanks. (transfer full) */
ShotBody *shot_body_parse (GBytes *bytes, const char *members, GError **error);
/* An object inside @self, likewise; empty when it is absent. (transfer full) */
ShotBody *shot_body_get_object (const ShotBody *self, const char *name, const char *members,
                                GError **error);
void      shot_body_free  (ShotBody *self); /* accepts NULL */

bool     shot_body_has      (const ShotBody *self, const char *name);
/* Outputs keep what they have when the member is absent. @out_text: (transfer none); at most
 * @most characters, without control characters but line ends. */
gboolean shot_body_get_text (const ShotBody *self, const char *name, size_t most,
                             const char **out_text, GError **error);
gboolean shot_body_get_int  (const ShotBody *self, const char *name, int64_t least, int64_t most,
                             int64_t *out_number, GError **error);
gboolean shot_body_get_bool (const ShotBody *self, const char *name, bool *out_value,
                             GError **error);
/* (transfer full) */
gboolean shot_body_get_secret (const ShotBody *self, const char *name, ShotSecret **out_secret,
                               GError **error);

/* Whether all of @names, apart by blanks, are there. */
gboolean shot_body_require  (const ShotBody *self, const char *names, GError **error);

/* Always FALSE: "invalid request: 'NAME': WANTED". */
gboolean shot_body_fail     (const char *name, const char *wanted, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotBody, shot_body_free)

G_END_DECLS
