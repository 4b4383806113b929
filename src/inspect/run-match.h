/* run-match.h: which of the panels that a visit found is which cell, and what is to be said of it
 *
 * Pure; any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "expand.h"
#include "renderer.h"

G_BEGIN_DECLS

/* The number after the last "panel-" of a key, also of "panel-10-clone-1/grid-item-11/panel-11"; -1 for
 * what is no such key. */
int64_t shot_run_match_get_id (const char *key);

/* The @n-th from 0 among clones: 2 of "panel-4-clone-2", 0 of "panel-4". Of our own keys. */
unsigned shot_run_match_get_clone (const char *key);

/* The shot of @cell: that of its panel's id, and of its place among the clones of that id. Clones are
 * called otherwise from Grafana to Grafana, so names do not count. @is_narrow: the page was opened with
 * the cell's own variables, so that there is no other clone. (nullable) */
const ShotShot *shot_run_match_find (const ShotShots *shots, const ShotCell *cell, bool is_narrow);

/* Texts, size, state and flags of @cell as captured, or failed. @shot: NULL when the page has no such
 * panel. Pictures and data are the caller's to keep. */
void shot_run_match_apply (ShotCell *cell, const ShotShots *shots, const ShotShot *shot);

/* Nobody knows the panel any more, or it failed for another reason. @flags are added. */
void shot_run_match_fail (ShotCell *cell, unsigned flags, const char *failure);

/* The panel of @cell in the dashboard's own JSON. (nullable) */
const ShotDashboardPanel *shot_run_match_find_panel (const ShotDashboard *dashboard,
                                                     const ShotCell *cell);

/* Of elements of a GPtrArray of cells, for its sort. */
int shot_run_match_compare_positions (const void *left, const void *right);

/* Whether @cell is among those that "dashboard=…", "panel=…" and "range=…" mean: of each word that is
 * there one must match. @only: (nullable). */
bool shot_run_match_is_wanted (const ShotCell *cell, const char *const *only);

/* SHOT_ERROR_USAGE names what is none of the three. */
gboolean shot_run_match_check_only (const char *const *only, GError **error);

/* Visits for cells that are in the archive already, one per dashboard, range, variables and look. A
 * cell's variables are those of its own copy, so these visits are narrow. Their addresses are still to
 * be made. (transfer full) (element-type ShotVisit); takes the cells out of
 * @cells (element-type ShotCell). */
GPtrArray *shot_run_match_group (GPtrArray *cells);

/* The same with what the plan says today: cells that are in @visits (transfer full, nullable) (element-type
 * ShotVisit) go there, in place of those that are, the rest into visits of their own. */
GPtrArray *shot_run_match_join (GPtrArray *visits, GPtrArray *cells);

/* "https://grafana/d/UID/slug?from=…&to=…&var-…": that shows a cell by its own variables. (transfer full) */
char *shot_run_match_make_address (const char *grafana, int org_id, const ShotDashboard *dashboard,
                                   const ShotCell *cell);

G_END_DECLS
