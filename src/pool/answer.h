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

/* Whether it has every picture that @job wished for. */
gboolean shot_answer_is_whole (const ShotResult *result, const ShotJob *job, GError **error);

/* The error in a "failed" message, masked and of one line. @out_cause: only when @out_has_cause,
 * which is when a process of the browser died. (transfer full) */
GError *shot_answer_read_failure (JsonObject *message, bool *out_has_cause, ShotCause *out_cause);

/* Of a "stage" message. */
bool shot_answer_read_stage (JsonObject *message, ShotStage *out_stage);

G_END_DECLS
