/* check-report.h: what a plan would capture, for people and for programs
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "expand.h"

G_BEGIN_DECLS

/* A table for each dashboard, and a line for all. @visits (element-type ShotVisit). (transfer full) */
char *shot_check_report_make_text (const ShotPlan *plan, const GPtrArray *visits, int64_t now_ms);

/* One object. @notes (element-type utf8). (transfer full) */
char *shot_check_report_make_json (const ShotPlan *plan, const GPtrArray *visits, int64_t now_ms,
                                   const GPtrArray *notes);

/* What the plan says and nothing answers to: sentences. (transfer full) (element-type utf8) */
GPtrArray *shot_check_report_list_notes (const ShotPlan *plan, const GPtrArray *visits);

G_END_DECLS
