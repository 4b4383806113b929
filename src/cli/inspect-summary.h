/* inspect-summary.h: what came of a run, for people and for programs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

/* The cells of a run that there is something to tell of: failed, flagged or changed. (transfer full)
 * (element-type ShotCell) */
GPtrArray *shot_inspect_summary_list (ShotArchive *archive, int64_t run_id, GError **error);

/* On stdout. @plan: its path, for the commands that come next. */
void shot_inspect_summary_print      (const ShotRun *run, const GPtrArray *cells, const char *plan);
void shot_inspect_summary_print_json (const ShotRun *run, const GPtrArray *cells);

G_END_DECLS
