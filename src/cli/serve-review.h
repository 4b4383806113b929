/* serve-review.h: the archive, the plans and the review page of a server
 *
 * Owns all that serves them; borrows the pool. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "pool.h"
#include "review.h"
#include "serve-settings.h"

G_BEGIN_DECLS

typedef struct _ShotServeReview ShotServeReview;

/* Opens the archive, which may take a while. (transfer full); SHOT_ERROR_USAGE and _STORAGE. */
ShotServeReview *shot_serve_review_new  (const ShotSettings *settings, ShotPool *pool,
                                         GError **error);
void             shot_serve_review_free (ShotServeReview *self); /* accepts NULL; the server is gone */

const ShotMount *shot_serve_review_get_mount (ShotServeReview *self); /* (transfer none) */

/* While nobody can sign in: the one-time link, on stderr and nowhere else. @uri: of the server. */
void shot_serve_review_print_link (ShotServeReview *self, const char *uri);

/* Inspections that run end, so that the next server can go on with them. */
void shot_serve_review_stop_async  (ShotServeReview *self, GAsyncReadyCallback callback,
                                    void *user_data);
void shot_serve_review_stop_finish (ShotServeReview *self, GAsyncResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotServeReview, shot_serve_review_free)

G_END_DECLS
