#include "config.h"

#include "queue.h"

/* A tenant who waits in one lane. */
typedef struct {
  uint64_t tenant;
  GQueue   items; /* (element-type ShotQueueItem) */
  GList    link;  /* in Lane.ring */
} Turn;

typedef struct {
  GHashTable *turns; /* (owned) tenant (borrowed) > Turn (owned) */
  GQueue      ring;  /* (element-type Turn): whose turn is next */
  unsigned    length;
} Lane;

struct _ShotQueue {
  Lane     lanes[SHOT_N_LANES];
  unsigned urgent_run; /* urgent ones taken on end while others waited */
};

const char *
shot_lane_get_name (ShotLane lane)
{
  static const char *const names[SHOT_N_LANES] = { "urgent", "batch" };

  g_return_val_if_fail (lane < SHOT_N_LANES, "batch");
  return names[lane];
}

ShotQueue *
shot_queue_new (void)
{
  ShotQueue *self = g_new0 (ShotQueue, 1);

  for (int i = 0; i < SHOT_N_LANES; i++) {
    self->lanes[i].turns = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
    g_queue_init (&self->lanes[i].ring);
  }
  return self;
}

void
shot_queue_free (ShotQueue *self)
{
  if (self == NULL)
    return;
  for (int i = 0; i < SHOT_N_LANES; i++)
    g_hash_table_unref (self->lanes[i].turns);
  g_free (self);
}

static const Turn *
find_turn (const ShotQueue *self, ShotLane lane, uint64_t tenant)
{
  return g_hash_table_lookup (self->lanes[lane].turns, &tenant);
}

void
shot_queue_push (ShotQueue *self, ShotQueueItem *item, bool is_first)
{
  Lane *lane = &self->lanes[item->lane];
  Turn *turn = g_hash_table_lookup (lane->turns, &item->tenant);

  g_return_if_fail (item->turn == NULL);
  if (turn == NULL) {
    turn = g_new0 (Turn, 1);
    turn->tenant = item->tenant;
    turn->link.data = turn;
    g_queue_init (&turn->items);
    g_hash_table_insert (lane->turns, &turn->tenant, turn);
    g_queue_push_tail_link (&lane->ring, &turn->link);
  }
  item->turn = turn;
  item->link = (GList){ .data = item };
  if (is_first)
    g_queue_push_head_link (&turn->items, &item->link);
  else
    g_queue_push_tail_link (&turn->items, &item->link);
  lane->length++;
}

/* The first whose turn it is in the lane. */
static ShotQueueItem *
peek_lane (const Lane *lane, const uint64_t *passed_over)
{
  const GList *at = lane->ring.head;

  if (at != NULL && passed_over != NULL && ((const Turn *) at->data)->tenant == *passed_over)
    at = at->next;
  return at != NULL ? ((const Turn *) at->data)->items.head->data : NULL;
}

ShotQueueItem *
shot_queue_peek (const ShotQueue *self, const uint64_t *passed_over)
{
  ShotQueueItem *urgent = peek_lane (&self->lanes[SHOT_LANE_URGENT], passed_over);
  ShotQueueItem *batch = peek_lane (&self->lanes[SHOT_LANE_BATCH], passed_over);

  if (urgent == NULL || (batch != NULL && self->urgent_run >= SHOT_QUEUE_URGENT_RUN))
    return batch;
  return urgent;
}

void
shot_queue_remove (ShotQueue *self, ShotQueueItem *item)
{
  Lane *lane = &self->lanes[item->lane];
  Turn *turn = item->turn;

  g_return_if_fail (turn != NULL);
  g_queue_unlink (&turn->items, &item->link);
  item->turn = NULL;
  lane->length--;
  if (turn->items.length > 0)
    return;
  g_queue_unlink (&lane->ring, &turn->link);
  g_hash_table_remove (lane->turns, &turn->tenant);
}

void
shot_queue_take (ShotQueue *self, ShotQueueItem *item)
{
  Lane *lane = &self->lanes[item->lane];
  Turn *turn = item->turn;

  g_return_if_fail (turn != NULL);
  g_queue_unlink (&lane->ring, &turn->link);
  g_queue_push_tail_link (&lane->ring, &turn->link);
  shot_queue_remove (self, item);
  if (item->lane == SHOT_LANE_URGENT && self->lanes[SHOT_LANE_BATCH].length > 0)
    self->urgent_run++;
  else
    self->urgent_run = 0;
}

unsigned
shot_queue_get_length (const ShotQueue *self, ShotLane lane)
{
  return self->lanes[lane].length;
}

unsigned
shot_queue_count_before (const ShotQueue *self, ShotLane lane, uint64_t tenant)
{
  const Turn *own = find_turn (self, lane, tenant);
  unsigned    n_own = own != NULL ? own->items.length : 0;
  unsigned    before = n_own;

  /* Each other tenant has as many turns as we have before; who comes anew, one more. */
  for (const GList *at = self->lanes[lane].ring.head; at != NULL; at = at->next) {
    const Turn *turn = at->data;
    if (turn != own)
      before += MIN (turn->items.length, MAX (n_own, 1));
  }
  if (lane == SHOT_LANE_BATCH)
    return before + MIN (self->lanes[SHOT_LANE_URGENT].length, SHOT_QUEUE_URGENT_RUN * before);
  return before + MIN (self->lanes[SHOT_LANE_BATCH].length, before / SHOT_QUEUE_URGENT_RUN);
}

static unsigned
count_tenant (const ShotQueue *self, uint64_t tenant)
{
  unsigned n = 0;

  for (int i = 0; i < SHOT_N_LANES; i++) {
    const Turn *turn = find_turn (self, i, tenant);
    n += turn != NULL ? turn->items.length : 0;
  }
  return n;
}

ShotQueueItem *
shot_queue_find_excess (const ShotQueue *self, uint64_t tenant)
{
  unsigned       most = count_tenant (self, tenant) + 1;
  ShotQueueItem *found = NULL;

  for (int i = SHOT_N_LANES - 1; i >= 0; i--) {
    for (const GList *at = self->lanes[i].ring.head; at != NULL; at = at->next) {
      const Turn *turn = at->data;
      unsigned    n = count_tenant (self, turn->tenant);
      if (n <= most)
        continue;
      most = n;
      found = turn->items.tail->data;
    }
  }
  return found;
}
