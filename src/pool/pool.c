#include "config.h"

#include "pool.h"

#include <string.h>

#include "child.h"
#include "error.h"
#include "fields.h"
#include "mask.h"
#include "paths.h"
#include "process.h"

/* A job's life:
 *
 *   state       waits for              deadline                  leaves by
 *   QUEUED      a place, an engine     the job's                 dispatch(), cancel, drain
 *   RUNNING     done or failed         what was left, and 2 s    the engine's answer or end
 *   CANCELLING  failed                 2 s                       the engine's answer or end
 *   FINISHED    -                      -                         -
 */
typedef enum {
  ENTRY_QUEUED,
  ENTRY_RUNNING,
  ENTRY_CANCELLING,
  ENTRY_FINISHED,
} EntryState;

#define GRACE_MS 2000
#define SWEEP_SECONDS 1 /* after a job: how long its web process takes to be gone at most */
#define MAX_FAILED_STARTS 3
#define FAILED_STARTS_WINDOW_US (10 * G_USEC_PER_SEC)
#define BACK_OFF_MS 5000

typedef struct {
  ShotPool   *pool; /* (borrowed) */
  EntryState  state;
  ShotJob    *job;    /* (owned) */
  GTask      *task;   /* (owned) (nullable): NULL once finished */
  ShotResult *result; /* (owned) (nullable) */
  ShotResult *parts;  /* (owned) (nullable): pictures that came before the end */
  int64_t     queued_us;
  int64_t     sent_us;
  int64_t     deadline_us;
  ShotStage   stage;
  unsigned    timer;
  GSource    *cancel_source; /* (owned) (nullable) */
  bool        is_extra;      /* not counted against the room for others */
} Entry;

struct _ShotPool {
  char            *engine_path; /* (owned) */
  unsigned         max_jobs;
  unsigned         max_queue;
  GLogLevelFlags   log_level;
  ShotChild       *child;       /* (owned) (nullable) */
  char            *webkit;      /* (owned) (nullable) */
  char            *sandbox;     /* (owned) (nullable) */
  char            *last_line;   /* (owned) */
  const char      *kill_reason; /* static (nullable): why we ended the engine ourselves */
  GQueue           queue;       /* (element-type Entry): QUEUED, first to last */
  GHashTable      *entries;     /* (owned) id (borrowed) > Entry (owned): all not finished */
  unsigned         running;     /* RUNNING and CANCELLING */
  unsigned         n_extra;     /* of the entries */
  unsigned         ends[SHOT_POOL_N_ENDS];
  int64_t          failed_starts_us[MAX_FAILED_STARTS]; /* the last ones, latest first */
  unsigned         back_off_timer;
  unsigned         sweep_timer;
  unsigned         drain_timer;
  bool             is_draining;
  GTask           *drain_task; /* (owned) (nullable) */
  ShotPoolProgress progress;
  void            *progress_data; /* (borrowed) */
};

static void dispatch (ShotPool *self);
static void check_drained (ShotPool *self);

static const char *
state_to_string (EntryState state)
{
  switch (state) {
  case ENTRY_QUEUED:
    return "queued";
  case ENTRY_RUNNING:
    return "running";
  case ENTRY_CANCELLING:
    return "cancelling";
  case ENTRY_FINISHED:
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

static void
set_state (Entry *entry, EntryState state)
{
  g_assert (state > entry->state);
  g_debug ("id=%s job %s > %s", entry->job->id, state_to_string (entry->state),
           state_to_string (state));
  if (entry->state == ENTRY_QUEUED)
    g_queue_remove (&entry->pool->queue, entry);
  else
    entry->pool->running--;
  if (state == ENTRY_RUNNING || state == ENTRY_CANCELLING)
    entry->pool->running++;
  entry->state = state;
}

static void
entry_free (void *data)
{
  Entry *entry = data;

  g_assert (entry->task == NULL);
  clear_source (&entry->timer);
  if (entry->cancel_source != NULL) {
    g_source_destroy (entry->cancel_source);
    g_source_unref (entry->cancel_source);
  }
  shot_job_free (entry->job);
  shot_result_free (entry->result);
  shot_result_free (entry->parts);
  g_free (entry);
}

/* Lets the finish function take the result out of the task. */
typedef struct {
  ShotResult *result; /* (owned) (nullable) */
} Outcome;

static void
outcome_free (void *data)
{
  Outcome *outcome = data;

  shot_result_free (outcome->result);
  g_free (outcome);
}

static void
set_stage (Entry *entry, ShotStage stage, unsigned n_done, unsigned n_all)
{
  ShotPool *self = entry->pool;

  entry->stage = stage;
  if (self->progress != NULL)
    self->progress (entry->job->id, stage, n_done, n_all, self->progress_data);
}

static void
reap (ShotPool *self)
{
  GPid pid = self->child != NULL ? shot_child_get_pid (self->child) : 0;

  shot_process_reap_orphans (&pid, 1);
}

static gboolean
sweep_cb (void *user_data)
{
  ShotPool *self = user_data;

  self->sweep_timer = 0;
  reap (self);
  return G_SOURCE_REMOVE;
}

/* The end of every entry, which it frees. The callback may run at once, inside. Takes @error;
 * NULL is success. */
static void
finish (Entry *entry, GError *error)
{
  ShotPool         *self = entry->pool;
  g_autoptr (GTask) task = g_steal_pointer (&entry->task);

  set_state (entry, ENTRY_FINISHED);
  if (entry->result != NULL)
    entry->result->stage_us[SHOT_STAGE_QUEUED] = (entry->sent_us != 0 ? entry->sent_us
                                                                      : g_get_monotonic_time ()) -
                                                 entry->queued_us;
  Outcome *outcome = g_new0 (Outcome, 1);
  outcome->result = g_steal_pointer (&entry->result);
  g_task_set_task_data (task, outcome, outcome_free);
  self->n_extra -= entry->is_extra ? 1 : 0;
  g_hash_table_remove (self->entries, entry->job->id);
  /* The wrapper of WebKit's sandbox outlives the web process a little, and then is ours to reap. */
  if (self->sweep_timer == 0)
    self->sweep_timer = g_timeout_add_seconds (SWEEP_SECONDS, sweep_cb, self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

G_GNUC_PRINTF (3, 4)
static void
finish_with (Entry *entry, ShotError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  finish (entry, g_error_new_literal (SHOT_ERROR, code, message));
}

/* (transfer container): a list that stays whole while its entries are finished. */
static GPtrArray *
list_entries (ShotPool *self, bool queued)
{
  GPtrArray     *list = g_ptr_array_new ();
  GHashTableIter iter;
  void          *value;

  if (queued) {
    for (GList *at = self->queue.head; at != NULL; at = at->next)
      g_ptr_array_add (list, at->data);
    return list;
  }
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((Entry *) value)->state != ENTRY_QUEUED)
      g_ptr_array_add (list, value);
  }
  return list;
}

static void
fail_all (ShotPool *self, bool queued, ShotError code, const char *message)
{
  g_autoptr (GPtrArray) list = list_entries (self, queued);

  for (unsigned i = 0; i < list->len; i++)
    finish_with (list->pdata[i], code, "%s", message);
}

static void
kill_engine (ShotPool *self, const char *reason)
{
  if (self->child == NULL)
    return;
  self->kill_reason = reason;
  shot_child_kill (self->child);
}

static const char *
get_last_line (const ShotPool *self)
{
  return self->child != NULL ? shot_child_get_last_line (self->child) : self->last_line;
}

/* What the caller should know about a job that got no engine in time. */
static void
fail_waiting (Entry *entry)
{
  ShotPool *self = entry->pool;
  double    seconds = (double) (g_get_monotonic_time () - entry->queued_us) / G_USEC_PER_SEC;

  if (self->child != NULL && shot_child_get_state (self->child) == SHOT_CHILD_READY)
    finish_with (entry, SHOT_ERROR_TIMEOUT,
                 "%.1f s in the queue, %u other jobs are running: allow more time, or raise "
                 "--concurrency",
                 seconds, self->running);
  else
    finish_with (entry, SHOT_ERROR_TIMEOUT,
                 "%.1f s waiting for the engine to start%s%s: run `panelshot doctor`", seconds,
                 *get_last_line (self) != '\0' ? "; it last said: " : "", get_last_line (self));
}

static gboolean
deadline_cb (void *user_data)
{
  Entry    *entry = user_data;
  ShotPool *self = entry->pool;

  entry->timer = 0;
  if (entry->state == ENTRY_QUEUED) {
    fail_waiting (entry);
  } else {
    g_warning ("id=%s the engine does not answer while %s (%s): it is killed and replaced",
               entry->job->id, state_to_string (entry->state), shot_stage_get_name (entry->stage));
    if (entry->state == ENTRY_CANCELLING)
      finish_with (entry, SHOT_ERROR_CANCELLED, "cancelled");
    else
      finish_with (entry, SHOT_ERROR_TIMEOUT,
                   "the engine did not answer (last stage: %s) and was restarted: try again",
                   shot_stage_get_name (entry->stage));
    kill_engine (self, "was restarted because another job hung");
  }
  check_drained (self);
  return G_SOURCE_REMOVE;
}

static void
arm (Entry *entry, int64_t timeout_ms)
{
  clear_source (&entry->timer);
  entry->timer = g_timeout_add ((unsigned) MAX (timeout_ms, 0), deadline_cb, entry);
}

static gboolean
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  Entry                 *entry = user_data;
  ShotPool              *self = entry->pool;
  g_autoptr (JsonObject) message = json_object_new ();

  if (entry->state == ENTRY_QUEUED) {
    finish_with (entry, SHOT_ERROR_CANCELLED, "cancelled while it waited in the queue");
    check_drained (self);
    return G_SOURCE_REMOVE;
  }
  if (entry->state != ENTRY_RUNNING)
    return G_SOURCE_REMOVE;
  json_object_set_string_member (message, "type", "cancel");
  json_object_set_string_member (message, "id", entry->job->id);
  set_state (entry, ENTRY_CANCELLING);
  arm (entry, GRACE_MS);
  /* When it cannot be sent the engine is gone, and its end finishes the job. */
  shot_child_send (self->child, message, NULL);
  return G_SOURCE_REMOVE;
}

static Entry *
find_entry (ShotPool *self, JsonObject *message)
{
  const char *id = NULL;

  if (!shot_fields_get_string (message, "id", false, &id, NULL))
    return NULL;

  Entry *entry = g_hash_table_lookup (self->entries, id);
  return entry != NULL && entry->state != ENTRY_QUEUED ? entry : NULL;
}

/* Whether the result is the one of this job, each picture with its descriptor. */
static ShotResult *
read_result (Entry *entry, JsonObject *message, int *fds, unsigned n_fds, GError **error)
{
  JsonObject *object = NULL;

  if (!shot_fields_get_object (message, "result", &object, error))
    return NULL;

  g_autoptr (ShotResult) result = shot_result_from_json (object, error);
  if (result == NULL)
    return NULL;
  return shot_result_take_fds (result, fds, n_fds, error) ? g_steal_pointer (&result) : NULL;
}

static void
take_done (Entry *entry, JsonObject *message, int *fds, unsigned n_fds)
{
  GError *error = NULL;

  entry->result = read_result (entry, message, fds, n_fds, &error);
  if (entry->result != NULL)
    shot_result_merge (entry->result, entry->parts, entry->job, &error);
  finish (entry, error);
}

/* Some pictures of many: a message holds only so much. */
static void
take_pictures (Entry *entry, JsonObject *message, int *fds, unsigned n_fds)
{
  GError *error = NULL;

  if (entry->parts == NULL)
    entry->parts = shot_result_new (entry->job->id);
  if (!shot_result_add_part (entry->parts, message, fds, n_fds, &error))
    finish (entry, error);
}

static void
take_failed (Entry *entry, JsonObject *message)
{
  const char *name = NULL;
  const char *text = NULL;

  /* How far the visit came; without it the failure is told all the same. */
  entry->result = read_result (entry, message, NULL, 0, NULL);
  if (!shot_fields_get_string (message, "code", false, &name, NULL) ||
      !shot_fields_get_string (message, "message", false, &text, NULL)) {
    finish_with (entry, SHOT_ERROR_ENGINE, "the engine failed without saying why: try again");
    return;
  }

  g_autofree char *masked = shot_mask_uri (text);
  g_strdelimit (masked, "\r\n\t", ' ');
  finish_with (entry, shot_error_from_name (name), "%s", masked);
}

static void
take_stage (Entry *entry, JsonObject *message)
{
  const char *name = NULL;
  int64_t     n_done = 0;
  int64_t     n_all = 0;

  if (!shot_fields_get_string (message, "stage", false, &name, NULL))
    return;
  if (json_object_has_member (message, "of") &&
      (!shot_fields_get_int (message, "n", 0, UINT32_MAX, &n_done, NULL) ||
       !shot_fields_get_int (message, "of", 0, UINT32_MAX, &n_all, NULL)))
    return;
  for (int i = 0; i < SHOT_N_STAGES; i++) {
    if (g_str_equal (name, shot_stage_get_name (i)))
      set_stage (entry, i, (unsigned) n_done, (unsigned) n_all);
  }
}

static void
message_cb (ShotChild *child, JsonObject *message, int *fds, unsigned n_fds, void *user_data)
{
  ShotPool   *self = user_data;
  Entry      *entry = find_entry (self, message);
  const char *type = NULL;

  if (entry == NULL || !shot_fields_get_string (message, "type", false, &type, NULL)) {
    g_debug ("pool: a message of the engine belongs to no job");
    return;
  }
  if (g_str_equal (type, "stage"))
    take_stage (entry, message);
  else if (g_str_equal (type, "pictures"))
    take_pictures (entry, message, fds, n_fds);
  else if (g_str_equal (type, "done"))
    take_done (entry, message, fds, n_fds);
  else if (g_str_equal (type, "failed"))
    take_failed (entry, message);
  dispatch (self);
  check_drained (self);
}

static void
ready_cb (ShotChild *child, void *user_data)
{
  ShotPool *self = user_data;

  g_free (self->webkit);
  g_free (self->sandbox);
  self->webkit = g_strdup (shot_child_get_webkit (child));
  self->sandbox = g_strdup (shot_child_get_sandbox (child));
  dispatch (self);
}

static gboolean
back_off_cb (void *user_data)
{
  ShotPool *self = user_data;

  self->back_off_timer = 0;
  dispatch (self);
  return G_SOURCE_REMOVE;
}

/* Several starts that fail in a row will not get better by another at once. */
static void
count_failed_start (ShotPool *self, const char *end)
{
  int64_t *at = self->failed_starts_us;

  memmove (at + 1, at, (MAX_FAILED_STARTS - 1) * sizeof *at);
  at[0] = g_get_monotonic_time ();
  if (at[MAX_FAILED_STARTS - 1] == 0 || at[0] - at[MAX_FAILED_STARTS - 1] > FAILED_STARTS_WINDOW_US)
    return;

  g_autofree char *message = g_strdup_printf (
      "the engine cannot start, it %s%s%s: run `panelshot doctor`", end,
      *self->last_line != '\0' ? "; it last said: " : "", self->last_line);
  g_warning ("%s; the next try is in %d s", message, BACK_OFF_MS / 1000);
  memset (self->failed_starts_us, 0, sizeof self->failed_starts_us);
  self->back_off_timer = g_timeout_add (BACK_OFF_MS, back_off_cb, self);
  fail_all (self, true, SHOT_ERROR_ENGINE, message);
}

static void
gone_cb (ShotChild *child, void *user_data)
{
  ShotPool        *self = user_data;
  g_autofree char *end = shot_child_describe_end (child);
  bool             has_failed_to_start = shot_child_has_failed_to_start (child);
  GPid             pid = shot_child_get_pid (child);

  g_free (self->last_line);
  self->last_line = g_strdup (shot_child_get_last_line (child));
  g_clear_pointer (&self->child, shot_child_free);
  reap (self);
  if (self->kill_reason == NULL && !self->is_draining)
    g_warning ("engine pid=%d %s with %u jobs in flight; the next job starts a new one", pid, end,
               self->running);

  g_autofree char *message = g_strdup_printf (
      "the engine %s%s%s: try again, and run `panelshot doctor` if this comes back",
      self->kill_reason != NULL ? self->kill_reason : end,
      *self->last_line != '\0' ? ", its last words: " : "", self->last_line);
  if (has_failed_to_start)
    self->ends[SHOT_POOL_END_START]++;
  else if (!self->is_draining)
    self->ends[self->kill_reason != NULL ? SHOT_POOL_END_HUNG : SHOT_POOL_END_CRASHED]++;
  self->kill_reason = NULL;
  fail_all (self, false, SHOT_ERROR_ENGINE, message);
  if (has_failed_to_start)
    count_failed_start (self, end);
  dispatch (self);
  check_drained (self);
}

static const ShotChildEvents child_events = { ready_cb, message_cb, gone_cb };

static void
start_engine (ShotPool *self)
{
  g_autoptr (GError) error = NULL;

  if (self->child != NULL || self->back_off_timer != 0)
    return;
  self->child = shot_child_spawn (self->engine_path, self->log_level, &child_events, self, &error);
  if (self->child == NULL) {
    g_free (self->last_line);
    self->last_line = g_strdup (error->message);
    g_warning ("%s", error->message);
    fail_all (self, true, SHOT_ERROR_ENGINE, error->message);
    return;
  }
}

/* False when the engine cannot be reached; the entry then waits for the next. */
static bool
send_job (ShotPool *self, Entry *entry)
{
  int64_t            now_us = g_get_monotonic_time ();
  int64_t            left_ms = (entry->deadline_us - now_us) / 1000;
  g_autoptr (GError) error = NULL;

  if (left_ms <= 0) {
    fail_waiting (entry);
    return true;
  }

  g_autoptr (JsonObject) message = json_object_new ();
  JsonObject            *job = shot_job_to_json (entry->job);
  json_object_set_int_member (job, "timeout_ms", left_ms);
  json_object_set_string_member (message, "type", "job");
  json_object_set_object_member (message, "job", job);
  if (shot_child_send (self->child, message, &error)) {
    set_state (entry, ENTRY_RUNNING);
    entry->sent_us = now_us;
    set_stage (entry, SHOT_STAGE_OPENING, 0, 0);
    arm (entry, left_ms + GRACE_MS);
    return true;
  }
  if (!g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE))
    return false;
  finish (entry, g_steal_pointer (&error));
  return true;
}

/* Brings jobs and engine together, as far as both are there. */
static void
dispatch (ShotPool *self)
{
  if (g_queue_is_empty (&self->queue))
    return;
  start_engine (self);
  while (self->child != NULL && shot_child_get_state (self->child) == SHOT_CHILD_READY &&
         self->running < self->max_jobs && !g_queue_is_empty (&self->queue)) {
    if (!send_job (self, g_queue_peek_head (&self->queue)))
      return;
  }
}

ShotPool *
shot_pool_new (const ShotPoolOptions *options)
{
  ShotPool *self = g_new0 (ShotPool, 1);

  self->engine_path = options->engine_path != NULL ? g_strdup (options->engine_path)
                                                   : shot_paths_get_engine ();
  self->log_level = options->log_level;
  self->last_line = g_strdup ("");
  g_queue_init (&self->queue);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
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
  g_clear_pointer (&self->child, shot_child_free);
  reap (self);
  clear_source (&self->back_off_timer);
  clear_source (&self->sweep_timer);
  clear_source (&self->drain_timer);
  if (self->drain_task != NULL)
    g_task_return_boolean (self->drain_task, TRUE);
  g_clear_object (&self->drain_task);
  g_hash_table_unref (self->entries);
  g_free (self->engine_path);
  g_free (self->webkit);
  g_free (self->sandbox);
  g_free (self->last_line);
  g_free (self);
}

void
shot_pool_start (ShotPool *self)
{
  start_engine (self);
}

void
shot_pool_set_progress_func (ShotPool *self, ShotPoolProgress progress, void *user_data)
{
  self->progress = progress;
  self->progress_data = user_data;
}

void
shot_pool_get_status (ShotPool *self, ShotPoolStatus *out_status)
{
  *out_status = (ShotPoolStatus){
    .webkit = self->webkit,
    .sandbox = self->sandbox,
    .last_line = get_last_line (self),
    .pid = self->child != NULL ? shot_child_get_pid (self->child) : 0,
    .running = self->running,
    .queued = g_queue_get_length (&self->queue),
    .max_jobs = self->max_jobs,
    .max_queue = self->max_queue,
  };
  memcpy (out_status->ends, self->ends, sizeof self->ends);
}

const char *
shot_pool_end_get_name (ShotPoolEnd end)
{
  static const char *const names[SHOT_POOL_N_ENDS] = { "crashed", "hung", "start" };

  g_return_val_if_fail (end < SHOT_POOL_N_ENDS, "crashed");
  return names[end];
}

void
shot_pool_set_limits (ShotPool *self, unsigned max_jobs, unsigned max_queue)
{
  self->max_jobs = max_jobs > 0 ? max_jobs : MAX (2, g_get_num_processors ());
  self->max_queue = max_queue;
  dispatch (self);
}

void
shot_pool_set_log_level (ShotPool *self, GLogLevelFlags log_level)
{
  self->log_level = log_level;
}

bool
shot_pool_has_room (const ShotPool *self)
{
  unsigned waiting = g_hash_table_size (self->entries) - self->n_extra;

  return !self->is_draining && waiting < self->max_jobs + self->max_queue;
}

static void
take_job (ShotPool *self, ShotJob *job, bool is_extra, GCancellable *cancellable,
          GAsyncReadyCallback callback, void *user_data)
{
  bool                has_room = is_extra ? !self->is_draining : shot_pool_has_room (self);
  g_autoptr (ShotJob) owned = job;
  GTask              *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, shot_pool_render_async);
  /* The engine's own answer to a cancel tells more than GTask's. */
  g_task_set_check_cancellable (task, FALSE);
  if (!has_room || g_hash_table_contains (self->entries, job->id)) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_BUSY, "%s",
                             self->is_draining ? "the server is shutting down, try again later"
                                               : "server is too busy, try again later");
    g_object_unref (task);
    return;
  }

  Entry *entry = g_new0 (Entry, 1);
  entry->pool = self;
  entry->job = g_steal_pointer (&owned);
  entry->task = task;
  entry->is_extra = is_extra;
  self->n_extra += is_extra ? 1 : 0;
  entry->queued_us = g_get_monotonic_time ();
  entry->deadline_us = entry->queued_us + entry->job->timeout_ms * 1000;
  g_hash_table_insert (self->entries, entry->job->id, entry);
  g_queue_push_tail (&self->queue, entry);
  arm (entry, entry->job->timeout_ms);
  if (cancellable != NULL) {
    entry->cancel_source = g_cancellable_source_new (cancellable);
    g_source_set_callback (entry->cancel_source, G_SOURCE_FUNC (cancelled_cb), entry, NULL);
    g_source_attach (entry->cancel_source, NULL);
  }
  dispatch (self);
}

void
shot_pool_render_async (ShotPool *self, ShotJob *job, GCancellable *cancellable,
                        GAsyncReadyCallback callback, void *user_data)
{
  take_job (self, job, false, cancellable, callback, user_data);
}

void
shot_pool_render_extra_async (ShotPool *self, ShotJob *job, GCancellable *cancellable,
                              GAsyncReadyCallback callback, void *user_data)
{
  take_job (self, job, true, cancellable, callback, user_data);
}

gboolean
shot_pool_render_finish (ShotPool *self, GAsyncResult *result, ShotResult **out_result,
                         GError **error)
{
  GTask *task = G_TASK (result);

  g_return_val_if_fail (g_task_get_source_tag (task) == shot_pool_render_async, FALSE);
  Outcome *outcome = g_task_get_task_data (task);
  if (out_result != NULL)
    *out_result = outcome != NULL ? g_steal_pointer (&outcome->result) : NULL;
  return g_task_propagate_boolean (task, error);
}

static void
check_drained (ShotPool *self)
{
  if (self->drain_task == NULL || g_hash_table_size (self->entries) > 0)
    return;
  if (self->child != NULL) {
    shot_child_stop (self->child);
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
  kill_engine (self, "was ended because the server is shutting down");
  check_drained (self);
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
  check_drained (self);
}

void
shot_pool_drain_finish (ShotPool *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
