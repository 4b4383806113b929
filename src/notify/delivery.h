/* delivery.h: one notice to one receiver, until it is there or given up
 *
 *   WAITING > SENDING > OVER      what may go well the next time goes back to WAITING
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>

#include "notice.h"
#include "web-client.h"

G_BEGIN_DECLS

typedef struct _ShotDeliveryJob ShotDeliveryJob;

/* All borrowed, and there until the last delivery is over. */
typedef struct {
  ShotWebClient  *client;
  const char     *sendmail; /* (nullable) */
  const char     *ca_file;  /* (nullable) */
  const unsigned *retry_ms;
  unsigned        timeout_ms;
} ShotDeliveryMeans;

typedef void (*ShotDeliveryOver) (ShotDeliveryJob *job, void *user_data);

/* @receiver, @notice: what is needed of them is copied. (transfer full) */
ShotDeliveryJob *shot_delivery_job_new  (const ShotDeliveryMeans *means,
                                         const ShotPlanNotify *receiver, const ShotNotice *notice);
void             shot_delivery_job_free (ShotDeliveryJob *self); /* accepts NULL; not while it runs */

/* Once. @over runs later, and may free it. */
void shot_delivery_job_start (ShotDeliveryJob *self, GCancellable *cancellable,
                              ShotDeliveryOver over, void *user_data);

/* Once it is over. */
const char *shot_delivery_job_get_failure    (const ShotDeliveryJob *self); /* (nullable) */
unsigned    shot_delivery_job_get_n_attempts (const ShotDeliveryJob *self);

G_END_DECLS
