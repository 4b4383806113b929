#include "config.h"

#include "run.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "run-private.h"

#define PATIENCE_MS (5 * 60 * 1000)
#define LEAST_PAUSE_MS 500
#define MOST_PAUSE_MS 30000
#define LEAST_FAILED_IN_ROW 4
/* Visits that are not in the archive yet, for each that a renderer has. */
#define N_IN_MEMORY 3

static void advance (ShotInspection *self);

ShotInspection *
shot_inspection_new (ShotPlan *plan, const ShotInspectionOptions *options)
{
  ShotInspection *self = g_new0 (ShotInspection, 1);

  self->plan = plan;
  self->options = *options;
  self->trigger = g_strdup (options->trigger);
  self->started_by = g_strdup (options->started_by);
  self->only = g_strdupv ((char **) options->only);
  self->lock_fd = -1;
  self->open = g_ptr_array_new ();
  self->progress.doing = "starting";
  return self;
}

static void
waiting_free (void *visit)
{
  shot_run_visit_free (visit);
}

void
shot_inspection_free (ShotInspection *self)
{
  if (self == NULL)
    return;
  g_assert (self->task == NULL && self->open->len == 0);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_handle_id (&self->pause, g_source_remove);
  g_queue_clear_full (&self->waiting, waiting_free);
  g_clear_pointer (&self->visits, g_ptr_array_unref);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  g_ptr_array_unref (self->open);
  shot_finder_free (self->finder);
  shot_grafana_free (self->grafana);
  shot_run_free (self->run);
  shot_secret_unref (self->token);
  g_free (self->ca_pem);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_clear_error (&self->stop);
  g_clear_error (&self->broken);
  g_strfreev (self->only);
  g_free (self->trigger);
  g_free (self->started_by);
  shot_plan_free (self->plan);
  g_free (self);
}

static void
set_state (ShotInspection *self, RunState state)
{
  static const char *const names[] = {
    "new", "finding", "opening", "capturing", "closing", "done"
  };

  /* A run that is gone on with is opened before Grafana is asked. */
  g_assert (state > self->state || (self->state == RUN_OPENING && state == RUN_FINDING));
  g_debug ("inspection %s > %s", names[self->state], names[state]);
  self->state = state;
  if (state == RUN_CAPTURING)
    self->capturing_ms = shot_clock_now_ms ();
}

/* ---- What it tells */

static void
estimate (ShotInspection *self)
{
  ShotInspectionProgress *progress = &self->progress;
  int64_t                 now_ms = shot_clock_now_ms ();
  unsigned                n_done = progress->n_captured + progress->n_failed;

  progress->elapsed_ms = now_ms - self->started_ms;
  progress->left_ms = -1;
  if (self->state == RUN_CAPTURING && progress->n_visits_done > 0 && n_done > 0)
    progress->left_ms = (now_ms - self->capturing_ms) *
                        (progress->n_cells - MIN (n_done, progress->n_cells)) / n_done;
}

void
shot_run_tell (ShotInspection *self)
{
  if (self->options.progress == NULL)
    return;
  estimate (self);
  if (self->finder != NULL && self->state == RUN_FINDING)
    self->progress.doing = shot_finder_get_doing (self->finder);
  else if (self->state == RUN_CAPTURING)
    self->progress.doing = self->down_since_ms != 0 ? "waiting for Grafana" : "capturing";
  self->options.progress (&self->progress, self->options.progress_data);
}

bool
shot_inspection_get_main_failure (const ShotInspection *self, ShotError *out_code)
{
  unsigned most = 0;

  for (int code = 0; code < SHOT_N_ERRORS; code++) {
    if (self->failures[code] > most) {
      most = self->failures[code];
      *out_code = code;
    }
  }
  return most > 0;
}

const char *
shot_inspection_get_run_name (const ShotInspection *self)
{
  return self->progress.run_name;
}

/* ---- What visits tell */

static gboolean
changed_cb (void *user_data)
{
  ShotInspection *self = user_data;

  self->idle = 0;
  advance (self);
  return G_SOURCE_REMOVE;
}

void
shot_run_changed (ShotInspection *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add (changed_cb, self);
}

void
shot_run_stop (ShotInspection *self, GError *error)
{
  if (self->stop != NULL) {
    g_error_free (error);
    return;
  }
  g_warning ("the run %s stops early: %s", self->progress.run_name, error->message);
  self->stop = error;
  g_clear_handle_id (&self->pause, g_source_remove);
  shot_run_changed (self);
}

void
shot_run_break (ShotInspection *self, GError *error)
{
  if (self->broken == NULL)
    self->broken = error;
  else
    g_error_free (error);
  shot_run_changed (self);
}

static gboolean
pause_cb (void *user_data)
{
  ShotInspection *self = user_data;

  self->pause = 0;
  advance (self);
  return G_SOURCE_REMOVE;
}

void
shot_run_note_down (ShotInspection *self, GError *error)
{
  int64_t now_ms = shot_clock_now_ms ();
  int64_t patience_ms = self->options.patience_ms > 0 ? self->options.patience_ms : PATIENCE_MS;

  if (self->down_since_ms == 0) {
    self->down_since_ms = now_ms;
    g_warning ("Grafana does not answer as it should, the run waits for it: %s", error->message);
  }
  if (now_ms - self->down_since_ms >= patience_ms) {
    g_prefix_error (&error, "Grafana did not answer for %d s: ",
                    (int) ((now_ms - self->down_since_ms) / 1000));
    shot_run_stop (self, error);
    return;
  }
  g_error_free (error);
  /* Visits under way find out together; they count once. */
  if (self->pause == 0 && self->stop == NULL) {
    unsigned pause_ms = MIN (MOST_PAUSE_MS, LEAST_PAUSE_MS << MIN (self->n_down, 6));
    int64_t  left_ms = self->down_since_ms + patience_ms - now_ms;
    self->n_down++;
    self->pause = g_timeout_add ((unsigned) CLAMP (left_ms, 1, pause_ms), pause_cb, self);
  }
  shot_run_tell (self);
}

void
shot_run_note_up (ShotInspection *self)
{
  self->down_since_ms = 0;
  self->n_down = 0;
  if (self->pause != 0) {
    g_clear_handle_id (&self->pause, g_source_remove);
    shot_run_changed (self);
  }
}

void
shot_run_note_failure (ShotInspection *self, const GError *error)
{
  ShotError code = shot_error_classify (error);
  unsigned  width = shot_renderers_get_width (self->options.renderers);

  /* One dashboard's own trouble is not the next one's. */
  if (code != SHOT_ERROR_ENGINE && code != SHOT_ERROR_UNREACHABLE && code != SHOT_ERROR_BUSY &&
      code != SHOT_ERROR_REFUSED)
    return;
  if (++self->n_failed_in_row < MAX (LEAST_FAILED_IN_ROW, width + 1))
    return;
  GError *copy = g_error_copy (error);
  g_prefix_error (&copy,
                  "%u visits failed one after the other, the last one: ", self->n_failed_in_row);
  shot_run_stop (self, copy);
}

void
shot_run_note_success (ShotInspection *self)
{
  self->n_failed_in_row = 0;
}

/* ---- The end */

/* @error: (transfer full) (nullable); @run: (transfer full) (nullable) */
static void
finish (ShotInspection *self, void *value, GDestroyNotify destroy, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  set_state (self, RUN_DONE);
  g_clear_handle_id (&self->pause, g_source_remove);
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  g_clear_object (&self->cancellable);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, destroy);
}

static void
fail (ShotInspection *self, GError *error)
{
  finish (self, NULL, NULL, error);
}

static GError *
new_cancelled (void)
{
  return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_CANCELLED, "cancelled");
}

/* ---- CLOSING */

static void
closed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotInspection *self = user_data;
  GError         *error = NULL;
  ShotRun        *run = shot_archive_worker_run_finish (self->options.archive, result, &error);

  if (run == NULL)
    fail (self, error);
  else
    finish (self, run, (GDestroyNotify) shot_run_free, NULL);
}

static void
close_run (ShotInspection *self)
{
  RunClosing *closing = g_new0 (RunClosing, 1);

  closing->run_id = self->run->id;
  closing->is_to_end = self->kind != OPEN_CAPTURE;
  closing->failure = self->stop != NULL ? g_strdup (self->stop->message) : NULL;
  set_state (self, RUN_CLOSING);
  shot_archive_worker_run_async (self->options.archive, shot_run_close_work, closing,
                                 shot_run_closing_free, (GDestroyNotify) shot_run_free, closed_cb,
                                 self);
}

/* ---- CAPTURING */

static void
start_visits (ShotInspection *self)
{
  unsigned width = shot_renderers_get_width (self->options.renderers);

  if (self->options.max_visits > 0)
    width = MIN (width, self->options.max_visits);
  for (unsigned i = 0; i < self->open->len && self->n_rendering < width; i++) {
    RunVisit *visit = self->open->pdata[i];
    if (visit->state == VISIT_READY)
      shot_run_visit_render (visit);
  }
  /* What the archive has not taken yet is held in memory. */
  while (self->pause == 0 && !g_queue_is_empty (&self->waiting) &&
         self->n_asking < (self->down_since_ms != 0 ? 1 : width) &&
         self->open->len < N_IN_MEMORY * width)
    shot_run_visit_ask (g_queue_pop_head (&self->waiting));
}

static void
give_up_visits (ShotInspection *self)
{
  g_autoptr (GError) error = g_error_new (SHOT_ERROR, self->stop->code,
                                          "the run was stopped before this was captured: %s",
                                          self->stop->message);

  while (!g_queue_is_empty (&self->waiting))
    shot_run_visit_give_up (g_queue_pop_head (&self->waiting), error);
}

/* READY ones have nothing pending that would bring them back. */
static void
drop_ready (ShotInspection *self)
{
  for (unsigned i = 0; i < self->open->len;) {
    RunVisit *visit = self->open->pdata[i];
    if (visit->state != VISIT_READY) {
      i++;
      continue;
    }
    self->n_asking--;
    visit->state = VISIT_WAITING;
    g_ptr_array_remove_index_fast (self->open, i);
    g_queue_push_head (&self->waiting, visit);
  }
}

static void
capture (ShotInspection *self)
{
  bool is_cancelled = g_cancellable_is_cancelled (self->cancellable);

  if (self->broken != NULL || is_cancelled) {
    drop_ready (self);
    if (self->open->len > 0)
      return;
    fail (self, self->broken != NULL ? g_steal_pointer (&self->broken) : new_cancelled ());
    return;
  }
  if (self->stop != NULL) {
    drop_ready (self);
    give_up_visits (self);
  } else {
    start_visits (self);
  }
  if (self->open->len == 0 && g_queue_is_empty (&self->waiting))
    close_run (self);
}

static void
begin_capturing (ShotInspection *self)
{
  ShotInspectionProgress *progress = &self->progress;

  for (unsigned i = 0; i < self->visits->len; i++) {
    const ShotVisit *visit = self->visits->pdata[i];
    g_queue_push_tail (&self->waiting, shot_run_visit_new (self, visit));
    progress->n_cells += visit->cells->len;
  }
  progress->n_visits = self->visits->len;
  progress->run_id = self->run->id;
  g_strlcpy (progress->run_name, self->run->name, sizeof progress->run_name);
  set_state (self, RUN_CAPTURING);
  shot_run_tell (self);
  advance (self);
}

/* ---- OPENING */

static void find (ShotInspection *self);

typedef struct {
  ShotInspection *owner;   /* (borrowed) */
  RunOpening     *opening; /* (owned) */
} OpenCall;

static void
opened_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autofree OpenCall *call = user_data;
  ShotInspection      *self = call->owner;
  RunOpening          *opening = call->opening;
  GError              *error = NULL;

  if (shot_archive_worker_run_finish (self->options.archive, result, &error) == NULL) {
    shot_run_opening_free (opening);
    fail (self, error);
    return;
  }
  self->run = g_steal_pointer (&opening->run);
  self->lock_fd = opening->lock_fd;
  opening->lock_fd = -1;
  if (self->kind == OPEN_CAPTURE)
    self->visits = shot_run_match_group (opening->cells);
  else if (self->kind != OPEN_NEW)
    self->pending = g_steal_pointer (&opening->cells);
  shot_run_opening_free (opening);
  if (self->pending != NULL)
    find (self);
  else
    begin_capturing (self);
}

/* Takes @opening. */
static void
open_run (ShotInspection *self, RunOpening *opening)
{
  OpenCall *call = g_new0 (OpenCall, 1);

  call->owner = self;
  call->opening = opening;
  opening->kind = self->kind;
  opening->lock_fd = -1;
  opening->plan = g_strdup (self->plan->name);
  set_state (self, RUN_OPENING);
  shot_archive_worker_run_async (self->options.archive, shot_run_open_work, opening, NULL, NULL,
                                 opened_cb, call);
}

static void
set_text (char **text, const char *to)
{
  g_free (*text);
  *text = g_strdup (to != NULL ? to : "");
}

static ShotRun *
make_run (const ShotInspection *self)
{
  const ShotPlan  *plan = self->plan;
  ShotRun         *run = shot_run_new ();
  g_autofree char *reviewers = g_strjoinv (", ", plan->reviewers);

  set_text (&run->plan, plan->name);
  set_text (&run->title, plan->title);
  set_text (&run->plan_text, plan->text);
  set_text (&run->grafana, plan->grafana);
  set_text (&run->trigger, self->trigger);
  set_text (&run->started_by, self->started_by);
  set_text (&run->reviewers, reviewers);
  set_text (&run->timezone, plan->look.timezone);
  set_text (&run->version, SHOT_VERSION);
  run->now_ms = self->now_ms;
  run->started_ms = g_get_real_time () / 1000;
  run->due_ms = shot_plan_get_due (plan, run->started_ms);
  run->retention_ms = plan->retention_ms;
  return run;
}

static void
open_new (ShotInspection *self)
{
  RunOpening *opening = g_new0 (RunOpening, 1);

  opening->run = make_run (self);
  opening->cells = g_ptr_array_new ();
  for (unsigned i = 0; i < self->visits->len; i++) {
    const ShotVisit *visit = self->visits->pdata[i];
    for (unsigned j = 0; j < visit->cells->len; j++)
      g_ptr_array_add (opening->cells, visit->cells->pdata[j]);
  }
  g_ptr_array_sort (opening->cells, shot_run_match_compare_positions);
  open_run (self, opening);
}

/* ---- FINDING */

static void
found_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotInspection *self = user_data;
  GError         *error = NULL;
  GPtrArray      *visits = shot_finder_run_finish (self->finder, result, &error);

  if (self->pending != NULL) {
    /* What the plan or Grafana do not say any more, the cells themselves do. */
    if (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_CANCELLED)) {
      fail (self, error);
      return;
    }
    if (error != NULL)
      g_info ("going on by what the archive knows alone: %s", error->message);
    g_clear_error (&error);
    self->visits = shot_run_match_join (visits, self->pending);
    g_clear_pointer (&self->pending, g_ptr_array_unref);
    begin_capturing (self);
  } else if (visits == NULL) {
    fail (self, error);
  } else if (self->is_check) {
    finish (self, visits, (GDestroyNotify) g_ptr_array_unref, NULL);
  } else {
    self->visits = visits;
    open_new (self);
  }
}

static void
find (ShotInspection *self)
{
  bool                    is_new = self->pending == NULL;
  const ShotFinderOptions options = {
    .plan = self->plan,
    .grafana = self->grafana,
    .renderers = self->options.renderers,
    .token = self->token,
    .ca_pem = self->ca_pem,
    .now_ms = is_new ? self->now_ms : self->run->now_ms,
    .only = is_new ? (const char *const *) self->only : NULL,
  };

  self->finder = shot_finder_new (&options);
  set_state (self, RUN_FINDING);
  shot_run_tell (self);
  shot_finder_run_async (self->finder, self->cancellable, found_cb, self);
}

/* ---- The beginning */

static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  shot_run_changed (user_data);
}

static void
advance (ShotInspection *self)
{
  switch (self->state) {
  case RUN_CAPTURING:
    capture (self);
    break;
  case RUN_NEW:
  case RUN_FINDING:
  case RUN_OPENING:
  case RUN_CLOSING:
  case RUN_DONE:
  default:
    break;
  }
}

static gboolean
read_files (ShotInspection *self, GError **error)
{
  const ShotPlan *plan = self->plan;

  if (plan->token_file != NULL) {
    self->token = shot_secret_read_file (plan->token_file, error);
    if (self->token == NULL)
      return FALSE;
  }
  if (plan->ca_file == NULL || g_file_get_contents (plan->ca_file, &self->ca_pem, NULL, error))
    return TRUE;
  if (error != NULL && *error != NULL) {
    g_autofree char *why = g_strdup ((*error)->message);
    g_clear_error (error);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cannot read the plan's ca-file: %s", why);
  }
  return FALSE;
}

/* FALSE when the task has failed. */
static gboolean
start (ShotInspection *self, OpenKind kind, GCancellable *cancellable, GAsyncReadyCallback callback,
       void *user_data)
{
  GError *error = NULL;

  g_return_val_if_fail (self->task == NULL && self->state == RUN_NEW, FALSE);
  self->task = g_task_new (NULL, NULL, callback, user_data);
  self->kind = kind;
  self->started_ms = shot_clock_now_ms ();
  self->now_ms = self->options.now_ms > 0 ? self->options.now_ms : g_get_real_time () / 1000;
  if (!shot_run_match_check_only ((const char *const *) self->only, &error) ||
      !read_files (self, &error)) {
    fail (self, error);
    return FALSE;
  }
  self->grafana = shot_grafana_new (self->plan->grafana, self->token, self->ca_pem,
                                    self->plan->org_id);
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  }
  return TRUE;
}

void
shot_inspection_check_async (ShotInspection *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, void *user_data)
{
  if (!start (self, OPEN_NEW, cancellable, callback, user_data))
    return;
  self->is_check = true;
  find (self);
}

GPtrArray *
shot_inspection_check_finish (ShotInspection *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
shot_inspection_run_async (ShotInspection *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *user_data)
{
  if (start (self, OPEN_NEW, cancellable, callback, user_data))
    find (self);
}

void
shot_inspection_resume_async (ShotInspection *self, int64_t run_id, bool retry_failed,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              void *user_data)
{
  if (!start (self, retry_failed ? OPEN_RETRY : OPEN_RESUME, cancellable, callback, user_data))
    return;
  RunOpening *opening = g_new0 (RunOpening, 1);
  opening->run_id = run_id;
  open_run (self, opening);
}

void
shot_inspection_capture_async (ShotInspection *self, int64_t cell_id, const char *label,
                               int64_t from_ms, int64_t to_ms, const char *user,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               void *user_data)
{
  if (!start (self, OPEN_CAPTURE, cancellable, callback, user_data))
    return;
  RunOpening *opening = g_new0 (RunOpening, 1);
  opening->cell_id = cell_id;
  opening->label = g_strdup (label);
  opening->from_ms = from_ms;
  opening->to_ms = to_ms;
  opening->user = g_strdup (user);
  open_run (self, opening);
}

ShotRun *
shot_inspection_finish (ShotInspection *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
