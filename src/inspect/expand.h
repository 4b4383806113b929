/* expand.h: a plan and the dashboards that there are, made into visits and cells
 *
 * Which cells a run is to have is known before anything is captured: rows are opened, repeats
 * counted by the values of their variables. What then cannot be captured is listed as failed, never
 * missing. Pure, any thread.
 *
 * A cell's variables are those that the plan sets for its visit, and those that repeat its panel or
 * row, with the one value that this copy shows: an address with just these shows the copy as the
 * first of its kind. All other variables stay as the dashboard was saved. Copies are called panel-4,
 * panel-4-clone-1, … in the order of the page; a cell's key has "panel-4" for all of them and tells
 * them apart by their variables, so that a copy keeps its history when others come and go.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "dashboard.h"
#include "plan.h"
#include "record.h"

G_BEGIN_DECLS

/* More than this needs another plan. */
#define SHOT_EXPAND_MAX_CELLS 20000

/* One visit: cells of one dashboard over one range with one set of variables and one look. */
typedef struct {
  const ShotDashboard *dashboard; /* (borrowed) */
  char      *address; /* (owned): absolute, with from, to, var-…, timezone, theme and kiosk */
  int        width;   /* of each panel, CSS pixels; 0: the dashboard's own */
  int        height;
  double     scale;
  char      *timezone; /* (owned) (nullable): an IANA name; a plan always has one */
  char      *language; /* (owned) (nullable) */
  GPtrArray *cells;    /* (owned) (element-type ShotCell): by position, no panel twice */
} ShotVisit;

void shot_visit_free (ShotVisit *self); /* accepts NULL */

/* Errors say neither plan nor line: the caller has both, and gathers all that there are. Several
 * mistakes are a line each. */

/* Which dashboards of @found (element-type ShotFoundDashboard) a part of the plan means. Nothing found:
 * SHOT_ERROR_USAGE with the nearest uid, folder or tag. @by_text: (nullable): uids that Grafana's
 * search gave for its "search"; without it the titles are searched. (transfer full) (element-type
 * utf8): uids, in the order of @found */
GPtrArray *shot_expand_choose (const ShotPlanDashboard *part, const GPtrArray *found,
                               const GPtrArray *by_text, GError **error);

/* The names of variables whose values must be asked for before the dashboard can be expanded: All of
 * a query variable, for instance. They are asked for once per dashboard, as it was saved: values that
 * depend on another variable of the plan are those of its saved value. (transfer full) (element-type
 * utf8) */
GPtrArray *shot_expand_list_unknown (const ShotPlan *plan, const ShotPlanDashboard *part,
                                     const ShotDashboard *dashboard);

/* What the part says of panels that the dashboard does not have, a sentence each, with the nearest
 * title; no error, because dashboards change while plans stay. (transfer full) (element-type utf8) */
GPtrArray *shot_expand_list_idle (const ShotPlanDashboard *part, const ShotDashboard *dashboard);

/* Likewise variables of the whole plan that none of @dashboards (element-type ShotDashboard) has. */
GPtrArray *shot_expand_list_idle_variables (const ShotPlan *plan, const GPtrArray *dashboards);

/* Adds the visits of one dashboard to @visits (element-type ShotVisit), which must free its elements.
 * The cells' positions go on from those that are there; a place that is there already is not added
 * again. @options: (nullable): variable name -> char ** of values that were asked for.
 * SHOT_ERROR_USAGE when the rules of the part leave no panel, a variable does not exist (with the nearest
 * one), a value is not among its options, a range cannot be resolved, or there are too many; then
 * nothing has been added. */
gboolean shot_expand_add (GPtrArray *visits, const ShotPlan *plan, const ShotPlanDashboard *part,
                          const ShotDashboard *dashboard, GHashTable *options, int64_t now_ms,
                          GError **error);

/* The key of the place of @cell over another range. (transfer full) */
char *shot_expand_make_key (const ShotCell *cell, const char *range);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotVisit, shot_visit_free)

G_END_DECLS
