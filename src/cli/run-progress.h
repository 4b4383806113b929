/* run-progress.h: how far an inspection is, for a person who waits
 *
 * On a terminal one line with a bar, rewritten in place; otherwise a plain line now and then, as logs
 * like it. On stderr.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "run.h"

G_BEGIN_DECLS

typedef struct _ShotRunProgress ShotRunProgress;

ShotRunProgress *shot_run_progress_start (void);
/* Erases the bar. Accepts NULL. */
void             shot_run_progress_stop  (ShotRunProgress *self);

/* As ShotInspectionOptions.progress. */
void shot_run_progress_update (const ShotInspectionProgress *progress, void *self);

/* "1 h 5 min", "12 s". (transfer full) */
char *shot_run_progress_describe_time (int64_t ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRunProgress, shot_run_progress_stop)

G_END_DECLS
