/* inspect-notify.h: tells those that a plan names that a run of it is done
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "plan.h"
#include "record.h"

G_BEGIN_DECLS

/* Turns the main context until all are told or given up, which takes a minute at most. Whom it did not
 * reach is in the log. @url: (nullable): of the server with the review page. */
void shot_inspect_notify (const ShotPlan *plan, const ShotRun *run, const char *url,
                          GCancellable *cancellable);

G_END_DECLS
