/* rules.h: which headers a request of the page gets
 *
 * The engine describes the rules as a GVariant when it starts a web process. They decide where
 * credentials go, so they are apart from WebKit, and unit-tested.
 *
 * What is no static file is asked for with "Cache-Control: no-store", which keeps WebKit's disk
 * cache from storing the answer: it may belong to somebody, and the cache outlives the visit.
 *
 * The web process's main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _ShotRules ShotRules;

/* Messages between engine and extension. */
#define SHOT_RULES_STARTED "started" /* to the engine: s, the process's mount namespace */
#define SHOT_RULES_CHANGED "rules"   /* to the extension: a description; answered when it is in force */
/* To the extension; answered by (xx): bytes of its own memory, processor time in us. */
#define SHOT_RULES_VITALS "vitals"

/* Keys of the a{sv}: "headers" a(sss), each origin (as shot_origin_from_uri() writes it), name,
 * value; "accept-language" s. Both optional. */
#define SHOT_RULES_HEADERS "headers"
#define SHOT_RULES_ACCEPT_LANGUAGE "accept-language"

ShotRules *shot_rules_new  (GVariant *description); /* (transfer full); NULL makes no rule */
void       shot_rules_free (ShotRules *self);       /* accepts NULL */

/* Adds what belongs to @uri's origin and takes away what belongs to another: WebKit keeps most
 * headers when a request is redirected to a foreign host. */
void shot_rules_apply (ShotRules *self, const char *uri, SoupMessageHeaders *headers);

/* Whether @uri is one of a file whose name changes with its contents, as build tools make them:
 * a hash of at least eight letters and digits between dots, or before the last one. */
gboolean shot_rules_is_static (const char *uri);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRules, shot_rules_free)

G_END_DECLS
