/* estimate.h: how long renders take, as the last ones did
 *
 * Two kinds of answers: what is likely, for people who are told to come back; and what is the least,
 * for jobs that are refused because they cannot make it. The latter err on the side of the job, and
 * say nothing at all before SHOT_ESTIMATE_LEAST_KNOWN renders have been seen.
 *
 * A plain struct without resources, all zero at first. Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_ESTIMATE_SAMPLES 64
#define SHOT_ESTIMATE_LEAST_KNOWN 8
#define SHOT_ESTIMATE_LEAST_COLD_MS 1000
#define SHOT_ESTIMATE_UNKNOWN_COLD_MS 3000
#define SHOT_ESTIMATE_MAX_WAIT_SECONDS 120

/* The last values, in no order. */
typedef struct {
  int64_t  us[SHOT_ESTIMATE_SAMPLES];
  unsigned n;
  unsigned next;
} ShotSamples;

typedef struct {
  ShotSamples runs;  /* all, however they ended */
  ShotSamples wins;  /* of pictures */
  ShotSamples colds; /* of pictures by a new process */
  double      average_us; /* of runs, the latest count most */
} ShotEstimate;

/* A job held its place for @run_us. */
void shot_estimate_note (ShotEstimate *self, int64_t run_us, bool is_win, bool is_cold);

/* The least that a picture takes; 0 while too little is known. */
int64_t shot_estimate_get_least_ms (const ShotEstimate *self);

/* What a picture by a new process usually takes. */
int64_t shot_estimate_get_cold_ms (const ShotEstimate *self);

/* Until @waiting jobs and one more have had one of @slots places: at least 1, at most
 * SHOT_ESTIMATE_MAX_WAIT_SECONDS; 0 when nothing is known. */
unsigned shot_estimate_get_wait_seconds (const ShotEstimate *self, unsigned waiting,
                                         unsigned slots);

/* Whether a job with @before others before it surely misses its end in @left_ms because of them.
 * Where nobody is before it the answer is no, whatever renders take. */
bool shot_estimate_is_hopeless (const ShotEstimate *self, unsigned before, unsigned slots,
                                int64_t left_ms);

G_END_DECLS
