/* json-job.h: the body of POST /render
 *
 * {"url": …, "width": …, "pictures": [{"name": …, "kind": …}, …], …}: members have the names that
 * data/openapi/openapi.json gives them. All that a query can say as well becomes a ShotQuery, so
 * that one set of readers decides about it.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "job.h"
#include "query.h"

G_BEGIN_DECLS

typedef struct {
  ShotQuery *values;     /* (owned): under the names that the query of /render has for them */
  GPtrArray *pictures;   /* (owned) (element-type ShotPictureWish): 1 to SHOT_JOB_MAX_PICTURES */
  GPtrArray *names;      /* (owned) (element-type utf8): of the pictures' files, with endings; of
                          * each panel's what stands before them, "" for nothing */
  bool       is_archive; /* "archive": "zip" */
} ShotJsonJob;

/* SHOT_ERROR_USAGE with the path of the member that is wrong. (transfer full) */
ShotJsonJob *shot_json_job_parse (const char *text, size_t length, GError **error);
void         shot_json_job_free  (ShotJsonJob *self); /* accepts NULL */

/* The paths of all members but those of pictures by number; NULL after the last. */
const char *shot_json_job_get_member (unsigned index);

/* @max_width, @max_height: what is larger is cut to these; -1: no limit of ours. */
void shot_json_job_add_pictures (const ShotJsonJob *self, ShotJob *job, int max_width,
                                 int max_height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotJsonJob, shot_json_job_free)

G_END_DECLS
