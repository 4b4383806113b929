/* answer.h: what an engine says about a job
 *
 * Reads its messages, which may be of another version or forged, and believes as little as it can.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "job.h"
#include "result.h"
#include "retry.h"

G_BEGIN_DECLS

/* The result in a message, each picture with its descriptor, which is taken out of @fds. NULL with
 * SHOT_ERROR_ENGINE. (transfer full) */
ShotResult *shot_answer_read_result (JsonObject *message, int *fds, unsigned n_fds,
                                     GError **error);

/* The error in a "failed" message, masked and of one line. @out_cause: only when @out_has_cause,
 * which is when a process of the browser died. (transfer full) */
GError *shot_answer_read_failure (JsonObject *message, bool *out_has_cause, ShotCause *out_cause);

/* Where a visit is; of pictures whose number is known, how many it has. */
typedef struct {
  ShotStage stage;
  unsigned  n_done;
  unsigned  n_all; /* 0: not known, or one */
} ShotAnswerStage;

/* Of a "stage" message. */
bool shot_answer_read_stage (JsonObject *message, ShotAnswerStage *out_stage);

G_END_DECLS
