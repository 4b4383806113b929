/* first-plan.h: the text of a plan for somebody who has none yet
 *
 * By folder, each dashboard in a line with its title and how many panels it has. As many as make a
 * round of a sane size are in the plan, the others are there to have their "#" removed. Titles are
 * hostile: they stand in comments, in one line. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "grafana.h"

G_BEGIN_DECLS

typedef struct {
  const ShotFoundDashboard *found;     /* (borrowed) */
  const ShotDashboard      *dashboard; /* (borrowed) (nullable): it could not be read */
} ShotFirstPlanEntry;

typedef struct {
  const char *grafana;
  const char *token_file; /* (nullable): as it is to stand in the plan */
  const char *ca_file;    /* (nullable) */
  int         org_id;     /* 0: not said */
  const ShotFirstPlanEntry *entries; /* by folder */
  unsigned                  n_entries;
} ShotFirstPlanFacts;

/* @out_n_active: how many dashboards are in it, at least one if any has a panel. (transfer full) */
char *shot_first_plan_make (const ShotFirstPlanFacts *facts, unsigned *out_n_active);

G_END_DECLS
