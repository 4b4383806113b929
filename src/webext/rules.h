/* rules.h: which headers a request of the page gets
 *
 * The engine describes the rules as a GVariant when it starts a web process. They decide where
 * credentials go, so they are apart from WebKit, and unit-tested.
 *
 * The web process's main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _ShotRules ShotRules;

/* Keys of the a{sv}: "headers" a(sss), each origin (as shot_origin_from_uri() writes it), name,
 * value; "accept-language" s. Both optional. */
#define SHOT_RULES_HEADERS "headers"
#define SHOT_RULES_ACCEPT_LANGUAGE "accept-language"

ShotRules *shot_rules_new  (GVariant *description); /* (transfer full); NULL makes no rule */
void       shot_rules_free (ShotRules *self);       /* accepts NULL */

/* Adds what belongs to @uri's origin and takes away what belongs to another: WebKit keeps most
 * headers when a request is redirected to a foreign host. */
void shot_rules_apply (ShotRules *self, const char *uri, SoupMessageHeaders *headers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRules, shot_rules_free)

G_END_DECLS
