/* review.h: the review page under /review/ and its API under /api/v1/
 *
 * What is to be served is handed to the server as a mount. Everything that touches the archive is
 * done in the thread of a ShotArchiveWorker: who asks, whether they may, and what they asked for is
 * one piece of work there.
 *
 * Collaborators are borrowed and outlive it. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-worker.h"
#include "conductor.h"
#include "exchange.h"
#include "pool.h"
#include "visitor.h"

G_BEGIN_DECLS

typedef struct _ShotReview ShotReview;

typedef struct {
  ShotArchiveWorker *archive;   /* (borrowed): of the page alone; its changed function is taken */
  ShotArchiveWorker *doorman;   /* (borrowed): checks passwords, which is slow on purpose */
  ShotConductor     *conductor; /* (borrowed) (nullable): nothing can be captured */
  ShotVisitorRules  *rules;     /* (borrowed) */
  const char        *folder;    /* (borrowed): of the archive, for reports */
  ShotPool          *pool;      /* (borrowed): prints them */
} ShotReviewOptions;

/* (transfer full) */
ShotReview *shot_review_new  (const ShotReviewOptions *options);
void        shot_review_free (ShotReview *self); /* accepts NULL; the server is gone by then */

const ShotMount *shot_review_get_mount (ShotReview *self); /* (transfer none) */

/* The routes of the API by number: "GET", "/api/v1/runs/{id}"; false after the last. */
bool shot_review_get_route (unsigned index, const char **out_method, const char **out_path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotReview, shot_review_free)

G_END_DECLS
