/* query.h: what a caller says, by name
 *
 * Values from the query of an address, or from the members of a JSON job: texts under the names
 * that the Grafana image renderer gave them. They remember how to call themselves in a message.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct _ShotQuery ShotQuery;

/* Empty. @noun: what a value is called, "query parameter"; static. (transfer full) */
ShotQuery *shot_query_new  (const char *noun);
void       shot_query_free (ShotQuery *self); /* accepts NULL */

/* @text: as it came, percent-encoded; NULL is empty. The first value of a name counts. NULL with
 * SHOT_ERROR_USAGE when it is not decodable. (transfer full) */
ShotQuery *shot_query_parse (const char *text, GError **error);

/* The query of an address that is to be rendered, as far as it can be decoded: what else stands
 * there is none of our business. (transfer full) */
ShotQuery *shot_query_parse_target (const char *uri);

/* @label: what messages call it. An earlier value of the name stays. */
void shot_query_add (ShotQuery *self, const char *name, const char *label, const char *value);

/* NULL when absent or empty. (transfer none) */
const char *shot_query_get (const ShotQuery *self, const char *name);

/* The address, when there is one: SHOT_ERROR_USAGE for what is no address, SHOT_ERROR_REFUSED for
 * what may not be rendered. An absent one is no error here. */
gboolean shot_query_check_url (const ShotQuery *self, GError **error);

/* Always FALSE, with SHOT_ERROR_USAGE: "invalid 'width' query parameter: "abc" (want …)". */
gboolean shot_query_fail         (const ShotQuery *self, const char *name, const char *wanted,
                                  GError **error);
gboolean shot_query_fail_missing (const ShotQuery *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotQuery, shot_query_free)

G_END_DECLS
