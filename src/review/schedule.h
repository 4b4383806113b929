/* schedule.h: what is due of a plan, by what is known of it
 *
 * @seen_ms is the last time that was due and is dealt with. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "plan.h"

G_BEGIN_DECLS

/* A plan that skips what it missed still runs so long after its time: a restart takes a while. */
#define SHOT_SCHEDULE_GRACE_MS 300000

/* A time that was seen so far in the future was seen by a clock that was wrong. */
#define SHOT_SCHEDULE_MAX_AHEAD_MS ((int64_t) 24 * 3600 * 1000)

typedef struct {
  int64_t due_ms;    /* 0: nothing is due; of several, the last */
  bool    is_missed; /* it is to be marked as missed, and not run */
  int64_t next_ms;   /* after now; 0: never */
} ShotDue;

void shot_schedule_look (const ShotPlan *plan, int64_t seen_ms, int64_t now_ms, ShotDue *out_due);

G_END_DECLS
