/* page.c: the visit's state machine
 *
 *   state       waits for                         leaves by
 *   NEW         shot_page_visit_async()           PLACING
 *   PLACING     the window on its output          OPENING
 *   OPENING     the document's answer             LOADING, FAILED
 *   LOADING     the load event                    SETTLING; INSPECTING when the page reports that it is done
 *   SETTLING    a READY verdict (ready.h)         INSPECTING
 *   INSPECTING  inspect.js                        CAPTURING; SETTLING at a new size; FAILED
 *   CAPTURING   WebKit's snapshot                 ENCODING; SETTLING when the page moved meanwhile
 *   ENCODING    the encoder's thread              SETTLING for the next picture; DONE
 *
 * One deadline for all of it. The end of the web process, and a cancel, fail any state.
 */
#include "config.h"

#include "page.h"

#include <math.h>

#include "clock.h"
#include "error.h"
#include "facts.h"
#include "mask.h"
#include "snapshot.h"
#include "state.h"
#include "watch.h"

#define MAX_NAVIGATIONS 24
#define MAX_TOLD_REDIRECTS 24
#define MAX_TOLD_BYTES 1024
#define MAX_RESIZES 4
#define SILENCE_MS 1000

/* Cairo's image surfaces hold no more in one direction. */
#define MAX_DEVICE_SIDE 32767

struct _ShotPage {
  GObject parent_instance;

  /* Given. */
  ShotBrowser  *browser; /* (borrowed) */
  ShotJob      *job;     /* (owned) */
  GTask        *task;    /* (owned) (nullable): until the end is reached */
  GCancellable *inner;   /* (owned): ends snapshot, script and encoder with us */
  gulong        cancel_id;

  /* In progress. */
  ShotState  state;
  int64_t    state_us;
  ShotSlot  *slot;  /* (owned) (nullable) */
  ShotWatch *watch; /* (owned) (nullable): as long as the slot */
  guint      deadline_source;
  unsigned   picture_index; /* in job->pictures */
  unsigned   verdict_flags;
  unsigned   n_navigations;
  unsigned   n_resizes;
  int        height; /* of the view, CSS pixels */

  /* Learned. */
  ShotInspection inspection;
  ShotResult    *result; /* (owned) (nullable): until it is taken */
};

static unsigned stage_changed_signal;

G_DEFINE_FINAL_TYPE (ShotPage, shot_page, G_TYPE_OBJECT)

static void advance (ShotPage *self);
static void captured_cb (GObject *source, GAsyncResult *result, void *data);

static bool
is_over (ShotPage *self)
{
  return self->state == SHOT_STATE_DONE || self->state == SHOT_STATE_FAILED;
}

static void
set_state (ShotPage *self, ShotState state)
{
  int64_t now_us = g_get_monotonic_time ();

  g_assert (shot_state_may_follow (self->state, state));
  self->result->stage_us[shot_state_get_stage (self->state)] += now_us - self->state_us;
  g_debug ("id=%s %s after %.1f ms, now %s", self->job->id, shot_state_to_string (self->state),
           (double) (now_us - self->state_us) / 1000, shot_state_to_string (state));
  bool is_other_stage = shot_state_get_stage (self->state) != shot_state_get_stage (state);
  self->state = state;
  self->state_us = now_us;
  if (is_other_stage && !is_over (self))
    g_signal_emit (self, stage_changed_signal, 0, (int) shot_state_get_stage (state));
}

static const ShotPictureWish *
current_wish (ShotPage *self)
{
  return g_ptr_array_index (self->job->pictures, self->picture_index);
}

static WebKitWebView *
get_view (ShotPage *self)
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

  g_signal_handlers_disconnect_by_data (get_view (self), self);
  g_clear_pointer (&self->watch, shot_watch_free);
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
static void
finish (ShotPage *self, GError *error)
{
  if (is_over (self)) {
    g_clear_error (&error);
    return;
  }
  /* The caller may drop its last reference in the callback, while we are still on the stack. */
  g_idle_add_full (G_PRIORITY_DEFAULT, nothing_cb, g_object_ref (self), g_object_unref);
  set_state (self, error != NULL ? SHOT_STATE_FAILED : SHOT_STATE_DONE);
  g_clear_handle_id (&self->deadline_source, g_source_remove);
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

static void fail (ShotPage *self, ShotError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (ShotPage *self, ShotError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  finish (self, g_error_new_literal (SHOT_ERROR, (int) code, message));
}

/* The page's agent speaks at least once a second until the page is quiet. */
static bool
has_gone_silent (ShotPage *self)
{
  bool is_due = self->state == SHOT_STATE_INSPECTING || self->state == SHOT_STATE_CAPTURING ||
                (self->state == SHOT_STATE_SETTLING &&
                 shot_watch_get_facts (self->watch)->quiet_ms < self->job->quiet_ms);

  return is_due && shot_clock_now_ms () -
                           MAX (shot_watch_get_heard_ms (self->watch), self->state_us / 1000) >=
                       SILENCE_MS;
}

static gboolean
deadline_cb (void *data)
{
  ShotPage   *self = data;
  const char *blocker = self->result->last_blocker;

  self->deadline_source = 0;
  if (has_gone_silent (self))
    blocker = "a script of the page keeps it too busy to answer";
  fail (self, SHOT_ERROR_TIMEOUT, "no picture within %.3g s, still %s%s%s",
        (double) self->job->timeout_ms / 1000, shot_state_to_string (self->state),
        blocker != NULL ? ": " : "", blocker != NULL ? blocker : "");
  return G_SOURCE_REMOVE;
}

/* Runs in whatever thread cancels, possibly inside a lock of GCancellable's: act later. */
static gboolean
cancelled_idle_cb (void *data)
{
  fail (data, SHOT_ERROR_CANCELLED, "the render was cancelled");
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, void *data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, cancelled_idle_cb, g_object_ref (data), g_object_unref);
}

/* --- signals of the view ----------------------------------------------------------------- */

static void
note_address (ShotPage *self, const char *uri)
{
  GPtrArray *redirects = self->result->redirects;

  if (uri == NULL || *uri == '\0')
    return;
  g_autofree char *whole = shot_mask_uri (uri);
  g_autofree char *masked = g_utf8_make_valid (whole, MIN (strlen (whole), MAX_TOLD_BYTES));
  /* The first and the last addresses explain a chain; the result must fit into one message. */
  if (redirects->len >= MAX_TOLD_REDIRECTS)
    g_ptr_array_remove_index (redirects, MAX_TOLD_REDIRECTS / 2);
  if (redirects->len == 0 ||
      !g_str_equal (g_ptr_array_index (redirects, redirects->len - 1), masked))
    g_ptr_array_add (redirects, g_strdup (masked));
  g_free (self->result->final_uri);
  self->result->final_uri = g_steal_pointer (&masked);
}

static void
document_started (ShotPage *self)
{
  self->n_navigations++;
  if (self->n_navigations > MAX_NAVIGATIONS) {
    fail (self, SHOT_ERROR_UNREACHABLE,
          "the page goes from address to address without end: check Grafana's root_url");
    return;
  }
  if (self->state == SHOT_STATE_OPENING)
    return;
  shot_watch_forget (self->watch);
  if (shot_state_may_follow (self->state, SHOT_STATE_OPENING))
    set_state (self, SHOT_STATE_OPENING);
}

static void
document_committed (ShotPage *self)
{
  WebKitWebResource *resource = webkit_web_view_get_main_resource (get_view (self));
  WebKitURIResponse *response = resource != NULL ? webkit_web_resource_get_response (resource)
                                                 : NULL;
  unsigned           status = response != NULL ? webkit_uri_response_get_status_code (response) : 0;
  GError            *error = NULL;

  /* WebKit shows about:blank instead of a port that browsers never open. */
  if (!g_str_has_prefix (webkit_web_view_get_uri (get_view (self)), "http")) {
    fail (self, SHOT_ERROR_UNREACHABLE, "cannot reach the address: browsers do not open its port");
    return;
  }
  if (status >= 400) {
    g_autofree char *masked = shot_mask_uri (webkit_web_view_get_uri (get_view (self)));
    fail (self, SHOT_ERROR_DOCUMENT, "the page was answered with status %u (%s)%s", status, masked,
          status == 401 || status == 403 ? ": check the token or render key" : "");
    return;
  }
  if (!shot_facts_check_address (self->job->uri, webkit_web_view_get_uri (get_view (self)),
                                 &error)) {
    finish (self, error);
    return;
  }
  if (self->state == SHOT_STATE_OPENING) {
    shot_watch_forget_facts (self->watch);
    set_state (self, SHOT_STATE_LOADING);
  }
}

static void
load_changed_cb (WebKitWebView *view, WebKitLoadEvent event, void *data)
{
  ShotPage *self = data;

  note_address (self, webkit_web_view_get_uri (view));
  switch (event) {
  case WEBKIT_LOAD_STARTED:
    document_started (self);
    break;
  case WEBKIT_LOAD_REDIRECTED:
    break;
  case WEBKIT_LOAD_COMMITTED:
    document_committed (self);
    break;
  case WEBKIT_LOAD_FINISHED:
    /* A load that was given up ends in OPENING, before there is a document. */
    if (self->state > SHOT_STATE_OPENING)
      shot_watch_set_loaded (self->watch);
    if (self->state == SHOT_STATE_LOADING)
      set_state (self, SHOT_STATE_SETTLING);
    break;
  }
  if (!is_over (self))
    advance (self);
}

/* Grafana's front end goes to /login by itself, without a new document. */
static void
uri_changed_cb (WebKitWebView *view, GParamSpec *property, void *data)
{
  ShotPage *self = data;
  GError   *error = NULL;

  note_address (self, webkit_web_view_get_uri (view));
  if (self->state > SHOT_STATE_OPENING &&
      !shot_facts_check_address (self->job->uri, webkit_web_view_get_uri (view), &error))
    finish (self, error);
}

static gboolean
load_failed_cb (WebKitWebView *view, WebKitLoadEvent event, const char *uri, GError *error,
                void *data)
{
  ShotPage *self = data;

  /* The page went elsewhere before this answer came; the new document has its own signals. */
  if (g_error_matches (error, WEBKIT_NETWORK_ERROR, WEBKIT_NETWORK_ERROR_CANCELLED))
    return TRUE;

  g_autofree char *masked = shot_mask_uri (uri);
  if (error->domain == WEBKIT_POLICY_ERROR)
    fail (self, SHOT_ERROR_DOCUMENT, "there is no document at %s: %s", masked, error->message);
  else
    fail (self, SHOT_ERROR_UNREACHABLE, "cannot reach %s: %s", masked, error->message);
  return TRUE;
}

static gboolean
load_failed_tls_cb (WebKitWebView *view, const char *uri, GTlsCertificate *certificate,
                    GTlsCertificateFlags flags, void *data)
{
  ShotPage        *self = data;
  g_autofree char *masked = shot_mask_uri (uri);

  if (shot_slot_trust (self->slot, certificate, uri, self->job->ca_pem)) {
    webkit_web_view_load_uri (view, self->job->uri);
    return TRUE;
  }
  fail (self, SHOT_ERROR_UNREACHABLE,
        "the certificate of %s is not trusted%s: give its authority as CA file, or allow insecure",
        masked,
        flags & G_TLS_CERTIFICATE_EXPIRED        ? " (it has expired)"
        : flags & G_TLS_CERTIFICATE_BAD_IDENTITY ? " (it is for another host)"
                                                 : "");
  return TRUE;
}

static gboolean
decide_policy_cb (WebKitWebView *view, WebKitPolicyDecision *decision,
                  WebKitPolicyDecisionType type, void *data)
{
  ShotPage *self = data;

  if (type == WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION) {
    webkit_policy_decision_ignore (decision);
    return TRUE;
  }
  if (type != WEBKIT_POLICY_DECISION_TYPE_RESPONSE)
    return FALSE;

  WebKitResponsePolicyDecision *response = WEBKIT_RESPONSE_POLICY_DECISION (decision);
  if (!webkit_response_policy_decision_is_main_frame_main_resource (response))
    return FALSE;
  WebKitURIResponse  *answer = webkit_response_policy_decision_get_response (response);
  const char         *attachment = NULL;
  SoupMessageHeaders *headers = webkit_uri_response_get_http_headers (answer);
  g_autofree char    *disposition = NULL;
  if (headers != NULL && soup_message_headers_get_content_disposition (headers, &disposition, NULL))
    attachment = g_ascii_strcasecmp (disposition, "attachment") == 0 ? disposition : NULL;
  if (attachment == NULL && webkit_response_policy_decision_is_mime_type_supported (response))
    return FALSE;

  webkit_policy_decision_ignore (decision);
  unsigned status = webkit_uri_response_get_status_code (answer);
  if (status >= 400)
    fail (self, SHOT_ERROR_DOCUMENT, "the page was answered with status %u", status);
  else
    fail (self, SHOT_ERROR_DOCUMENT, "the address offers a download (%s), not a page",
          webkit_uri_response_get_mime_type (answer));
  return TRUE;
}

static void
web_process_terminated_cb (WebKitWebView *view, WebKitWebProcessTerminationReason reason,
                           void *data)
{
  switch (reason) {
  case WEBKIT_WEB_PROCESS_EXCEEDED_MEMORY_LIMIT:
    fail (
        data, SHOT_ERROR_ENGINE,
        "the page needs more memory than one page may have: ask for fewer panels or a shorter range");
    break;
  case WEBKIT_WEB_PROCESS_CRASHED:
  case WEBKIT_WEB_PROCESS_TERMINATED_BY_API:
    fail (data, SHOT_ERROR_ENGINE, "the web process died while it showed the page: try again");
    break;
  }
}

static gboolean
authenticate_cb (WebKitWebView *view, WebKitAuthenticationRequest *request, void *data)
{
  ShotPage *self = data;

  webkit_authentication_request_cancel (request);
  if (webkit_authentication_request_is_for_proxy (request))
    fail (self, SHOT_ERROR_UNREACHABLE, "the proxy %s asks for a password",
          webkit_authentication_request_get_host (request));
  else if (self->state == SHOT_STATE_OPENING)
    fail (
        self, SHOT_ERROR_DOCUMENT,
        "the page was answered with status 401 and asks for a password (%s): give it a token or render key",
        webkit_authentication_request_get_host (request));
  return TRUE;
}

static void
placed_cb (ShotPage *self)
{
  advance (self);
}

/* --- judging ----------------------------------------------------------------------------- */

static void
watch_changed_cb (void *data)
{
  advance (data);
}

static void
watch_tls_cb (GTlsCertificate *certificate, const char *uri, void *data)
{
  ShotPage *self = data;

  if (!is_over (self) && shot_slot_trust (self->slot, certificate, uri, self->job->ca_pem))
    webkit_web_view_reload (get_view (self));
}

/* @verdict: shot_verdict_clear(). */
static void
judge (ShotPage *self, ShotVerdict *verdict)
{
  shot_watch_judge (self->watch, self->height, verdict);
  if (verdict->blocker != NULL) {
    g_free (self->result->last_blocker);
    self->result->last_blocker = g_strdup (verdict->blocker);
  }
}

/* --- inspecting -------------------------------------------------------------------------- */

/* TRUE when the view must become taller or shorter first. */
static bool
resize_to_content (ShotPage *self)
{
  int64_t device_width = shot_job_device_pixels (self->job->width, self->job->scale);
  int64_t most = MIN (self->job->max_pixels / device_width, MAX_DEVICE_SIDE);
  int     height = MAX (self->inspection.content_height, 1);

  self->result->flags &= ~(unsigned) SHOT_FLAG_TRUNCATED;
  if (shot_job_device_pixels (height, self->job->scale) > most) {
    height = MAX ((int) ((double) most / self->job->scale), 1);
    self->result->flags |= SHOT_FLAG_TRUNCATED;
  }
  if (height == self->height)
    return false;
  /* Content that grows with its view would never come to rest. */
  if (self->n_resizes >= MAX_RESIZES) {
    if (height > self->height)
      self->result->flags |= SHOT_FLAG_TRUNCATED;
    return false;
  }
  self->n_resizes++;
  self->height = height;
  shot_slot_resize (self->slot, self->job->width, height);
  return true;
}

/* Answers of the web process come in one stream with the page's own messages: what the page did
 * before it was inspected, or its picture taken, is known by now. */
static bool
has_moved (ShotPage *self)
{
  ShotVerdict verdict = { 0 };

  judge (self, &verdict);
  bool is_ready = verdict.kind == SHOT_VERDICT_READY;
  shot_verdict_clear (&verdict);
  return !is_ready;
}

static void
inspected_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (JSCValue) value = webkit_web_view_call_async_javascript_function_finish (
      WEBKIT_WEB_VIEW (source), result, &error);

  if (self->state != SHOT_STATE_INSPECTING)
    return;
  g_autofree char *text = value != NULL && jsc_value_is_string (value) ? jsc_value_to_string (value)
                                                                       : NULL;
  if (text == NULL || !shot_inspection_parse (&self->inspection, text)) {
    fail (self, SHOT_ERROR_SCRIPT, "the page cannot be examined: %s",
          error != NULL ? error->message : "it answers nonsense");
    return;
  }

  if (has_moved (self)) {
    set_state (self, SHOT_STATE_SETTLING);
    return;
  }

  GError   *wrong = NULL;
  ShotTrail trail = {
    .asked_uri = self->job->uri,
    .final_uri = webkit_web_view_get_uri (get_view (self)),
    .has_render_key = self->job->render_key != NULL,
  };
  shot_watch_fill_trail (self->watch, &trail);
  const ShotPictureWish *wish = current_wish (self);
  if (!shot_facts_check (shot_watch_get_facts (self->watch), &self->inspection, &trail, &wrong)) {
    finish (self, wrong);
  } else if (wish->kind == SHOT_PICTURE_ELEMENT && !self->inspection.has_element) {
    fail (self, SHOT_ERROR_NOT_FOUND, "the page has no element “%s”", wish->selector);
  } else {
    bool is_other_size = wish->kind == SHOT_PICTURE_FULL_PAGE && resize_to_content (self);
    set_state (self, is_other_size ? SHOT_STATE_SETTLING : SHOT_STATE_CAPTURING);
    if (is_other_size)
      advance (self);
    else
      shot_snapshot_take_async (get_view (self), self->inner, captured_cb, g_object_ref (self));
  }
}

static void
start_inspection (ShotPage *self)
{
  const ShotPictureWish *wish = current_wish (self);
  g_autoptr (GBytes)     script = g_resources_lookup_data ("/panelshot/page/inspect.js",
                                                           G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  GVariantDict           arguments;

  g_variant_dict_init (&arguments, NULL);
  g_variant_dict_insert (&arguments, "selector", "s", wish->selector != NULL ? wish->selector : "");
  webkit_web_view_call_async_javascript_function (get_view (self), g_bytes_get_data (script, NULL),
                                                  (gssize) g_bytes_get_size (script),
                                                  g_variant_dict_end (&arguments), NULL, NULL,
                                                  self->inner, inspected_cb, g_object_ref (self));
}

/* --- capturing --------------------------------------------------------------------------- */

static void
encoded_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  ShotPicture         *picture = shot_snapshot_encode_finish (result, &error);

  if (picture == NULL) {
    finish (self, error);
    return;
  }
  if (self->state != SHOT_STATE_ENCODING) {
    shot_picture_free (picture);
    return;
  }
  picture->kind = current_wish (self)->kind;
  g_ptr_array_add (self->result->pictures, picture);
  self->picture_index++;
  if (self->picture_index == self->job->pictures->len) {
    finish (self, NULL);
    return;
  }
  self->n_resizes = 0;
  if (self->height != self->job->height) {
    self->height = self->job->height;
    shot_slot_resize (self->slot, self->job->width, self->height);
  }
  set_state (self, SHOT_STATE_SETTLING);
  advance (self);
}

static cairo_surface_t *
cut_to_wish (ShotPage *self, cairo_surface_t *surface)
{
  const ShotInspection *box = &self->inspection;
  double                scale = self->job->scale;

  if (current_wish (self)->kind != SHOT_PICTURE_ELEMENT)
    return cairo_surface_reference (surface);
  return shot_snapshot_crop (surface, (int) floor (box->x * scale), (int) floor (box->y * scale),
                             shot_job_device_pixels (box->width, scale),
                             shot_job_device_pixels (box->height, scale));
}

static void
captured_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  cairo_surface_t     *surface = shot_snapshot_take_finish (result, &error);
  int                  width, height;

  if (self->state != SHOT_STATE_CAPTURING) {
    g_clear_pointer (&surface, cairo_surface_destroy);
    g_clear_error (&error);
    return;
  }
  if (surface == NULL) {
    finish (self, error);
    return;
  }
  shot_slot_get_device_size (self->slot, &width, &height);
  if (has_moved (self)) {
    set_state (self, SHOT_STATE_SETTLING);
  } else if (cairo_image_surface_get_width (surface) != width ||
             cairo_image_surface_get_height (surface) != height) {
    fail (self, SHOT_ERROR_ENGINE, "WebKit's picture measures %d×%d instead of %d×%d",
          cairo_image_surface_get_width (surface), cairo_image_surface_get_height (surface), width,
          height);
  } else {
    cairo_surface_t *cut = cut_to_wish (self, surface);
    self->result->flags |= self->verdict_flags | (*shot_watch_get_facts (self->watch)->error != '\0'
                                                      ? SHOT_FLAG_SCRIPT_ERROR
                                                      : 0);
    set_state (self, SHOT_STATE_ENCODING);
    shot_snapshot_encode_async (cut, self->inner, encoded_cb, g_object_ref (self));
    cairo_surface_destroy (cut);
  }
  cairo_surface_destroy (surface);
}

/* --- the machine ------------------------------------------------------------------------- */

static void
open_address (ShotPage *self)
{
  set_state (self, SHOT_STATE_OPENING);
  webkit_web_view_load_uri (get_view (self), self->job->uri);
}

static void
settle (ShotPage *self)
{
  ShotVerdict verdict = { 0 };

  judge (self, &verdict);
  if (shot_watch_get_facts (self->watch)->is_wait_for_wrong) {
    fail (self, SHOT_ERROR_USAGE, "“%s” is not a CSS selector: check --wait-for",
          self->job->wait_for);
  } else if (verdict.kind == SHOT_VERDICT_FAILED) {
    const char *reason = shot_watch_get_facts (self->watch)->error;
    fail (self, SHOT_ERROR_SCRIPT, "Grafana reports that it could not render the page%s%s",
          *reason != '\0' ? ": " : "", reason);
  } else if (verdict.kind == SHOT_VERDICT_READY) {
    self->verdict_flags = verdict.flags;
    set_state (self, SHOT_STATE_INSPECTING);
    start_inspection (self);
  }
  shot_verdict_clear (&verdict);
}

static void
advance (ShotPage *self)
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

static void
connect_view (ShotPage *self)
{
  WebKitWebView *view = get_view (self);

  self->watch = shot_watch_new (view, self->job, watch_changed_cb, watch_tls_cb, self);
  g_signal_connect (view, "load-changed", G_CALLBACK (load_changed_cb), self);
  g_signal_connect (view, "load-failed", G_CALLBACK (load_failed_cb), self);
  g_signal_connect (view, "load-failed-with-tls-errors", G_CALLBACK (load_failed_tls_cb), self);
  g_signal_connect (view, "notify::uri", G_CALLBACK (uri_changed_cb), self);
  g_signal_connect (view, "decide-policy", G_CALLBACK (decide_policy_cb), self);
  g_signal_connect (view, "web-process-terminated", G_CALLBACK (web_process_terminated_cb), self);
  g_signal_connect (view, "authenticate", G_CALLBACK (authenticate_cb), self);
  g_signal_connect_swapped (view, "notify::scale-factor", G_CALLBACK (placed_cb), self);
  g_signal_connect_data (view, "map", G_CALLBACK (placed_cb), self, NULL,
                         G_CONNECT_AFTER | G_CONNECT_SWAPPED);
}

void
shot_page_visit_async (ShotPage *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       void *user_data)
{
  g_return_if_fail (self->state == SHOT_STATE_NEW);

  self->task = g_task_new (self, cancellable, callback, user_data);
  self->state_us = g_get_monotonic_time ();
  self->deadline_source = g_timeout_add ((guint) self->job->timeout_ms, deadline_cb, self);
  set_state (self, SHOT_STATE_PLACING);
  self->slot = shot_browser_open_slot (self->browser, self->job);
  connect_view (self);
  shot_slot_show (self->slot);
  if (cancellable != NULL)
    self->cancel_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  advance (self);
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
  self->height = job->height;
  self->result = shot_result_new (job->id);
  return self;
}

static void
shot_page_finalize (GObject *object)
{
  ShotPage *self = SHOT_PAGE (object);

  g_assert (self->task == NULL && self->slot == NULL);
  shot_inspection_clear (&self->inspection);
  shot_result_free (self->result);
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
}
