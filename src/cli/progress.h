/* progress.h: one line on a terminal while a person waits
 *
 * "settling... 1.2 s", or "12 of 30 panels... 1.2 s", rewritten in place and erased at the end.
 * Nothing when stderr is no terminal.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "result.h"

G_BEGIN_DECLS

typedef struct _ShotProgress ShotProgress;

/* (transfer full) (nullable): NULL when nobody would see it. */
ShotProgress *shot_progress_start (void);

/* Erases the line. Accepts NULL. */
void shot_progress_stop (ShotProgress *self);

/* @n_all: 0 as long as there is nothing to count. Accepts NULL. */
void shot_progress_set_stage (ShotProgress *self, ShotStage stage, unsigned n_done, unsigned n_all);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotProgress, shot_progress_stop)

G_END_DECLS
