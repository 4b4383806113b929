/* page.c: the visit's state machine
 *
 *   state       waits for                         leaves by
 *   NEW         shot_page_visit_async()           PLACING
 *   PLACING     the window on its output          OPENING
 *   OPENING     the document's answer             LOADING, FAILED
 *   LOADING     the load event                    SETTLING; INSPECTING when the page reports that it is done
 *   SETTLING    a READY verdict (ready.h)         INSPECTING
 *   INSPECTING  inspect.js                        CAPTURING; SETTLING at a new size; FAILED
 *   CAPTURING   WebKit's snapshot, print or file  ENCODING; SETTLING when the page moved meanwhile
 *   ENCODING    the encoder's thread              SETTLING for the next picture; DONE
 *
 * A page's file is taken when it is offered: OPENING and whatever follows leave to CAPTURING then.
 * One deadline for all of it. The end of the web process, and a cancel, fail any state.
 */
#include "config.h"

#include "page-private.h"

#include "clock.h"
#include "expression.h"

#define SILENCE_MS 1000

/* What best effort keeps of the time for the picture itself. */
#define RESERVE_PART 5 /* a fifth */
#define MIN_RESERVE_MS 500
#define MAX_RESERVE_MS 5000

static unsigned stage_changed_signal;
static unsigned pictures_signal;
static unsigned progressed_signal;

G_DEFINE_FINAL_TYPE (ShotPage, shot_page, G_TYPE_OBJECT)

bool
shot_page_is_over (ShotPage *self)
{
  return self->state == SHOT_STATE_DONE || self->state == SHOT_STATE_FAILED;
}

void
shot_page_set_state (ShotPage *self, ShotState state)
{
  int64_t now_us = g_get_monotonic_time ();

  g_assert (shot_state_may_follow (self->state, state));
  self->result->stage_us[shot_state_get_stage (self->state)] += now_us - self->state_us;
  g_debug ("id=%s %s after %.1f ms, now %s", self->job->id, shot_state_to_string (self->state),
           (double) (now_us - self->state_us) / 1000, shot_state_to_string (state));
  bool is_other_stage = shot_state_get_stage (self->state) != shot_state_get_stage (state);
  self->state = state;
  self->state_us = now_us;
  if (is_other_stage && !shot_page_is_over (self))
    g_signal_emit (self, stage_changed_signal, 0, (int) shot_state_get_stage (state));
}

void
shot_page_hand_over (ShotPage *self, ShotResult *part)
{
  g_signal_emit (self, pictures_signal, 0, part);
  shot_result_free (part);
}

void
shot_page_tell_progress (ShotPage *self, unsigned n_done, unsigned n_all)
{
  g_signal_emit (self, progressed_signal, 0, n_done, n_all);
}

WebKitWebView *
shot_page_get_view (ShotPage *self)
{
  return shot_slot_get_view (self->slot);
}

/* --- the end ----------------------------------------------------------------------------- */

static gboolean
free_slot_cb (void *data)
{
  shot_slot_free (data);
  return G_SOURCE_REMOVE;
}

/* We may be inside one of the view's own signals, so it is taken apart later. */
static void
release_slot (ShotPage *self)
{
  if (self->slot == NULL)
    return;

  g_signal_handlers_disconnect_by_data (shot_page_get_view (self), self);
  shot_watch_fill_fetched (self->watch, self->result);
  g_clear_pointer (&self->watch, shot_watch_free);
  g_clear_pointer (&self->download, shot_download_free);
  g_idle_add_full (G_PRIORITY_DEFAULT, free_slot_cb, g_steal_pointer (&self->slot), NULL);
}

static gboolean
nothing_cb (void *data)
{
  return G_SOURCE_REMOVE;
}

/* The redirect chain belongs to the message: a login page is usually explained by it. */
static void
add_redirects (ShotPage *self, GError *error)
{
  if (self->result->redirects->len < 2)
    return;
  g_autoptr (GString) text = g_string_new (error->message);
  g_string_append (text, " [");
  for (unsigned i = 0; i < self->result->redirects->len; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : " → ",
                            (char *) g_ptr_array_index (self->result->redirects, i));
  g_string_append_c (text, ']');
  g_free (error->message);
  error->message = g_string_free (g_steal_pointer (&text), FALSE);
}

/* Takes @error; NULL is success. */
void
shot_page_finish (ShotPage *self, GError *error)
{
  if (shot_page_is_over (self)) {
    g_clear_error (&error);
    return;
  }
  /* The caller may drop its last reference in the callback, while we are still on the stack. */
  g_idle_add_full (G_PRIORITY_DEFAULT, nothing_cb, g_object_ref (self), g_object_unref);
  shot_page_set_state (self, error != NULL ? SHOT_STATE_FAILED : SHOT_STATE_DONE);
  g_clear_handle_id (&self->deadline_source, g_source_remove);
  g_clear_handle_id (&self->hurry_source, g_source_remove);
  g_cancellable_cancel (self->inner);
  release_slot (self);

  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  if (self->cancel_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (task), self->cancel_id);
  if (error == NULL) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  add_redirects (self, error);
  g_task_return_error (task, error);
}

void
shot_page_fail (ShotPage *self, ShotError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shot_page_finish (self, g_error_new_literal (SHOT_ERROR, (int) code, message));
}

/* The page's agent speaks at least once a second until the page is quiet. */
static bool
has_gone_silent (ShotPage *self)
{
  bool is_due = self->state == SHOT_STATE_INSPECTING ||
                (self->state == SHOT_STATE_CAPTURING && !shot_page_wants_file (self)) ||
                (self->state == SHOT_STATE_SETTLING &&
                 shot_watch_get_facts (self->watch)->quiet_ms < self->job->quiet_ms);

  /* In a hurry there is less time, and an answer that is awaited. */
  int64_t silence_ms = self->is_hurried ? MIN_RESERVE_MS / 2 : SILENCE_MS;
  int64_t since_ms = MAX (shot_watch_get_heard_ms (self->watch), self->state_us / 1000);
  return is_due && shot_clock_now_ms () - since_ms >= silence_ms;
}

void
shot_page_time_out (ShotPage *self)
{
  const char *blocker = self->result->last_blocker;

  if (has_gone_silent (self))
    blocker = "a script of the page keeps it too busy to answer";
  shot_page_fail (self, SHOT_ERROR_TIMEOUT, "no %s within %.3g s, still %s%s%s",
                  shot_page_wants_file (self) ? "file" : "picture",
                  (double) self->job->timeout_ms / 1000, shot_state_to_string (self->state),
                  blocker != NULL ? ": " : "", blocker != NULL ? blocker : "");
}

static gboolean
deadline_cb (void *data)
{
  ShotPage *self = data;

  self->deadline_source = 0;
  shot_page_time_out (self);
  return G_SOURCE_REMOVE;
}

static gboolean
hurry_cb (void *data)
{
  ShotPage *self = data;

  self->hurry_source = 0;
  self->is_hurried = true;
  shot_page_advance (self);
  return G_SOURCE_REMOVE;
}

static void
start_clocks (ShotPage *self)
{
  int64_t timeout_ms = self->job->timeout_ms;
  int64_t reserve_ms = MIN (CLAMP (timeout_ms / RESERVE_PART, MIN_RESERVE_MS, MAX_RESERVE_MS),
                            timeout_ms / 2);

  self->deadline_source = g_timeout_add ((guint) timeout_ms, deadline_cb, self);
  if (self->job->is_best_effort)
    self->hurry_source = g_timeout_add ((guint) (timeout_ms - reserve_ms), hurry_cb, self);
}

/* Runs in whatever thread cancels, possibly inside a lock of GCancellable's: act later. */
static gboolean
cancelled_idle_cb (void *data)
{
  shot_page_fail (data, SHOT_ERROR_CANCELLED, "the render was cancelled");
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, void *data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, cancelled_idle_cb, g_object_ref (data), g_object_unref);
}

/* --- the machine ------------------------------------------------------------------------- */

void
shot_page_judge (ShotPage *self, ShotVerdict *verdict)
{
  shot_watch_judge (self->watch, shot_slot_get_geometry (self->slot), verdict);
  /* In a hurry, what held up the picture until then is what is missing in it. */
  if (verdict->blocker != NULL && (!self->is_hurried || self->result->last_blocker == NULL)) {
    g_free (self->result->last_blocker);
    self->result->last_blocker = g_strdup (verdict->blocker);
  }
}

/* A part of a table or of a printed document would pass for the whole. */
static bool
takes_best_effort (ShotPage *self)
{
  const ShotPictureWish *wish = g_ptr_array_index (self->job->pictures, self->picture_index);

  return self->job->is_best_effort && wish->kind <= SHOT_PICTURE_EACH_PANEL;
}

bool
shot_page_may_capture (ShotPage *self, const ShotVerdict *verdict)
{
  const ShotFacts *facts = shot_watch_get_facts (self->watch);

  if (verdict->kind == SHOT_VERDICT_READY)
    return true;
  if (!self->is_hurried || !takes_best_effort (self) || verdict->kind == SHOT_VERDICT_FAILED ||
      !shot_geometry_fits (shot_slot_get_geometry (self->slot), facts->width, facts->height))
    return false;
  self->verdict_flags |= SHOT_FLAG_INCOMPLETE;
  return true;
}

/* The limit of patience is over. */
static void
lose_patience (ShotPage *self, const ShotVerdict *verdict)
{
  if (takes_best_effort (self))
    self->is_hurried = true;
  else
    shot_page_fail (self, SHOT_ERROR_TIMEOUT, "not ready within %.3g s of loading: %s",
                    (double) self->job->patience.limit_ms / 1000, verdict->blocker);
}

static void
open_address (ShotPage *self)
{
  shot_page_set_state (self, SHOT_STATE_OPENING);
  webkit_web_view_load_uri (shot_page_get_view (self), self->job->uri);
}

bool
shot_page_check_network (ShotPage *self)
{
  if (shot_browser_count_network_deaths (self->browser) == self->n_network_deaths)
    return true;
  shot_page_fail (self, SHOT_ERROR_ENGINE,
                  "WebKit's network process died while the page needed it: try again");
  return false;
}

static void
settle (ShotPage *self)
{
  ShotVerdict verdict = { 0 };

  if (!shot_page_check_network (self))
    return;
  shot_page_judge (self, &verdict);
  self->verdict_flags = verdict.flags;
  if (verdict.kind == SHOT_VERDICT_LATE)
    lose_patience (self, &verdict);
  if (shot_page_is_over (self)) {
    shot_verdict_clear (&verdict);
    return;
  }
  if (shot_watch_get_facts (self->watch)->is_wait_for_wrong) {
    shot_page_fail (self, SHOT_ERROR_USAGE, "“%s” is not a CSS selector: check --wait-for",
                    self->job->wait_for);
  } else if (verdict.kind == SHOT_VERDICT_FAILED) {
    const char *reason = shot_watch_get_facts (self->watch)->error;
    shot_page_fail (self, SHOT_ERROR_SCRIPT,
                    "Grafana reports that it could not render the page%s%s",
                    *reason != '\0' ? ": " : "", reason);
  } else if (shot_page_may_capture (self, &verdict)) {
    self->result->is_reported = shot_watch_is_reported (self->watch);
    shot_page_set_state (self, SHOT_STATE_INSPECTING);
    shot_page_inspect (self);
  }
  shot_verdict_clear (&verdict);
}

void
shot_page_advance (ShotPage *self)
{
  switch (self->state) {
  case SHOT_STATE_PLACING:
    if (shot_slot_is_placed (self->slot))
      open_address (self);
    break;
  case SHOT_STATE_LOADING:
  case SHOT_STATE_SETTLING:
    settle (self);
    break;
  case SHOT_STATE_NEW:
  case SHOT_STATE_OPENING:
  case SHOT_STATE_INSPECTING:
  case SHOT_STATE_CAPTURING:
  case SHOT_STATE_ENCODING:
  case SHOT_STATE_DONE:
  case SHOT_STATE_FAILED:
    break;
  }
}

void
shot_page_visit_async (ShotPage *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       void *user_data)
{
  g_return_if_fail (self->state == SHOT_STATE_NEW);

  GError *error = NULL;
  self->task = g_task_new (self, cancellable, callback, user_data);
  self->state_us = g_get_monotonic_time ();
  start_clocks (self);
  shot_page_set_state (self, SHOT_STATE_PLACING);
  self->allow = shot_allow_parse (self->job->allow, &error);
  if (self->allow == NULL) {
    shot_page_finish (self, error);
    return;
  }
  self->slot = shot_browser_open_slot (self->browser, self->job);
  shot_page_connect_view (self);
  shot_page_watch_files (self);
  shot_slot_show (self->slot);
  if (self->job->wait_expression != NULL &&
      !shot_expression_check (self->job->wait_expression, &error)) {
    shot_page_finish (self, error);
    return;
  }
  if (cancellable != NULL)
    self->cancel_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  shot_page_advance (self);
}

gboolean
shot_page_visit_finish (ShotPage *self, GAsyncResult *result, ShotResult **out_result,
                        GError **error)
{
  *out_result = g_steal_pointer (&self->result);
  return g_task_propagate_boolean (G_TASK (result), error);
}

ShotPage *
shot_page_new (ShotBrowser *browser, ShotJob *job)
{
  ShotPage *self = g_object_new (SHOT_TYPE_PAGE, NULL);

  self->browser = browser;
  self->job = job;
  self->width = job->width;
  self->height = job->height;
  self->result = shot_result_new (job->id);
  return self;
}

static void
shot_page_finalize (GObject *object)
{
  ShotPage *self = SHOT_PAGE (object);

  g_assert (self->task == NULL && self->slot == NULL);
  shot_page_panels_free (self->panels);
  shot_inspection_clear (&self->inspection);
  shot_result_free (self->result);
  shot_allow_unref (self->allow);
  shot_job_free (self->job);
  g_object_unref (self->inner);
  G_OBJECT_CLASS (shot_page_parent_class)->finalize (object);
}

static void
shot_page_init (ShotPage *self)
{
  self->inner = g_cancellable_new ();
}

static void
shot_page_class_init (ShotPageClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shot_page_finalize;
  stage_changed_signal = g_signal_new ("stage-changed", SHOT_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  pictures_signal = g_signal_new ("pictures", SHOT_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  progressed_signal = g_signal_new ("progressed", SHOT_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
}
