/* conductor-schedule.c: when plans are due, what is remembered of that, and who is told */
#include "config.h"

#include "conductor-private.h"
#include "error.h"
#include "schedule.h"

/* Runs that other programs make have reviews that become due, too. */
#define LOOK_AGAIN_MS 600000

/* ---- What is remembered */

static ShotLedger *
copy_ledger (const ShotLedger *ledger)
{
  ShotLedger *copy = shot_ledger_new (ledger->plan, ledger->schedule);

  copy->seen_ms = ledger->seen_ms;
  copy->missed_ms = ledger->missed_ms;
  return copy;
}

static void *
keep_cb (ShotArchive *archive, void *data, GError **error)
{
  return shot_ledger_keep (data, archive, error) ? (void *) true : NULL;
}

static void
kept_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotConductor     *self = user_data;
  g_autoptr (GError) error = NULL;

  if (shot_conductor_finish_ask (self, result, &error) == NULL)
    g_warning ("cannot remember what was due: %s", error->message);
  shot_conductor_finish_stop (self);
}

/* The time is dealt with: @is_missed, or by a run. */
void
shot_conductor_settle_due (ShotConductor *self, const char *plan, int64_t due_ms, bool is_missed)
{
  ShotConductorEntry *entry = shot_conductor_get_entry (self, plan);

  if (entry->ledger == NULL || entry->ledger->seen_ms >= due_ms)
    return;
  entry->ledger->seen_ms = due_ms;
  entry->ledger->missed_ms = is_missed ? due_ms : 0;
  entry->n_failures = 0;
  entry->retry_ms = 0;
  entry->failed_ms = 0;
  shot_conductor_ask (self, keep_cb, copy_ledger (entry->ledger), (GDestroyNotify) shot_ledger_free,
                      NULL, kept_cb, self);
}

/* ---- The schedule */

static void
miss (ShotConductor *self, const char *plan, int64_t due_ms)
{
  ShotNotice notice = { .event = SHOT_NOTIFY_MISSED,
                        .plan = plan,
                        .detail = "the server was not running",
                        .at_ms = due_ms };

  g_message ("plan %s: a run that was due was missed, as the plan wants it", plan);
  shot_conductor_settle_due (self, plan, due_ms, true);
  shot_conductor_notify (self, &notice);
  shot_conductor_tell_changed (self);
}

static bool
has_scheduled (const ShotConductor *self, const char *plan)
{
  for (const GList *at = self->jobs.head; at != NULL; at = at->next) {
    const ShotConductorJob *job = at->data;
    if (job->is_scheduled && g_str_equal (job->plan, plan))
      return true;
  }
  return false;
}

/* By a clock that was wrong, and is right now. */
static void
forget_future (ShotConductor *self, ShotLedger *ledger, int64_t now_ms)
{
  if (ledger->seen_ms <= now_ms + SHOT_SCHEDULE_MAX_AHEAD_MS)
    return;
  g_warning ("plan %s: its last run was due in the future; it runs on its times from now on",
             ledger->plan);
  ledger->seen_ms = now_ms;
  shot_conductor_ask (self, keep_cb, copy_ledger (ledger), (GDestroyNotify) shot_ledger_free, NULL,
                      kept_cb, self);
}

/* When to look at the plan again; 0: never. */
static int64_t
look (ShotConductor *self, const ShotPlan *plan, int64_t now_ms)
{
  ShotConductorEntry *entry = shot_conductor_get_entry (self, plan->name);
  ShotDue             due;

  if (entry->ledger == NULL)
    return 0;
  forget_future (self, entry->ledger, now_ms);
  shot_schedule_look (plan, entry->ledger->seen_ms, now_ms, &due);
  if (due.due_ms == 0)
    return due.next_ms;
  /* It was tried again and again, and now the next one is due. */
  if (entry->failed_ms != 0 && entry->failed_ms < due.due_ms)
    shot_conductor_settle_due (self, plan->name, entry->failed_ms, true);
  if (due.is_missed) {
    miss (self, plan->name, due.due_ms);
  } else if (now_ms < entry->retry_ms) {
    return MIN (entry->retry_ms, due.next_ms);
  } else if (!has_scheduled (self, plan->name)) {
    ShotConductorJob *job = shot_conductor_add_job (self, SHOT_ORDER_RUN, plan->name, "schedule",
                                                    "");
    job->is_scheduled = true;
    job->order.now_ms = due.due_ms;
    g_message ("plan %s: a run is due", plan->name);
  }
  return due.next_ms;
}

static int64_t
get_earlier (int64_t a, int64_t b)
{
  return b == 0 ? a : MIN (a, b);
}

typedef struct {
  int64_t    now_ms;
  int64_t    next_ms;
  GPtrArray *runs; /* (owned) (nullable) (element-type ShotRun) */
} Overdue;

static void
overdue_free (void *data)
{
  Overdue *overdue = data;

  g_clear_pointer (&overdue->runs, g_ptr_array_unref);
  g_free (overdue);
}

static void *
overdue_cb (ShotArchive *archive, void *data, GError **error)
{
  const int64_t *now_ms = data;
  Overdue       *overdue = g_new0 (Overdue, 1);

  overdue->runs = shot_ledger_take_overdue (archive, *now_ms, &overdue->next_ms, error);
  if (overdue->runs != NULL)
    return overdue;
  overdue_free (overdue);
  return NULL;
}

static void
told_overdue_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotConductor     *self = user_data;
  g_autoptr (GError) error = NULL;
  Overdue           *overdue = shot_conductor_finish_ask (self, result, &error);

  self->is_telling = false;
  if (overdue == NULL)
    g_warning ("cannot look for overdue reviews: %s", error->message);
  for (unsigned i = 0; overdue != NULL && i < overdue->runs->len; i++) {
    const ShotRun *run = overdue->runs->pdata[i];
    ShotNotice     notice = { .event = SHOT_NOTIFY_OVERDUE, .plan = run->plan, .run = run };
    shot_conductor_notify (self, &notice);
  }
  self->overdue_ms = overdue != NULL ? overdue->next_ms : 0;
  g_clear_pointer (&overdue, overdue_free);
  if (!self->is_stopped && self->overdue_ms != 0)
    shot_alarm_set (self->alarm, get_earlier (self->alarm_ms, self->overdue_ms));
  shot_conductor_finish_stop (self);
}

static void
look_for_overdue (ShotConductor *self, int64_t now_ms)
{
  if (self->is_telling)
    return;
  self->is_telling = true;
  shot_conductor_ask (self, overdue_cb, g_memdup2 (&now_ms, sizeof now_ms), g_free, overdue_free,
                      told_overdue_cb, self);
}

void
shot_conductor_wake (ShotConductor *self)
{
  int64_t          now_ms = shot_conductor_get_now_ms (self);
  int64_t          next_ms = now_ms + LOOK_AGAIN_MS;
  const GPtrArray *plans = shot_shelf_list (self->shelf);

  if (!self->is_ready || self->is_stopped)
    return;
  for (unsigned i = 0; i < plans->len; i++) {
    const ShotShelfPlan *plan = plans->pdata[i];
    if (plan->plan != NULL)
      next_ms = get_earlier (next_ms, look (self, plan->plan, now_ms));
  }
  self->alarm_ms = next_ms;
  shot_alarm_set (self->alarm, get_earlier (next_ms, self->overdue_ms));
  look_for_overdue (self, now_ms);
  shot_conductor_advance (self);
}

void
shot_conductor_ring (void *user_data)
{
  ShotConductor *self = user_data;

  /* Not again before we have looked. */
  shot_alarm_set (self->alarm, shot_conductor_get_now_ms (self) + LOOK_AGAIN_MS);
  shot_conductor_wake (self);
}

/* ---- From plans to what is remembered of them */

typedef struct {
  GPtrArray *ledgers; /* (owned) (element-type ShotLedger) */
  GPtrArray *runs;    /* (owned) (nullable) (element-type ShotRun): unfinished ones */
  int64_t    now_ms;
  bool       wants_runs;
} Recall;

static void
recall_free (void *data)
{
  Recall *recall = data;

  g_clear_pointer (&recall->ledgers, g_ptr_array_unref);
  g_clear_pointer (&recall->runs, g_ptr_array_unref);
  g_free (recall);
}

static void *
recall_cb (ShotArchive *archive, void *data, GError **error)
{
  Recall *recall = data;
  Recall *done;

  for (unsigned i = 0; i < recall->ledgers->len; i++) {
    if (!shot_ledger_recall (recall->ledgers->pdata[i], archive, recall->now_ms, error))
      return NULL;
  }
  if (recall->wants_runs) {
    recall->runs = shot_ledger_list_unfinished (archive, error);
    if (recall->runs == NULL)
      return NULL;
  }
  done = g_new0 (Recall, 1);
  done->ledgers = g_steal_pointer (&recall->ledgers);
  done->runs = g_steal_pointer (&recall->runs);
  return done;
}

static void
go_on_with (ShotConductor *self, const ShotRun *run)
{
  ShotConductorJob *job;

  if (shot_shelf_find (self->shelf, run->plan) == NULL ||
      shot_conductor_has_job (self, run->plan, false))
    return;
  g_message ("run %s was interrupted and goes on", run->name);
  job = shot_conductor_add_job (self, SHOT_ORDER_RESUME, run->plan, run->trigger, run->started_by);
  job->order.run_id = run->id;
  job->plan_text = g_strdup (run->plan_text);
}

static void
take_ledger (ShotConductor *self, ShotLedger *ledger)
{
  ShotConductorEntry *entry = shot_conductor_get_entry (self, ledger->plan);

  /* What is known already is newer than what was read. */
  if (entry->ledger != NULL && g_str_equal (entry->ledger->schedule, ledger->schedule))
    return;
  shot_ledger_free (entry->ledger);
  entry->ledger = copy_ledger (ledger);
}

static void
recalled_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotConductor     *self = user_data;
  g_autoptr (GError) error = NULL;
  Recall            *recall = shot_conductor_finish_ask (self, result, &error);

  if (recall == NULL)
    g_warning ("no plan is run on its time: %s", error->message);
  for (unsigned i = 0; recall != NULL && i < recall->ledgers->len; i++)
    take_ledger (self, recall->ledgers->pdata[i]);
  for (unsigned i = 0; recall != NULL && recall->runs != NULL && i < recall->runs->len; i++)
    go_on_with (self, recall->runs->pdata[i]);
  self->is_ready = self->is_ready || recall != NULL;
  self->has_unfinished = self->has_unfinished || recall != NULL;
  g_clear_pointer (&recall, recall_free);
  if (!self->is_stopped)
    shot_conductor_tell_changed (self);
  shot_conductor_wake (self);
  shot_conductor_finish_stop (self);
}

void
shot_conductor_take_shelf (void *user_data)
{
  ShotConductor   *self = user_data;
  const GPtrArray *plans = shot_shelf_list (self->shelf);
  Recall          *recall;

  if (self->is_stopped)
    return;
  recall = g_new0 (Recall, 1);
  recall->ledgers = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_ledger_free);
  recall->now_ms = shot_conductor_get_now_ms (self);
  recall->wants_runs = !self->has_unfinished;
  for (unsigned i = 0; i < plans->len; i++) {
    const ShotShelfPlan *plan = plans->pdata[i];
    if (plan->plan == NULL || plan->plan->cron == NULL)
      continue;
    g_autofree char *schedule = g_strdup_printf ("%s %s", plan->plan->cron_text,
                                                 plan->plan->cron_timezone);
    g_ptr_array_add (recall->ledgers, shot_ledger_new (plan->name, schedule));
  }
  shot_conductor_ask (self, recall_cb, recall, recall_free, recall_free, recalled_cb, self);
}

/* ---- What people are told */

typedef struct {
  ShotConductor  *conductor; /* (borrowed) */
  ShotNotifyEvent event;
  int64_t         run_id;
  int64_t         cell_id;
  ShotRun        *run;  /* (owned) (nullable) */
  ShotCell       *cell; /* (owned) (nullable) */
} Telling;

static void
telling_free (Telling *telling)
{
  shot_run_free (telling->run);
  shot_cell_free (telling->cell);
  g_free (telling);
}

static void *
look_up_cb (ShotArchive *archive, void *data, GError **error)
{
  Telling *telling = data;

  telling->run = shot_archive_get_run (archive, telling->run_id, error);
  if (telling->run != NULL && telling->cell_id != 0)
    telling->cell = shot_archive_get_cell (archive, telling->cell_id, error);
  return telling->run != NULL && (telling->cell != NULL || telling->cell_id == 0) ? (void *) true
                                                                                  : NULL;
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Telling           *telling = user_data;
  ShotConductor     *self = telling->conductor;
  g_autoptr (GError) error = NULL;

  if (shot_conductor_finish_ask (self, result, &error) != NULL) {
    ShotNotice notice = { .event = telling->event,
                          .plan = telling->run->plan,
                          .run = telling->run,
                          .cell = telling->cell };
    shot_conductor_notify (self, &notice);
  } else {
    g_warning ("cannot tell of a run: %s", error->message);
  }
  telling_free (telling);
  shot_conductor_finish_stop (self);
}

void
shot_conductor_tell (ShotConductor *self, ShotNotifyEvent event, int64_t run_id, int64_t cell_id)
{
  Telling *telling;

  if (self->options.notify == NULL || self->is_stopped)
    return;
  telling = g_new0 (Telling, 1);
  telling->conductor = self;
  telling->event = event;
  telling->run_id = run_id;
  telling->cell_id = cell_id;
  shot_conductor_ask (self, look_up_cb, telling, NULL, NULL, looked_up_cb, telling);
}
