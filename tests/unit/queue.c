#include "config.h"

#include "queue.h"

#include <string.h>

#define MAX_ITEMS 4096

/* What the tests wait with: an item, its name, and whether it was served. */
typedef struct {
  ShotQueueItem item;
  unsigned      number; /* of its tenant's, in the order of pushing */
} Waiting;

static Waiting *
push (ShotQueue *queue, Waiting *waiting, ShotLane lane, uint64_t tenant, unsigned number)
{
  *waiting = (Waiting){ .item = { .data = waiting, .lane = lane, .tenant = tenant },
                        .number = number };
  shot_queue_push (queue, &waiting->item, false);
  return waiting;
}

static Waiting *
take (ShotQueue *queue)
{
  ShotQueueItem *item = shot_queue_peek (queue, NULL);

  if (item == NULL)
    return NULL;
  shot_queue_take (queue, item);
  return item->data;
}

static void
test_order (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  Waiting               waiting[5];

  g_assert_null (shot_queue_peek (queue, NULL));
  for (unsigned i = 0; i < 4; i++)
    push (queue, &waiting[i], SHOT_LANE_BATCH, 7, i);
  g_assert_cmpuint (shot_queue_get_length (queue, SHOT_LANE_BATCH), ==, 4);
  g_assert_cmpuint (shot_queue_get_length (queue, SHOT_LANE_URGENT), ==, 0);
  /* Looking changes nothing; one that leaves makes no hole. */
  g_assert_true (shot_queue_peek (queue, NULL) == &waiting[0].item);
  g_assert_true (shot_queue_peek (queue, NULL) == &waiting[0].item);
  shot_queue_remove (queue, &waiting[1].item);
  g_assert_true (take (queue) == &waiting[0]);
  /* One that comes back goes before the others of its tenant. */
  shot_queue_push (queue, &waiting[0].item, true);
  g_assert_true (take (queue) == &waiting[0]);
  g_assert_true (take (queue) == &waiting[2]);
  g_assert_true (take (queue) == &waiting[3]);
  g_assert_null (take (queue));
}

static void
test_urgent (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  Waiting               batch[3];
  Waiting               urgent[10];
  g_autoptr (GString)   served = g_string_new (NULL);
  Waiting              *next;

  for (unsigned i = 0; i < G_N_ELEMENTS (batch); i++)
    push (queue, &batch[i], SHOT_LANE_BATCH, 1, i);
  for (unsigned i = 0; i < G_N_ELEMENTS (urgent); i++)
    push (queue, &urgent[i], SHOT_LANE_URGENT, 1, i);
  while ((next = take (queue)) != NULL)
    g_string_append_c (served, next->item.lane == SHOT_LANE_URGENT ? 'u' : 'b');
  g_assert_cmpstr (served->str, ==, "uuuubuuuubuub");
}

/* However many urgent ones come, one of the batch goes after every four. */
static void
test_no_starvation (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  Waiting               batch;
  Waiting               urgent[64];
  unsigned              before = 0;

  for (unsigned i = 0; i < 2; i++)
    push (queue, &urgent[i], SHOT_LANE_URGENT, i, i);
  push (queue, &batch, SHOT_LANE_BATCH, 9, 0);
  for (unsigned i = 2; i < G_N_ELEMENTS (urgent); i++) {
    push (queue, &urgent[i], SHOT_LANE_URGENT, i, i);
    if (take (queue) == &batch)
      break;
    before++;
  }
  g_assert_cmpuint (before, ==, SHOT_QUEUE_URGENT_RUN);
}

/* One who has a hundred waiting and two who have ten: these are served as if he had ten. */
static void
test_fairness (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  static Waiting        waiting[120];
  unsigned              served[3] = { 0 };
  unsigned              numbers[3] = { 0 };
  unsigned              n = 0;

  for (unsigned i = 0; i < 100; i++)
    push (queue, &waiting[n++], SHOT_LANE_BATCH, 0, i);
  for (unsigned i = 0; i < 10; i++) {
    push (queue, &waiting[n++], SHOT_LANE_BATCH, 1, i);
    push (queue, &waiting[n++], SHOT_LANE_BATCH, 2, i);
  }
  for (unsigned i = 0; i < n; i++) {
    Waiting *next = take (queue);
    unsigned tenant = (unsigned) next->item.tenant;
    g_assert_cmpuint (next->number, ==, numbers[tenant]++);
    served[tenant]++;
    if (i < 30)
      g_assert_cmpuint (MAX (served[0], MAX (served[1], served[2])) -
                            MIN (served[0], MIN (served[1], served[2])),
                        <=, 1);
  }
  g_assert_cmpuint (served[0], ==, 100);
  g_assert_cmpuint (served[1], ==, 10);
  g_assert_null (take (queue));
}

/* Who asks for one picture after the other waits for one of each other tenant. */
static void
test_flood (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  static Waiting        flood[MAX_ITEMS];
  Waiting               single;

  for (unsigned i = 0; i < MAX_ITEMS; i++)
    push (queue, &flood[i], SHOT_LANE_BATCH, 1, i);
  for (unsigned round = 0; round < 100; round++) {
    unsigned before = 0;
    push (queue, &single, SHOT_LANE_BATCH, 2, round);
    while (take (queue) != &single)
      before++;
    g_assert_cmpuint (before, <=, 1);
  }
}

static void
test_count_before (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  Waiting               waiting[30];
  unsigned              n = 0;

  g_assert_cmpuint (shot_queue_count_before (queue, SHOT_LANE_BATCH, 1), ==, 0);
  for (unsigned i = 0; i < 10; i++)
    push (queue, &waiting[n++], SHOT_LANE_BATCH, 1, i);
  g_assert_cmpuint (shot_queue_count_before (queue, SHOT_LANE_BATCH, 1), ==, 10);
  g_assert_cmpuint (shot_queue_count_before (queue, SHOT_LANE_BATCH, 2), ==, 1);
  g_assert_cmpuint (shot_queue_count_before (queue, SHOT_LANE_URGENT, 2), ==, 0);
  for (unsigned i = 0; i < 8; i++)
    push (queue, &waiting[n++], SHOT_LANE_URGENT, 3, i);
  g_assert_cmpuint (shot_queue_count_before (queue, SHOT_LANE_URGENT, 3), ==, 8 + 2);
  g_assert_cmpuint (shot_queue_count_before (queue, SHOT_LANE_BATCH, 2), ==, 1 + 4);
}

/* What is told is never more than what then happens. */
static void
test_count_is_least (void)
{
  for (unsigned round = 0; round < 200; round++) {
    g_autoptr (ShotQueue) queue = shot_queue_new ();
    Waiting               waiting[40];
    Waiting               own;
    unsigned              n = (unsigned) g_test_rand_int_range (0, 40);
    unsigned              before = 0;

    for (unsigned i = 0; i < n; i++)
      push (queue, &waiting[i],
            g_test_rand_int_range (0, 3) == 0 ? SHOT_LANE_URGENT : SHOT_LANE_BATCH,
            (uint64_t) g_test_rand_int_range (0, 4), i);
    /* Somewhere in the middle of a run. */
    for (int skip = g_test_rand_int_range (0, 6); skip > 0; skip--)
      take (queue);
    ShotLane lane = (ShotLane) g_test_rand_int_range (0, SHOT_N_LANES);
    uint64_t tenant = (uint64_t) g_test_rand_int_range (0, 5);
    unsigned told = shot_queue_count_before (queue, lane, tenant);
    push (queue, &own, lane, tenant, 0);
    while (take (queue) != &own)
      before++;
    g_assert_cmpuint (told, <=, before);
  }
}

static void
test_passed_over (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  Waiting               waiting[5];
  const uint64_t        first = 1;
  const uint64_t        third = 3;

  push (queue, &waiting[0], SHOT_LANE_URGENT, 1, 0);
  g_assert_null (shot_queue_peek (queue, &first));
  push (queue, &waiting[1], SHOT_LANE_BATCH, 1, 1);
  push (queue, &waiting[2], SHOT_LANE_BATCH, 2, 0);
  /* Its lane does not hold up the other. */
  g_assert_true (shot_queue_peek (queue, &first) == &waiting[2].item);
  g_assert_true (shot_queue_peek (queue, &third) == &waiting[0].item);
  push (queue, &waiting[3], SHOT_LANE_URGENT, 3, 0);
  g_assert_true (shot_queue_peek (queue, &first) == &waiting[3].item);
  /* Who was passed over has kept the turn. */
  shot_queue_take (queue, &waiting[3].item);
  g_assert_true (shot_queue_peek (queue, NULL) == &waiting[0].item);
}

static void
test_excess (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  Waiting               waiting[16];
  unsigned              n = 0;

  g_assert_null (shot_queue_find_excess (queue, 1));
  push (queue, &waiting[n++], SHOT_LANE_URGENT, 1, 0);
  for (unsigned i = 1; i < 4; i++)
    push (queue, &waiting[n++], SHOT_LANE_BATCH, 1, i);
  push (queue, &waiting[n++], SHOT_LANE_BATCH, 2, 0);
  /* The newest of the batch; never one's own, and not for a gain of nothing. */
  g_assert_true (shot_queue_find_excess (queue, 3) == &waiting[3].item);
  g_assert_true (shot_queue_find_excess (queue, 2) == &waiting[3].item);
  g_assert_null (shot_queue_find_excess (queue, 1));
  push (queue, &waiting[n++], SHOT_LANE_BATCH, 2, 1);
  push (queue, &waiting[n++], SHOT_LANE_BATCH, 2, 2);
  g_assert_null (shot_queue_find_excess (queue, 2));
}

/* A thousand jobs of three tenants, taken and pushed in turn: none waits longer than its share. */
static void
test_thousand (void)
{
  g_autoptr (ShotQueue) queue = shot_queue_new ();
  static Waiting        waiting[1000];
  unsigned              served[3] = { 0 };
  unsigned              pushed = 0;

  /* The first has nine of ten, the others one of twenty each. */
  while (pushed < 1000) {
    for (int i = 0; i < 20; i++) {
      uint64_t tenant = i == 7 ? 1 : i == 13 ? 2 : 0;
      push (queue, &waiting[pushed], SHOT_LANE_BATCH, tenant, pushed);
      pushed++;
    }
    for (int i = 0; i < 6; i++)
      served[take (queue)->item.tenant]++;
    /* Everything of the small ones has gone. */
    g_assert_cmpuint (served[1], ==, pushed / 20);
    g_assert_cmpuint (served[2], ==, pushed / 20);
  }
  while (take (queue) != NULL)
    served[0]++;
  g_assert_cmpuint (served[0], ==, 900);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue/order", test_order);
  g_test_add_func ("/queue/urgent", test_urgent);
  g_test_add_func ("/queue/no-starvation", test_no_starvation);
  g_test_add_func ("/queue/fairness", test_fairness);
  g_test_add_func ("/queue/flood", test_flood);
  g_test_add_func ("/queue/count-before", test_count_before);
  g_test_add_func ("/queue/count-is-least", test_count_is_least);
  g_test_add_func ("/queue/passed-over", test_passed_over);
  g_test_add_func ("/queue/excess", test_excess);
  g_test_add_func ("/queue/thousand", test_thousand);
  return g_test_run ();
}
