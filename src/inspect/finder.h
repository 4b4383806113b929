/* finder.h: from a plan to the visits that it means today
 *
 *   LISTING > SEARCHING > CHOOSING > ASKING > EXPANDING > DONE
 *
 * LISTING and SEARCHING ask Grafana which dashboards there are, ASKING for each that was chosen, and
 * EXPANDING a page for the values of variables that the JSON does not tell. Mistakes of the plan are
 * gathered and told together. Collaborators are borrowed. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "expand.h"
#include "grafana.h"
#include "renderer.h"

G_BEGIN_DECLS

typedef struct _ShotFinder ShotFinder;

typedef struct {
  const ShotPlan    *plan;
  ShotGrafana       *grafana;
  ShotRenderers     *renderers; /* (nullable): then no page can be asked */
  const ShotSecret  *token;     /* (nullable) */
  const char        *ca_pem;    /* (nullable) */
  int64_t            now_ms;
  const char *const *only;      /* (nullable): see shot_run_match_is_wanted() */
} ShotFinderOptions;

ShotFinder *shot_finder_new  (const ShotFinderOptions *options);
void        shot_finder_free (ShotFinder *self); /* accepts NULL; nothing may be pending */

/* "finding dashboards", "asking for variables" */
const char *shot_finder_get_doing (const ShotFinder *self);

void       shot_finder_run_async  (ShotFinder *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, void *user_data);
/* (transfer full) (element-type ShotVisit): their dashboards are the finder's. Each cell is in one of
 * them, in the plan's order, with the version of its dashboard; a cell that the plan says twice is there
 * once. SHOT_ERROR_USAGE when there is none. */
GPtrArray *shot_finder_run_finish (ShotFinder *self, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotFinder, shot_finder_free)

G_END_DECLS
