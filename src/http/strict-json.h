/* strict-json.h: JSON from strangers
 *
 * json-glib's parser calls itself for every level, ends the process at a lone surrogate, takes
 * comments and other things that are no JSON, cuts texts at a NUL and lets the last of two equal
 * members win. So the text is looked through before it sees it, and the tree while it is made.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SHOT_STRICT_JSON_MAX_DEPTH 8

/* One object. SHOT_ERROR_USAGE with what is wrong and the cure. (transfer full) */
JsonObject *shot_strict_json_parse (const char *text, size_t length, GError **error);

G_END_DECLS
