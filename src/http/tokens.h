/* tokens.h: who may ask for a render
 *
 * A set of tokens from the command line, the environment and files; the header X-Auth-Token
 * must carry one of them.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* What Grafana sends unless told otherwise. */
#define SHOT_TOKENS_DEFAULT "-"

typedef struct _ShotTokens ShotTokens;

ShotTokens *shot_tokens_new  (void);
void        shot_tokens_free (ShotTokens *self); /* accepts NULL */

/* Tokens apart by commas or blanks. Returns how many. */
unsigned shot_tokens_add_list (ShotTokens *self, const char *list);

/* One token a line; read again when it changes. */
gboolean shot_tokens_add_file (ShotTokens *self, const char *path, GError **error);

/* Takes over what @other has, in place of its own; @other is freed. */
void shot_tokens_replace (ShotTokens *self, ShotTokens *other);

/* Takes the same time for all texts of one length. */
bool shot_tokens_accept (ShotTokens *self, const char *presented);

bool shot_tokens_is_empty    (const ShotTokens *self);
bool shot_tokens_has_default (ShotTokens *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotTokens, shot_tokens_free)

G_END_DECLS
