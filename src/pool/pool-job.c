/* pool-job.c: the life of one job in the pool */
#include "config.h"

#include "pool-private.h"

#include "answer.h"
#include "fields.h"

#define GRACE_MS 2000

static const char *
state_to_string (ShotPoolJobState state)
{
  switch (state) {
  case SHOT_POOL_JOB_QUEUED:
    return "queued";
  case SHOT_POOL_JOB_RUNNING:
    return "running";
  case SHOT_POOL_JOB_CANCELLING:
    return "cancelling";
  case SHOT_POOL_JOB_FINISHED:
    return "finished";
  }
  g_assert_not_reached ();
}

static void
clear_source (unsigned *id)
{
  if (*id != 0)
    g_source_remove (*id);
  *id = 0;
}

static bool
holds_place (ShotPoolJobState state)
{
  return state == SHOT_POOL_JOB_RUNNING || state == SHOT_POOL_JOB_CANCELLING;
}

void
shot_pool_job_set_state (ShotPoolJob *entry, ShotPoolJobState state)
{
  ShotPool *self = entry->pool;

  g_assert (state > entry->state ||
            (state == SHOT_POOL_JOB_QUEUED && entry->state == SHOT_POOL_JOB_RUNNING));
  g_debug ("id=%s job %s > %s", entry->job->id, state_to_string (entry->state),
           state_to_string (state));
  if (entry->state == SHOT_POOL_JOB_QUEUED && state == SHOT_POOL_JOB_RUNNING)
    shot_queue_take (self->queue, &entry->item);
  else if (entry->state == SHOT_POOL_JOB_QUEUED)
    shot_queue_remove (self->queue, &entry->item);
  if (holds_place (entry->state) && !holds_place (state))
    g_ptr_array_remove_fast (self->active, entry);
  else if (!holds_place (entry->state) && holds_place (state))
    g_ptr_array_add (self->active, entry);
  if (entry->is_alone && !holds_place (state))
    self->has_lone = entry->is_alone = false;
  entry->state = state;
}

void
shot_pool_job_free (void *data)
{
  ShotPoolJob *entry = data;

  g_assert (entry->task == NULL);
  clear_source (&entry->timer);
  if (entry->cancel_source != NULL) {
    g_source_destroy (entry->cancel_source);
    g_source_unref (entry->cancel_source);
  }
  shot_job_free (entry->job);
  shot_result_free (entry->result);
  shot_result_free (entry->parts);
  g_free (entry->why);
  g_free (entry);
}

static void
outcome_free (void *data)
{
  ShotPoolOutcome *outcome = data;

  shot_result_free (outcome->result);
  g_free (outcome);
}

void
shot_pool_job_set_stage (ShotPoolJob *entry, ShotStage stage, unsigned n_done, unsigned n_all)
{
  ShotPool *self = entry->pool;

  entry->stage = stage;
  if (self->progress != NULL)
    self->progress (entry->job->id, stage, n_done, n_all, self->progress_data);
}

int64_t
shot_pool_job_get_left_ms (const ShotPoolJob *entry)
{
  return (entry->deadline_us - g_get_monotonic_time ()) / 1000;
}

/* It has had its place; the memory it took is still taken. */
static void
leave_engine (ShotPoolJob *entry)
{
  if (entry->engine == NULL)
    return;
  shot_pool_note_memory (entry->pool, NULL);
  shot_fleet_end_job (entry->pool->fleet, g_steal_pointer (&entry->engine));
}

static void
complete_result (ShotPoolJob *entry)
{
  int64_t began_us = entry->sent_us != 0 ? entry->sent_us : g_get_monotonic_time ();

  /* However it ended, that it was tried several times is worth to be told. */
  if (entry->result == NULL && entry->retry.attempts > 1)
    entry->result = shot_result_new (entry->job->id);
  if (entry->result == NULL)
    return;
  entry->result->attempts = entry->retry.attempts;
  entry->result->stage_us[SHOT_STAGE_QUEUED] = began_us - entry->queued_us;
}

/* The end of every entry, which it frees. The callback may run at once, inside. Takes @error;
 * NULL is success. */
void
shot_pool_job_finish (ShotPoolJob *entry, GError *error)
{
  ShotPool         *self = entry->pool;
  g_autoptr (GTask) task = g_steal_pointer (&entry->task);

  leave_engine (entry);
  shot_pool_job_set_state (entry, SHOT_POOL_JOB_FINISHED);
  complete_result (entry);
  ShotPoolOutcome *outcome = g_new0 (ShotPoolOutcome, 1);
  outcome->result = g_steal_pointer (&entry->result);
  g_task_set_task_data (task, outcome, outcome_free);
  self->n_extra -= entry->is_extra ? 1 : 0;
  g_hash_table_remove (self->entries, entry->job->id);
  shot_pool_sweep_soon (self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

G_GNUC_PRINTF (3, 4)
void
shot_pool_job_finish_with (ShotPoolJob *entry, ShotError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shot_pool_job_finish (entry, g_error_new_literal (SHOT_ERROR, code, message));
}

/* --- deadlines and cancelling ------------------------------------------------------------- */

/* What the caller should know about a job that got no engine in time. */
void
shot_pool_job_fail_waiting (ShotPoolJob *entry)
{
  ShotPool       *self = entry->pool;
  double          seconds = (double) (g_get_monotonic_time () - entry->queued_us) / G_USEC_PER_SEC;
  ShotFleetStatus status;

  shot_fleet_get_status (self->fleet, &status);
  if (entry->why != NULL)
    shot_pool_job_finish_with (entry, SHOT_ERROR_TIMEOUT,
                               "%.1f s, and no time for attempt %u; before that, %s", seconds,
                               entry->retry.attempts + 1, entry->why);
  else if (self->hold_back_timer != 0)
    shot_pool_job_finish_with (
        entry, SHOT_ERROR_TIMEOUT,
        "%.1f s in the queue, for want of memory: allow more time, or raise the memory "
        "limit",
        seconds);
  else if (shot_fleet_get_ready (self->fleet) != NULL)
    shot_pool_job_finish_with (
        entry, SHOT_ERROR_TIMEOUT,
        "%.1f s in the queue, %u other jobs are running: allow more time, or raise "
        "--concurrency",
        seconds, self->active->len);
  else
    shot_pool_job_finish_with (entry, SHOT_ERROR_TIMEOUT,
                               "%.1f s waiting for the engine to start%s%s: run `panelshot doctor`",
                               seconds, *status.last_line != '\0' ? "; it last said: " : "",
                               status.last_line);
}

static gboolean deadline_cb (void *user_data);

static void
arm (ShotPoolJob *entry, int64_t timeout_ms)
{
  clear_source (&entry->timer);
  entry->timer = g_timeout_add ((unsigned) MAX (timeout_ms, 0), deadline_cb, entry);
}

void
shot_pool_job_arm_sent (ShotPoolJob *entry)
{
  arm (entry, shot_pool_job_get_left_ms (entry) + GRACE_MS);
}

/* At the last moment at which a picture could still be made. */
void
shot_pool_job_arm_queued (ShotPoolJob *entry)
{
  arm (entry,
       shot_pool_job_get_left_ms (entry) - shot_estimate_get_least_ms (&entry->pool->estimate));
}

static void
fail_hung (ShotPoolJob *entry)
{
  ShotEngine *engine = entry->engine;

  g_warning ("id=%s the engine does not answer while %s (%s): it is killed and replaced",
             entry->job->id, state_to_string (entry->state), shot_stage_get_name (entry->stage));
  /* The others' end comes with the engine's. */
  shot_fleet_kill (engine, "was restarted because another job hung");
  if (entry->state == SHOT_POOL_JOB_CANCELLING)
    shot_pool_job_finish_with (entry, SHOT_ERROR_CANCELLED, "cancelled");
  else
    shot_pool_job_finish_with (
        entry, SHOT_ERROR_TIMEOUT,
        "the engine did not answer (last stage: %s) and was restarted: try again",
        shot_stage_get_name (entry->stage));
}

static gboolean
deadline_cb (void *user_data)
{
  ShotPoolJob *entry = user_data;
  ShotPool    *self = entry->pool;
  int64_t      left_ms = shot_pool_job_get_left_ms (entry);

  entry->timer = 0;
  if (entry->state != SHOT_POOL_JOB_QUEUED)
    fail_hung (entry);
  /* With a place free, whatever it waits for may come at once, and its page may be a fast one. */
  else if (left_ms > 0 && !shot_pool_is_full (self))
    arm (entry, left_ms);
  else
    shot_pool_job_fail_waiting (entry);
  shot_pool_dispatch (self);
  shot_pool_check_drained (self);
  return G_SOURCE_REMOVE;
}

gboolean
shot_pool_job_cancelled_cb (GCancellable *cancellable, void *user_data)
{
  ShotPoolJob *entry = user_data;
  ShotPool    *self = entry->pool;

  if (entry->state == SHOT_POOL_JOB_QUEUED) {
    shot_pool_job_finish_with (entry, SHOT_ERROR_CANCELLED,
                               "cancelled while it waited in the queue");
    shot_pool_dispatch (self);
    shot_pool_check_drained (self);
    return G_SOURCE_REMOVE;
  }
  if (entry->state != SHOT_POOL_JOB_RUNNING)
    return G_SOURCE_REMOVE;
  shot_pool_job_set_state (entry, SHOT_POOL_JOB_CANCELLING);
  arm (entry, GRACE_MS);
  shot_fleet_send_cancel (entry->engine, entry->job->id);
  return G_SOURCE_REMOVE;
}

/* --- answers and losses ------------------------------------------------------------------- */

static void
try_again (ShotPoolJob *entry, ShotCause cause, const char *why)
{
  ShotPool *self = entry->pool;

  g_message ("id=%s attempt %u was lost (%s): it is tried again", entry->job->id,
             entry->retry.attempts, shot_cause_get_name (cause));
  self->retries[cause]++;
  g_free (entry->why);
  entry->why = g_strdup (why);
  g_clear_pointer (&entry->result, shot_result_free);
  g_clear_pointer (&entry->parts, shot_result_free);
  entry->sent_us = 0;
  leave_engine (entry);
  shot_pool_job_set_state (entry, SHOT_POOL_JOB_QUEUED);
  shot_queue_push (self->queue, &entry->item, true);
  shot_pool_job_arm_queued (entry);
}

/* The browser has died under the job. */
void
shot_pool_job_lose (ShotPoolJob *entry, ShotCause cause, const char *why)
{
  ShotPool *self = entry->pool;

  if (entry->state == SHOT_POOL_JOB_CANCELLING) {
    shot_pool_job_finish_with (entry, SHOT_ERROR_CANCELLED, "cancelled");
    return;
  }
  switch (shot_retry_judge (&entry->retry, cause, shot_pool_job_get_left_ms (entry),
                            shot_estimate_get_cold_ms (&self->estimate))) {
  case SHOT_RETRY_AGAIN:
    try_again (entry, cause, why);
    return;
  case SHOT_RETRY_PAGE:
    shot_pool_job_finish_with (
        entry, SHOT_ERROR_SCRIPT,
        "the page ended its own web process %s (%s): ask for fewer panels, a shorter "
        "time range or a smaller picture, or raise render.page-memory",
        cause == SHOT_CAUSE_WEB ? "twice" : "again and again", why);
    return;
  case SHOT_RETRY_GIVE_UP:
    if (entry->retry.attempts > 1)
      shot_pool_job_finish_with (entry, SHOT_ERROR_ENGINE, "%s (after %u attempts)", why,
                                 entry->retry.attempts);
    else
      shot_pool_job_finish_with (entry, SHOT_ERROR_ENGINE, "%s", why);
    return;
  }
  g_assert_not_reached ();
}

static void
note_run (ShotPoolJob *entry, bool is_win)
{
  bool is_cold = entry->why != NULL || shot_engine_is_new (entry->engine);

  shot_estimate_note (&entry->pool->estimate, g_get_monotonic_time () - entry->sent_us, is_win,
                      is_cold);
}

static void
take_done (ShotPoolJob *entry, JsonObject *message, int *fds, unsigned n_fds)
{
  GError *error = NULL;

  entry->result = shot_answer_read_result (message, fds, n_fds, &error);
  if (entry->result != NULL)
    shot_result_merge (entry->result, entry->parts, entry->job, &error);
  note_run (entry, error == NULL);
  shot_pool_job_finish (entry, error);
}

/* Some pictures of many: a message holds only so much. */
static void
take_pictures (ShotPoolJob *entry, JsonObject *message, int *fds, unsigned n_fds)
{
  GError *error = NULL;

  if (entry->parts == NULL)
    entry->parts = shot_result_new (entry->job->id);
  if (shot_result_add_part (entry->parts, message, fds, n_fds, &error))
    return;
  /* It does not know that nobody wants the rest. */
  shot_fleet_send_cancel (entry->engine, entry->job->id);
  shot_pool_job_finish (entry, error);
}

static void
take_failed (ShotPoolJob *entry, JsonObject *message)
{
  bool               has_cause = false;
  ShotCause          cause = SHOT_CAUSE_ENGINE;
  g_autoptr (GError) error = shot_answer_read_failure (message, &has_cause, &cause);

  /* How far the visit came; without it the failure is told all the same. */
  entry->result = shot_answer_read_result (message, NULL, 0, NULL);
  note_run (entry, false);
  if (has_cause)
    shot_pool_job_lose (entry, cause, error->message);
  else
    shot_pool_job_finish (entry, g_steal_pointer (&error));
}

void
shot_pool_job_take_message (ShotPoolJob *entry, JsonObject *message, int *fds, unsigned n_fds)
{
  const char     *type = NULL;
  ShotAnswerStage stage;

  shot_fields_get_string (message, "type", true, &type, NULL);
  if (g_strcmp0 (type, "done") == 0)
    take_done (entry, message, fds, n_fds);
  else if (g_strcmp0 (type, "failed") == 0)
    take_failed (entry, message);
  else if (g_strcmp0 (type, "pictures") == 0)
    take_pictures (entry, message, fds, n_fds);
  else if (g_strcmp0 (type, "stage") == 0 && shot_answer_read_stage (message, &stage))
    shot_pool_job_set_stage (entry, stage.stage, stage.n_done, stage.n_all);
}
