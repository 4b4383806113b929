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

/* Which token this is: an index in the order of the adding, files after the rest, that may go into
 * logs and metrics; -1 for none. Takes the same time for all texts of one length. */
int  shot_tokens_find   (ShotTokens *self, const char *presented);
bool shot_tokens_accept (ShotTokens *self, const char *presented); /* whether there is one */

bool shot_tokens_is_empty    (const ShotTokens *self);
bool shot_tokens_has_default (ShotTokens *self);

/* From now on those of @other, which is freed: (transfer full). For a reload, where all that can
 * fail has been done on @other before. */
void shot_tokens_replace (ShotTokens *self, ShotTokens *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotTokens, shot_tokens_free)

G_END_DECLS
