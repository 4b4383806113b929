/* errand.h: a command that waits for something, and what a signal does meanwhile
 *
 * In place, within what the command knows of itself. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "pool.h"

G_BEGIN_DECLS

/* The first signal cancels; what a second one does: */
typedef enum {
  SHOT_ERRAND_WAITS,  /* nothing */
  SHOT_ERRAND_LEAVES, /* ends the waiting */
  SHOT_ERRAND_DIES,   /* ends the process */
} ShotErrandSecond;

typedef struct {
  GCancellable    *cancellable; /* (owned) */
  /* Its own. */
  GMainLoop       *loop;        /* (owned) */
  ShotErrandSecond second;
  unsigned         interrupt;   /* sources; 0: a signal ends the process again */
  unsigned         terminate;
} ShotErrand;

void shot_errand_init  (ShotErrand *self);
void shot_errand_clear (ShotErrand *self); /* also of zeros */

void shot_errand_catch_signals   (ShotErrand *self, ShotErrandSecond second);
void shot_errand_release_signals (ShotErrand *self);

/* Waits until a callback says that it is done. */
void shot_errand_wait (ShotErrand *self);
void shot_errand_done (ShotErrand *self);

/* Has the engines go, which take their folders with them, waits, and frees @pool. @pool: (nullable). */
void shot_errand_end_pool (ShotErrand *self, ShotPool *pool);

G_END_DECLS
