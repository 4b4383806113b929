#include "config.h"

#include "estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_OF_LATEST 0.2
#define LOW 0.1
#define MIDDLE 0.5

static void
add (ShotSamples *samples, int64_t us)
{
  samples->us[samples->next] = us;
  samples->next = (samples->next + 1) % SHOT_ESTIMATE_SAMPLES;
  samples->n = MIN (samples->n + 1, SHOT_ESTIMATE_SAMPLES);
}

static int
compare (const void *a, const void *b)
{
  int64_t first = *(const int64_t *) a;
  int64_t second = *(const int64_t *) b;

  return (first > second) - (first < second);
}

/* 0 when there is none. */
static int64_t
get_quantile_ms (const ShotSamples *samples, double share)
{
  int64_t sorted[SHOT_ESTIMATE_SAMPLES];

  if (samples->n == 0)
    return 0;
  memcpy (sorted, samples->us, samples->n * sizeof *sorted);
  qsort (sorted, samples->n, sizeof *sorted, compare);
  return sorted[(unsigned) (share * (samples->n - 1))] / 1000;
}

void
shot_estimate_note (ShotEstimate *self, int64_t run_us, bool is_win, bool is_cold)
{
  self->average_us = self->runs.n == 0 ? (double) run_us
                                       : self->average_us * (1 - WEIGHT_OF_LATEST) +
                                             (double) run_us * WEIGHT_OF_LATEST;
  add (&self->runs, run_us);
  if (is_win)
    add (&self->wins, run_us);
  if (is_win && is_cold)
    add (&self->colds, run_us);
}

int64_t
shot_estimate_get_least_ms (const ShotEstimate *self)
{
  return self->wins.n < SHOT_ESTIMATE_LEAST_KNOWN ? 0 : get_quantile_ms (&self->wins, 0);
}

int64_t
shot_estimate_get_cold_ms (const ShotEstimate *self)
{
  if (self->colds.n == 0)
    return SHOT_ESTIMATE_UNKNOWN_COLD_MS;
  return MAX (get_quantile_ms (&self->colds, MIDDLE), SHOT_ESTIMATE_LEAST_COLD_MS);
}

unsigned
shot_estimate_get_wait_seconds (const ShotEstimate *self, unsigned waiting, unsigned slots)
{
  double seconds = self->average_us / G_USEC_PER_SEC * ((double) waiting + 1) / MAX (slots, 1);

  if (self->runs.n == 0)
    return 0;
  return (unsigned) CLAMP (ceil (seconds), 1, SHOT_ESTIMATE_MAX_WAIT_SECONDS);
}

bool
shot_estimate_is_hopeless (const ShotEstimate *self, unsigned before, unsigned slots,
                           int64_t left_ms)
{
  /* Those that run may all end in a moment. */
  int64_t rounds = before / MAX (slots, 1);

  if (rounds == 0 || self->wins.n < SHOT_ESTIMATE_LEAST_KNOWN)
    return false;
  return rounds * get_quantile_ms (&self->runs, LOW) + shot_estimate_get_least_ms (self) > left_ms;
}
