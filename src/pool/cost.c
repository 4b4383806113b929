#include "config.h"

#include "cost.h"

#define WEIGHT_OF_LATEST 0.2

void
shot_cost_note (ShotCost *self, unsigned running, int64_t used_bytes)
{
  if (running > SHOT_COST_MAX_RUNNING || used_bytes <= 0)
    return;

  double *used = &self->used_bytes[running];
  if (*used > 0)
    *used += ((double) used_bytes - *used) * WEIGHT_OF_LATEST;
  else
    *used = (double) used_bytes;
}

int64_t
shot_cost_get (const ShotCost *self, int64_t least_bytes)
{
  const double *used = self->used_bytes;

  for (unsigned running = SHOT_COST_MAX_RUNNING; running > 0 && used[0] > 0; running--) {
    if (used[running] > 0)
      return MAX ((int64_t) ((used[running] - used[0]) / running), least_bytes);
  }
  return least_bytes;
}
