/* state.h: the states of a visit and the ways between them
 *
 * The diagram is in page.h, what each state waits for in page.c. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "result.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_STATE_NEW,
  SHOT_STATE_PLACING,
  SHOT_STATE_OPENING,
  SHOT_STATE_LOADING,
  SHOT_STATE_SETTLING,
  SHOT_STATE_INSPECTING,
  SHOT_STATE_CAPTURING,
  SHOT_STATE_ENCODING,
  SHOT_STATE_DONE,
  SHOT_STATE_FAILED,
} ShotState;

const char *shot_state_to_string (ShotState state); /* "settling" */

/* The stage of the result that time in this state counts for. */
ShotStage shot_state_get_stage (ShotState state);

bool shot_state_may_follow (ShotState from, ShotState to);

G_END_DECLS
