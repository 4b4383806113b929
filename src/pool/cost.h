/* cost.h: how much memory one more render takes, as seen from outside
 *
 * Notes how much is in use while so many renders run; what each of them adds to that of an idle
 * service is the cost. Caches that grow, or others in the same control group, blur it; so the
 * latest count most, and the caller has a least.
 *
 * A plain struct without resources, all zero at first. Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_COST_MAX_RUNNING 64

typedef struct {
  double used_bytes[SHOT_COST_MAX_RUNNING + 1]; /* by how many run; 0: not seen yet */
} ShotCost;

/* @running beyond SHOT_COST_MAX_RUNNING is not noted. */
void shot_cost_note (ShotCost *self, unsigned running, int64_t used_bytes);

/* Never below @least_bytes, which is also the answer while nothing is known. */
int64_t shot_cost_get (const ShotCost *self, int64_t least_bytes);

G_END_DECLS
