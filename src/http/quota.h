/* quota.h: how often each client may ask for a render
 *
 * A token bucket per client: @burst requests at once, @per_second in the long run. Who a client is
 * say the token it used, by its index, and the X-Tenant-ID it sent, of which only a hash is kept.
 * Buckets are bounded in number; the one that was unused the longest makes way. As Grafana names
 * its tenants itself, this is fairness among callers who are trusted, not a defence against them.
 *
 * Times are given by the caller, so that tests have a clock of their own. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _ShotQuota ShotQuota;

#define SHOT_QUOTA_MAX_CLIENTS 1024

/* @per_second: above 0. @burst: 0 is @per_second, at least 1. (transfer full) */
ShotQuota *shot_quota_new  (double per_second, unsigned burst, unsigned max_clients);
void        shot_quota_free (ShotQuota *self); /* accepts NULL */

/* Changes the numbers and keeps the buckets. */
void shot_quota_set (ShotQuota *self, double per_second, unsigned burst);

/* Takes one request of the client, @tenant: (nullable). 0 when it is granted, or after how many
 * seconds one will be. */
unsigned shot_quota_take (ShotQuota *self, int token_index, const char *tenant, int64_t now_us);

unsigned shot_quota_count_clients (const ShotQuota *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotQuota, shot_quota_free)

G_END_DECLS
