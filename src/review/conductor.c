#include "config.h"

#include "conductor.h"

#include <string.h>

#include "conductor-private.h"
#include "error.h"
#include "schedule.h"

#define RETRY_MS 60000
#define MAX_RETRY_SHIFT 5

static void
job_free (ShotConductorJob *job)
{
  shot_plan_free (job->order.plan);
  g_free (job->plan);
  g_free (job->plan_text);
  g_free (job->user);
  g_free (job->trigger);
  g_free (job->label);
  g_object_unref (job->cancellable);
  g_free (job);
}

static void
entry_free (void *data)
{
  ShotConductorEntry *entry = data;

  shot_ledger_free (entry->ledger);
  g_free (entry->fault);
  g_free (entry);
}

int64_t
shot_conductor_get_now_ms (const ShotConductor *self)
{
  return self->options.get_now_ms != NULL ? self->options.get_now_ms (self->options.clock_data)
                                          : g_get_real_time () / 1000;
}

ShotConductorEntry *
shot_conductor_get_entry (ShotConductor *self, const char *plan)
{
  ShotConductorEntry *entry = g_hash_table_lookup (self->entries, plan);

  if (entry == NULL) {
    entry = g_new0 (ShotConductorEntry, 1);
    g_hash_table_insert (self->entries, g_strdup (plan), entry);
  }
  return entry;
}

void
shot_conductor_tell_changed (ShotConductor *self)
{
  if (self->changed != NULL)
    self->changed (self->listener_data);
}

void
shot_conductor_notify (ShotConductor *self, ShotNotice *notice)
{
  const ShotShelfPlan *found = shot_shelf_find (self->shelf, notice->plan);
  const ShotPlan      *plan = found != NULL ? found->plan : NULL;

  notice->title = plan != NULL ? plan->title : NULL;
  notice->timezone = plan != NULL ? plan->look.timezone : NULL;
  if (self->options.notify != NULL)
    self->options.notify (plan, notice, self->options.notify_data);
}

void
shot_conductor_finish_stop (ShotConductor *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->stop_task == NULL || self->jobs.length > 0 || self->n_asked > 0)
    return;
  task = g_steal_pointer (&self->stop_task);
  g_task_return_boolean (task, TRUE);
}

void
shot_conductor_ask (ShotConductor *self, ShotArchiveWork work, void *data, GDestroyNotify free_data,
                    GDestroyNotify free_result, GAsyncReadyCallback callback, void *user_data)
{
  self->n_asked++;
  shot_archive_worker_run_async (self->options.archive, work, data, free_data, free_result,
                                 callback, user_data);
}

void *
shot_conductor_finish_ask (ShotConductor *self, GAsyncResult *result, GError **error)
{
  void *value = shot_archive_worker_run_finish (self->options.archive, result, error);

  self->n_asked--;
  return value;
}

/* ---- Jobs */

bool
shot_conductor_has_job (const ShotConductor *self, const char *plan, bool with_captures)
{
  for (const GList *at = self->jobs.head; at != NULL; at = at->next) {
    const ShotConductorJob *job = at->data;
    if (g_str_equal (job->plan, plan) && (with_captures || job->order.kind != SHOT_ORDER_CAPTURE))
      return true;
  }
  return false;
}

static void
drop_job (ShotConductor *self, ShotConductorJob *job)
{
  g_queue_remove (&self->jobs, job);
  job_free (job);
  if (!self->is_stopped)
    shot_conductor_tell_changed (self);
  shot_conductor_advance (self);
  shot_conductor_wake (self);
  shot_conductor_finish_stop (self);
}

static void
progress_cb (const ShotInspectionProgress *progress, void *user_data)
{
  ShotConductorJob *job = user_data;
  ShotConductor    *self = job->conductor;
  bool              has_begun = job->progress.run_id == 0 && progress->run_id != 0;

  job->progress = *progress;
  /* The run is in the archive now, and stays there: it needs no second one. */
  if (has_begun && job->is_scheduled)
    shot_conductor_settle_due (self, job->plan, job->order.now_ms, false);
  if (has_begun)
    shot_conductor_tell_changed (self);
  if (self->progress != NULL && progress->run_id != 0)
    self->progress (progress, self->listener_data);
}

/* What was due could not be begun: it is tried again until the next one is due. */
static void
put_off (ShotConductor *self, const ShotConductorJob *job, const GError *error)
{
  ShotConductorEntry *entry = shot_conductor_get_entry (self, job->plan);
  int64_t             wait_ms = (int64_t) RETRY_MS << MIN (entry->n_failures, MAX_RETRY_SHIFT);

  entry->retry_ms = shot_conductor_get_now_ms (self) + wait_ms;
  entry->failed_ms = job->order.now_ms;
  if (entry->n_failures++ > 0 || g_error_matches (error, SHOT_ERROR, SHOT_ERROR_BUSY))
    return;
  ShotNotice notice = { .event = SHOT_NOTIFY_MISSED,
                        .plan = job->plan,
                        .detail = error->message,
                        .at_ms = job->order.now_ms };
  shot_conductor_notify (self, &notice);
}

static void
fail_job (ShotConductor *self, ShotConductorJob *job, const GError *error)
{
  ShotConductorEntry *entry = shot_conductor_get_entry (self, job->plan);

  if (!g_error_matches (error, SHOT_ERROR, SHOT_ERROR_CANCELLED)) {
    g_warning ("plan %s: %s", job->plan, error->message);
    g_free (entry->fault);
    entry->fault = g_strdup (error->message);
    if (job->is_scheduled && job->progress.run_id == 0)
      put_off (self, job, error);
  }
  drop_job (self, job);
}

static void
inspected_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotConductorJob   *job = user_data;
  ShotConductor      *self = job->conductor;
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotRun) run = self->options.inspector.inspect_finish (self->options.inspector.data,
                                                                    result, &error);

  if (run == NULL) {
    fail_job (self, job, error);
    return;
  }
  g_clear_pointer (&shot_conductor_get_entry (self, job->plan)->fault, g_free);
  if (job->is_scheduled)
    shot_conductor_settle_due (self, job->plan, job->order.now_ms, false);
  if (job->order.kind != SHOT_ORDER_CAPTURE && run->state == SHOT_RUN_DONE) {
    ShotNotice notice = { .event = SHOT_NOTIFY_DONE, .plan = job->plan, .run = run };
    shot_conductor_notify (self, &notice);
  }
  drop_job (self, job);
}

/* What a run has of its plan may be a stranger's, who has sent us an export: where we go, and with
 * which secret, is for the folder of plans to say. */
static gboolean
take_connection (ShotPlan *plan, const ShotPlan *from, GError **error)
{
  if (!g_str_equal (plan->grafana, from->grafana) || plan->org_id != from->org_id) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                 "the run is of another Grafana than its plan is by now: begin a new one");
    return FALSE;
  }
  g_free (plan->token_file);
  g_free (plan->ca_file);
  plan->token_file = g_strdup (from->token_file);
  plan->ca_file = g_strdup (from->ca_file);
  return TRUE;
}

/* A run that is gone on with has its own plan, as it was: @text (nullable). */
static ShotPlan *
read_plan (ShotConductor *self, const char *name, const char *text, GError **error)
{
  const ShotShelfPlan *found = shot_shelf_find (self->shelf, name);
  g_autoptr (ShotPlan) plan = NULL;

  if (found == NULL || found->plan == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "%s",
                 found != NULL ? found->error : "the folder of plans has no such plan");
    return NULL;
  }
  if (text == NULL)
    text = found->plan->text;
  plan = shot_plan_read_text (found->plan->path, text, strlen (text), error);
  return plan != NULL && take_connection (plan, found->plan, error) ? g_steal_pointer (&plan)
                                                                    : NULL;
}

static void
inspect (ShotConductor *self, ShotConductorJob *job)
{
  g_autoptr (GError) error = NULL;

  job->state = JOB_INSPECTING;
  job->order.plan = read_plan (self, job->plan, job->plan_text, &error);
  if (job->order.plan == NULL) {
    fail_job (self, job, error);
    return;
  }
  self->options.inspector.inspect_async (&job->order, self->options.inspector.data,
                                         job->cancellable, inspected_cb, job);
}

static void *
check_cb (ShotArchive *archive, void *data, GError **error)
{
  const ShotConductorJob *job = data;

  return shot_ledger_find_run (archive, job->plan, job->order.now_ms, error);
}

/* Whether a server before us, or beside us, has made the run that is due. */
static void
checked_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotConductorJob   *job = user_data;
  ShotConductor      *self = job->conductor;
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotRun) run = shot_conductor_finish_ask (self, result, &error);

  if (error != NULL || self->is_stopped) {
    if (error == NULL)
      error = g_error_new (SHOT_ERROR, SHOT_ERROR_CANCELLED, "the server stops");
    fail_job (self, job, error);
    return;
  }
  if (run != NULL)
    shot_conductor_settle_due (self, job->plan, job->order.now_ms, false);
  if (run != NULL && run->state != SHOT_RUN_RUNNING) {
    drop_job (self, job);
    return;
  }
  if (run != NULL) {
    job->order.kind = SHOT_ORDER_RESUME;
    job->order.run_id = run->id;
    job->plan_text = g_strdup (run->plan_text);
  }
  inspect (self, job);
}

static void
begin (ShotConductor *self, ShotConductorJob *job)
{
  if (job->is_scheduled && job->order.kind == SHOT_ORDER_RUN) {
    job->state = JOB_CHECKING;
    shot_conductor_ask (self, check_cb, job, NULL, (GDestroyNotify) shot_run_free, checked_cb, job);
  } else {
    inspect (self, job);
  }
}

static bool
is_at_it (const ShotConductor *self, const char *plan)
{
  for (const GList *at = self->jobs.head; at != NULL; at = at->next) {
    const ShotConductorJob *job = at->data;
    if (job->state != JOB_WAITING && g_str_equal (job->plan, plan))
      return true;
  }
  return false;
}

/* The first that may begin now. */
static ShotConductorJob *
choose (const ShotConductor *self)
{
  unsigned n_begun = 0;

  for (const GList *at = self->jobs.head; at != NULL; at = at->next)
    n_begun += ((const ShotConductorJob *) at->data)->state != JOB_WAITING ? 1 : 0;
  if (n_begun >= SHOT_CONDUCTOR_AT_ONCE || self->is_stopped)
    return NULL;
  for (const GList *at = self->jobs.head; at != NULL; at = at->next) {
    ShotConductorJob *job = at->data;
    if (job->state == JOB_WAITING && !is_at_it (self, job->plan))
      return job;
  }
  return NULL;
}

void
shot_conductor_advance (ShotConductor *self)
{
  ShotConductorJob *job;

  while ((job = choose (self)) != NULL)
    begin (self, job);
}

/* Waits for its turn; somebody has to call advance(). (transfer none) */
ShotConductorJob *
shot_conductor_add_job (ShotConductor *self, ShotOrderKind kind, const char *plan,
                        const char *trigger, const char *user)
{
  ShotConductorJob *job = g_new0 (ShotConductorJob, 1);

  job->conductor = self;
  job->plan = g_strdup (plan);
  job->user = g_strdup (user);
  job->trigger = g_strdup (trigger);
  job->cancellable = g_cancellable_new ();
  job->order = (ShotOrder){ .kind = kind,
                            .trigger = job->trigger,
                            .user = job->user,
                            .progress = progress_cb,
                            .progress_data = job };
  g_queue_push_tail (&self->jobs, job);
  return job;
}

/* ---- From outside */

ShotConductor *
shot_conductor_new (const ShotConductorOptions *options, GError **error)
{
  ShotConductor *self = g_new0 (ShotConductor, 1);

  self->options = *options;
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  g_queue_init (&self->jobs);
  self->shelf = shot_shelf_new (options->folder, shot_conductor_take_shelf, self, error);
  if (self->shelf == NULL) {
    shot_conductor_free (self);
    return NULL;
  }
  self->alarm = shot_alarm_new (shot_conductor_ring, self);
  return self;
}

void
shot_conductor_free (ShotConductor *self)
{
  if (self == NULL)
    return;
  shot_alarm_free (self->alarm);
  shot_shelf_free (self->shelf);
  g_queue_clear_full (&self->jobs, (GDestroyNotify) job_free);
  g_hash_table_unref (self->entries);
  g_clear_object (&self->stop_task);
  g_free (self);
}

/* Those that wait go at once; those that run tell when they have ended. */
void
shot_conductor_stop_async (ShotConductor *self, GAsyncReadyCallback callback, void *user_data)
{
  g_return_if_fail (self->stop_task == NULL && !self->is_stopped);
  self->stop_task = g_task_new (NULL, NULL, callback, user_data);
  self->is_stopped = true;
  for (GList *at = self->jobs.head, *next = NULL; at != NULL; at = next) {
    ShotConductorJob *job = at->data;
    next = at->next;
    if (job->state == JOB_WAITING) {
      g_queue_delete_link (&self->jobs, at);
      job_free (job);
    } else {
      g_cancellable_cancel (job->cancellable);
    }
  }
  shot_conductor_finish_stop (self);
}

void
shot_conductor_stop_finish (ShotConductor *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
shot_conductor_set_listener (ShotConductor *self,
                             void (*progress) (const ShotInspectionProgress *progress,
                                               void                         *user_data),
                             void (*changed) (void *user_data), void *user_data)
{
  self->progress = progress;
  self->changed = changed;
  self->listener_data = user_data;
}

static void
plan_free (void *data)
{
  ShotConductorPlan *plan = data;

  g_free (plan->name);
  g_free (plan->title);
  g_free (plan->cron);
  g_free (plan->timezone);
  g_free (plan->error);
  g_free (plan);
}

static ShotConductorPlan *
describe_plan (const ShotConductor *self, const ShotShelfPlan *from)
{
  const ShotConductorEntry *entry = g_hash_table_lookup (self->entries, from->name);
  const char               *zone = from->plan != NULL ? from->plan->look.timezone : NULL;
  ShotConductorPlan        *plan = g_new0 (ShotConductorPlan, 1);

  plan->name = g_strdup (from->name);
  plan->title = g_strdup (from->plan != NULL ? from->plan->title : from->name);
  plan->cron = from->plan != NULL ? g_strdup (from->plan->cron_text) : NULL;
  if (from->plan != NULL && from->plan->cron_timezone != NULL)
    zone = from->plan->cron_timezone;
  plan->timezone = g_strdup (zone != NULL ? zone : "");
  plan->error = g_strdup (from->error != NULL ? from->error : entry != NULL ? entry->fault : NULL);
  plan->is_running = shot_conductor_has_job (self, from->name, true);
  if (entry != NULL && entry->ledger != NULL && from->plan != NULL) {
    ShotDue due;
    shot_schedule_look (from->plan, entry->ledger->seen_ms, shot_conductor_get_now_ms (self), &due);
    plan->next_ms = due.next_ms;
    plan->missed_ms = entry->ledger->missed_ms;
  }
  return plan;
}

GPtrArray *
shot_conductor_list_plans (const ShotConductor *self)
{
  const GPtrArray *from = shot_shelf_list (self->shelf);
  GPtrArray       *plans = g_ptr_array_new_with_free_func (plan_free);

  for (unsigned i = 0; i < from->len; i++)
    g_ptr_array_add (plans, describe_plan (self, from->pdata[i]));
  return plans;
}

const ShotInspectionProgress *
shot_conductor_get_progress (const ShotConductor *self, int64_t run_id)
{
  for (const GList *at = self->jobs.head; at != NULL; at = at->next) {
    const ShotConductorJob *job = at->data;
    if (job->state == JOB_INSPECTING && job->progress.run_id == run_id)
      return &job->progress;
  }
  return NULL;
}

/* Whether the folder has the plan, and there is room for one more job. */
static gboolean
admit (const ShotConductor *self, const char *plan, GError **error)
{
  const ShotShelfPlan *found = shot_shelf_find (self->shelf, plan);

  if (found == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
                 "the folder of plans has no plan of this name");
    return FALSE;
  }
  if (found->plan == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "the plan cannot be read: %s", found->error);
    return FALSE;
  }
  if (self->is_stopped || self->jobs.length >= SHOT_CONDUCTOR_MAX_WAITING) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_BUSY, "%s",
                 self->is_stopped ? "the server stops" : "too much is waiting: try again later");
    return FALSE;
  }
  return TRUE;
}

static gboolean
admit_alone (const ShotConductor *self, const char *plan, GError **error)
{
  if (!admit (self, plan, error))
    return FALSE;
  if (!shot_conductor_has_job (self, plan, false))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT, "a run of this plan is under way");
  return FALSE;
}

gboolean
shot_conductor_start_run (ShotConductor *self, const char *plan, const char *user, GError **error)
{
  if (!admit_alone (self, plan, error))
    return FALSE;
  shot_conductor_add_job (self, SHOT_ORDER_RUN, plan, "page", user);
  shot_conductor_advance (self);
  shot_conductor_tell_changed (self);
  return TRUE;
}

gboolean
shot_conductor_retry (ShotConductor *self, const ShotRun *run, const char *user, GError **error)
{
  g_autoptr (ShotPlan) plan = NULL;
  ShotConductorJob    *job;

  if (!admit_alone (self, run->plan, error))
    return FALSE;
  /* What cannot begin is refused now, while somebody listens. */
  plan = read_plan (self, run->plan, run->plan_text, error);
  if (plan == NULL)
    return FALSE;
  job = shot_conductor_add_job (self, SHOT_ORDER_RESUME, run->plan, "page", user);
  job->order.run_id = run->id;
  job->order.retries_failed = true;
  job->plan_text = g_strdup (run->plan_text);
  shot_conductor_advance (self);
  shot_conductor_tell_changed (self);
  return TRUE;
}

gboolean
shot_conductor_capture (ShotConductor *self, const ShotRun *run, const ShotConductorExtra *extra,
                        const char *user, GError **error)
{
  g_autoptr (ShotPlan) plan = NULL;
  ShotConductorJob    *job;

  if (!admit (self, run->plan, error))
    return FALSE;
  /* What cannot begin is refused now, while somebody listens. */
  plan = read_plan (self, run->plan, run->plan_text, error);
  if (plan == NULL)
    return FALSE;
  job = shot_conductor_add_job (self, SHOT_ORDER_CAPTURE, run->plan, "page", user);
  job->order.run_id = run->id;
  job->order.extra = *extra;
  job->label = g_strdup (extra->label);
  job->order.extra.label = job->label;
  job->plan_text = g_strdup (run->plan_text);
  shot_conductor_advance (self);
  shot_conductor_tell_changed (self);
  return TRUE;
}
