/* queue.h: who is next
 *
 * Two lanes: what is urgent passes the batch, but after SHOT_QUEUE_URGENT_RUN in a row one of the
 * batch goes, so that neither starves the other. Inside a lane tenants take turns, however many
 * jobs each has; the jobs of one tenant keep their order. A tenant is a number, equal for equals.
 *
 * Pushing, taking and removing cost the same whatever waits; what counts walks the tenants.
 * Knows neither clocks nor jobs. Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_QUEUE_URGENT_RUN 4

typedef enum {
  SHOT_LANE_URGENT,
  SHOT_LANE_BATCH,
  SHOT_N_LANES
} ShotLane;

typedef struct _ShotQueue ShotQueue;

/* A member of that which waits; the first three are the owner's, and stay while it waits. */
typedef struct {
  void    *data; /* (borrowed) */
  ShotLane lane;
  uint64_t tenant;
  void    *turn; /* the queue's own: NULL while it does not wait */
  GList    link; /* likewise */
} ShotQueueItem;

const char *shot_lane_get_name (ShotLane lane); /* "urgent" */

ShotQueue *shot_queue_new  (void);            /* (transfer full) */
void       shot_queue_free (ShotQueue *self); /* accepts NULL; leaves the items alone */

/* @item: (borrowed), until it is taken or removed. @is_first: before the others of its tenant. */
void shot_queue_push (ShotQueue *self, ShotQueueItem *item, bool is_first);

/* The next, which stays; NULL when nothing waits. @passed_over: (nullable): a tenant who is not
 * meant, and keeps its turn. */
ShotQueueItem *shot_queue_peek (const ShotQueue *self, const uint64_t *passed_over);

/* It has had its turn; or it leaves without one. */
void shot_queue_take   (ShotQueue *self, ShotQueueItem *item);
void shot_queue_remove (ShotQueue *self, ShotQueueItem *item);

unsigned shot_queue_get_length (const ShotQueue *self, ShotLane lane);

/* How many at least go before one that would be pushed now. */
unsigned shot_queue_count_before (const ShotQueue *self, ShotLane lane, uint64_t tenant);

/* The last of the tenant who has the most waiting, if that is more than @tenant would have with
 * one more; NULL when nobody is that greedy. Batch first. */
ShotQueueItem *shot_queue_find_excess (const ShotQueue *self, uint64_t tenant);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotQueue, shot_queue_free)

G_END_DECLS
