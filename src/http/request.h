/* request.h: from what a caller says to a job
 *
 * The parameters of /render and /render/csv: names, meanings and words of failure are those of
 * the Grafana image renderer, and our own beside them. Pure but for time zone files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "job.h"
#include "query.h"
#include "request-rules.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_REQUEST_RENDER,   /* one picture, which the parameters describe */
  SHOT_REQUEST_CSV,      /* one table */
  SHOT_REQUEST_PICTURES, /* the caller adds the pictures */
} ShotRequestKind;

/* All parameters and the rules for their address. @language: an Accept-Language value, or NULL.
 * Headers of the caller are to be added, and shot_job_check() is to follow. SHOT_ERROR_USAGE with
 * one line that names the parameter. (transfer full) */
ShotJob *shot_request_make_job (const ShotQuery *query, ShotRequestKind kind,
                                const ShotRequestRules *rules, const char *language,
                                GError **error);

/* The names of all parameters by number; NULL after the last. */
const char *shot_request_get_parameter (unsigned index);

/* "1000x500@2": CSS pixels and scale. (transfer full) */
char *shot_request_describe_size (int width, int height, double scale);

G_END_DECLS
