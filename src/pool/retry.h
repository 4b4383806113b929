/* retry.h: whether a job whose browser died is tried again
 *
 * As long as its deadline leaves room for a render by a new process, and SHOT_RETRY_MAX_ATTEMPTS in
 * all. A page that ends its own web process twice, with no other cause in between, is to blame
 * itself; a crash takes three times, as it may be a kill from outside, which looks the same. When a
 * whole engine dies nobody knows which of its jobs it was: those that saw two go are suspects, and
 * must run alone, or one bad page would take its neighbours with it to the last try.
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

#define SHOT_RETRY_MAX_ATTEMPTS 4

/* What a job lost its browser by. */
typedef enum {
  SHOT_CAUSE_ENGINE,  /* the engine died */
  SHOT_CAUSE_HUNG,    /* the engine did not answer, and was killed */
  SHOT_CAUSE_NETWORK, /* WebKit's network process died */
  SHOT_CAUSE_WEB,     /* the page ended its web process: by its memory, or by keeping it busy */
  SHOT_CAUSE_CRASH,   /* the web process crashed, or was killed */
  SHOT_N_CAUSES
} ShotCause;

typedef enum {
  SHOT_RETRY_AGAIN,
  SHOT_RETRY_PAGE, /* the page is to blame */
  SHOT_RETRY_GIVE_UP,
} ShotRetryVerdict;

/* Of one job. */
typedef struct {
  unsigned attempts;    /* the running one included; the owner counts */
  unsigned engine_ends; /* engines that it saw go */
  unsigned blame;       /* of the page, for ends of its own web process on end */
} ShotRetry;

const char *shot_cause_get_name (ShotCause cause); /* "engine", "hung", "network-process" */

/* As the engine tells it: "network-process", "web-process", "web-crash". False for others. */
bool shot_cause_from_name (const char *name, ShotCause *out_cause);

/* Counts the loss. @cold_ms: what a new process needs. */
ShotRetryVerdict shot_retry_judge (ShotRetry *self, ShotCause cause, int64_t left_ms,
                                   int64_t cold_ms);

bool shot_retry_is_suspect (const ShotRetry *self);

G_END_DECLS
