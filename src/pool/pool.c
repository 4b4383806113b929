#include "config.h"

#include "pool-private.h"

#include <string.h>

#include "cgroup.h"
#include "fields.h"

#define HOLD_BACK_MS 250 /* memory comes back without a sign */
#define GROWING_US (2 * G_USEC_PER_SEC)
#define SWEEP_SECONDS 1 /* how long what belongs to an ended visit or engine takes to be gone */
#define VISITOR_US (10 * G_USEC_PER_SEC)

static void
clear_source (unsigned *id)
{
  if (*id != 0)
    g_source_remove (*id);
  *id = 0;
}

static gboolean
sweep_cb (void *user_data)
{
  ShotPool *self = user_data;

  self->sweep_timer = 0;
  shot_fleet_reap (self->fleet);
  return G_SOURCE_REMOVE;
}

void
shot_pool_sweep_soon (ShotPool *self)
{
  if (self->sweep_timer == 0)
    self->sweep_timer = g_timeout_add_seconds (SWEEP_SECONDS, sweep_cb, self);
}

bool
shot_pool_note_memory (ShotPool *self, int64_t *out_left_bytes)
{
  ShotCgroup cgroup;

  if (self->min_render_bytes == 0 || !shot_cgroup_read (self->cgroup_root, &cgroup, NULL))
    return false;
  shot_cost_note (&self->cost, self->active->len, cgroup.limit_bytes - cgroup.available_bytes);
  if (out_left_bytes != NULL)
    *out_left_bytes = cgroup.available_bytes;
  return true;
}

/* (transfer container): a list that stays whole while its entries are finished. */
static GPtrArray *
list_queued (ShotPool *self)
{
  GPtrArray     *list = g_ptr_array_new ();
  GHashTableIter iter;
  void          *value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((ShotPoolJob *) value)->state == SHOT_POOL_JOB_QUEUED)
      g_ptr_array_add (list, value);
  }
  return list;
}

static void
fail_all (ShotPool *self, bool is_queued, ShotError code, const char *message)
{
  g_autoptr (GPtrArray) list = is_queued ? list_queued (self)
                                         : g_ptr_array_copy (self->active, NULL, NULL);

  for (unsigned i = 0; i < list->len; i++)
    shot_pool_job_finish_with (list->pdata[i], code, "%s", message);
}

bool
shot_pool_is_full (const ShotPool *self)
{
  return self->active->len >= self->max_jobs || self->has_lone;
}

static ShotPoolJob *
find_entry (ShotPool *self, ShotEngine *engine, JsonObject *message)
{
  const char *id = NULL;

  if (!shot_fields_get_string (message, "id", false, &id, NULL))
    return NULL;

  ShotPoolJob *entry = g_hash_table_lookup (self->entries, id);
  return entry != NULL && entry->engine == engine ? entry : NULL;
}

static void
message_cb (ShotEngine *engine, JsonObject *message, int *fds, unsigned n_fds, void *user_data)
{
  ShotPool    *self = user_data;
  ShotPoolJob *entry = find_entry (self, engine, message);

  if (entry == NULL) {
    g_debug ("pool: a message of the engine belongs to no job");
    return;
  }
  shot_pool_job_take_message (entry, message, fds, n_fds);
  shot_pool_dispatch (self);
  shot_pool_check_drained (self);
}

static void
ready_cb (void *user_data)
{
  shot_pool_dispatch (user_data);
}

static void
gone_cb (ShotEngine *engine, ShotCause cause, const char *why, void *user_data)
{
  ShotPool             *self = user_data;
  g_autoptr (GPtrArray) list = g_ptr_array_copy (self->active, NULL, NULL);

  for (unsigned i = 0; i < list->len; i++) {
    if (((ShotPoolJob *) list->pdata[i])->engine == engine)
      shot_pool_job_lose (list->pdata[i], cause, why);
  }
  shot_pool_sweep_soon (self);
  shot_pool_dispatch (self);
  shot_pool_check_drained (self);
}

static void
unavailable_cb (const char *why, void *user_data)
{
  fail_all (user_data, true, SHOT_ERROR_ENGINE, why);
}

static const ShotFleetEvents fleet_events = { ready_cb, message_cb, gone_cb, unavailable_cb };

/* --- sending ------------------------------------------------------------------------------ */

/* False when the engine cannot be reached; the entry then waits for the next. */
static bool
send_job (ShotPool *self, ShotEngine *engine, ShotPoolJob *entry)
{
  int64_t            left_ms = shot_pool_job_get_left_ms (entry);
  g_autoptr (GError) error = NULL;

  if (left_ms <= 0) {
    shot_pool_job_fail_waiting (entry);
    return true;
  }

  g_autoptr (JsonObject) job = shot_job_to_json (entry->job);
  json_object_set_int_member (job, "timeout_ms", left_ms);
  if (entry->retry.attempts > 0)
    json_object_set_boolean_member (job, "fresh", TRUE);
  if (shot_fleet_send_job (self->fleet, engine, job, &error)) {
    entry->is_alone = self->has_lone = shot_retry_is_suspect (&entry->retry);
    shot_pool_job_set_state (entry, SHOT_POOL_JOB_RUNNING);
    entry->engine = engine;
    entry->retry.attempts++;
    entry->sent_us = g_get_monotonic_time ();
    shot_pool_job_set_stage (entry, SHOT_STAGE_OPENING, 0, 0);
    shot_pool_job_arm_sent (entry);
    return true;
  }
  if (!g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE))
    return false;
  shot_pool_job_finish (entry, g_steal_pointer (&error));
  return true;
}

static gboolean
hold_back_cb (void *user_data)
{
  ShotPool *self = user_data;

  self->hold_back_timer = 0;
  shot_pool_dispatch (self);
  return G_SOURCE_REMOVE;
}

static void
note_visitor (ShotPool *self, uint64_t tenant)
{
  ShotPoolVisitor *visitors = self->visitors;

  if (visitors[0].tenant != tenant)
    visitors[1] = visitors[0];
  visitors[0] = (ShotPoolVisitor){ tenant, g_get_monotonic_time () };
}

static bool
has_other_visitor (const ShotPool *self, uint64_t tenant)
{
  int64_t since_us = g_get_monotonic_time () - VISITOR_US;

  for (size_t i = 0; i < G_N_ELEMENTS (self->visitors); i++) {
    const ShotPoolVisitor *visitor = &self->visitors[i];
    if (visitor->at_us != 0 && visitor->at_us > since_us && visitor->tenant != tenant)
      return true;
  }
  return false;
}

/* The tenant who has all places but the last, and is to leave that to another who was here of late:
 * a turn in the queue is of little use to who finds every place taken by long renders. */
static bool
find_crowd (const ShotPool *self, uint64_t *out_tenant)
{
  if (self->max_jobs < 2 || self->active->len + 1 != self->max_jobs)
    return false;

  uint64_t tenant = ((ShotPoolJob *) self->active->pdata[0])->item.tenant;
  for (unsigned i = 1; i < self->active->len; i++) {
    if (((ShotPoolJob *) self->active->pdata[i])->item.tenant != tenant)
      return false;
  }
  *out_tenant = tenant;
  return has_other_visitor (self, tenant);
}

/* Those that have only begun have not taken yet what they will. */
static unsigned
count_growing (const ShotPool *self)
{
  int64_t  since_us = g_get_monotonic_time () - GROWING_US;
  unsigned n = 0;

  for (unsigned i = 0; i < self->active->len; i++)
    n += ((ShotPoolJob *) self->active->pdata[i])->sent_us > since_us ? 1 : 0;
  return n;
}

/* One more beside those that run, as memory allows it. What runs ends at some time. */
static bool
can_afford (ShotPool *self)
{
  int64_t left_bytes;

  clear_source (&self->hold_back_timer);
  if (!shot_pool_note_memory (self, &left_bytes) || self->active->len == 0)
    return true;

  int64_t cost_bytes = shot_cost_get (&self->cost, self->min_render_bytes);
  if (left_bytes >= cost_bytes * (1 + (int64_t) count_growing (self)))
    return true;
  g_debug ("%" G_GINT64_FORMAT " MiB of memory are left, a render takes %" G_GINT64_FORMAT
           ": the next job waits",
           left_bytes >> 20, cost_bytes >> 20);
  self->hold_back_timer = g_timeout_add (HOLD_BACK_MS, hold_back_cb, self);
  return false;
}

/* Whoever saw two engines go may have been the reason: it runs with nobody beside it. */
static bool
can_join (const ShotPool *self, const ShotPoolJob *entry)
{
  return !shot_pool_is_full (self) &&
         (self->active->len == 0 || !shot_retry_is_suspect (&entry->retry));
}

void
shot_pool_dispatch (ShotPool *self)
{
  ShotQueueItem *item;
  uint64_t       crowd = 0;

  while ((item = shot_queue_peek (self->queue, find_crowd (self, &crowd) ? &crowd : NULL)) !=
         NULL) {
    ShotPoolJob *entry = item->data;
    ShotEngine  *engine;

    shot_fleet_start (self->fleet);
    engine = shot_fleet_get_ready (self->fleet);
    if (engine == NULL || !can_join (self, entry) || !can_afford (self) ||
        !send_job (self, engine, entry))
      return;
  }
}

ShotPool *
shot_pool_new (const ShotPoolOptions *options)
{
  const ShotFleetOptions fleet_options = {
    .engine_path = options->engine_path,
    .arguments = options->engine_arguments,
    .log_level = options->log_level,
    .rules = options->rules,
    .times = options->times,
  };
  ShotPool *self = g_new0 (ShotPool, 1);

  self->queue = shot_queue_new ();
  self->active = g_ptr_array_new ();
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, shot_pool_job_free);
  self->min_render_bytes = options->min_render_bytes;
  self->cgroup_root = g_strdup (options->cgroup_root != NULL ? options->cgroup_root : "");
  self->fleet = shot_fleet_new (&fleet_options, &fleet_events, self);
  shot_pool_set_limits (self, options->max_jobs, options->max_queue);
  return self;
}

void
shot_pool_free (ShotPool *self)
{
  if (self == NULL)
    return;
  fail_all (self, true, SHOT_ERROR_CANCELLED, "cancelled: panelshot is ending");
  fail_all (self, false, SHOT_ERROR_CANCELLED, "cancelled: panelshot is ending");
  shot_fleet_free (self->fleet);
  clear_source (&self->hold_back_timer);
  clear_source (&self->sweep_timer);
  clear_source (&self->drain_timer);
  if (self->drain_task != NULL)
    g_task_return_boolean (self->drain_task, TRUE);
  g_clear_object (&self->drain_task);
  g_hash_table_unref (self->entries);
  g_ptr_array_unref (self->active);
  shot_queue_free (self->queue);
  g_free (self->cgroup_root);
  g_free (self);
}

void
shot_pool_start (ShotPool *self)
{
  shot_fleet_start (self->fleet);
}

void
shot_pool_set_progress_func (ShotPool *self, ShotPoolProgress progress, void *user_data)
{
  self->progress = progress;
  self->progress_data = user_data;
}

static unsigned
count_queued (const ShotPool *self)
{
  return shot_queue_get_length (self->queue, SHOT_LANE_URGENT) +
         shot_queue_get_length (self->queue, SHOT_LANE_BATCH);
}

void
shot_pool_get_status (ShotPool *self, ShotPoolStatus *out_status)
{
  *out_status = (ShotPoolStatus){
    .running = self->active->len,
    .queued = count_queued (self),
    .max_jobs = self->max_jobs,
    .max_queue = self->max_queue,
    .wait_seconds = shot_pool_is_full (self) || count_queued (self) > 0
                        ? shot_pool_estimate_wait_seconds (self)
                        : 0,
    .is_held_back = self->hold_back_timer != 0,
    .render_bytes = shot_cost_get (&self->cost, self->min_render_bytes),
  };
  for (int i = 0; i < SHOT_N_LANES; i++)
    out_status->lanes[i] = shot_queue_get_length (self->queue, i);
  memcpy (out_status->retries, self->retries, sizeof self->retries);
  shot_fleet_get_status (self->fleet, &out_status->fleet);
}

void
shot_pool_set_limits (ShotPool *self, unsigned max_jobs, unsigned max_queue)
{
  self->max_jobs = max_jobs > 0 ? max_jobs : MAX (2, g_get_num_processors ());
  self->max_queue = max_queue;
  shot_pool_dispatch (self);
}

void
shot_pool_set_min_render_bytes (ShotPool *self, int64_t min_render_bytes)
{
  self->min_render_bytes = min_render_bytes;
  shot_pool_dispatch (self);
}

void
shot_pool_set_rules (ShotPool *self, const ShotFleetRules *rules)
{
  shot_fleet_set_rules (self->fleet, rules);
}

void
shot_pool_set_engine_arguments (ShotPool *self, const char *const *arguments)
{
  shot_fleet_set_arguments (self->fleet, arguments);
}

void
shot_pool_set_log_level (ShotPool *self, GLogLevelFlags log_level)
{
  shot_fleet_set_log_level (self->fleet, log_level);
}

bool
shot_pool_has_room (const ShotPool *self)
{
  unsigned waiting = g_hash_table_size (self->entries) - self->n_extra;

  return !self->is_draining && waiting < self->max_jobs + self->max_queue;
}

bool
shot_pool_has_room_for (const ShotPool *self, uint64_t tenant)
{
  return shot_pool_has_room (self) ||
         (!self->is_draining && shot_queue_find_excess (self->queue, tenant) != NULL);
}

unsigned
shot_pool_estimate_wait_seconds (const ShotPool *self)
{
  return shot_estimate_get_wait_seconds (&self->estimate, count_queued (self), self->max_jobs);
}

/* Why the job cannot be taken; NULL when it can. (transfer full) */
static GError *
refuse (const ShotPool *self, const ShotJob *job, const ShotPoolOrder *order, bool is_extra)
{
  unsigned before = shot_queue_count_before (self->queue, order->lane, order->tenant);

  if (self->is_draining)
    return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_BUSY,
                                "the server is shutting down, try again later");
  if ((!is_extra && !shot_pool_has_room_for (self, order->tenant)) ||
      g_hash_table_contains (self->entries, job->id))
    return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_BUSY, "server is too busy, try again later");
  if (!is_extra && shot_pool_is_full (self) &&
      shot_estimate_is_hopeless (&self->estimate, before, self->max_jobs, job->timeout_ms))
    return g_error_new (SHOT_ERROR, SHOT_ERROR_BUSY,
                        "server is too busy, the wait would outlast the timeout of %.1f s: allow "
                        "more time, or try again later",
                        (double) job->timeout_ms / 1000);
  return NULL;
}

/* In place of the last of those who have most waiting. */
static void
make_room (ShotPool *self, uint64_t tenant)
{
  ShotQueueItem *excess = shot_queue_find_excess (self->queue, tenant);

  if (excess != NULL && !shot_pool_has_room (self))
    shot_pool_job_finish_with (
        excess->data, SHOT_ERROR_BUSY,
        "server is too busy, and others have fewer renders waiting: try again later");
}

static void
take_job (ShotPool *self, ShotJob *job, const ShotPoolOrder *order, bool is_extra,
          GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data)
{
  static const ShotPoolOrder plain = { SHOT_LANE_BATCH, 0 };
  g_autoptr (ShotJob)        owned = job;
  GTask                     *task = g_task_new (NULL, cancellable, callback, user_data);
  GError                    *error;

  order = order != NULL ? order : &plain;
  error = refuse (self, job, order, is_extra);
  g_task_set_source_tag (task, shot_pool_render_async);
  /* The engine's own answer to a cancel tells more than GTask's. */
  g_task_set_check_cancellable (task, FALSE);
  if (error != NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  if (!is_extra) {
    make_room (self, order->tenant);
    note_visitor (self, order->tenant);
  }

  ShotPoolJob *entry = g_new0 (ShotPoolJob, 1);
  entry->pool = self;
  entry->item = (ShotQueueItem){ .data = entry, .lane = order->lane, .tenant = order->tenant };
  entry->job = g_steal_pointer (&owned);
  entry->task = task;
  entry->is_extra = is_extra;
  self->n_extra += is_extra ? 1 : 0;
  entry->queued_us = g_get_monotonic_time ();
  entry->deadline_us = entry->queued_us + entry->job->timeout_ms * 1000;
  g_hash_table_insert (self->entries, entry->job->id, entry);
  shot_queue_push (self->queue, &entry->item, is_extra);
  shot_pool_job_arm_queued (entry);
  if (cancellable != NULL) {
    entry->cancel_source = g_cancellable_source_new (cancellable);
    g_source_set_callback (entry->cancel_source, G_SOURCE_FUNC (shot_pool_job_cancelled_cb), entry,
                           NULL);
    g_source_attach (entry->cancel_source, NULL);
  }
  shot_pool_dispatch (self);
}

void
shot_pool_render_async (ShotPool *self, ShotJob *job, const ShotPoolOrder *order,
                        GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data)
{
  take_job (self, job, order, false, cancellable, callback, user_data);
}

void
shot_pool_render_extra_async (ShotPool *self, ShotJob *job, GCancellable *cancellable,
                              GAsyncReadyCallback callback, void *user_data)
{
  static const ShotPoolOrder first = { SHOT_LANE_URGENT, 0 };

  take_job (self, job, &first, true, cancellable, callback, user_data);
}

gboolean
shot_pool_render_finish (ShotPool *self, GAsyncResult *result, ShotResult **out_result,
                         GError **error)
{
  GTask *task = G_TASK (result);

  g_return_val_if_fail (g_task_get_source_tag (task) == shot_pool_render_async, FALSE);
  ShotPoolOutcome *outcome = g_task_get_task_data (task);
  if (out_result != NULL)
    *out_result = outcome != NULL ? g_steal_pointer (&outcome->result) : NULL;
  return g_task_propagate_boolean (task, error);
}

void
shot_pool_check_drained (ShotPool *self)
{
  if (self->drain_task == NULL || g_hash_table_size (self->entries) > 0)
    return;
  if (!shot_fleet_is_empty (self->fleet)) {
    shot_fleet_stop (self->fleet);
    return;
  }
  clear_source (&self->drain_timer);
  g_autoptr (GTask) task = g_steal_pointer (&self->drain_task);
  g_task_return_boolean (task, TRUE);
}

static gboolean
drain_timeout_cb (void *user_data)
{
  ShotPool *self = user_data;

  self->drain_timer = 0;
  g_warning ("%u jobs are still running: they are given up", g_hash_table_size (self->entries));
  fail_all (self, true, SHOT_ERROR_CANCELLED, "cancelled: the server is shutting down");
  fail_all (self, false, SHOT_ERROR_CANCELLED, "cancelled: the server is shutting down");
  shot_fleet_kill_all (self->fleet, "was ended because the server is shutting down");
  shot_pool_check_drained (self);
  return G_SOURCE_REMOVE;
}

void
shot_pool_drain_async (ShotPool *self, unsigned timeout_ms, GAsyncReadyCallback callback,
                       void *user_data)
{
  g_return_if_fail (self->drain_task == NULL);
  self->is_draining = true;
  self->drain_task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (self->drain_task, shot_pool_drain_async);
  self->drain_timer = g_timeout_add (timeout_ms, drain_timeout_cb, self);
  shot_pool_check_drained (self);
}

void
shot_pool_drain_finish (ShotPool *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
