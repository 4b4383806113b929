/* query.h: from the query of /render to a job
 *
 * Pure but for time zone files. The names and meanings are those of the Grafana image renderer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

#include "job.h"

G_BEGIN_DECLS

typedef struct _ShotQuery ShotQuery;

/* @text: as it came, percent-encoded; NULL is empty. The first value of a name counts. NULL with
 * SHOT_ERROR_USAGE when it is not decodable. (transfer full) */
ShotQuery *shot_query_parse (const char *text, GError **error);
void       shot_query_free  (ShotQuery *self); /* accepts NULL */

/* NULL when absent or empty. (transfer none) */
const char *shot_query_get (const ShotQuery *self, const char *name);

/* The parameter "url", when there is one: SHOT_ERROR_USAGE for what is no address,
 * SHOT_ERROR_REFUSED for what may not be rendered. An absent one is no error here. */
gboolean shot_query_check_url (const ShotQuery *self, GError **error);

/* All parameters. @language: the header's value, or NULL. Headers are the caller's to add, and
 * shot_job_check() after that. SHOT_ERROR_USAGE with one line that names the parameter.
 * (transfer full) */
ShotJob *shot_query_make_job (const ShotQuery *self, const char *language,
                              int64_t default_timeout_ms, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotQuery, shot_query_free)

G_END_DECLS
