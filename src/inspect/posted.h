/* posted.h: what a panelshot server answered to a job; pure
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "web-client.h"

G_BEGIN_DECLS

typedef struct {
  unsigned  status;
  GBytes   *body;
  char     *timing;         /* (owned) (nullable): Server-Timing */
  char     *server;         /* (owned) (nullable): "panelshot 5.0.0" */
  /* Of a status other than 200. */
  char     *text;           /* (owned): one line of what it says, masked */
  ShotError code;
  bool      has_code;       /* the server said it itself; else it is guessed from the status */
  int64_t   retry_after_ms; /* of BUSY; 0: not said */
} ShotPosted;

ShotPosted *shot_posted_new  (const ShotWebAnswer *answer); /* (transfer full) */
void        shot_posted_free (ShotPosted *self); /* accepts NULL */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPosted, shot_posted_free)

G_END_DECLS
