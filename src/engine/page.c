/* page.c: the visit's state machine
 *
 *   state       waits for                         leaves by
 *   NEW         shot_page_visit_async()           PLACING
 *   PLACING     the slot: clean, signed in        OPENING
 *   OPENING     the document's answer, or that a  LOADING, FAILED
 *               resident page has been led on
 *   LOADING     the load event                    SETTLING; INSPECTING when the page reports that it is done
 *   SETTLING    a READY verdict (ready.h)         INSPECTING
 *   INSPECTING  inspect.js                        CAPTURING; SETTLING at a new size; FAILED
 *   CAPTURING   WebKit's snapshot, print or file  ENCODING; SETTLING when the page moved meanwhile
 *   ENCODING    the encoder's thread              SETTLING for the next picture; DONE
 *
 * A page's file is taken when it is offered: OPENING and whatever follows leave to CAPTURING then.
 * A resident page that is doubtful goes back to PLACING, to be loaded: see page-resident.c.
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

void
shot_page_leave_view (ShotPage *self)
{
  if (self->watch == NULL)
    return;
  g_clear_handle_id (&self->stupor_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (shot_page_get_view (self), self);
  shot_watch_fill_fetched (self->watch, self->result);
  g_clear_pointer (&self->watch, shot_watch_free);
  g_clear_pointer (&self->download, shot_download_free);
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

typedef struct {
  ShotPage   *page;  /* (owned) */
  GTask      *task;  /* (owned) */
  GError     *error; /* (owned) (nullable) */
  ShotSlot   *slot;  /* (borrowed) (nullable) */
  ShotSlotEnd slot_end;
} End;

/* The slot first: whoever hears of the end may come with the next job at once. */
static gboolean
end_cb (void *data)
{
  g_autofree End      *end = data;
  g_autoptr (GTask)    task = end->task;
  g_autoptr (ShotPage) page = end->page;

  if (end->slot != NULL)
    shot_browser_return_slot (page->browser, end->slot, end->slot_end);
  if (end->error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, end->error);
  return G_SOURCE_REMOVE;
}

/* What looks like the page's failure, or Grafana's, may be that of a network process that has died
 * and taken the sign-in with it. Takes and gives @error. */
static GError *
find_true_cause (ShotPage *self, GError *error)
{
  bool is_explained = error == NULL || self->watch == NULL || error->domain != SHOT_ERROR ||
                      error->code < SHOT_ERROR_UNREACHABLE || error->code >= SHOT_ERROR_ENGINE;

  if (is_explained || shot_browser_count_network_deaths (self->browser) == self->n_network_deaths)
    return error;
  self->cause = "network-process";
  g_error_free (error);
  return g_error_new_literal (SHOT_ERROR, SHOT_ERROR_ENGINE,
                              "WebKit's network process died during the visit: try again");
}

/* We may be inside one of the view's own signals, so the slot is given back, and the end told,
 * later. Takes @error; NULL is success. */
void
shot_page_finish (ShotPage *self, GError *error)
{
  if (shot_page_is_over (self)) {
    g_clear_error (&error);
    return;
  }
  error = find_true_cause (self, error);
  if (shot_page_is_doubt (self, error)) {
    shot_page_doubt (self, error->message);
    g_clear_error (&error);
    return;
  }
  shot_page_set_state (self, error != NULL ? SHOT_STATE_FAILED : SHOT_STATE_DONE);
  g_clear_handle_id (&self->deadline_source, g_source_remove);
  g_clear_handle_id (&self->hurry_source, g_source_remove);
  g_clear_handle_id (&self->lead_source, g_source_remove);
  if (error == NULL)
    shot_page_note_doubt (self);
  g_cancellable_cancel (self->inner);
  if (self->cancel_id != 0)
    g_cancellable_disconnect (g_task_get_cancellable (self->task), self->cancel_id);
  End *end = g_new0 (End, 1);
  end->slot_end = shot_page_choose_end (self, error);
  shot_page_leave_view (self);
  if (self->slot != NULL)
    self->result->path = shot_slot_get_path (self->slot);
  if (error != NULL)
    add_redirects (self, error);
  end->page = g_object_ref (self);
  end->task = g_steal_pointer (&self->task);
  end->error = error;
  end->slot = g_steal_pointer (&self->slot);
  g_idle_add_full (G_PRIORITY_HIGH, end_cb, end, NULL);
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
  if (self->watch == NULL)
    return false;

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
  shot_page_connect_view (self);
  shot_page_watch_files (self);
  /* Signed in: what the network process knows of it is lost with that process. */
  self->n_network_deaths = shot_browser_count_network_deaths (self->browser);
  if (!shot_page_may_open (self, self->job->uri))
    return;
  if (shot_slot_get_path (self->slot) == SHOT_PATH_RESIDENT) {
    shot_page_lead (self);
    return;
  }
  shot_page_set_state (self, SHOT_STATE_OPENING);
  webkit_web_view_load_uri (shot_page_get_view (self), self->job->uri);
}

bool
shot_page_check_network (ShotPage *self)
{
  if (shot_browser_count_network_deaths (self->browser) == self->n_network_deaths)
    return true;
  self->cause = "network-process";
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
  /* What only time or a flag would let pass, a load may do better. */
  if (self->is_led && verdict.flags != 0) {
    shot_verdict_clear (&verdict);
    shot_page_doubt (self, "it does not come to rest");
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
    if (self->is_led)
      shot_page_prove (self);
    else
      shot_page_inspect (self);
  }
  shot_verdict_clear (&verdict);
}

void
shot_page_advance (ShotPage *self)
{
  switch (self->state) {
  case SHOT_STATE_PLACING:
    if (self->slot != NULL && self->watch == NULL && !self->must_begin_again &&
        shot_slot_is_ready (self->slot))
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

static void
slot_ready_cb (void *data)
{
  ShotPage *self = data;

  if (self->slot == NULL || !shot_slot_is_stuck (self->slot)) {
    shot_page_advance (self);
    return;
  }
  self->cause = "network-process";
  shot_page_fail (self, SHOT_ERROR_ENGINE, "WebKit's network process does not answer: try again");
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
  if (self->job->wait_expression != NULL &&
      !shot_expression_check (self->job->wait_expression, &error)) {
    shot_page_finish (self, error);
    return;
  }
  self->slot = shot_browser_take_slot (self->browser, self->job, slot_ready_cb, self);
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

const char *
shot_page_get_cause (ShotPage *self)
{
  return self->cause;
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
