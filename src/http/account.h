/* account.h: what a render leaves behind when it is answered
 *
 * A line in the log and the counts, made from the same facts.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "result.h"
#include "server-private.h"
#include "trace.h"

G_BEGIN_DECLS

/* What is known of a request before its answer. */
typedef struct {
  const char     *route;    /* static: "/render", "/render/csv" */
  char           *id;       /* (owned) (nullable): the job's; NULL when none was made */
  char           *target;   /* (owned) (nullable): the page's address */
  const char     *encoding; /* static (nullable) */
  const char     *kind;     /* static (nullable) */
  ShotTrace       trace;
  int64_t         started_us;
} ShotAccount;

/* Starts the clock. */
void shot_account_init  (ShotAccount *self, const char *route);
void shot_account_clear (ShotAccount *self);

/* Its job has been made; what follows counts as a render in flight, until it is closed. */
void shot_account_open (ShotAccount *self, ShotServer *server, const ShotJob *job);

/* When the answer has been set. @result, @error: (nullable). */
void shot_account_close (ShotAccount *self, ShotServer *server, SoupServerMessage *message,
                         const ShotResult *result, const GError *error);

G_END_DECLS
