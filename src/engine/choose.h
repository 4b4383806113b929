/* choose.h: which slot serves a job the fastest
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "identity.h"
#include "result.h"

G_BEGIN_DECLS

/* What is known of a slot that a job may have to share with those before it. */
typedef struct {
  bool                is_busy;
  bool                has_process;
  bool                is_resident; /* it shows a page that can be led on */
  const ShotIdentity *identity; /* (borrowed) (nullable): of its last visit; NULL: it had none */
  int64_t             used_us;  /* when that ended */
} ShotCandidate;

typedef struct {
  bool is_isolated; /* no web process serves two persons */
  bool is_fresh;    /* the job wants a process that nobody has used */
} ShotChoiceRules;

/* The index of the candidate and the way in which it serves; -1 when all are busy. Of those that
 * are equally good the one that was used last: the others may grow old and be given back. What
 * holds somebody else's page is taken when there is nothing else, the oldest first. */
int shot_choose (const ShotCandidate *candidates, unsigned n, const ShotIdentity *identity,
                 const ShotChoiceRules *rules, ShotPath *out_path);

G_END_DECLS
