/* slot.c: the slot's states
 *
 *   state      waits for                                     leaves by
 *   EMPTY      a visit                                       PREPARING
 *   PREPARING  an empty document and cleared data, the       BUSY
 *              rules in the web process, the cookie, the
 *              filter, the window on its output
 *   BUSY       shot_slot_end()                               CLEANING, RESIDENT, EMPTY
 *   CLEANING   an empty document and cleared data            WARM; EMPTY after ANSWER_LIMIT_MS
 *   WARM       a visit, or the end of its idle time          PREPARING, EMPTY
 *   RESIDENT   a visit, or the end of its idle time          PREPARING, EMPTY
 */
#include "config.h"

#include "slot.h"

#include <string.h>

#include "content.h"
#include "parking.h"
#include "session.h"
#include "shell.h"
#include "vitals.h"

/* How long an empty document, or new rules, may take: a web process that is busy with a script is of
 * no use. */
#define ANSWER_LIMIT_MS 2000

/* Visits to one process; what leaks in it leaks by the page. */
#define PROCESS_VISITS 500

#define EMPTY_DOCUMENT "about:blank"

typedef enum {
  STATE_EMPTY,
  STATE_PREPARING,
  STATE_BUSY,
  STATE_CLEANING,
  STATE_WARM,
  STATE_RESIDENT,
} State;

/* What a PREPARING slot has still to do, in this order. */
typedef enum {
  STEP_CLEAR, /* the session of a process that is no more */
  STEP_CLEAN,
  STEP_RULES,
  STEP_SIGN_IN,
  STEP_DONE,
} Step;

struct _ShotSlot {
  /* Given. */
  const ShotSlotOptions   *options;    /* (borrowed); NULL once freed */
  const ShotSlotEvents    *events;     /* (borrowed) */
  void                    *user_data;  /* (borrowed) */
  WebKitUserContentFilter *filter;     /* (owned) (nullable) */
  bool                     has_filter; /* or it is known that there is none */

  /* The process and its view. */
  State          state;
  ShotIdentity  *identity; /* (owned) (nullable): of the last visit, or of this one */
  ShotSession   *session;  /* (owned) (nullable) */
  ShotShell     *shell;    /* (owned) (nullable) */
  WebKitWebView *view;     /* (borrowed) (nullable): the shell's */
  ShotParking   *parking;  /* (owned) (nullable): while RESIDENT */
  ShotGeometry   geometry;
  unsigned       n_process_visits;
  unsigned       n_page_visits; /* of the resident page */
  int64_t        page_us;       /* when that was loaded */
  int64_t        used_us;
  bool           is_stuck;        /* the visit cannot begin */
  bool           has_bad_session; /* it could not be cleared */
  bool           is_worn;         /* the process holds too much: it ends with its visit */
  bool           is_cleaning;     /* CLEANING, or PREPARING in STEP_CLEAN */
  bool           is_clearing;     /* likewise, and the page is gone */
  char          *empty_document;  /* (owned) (nullable): its address */
  unsigned       n_cleaned;
  guint          timer;        /* the limit of cleaning, or the idle time */
  unsigned       process_turn; /* answers about an earlier process are stale */
  unsigned       visit_turn;   /* likewise of a visit */

  /* The visit. */
  const ShotJob *job; /* (borrowed) (nullable) */
  ShotPath       path;
  Step           step;
  bool           is_asking; /* the step's answer is awaited */
  ShotSlotReady  ready_cb;
  void          *ready_data; /* (borrowed) */

  grefcount references; /* one for the owner, one for each answer that is awaited */
};

/* What an asynchronous call of ours takes along. */
typedef struct {
  ShotSlot       *slot; /* (owned): a reference */
  const unsigned *counter;
  unsigned        turn;
} Asked;

static void advance (ShotSlot *self);
static void clean (ShotSlot *self);
static void prepare (ShotSlot *self);

static const char *
state_to_string (State state)
{
  switch (state) {
  case STATE_EMPTY:
    return "empty";
  case STATE_PREPARING:
    return "preparing";
  case STATE_BUSY:
    return "busy";
  case STATE_CLEANING:
    return "cleaning";
  case STATE_WARM:
    return "warm";
  case STATE_RESIDENT:
    return "resident";
  }
  g_assert_not_reached ();
}

static bool
may_follow (State from, State to)
{
  static const unsigned next[] = {
    [STATE_EMPTY] = 1u << STATE_PREPARING,
    [STATE_PREPARING] = 1u << STATE_BUSY | 1u << STATE_CLEANING | 1u << STATE_EMPTY,
    [STATE_BUSY] = 1u << STATE_CLEANING | 1u << STATE_RESIDENT | 1u << STATE_EMPTY |
                   1u << STATE_PREPARING,
    [STATE_CLEANING] = 1u << STATE_WARM | 1u << STATE_PREPARING | 1u << STATE_EMPTY,
    [STATE_WARM] = 1u << STATE_PREPARING | 1u << STATE_EMPTY,
    [STATE_RESIDENT] = 1u << STATE_PREPARING | 1u << STATE_CLEANING | 1u << STATE_EMPTY,
  };

  return (next[from] & 1u << to) != 0;
}

static void
set_state (ShotSlot *self, State state)
{
  if (state == self->state)
    return;
  g_assert (may_follow (self->state, state));
  g_debug ("slot %s > %s", state_to_string (self->state), state_to_string (state));
  self->state = state;
  self->events->changed (self->user_data);
}

static void
slot_unref (ShotSlot *self)
{
  if (g_ref_count_dec (&self->references))
    g_free (self);
}

static Asked *
asked_new (ShotSlot *self, const unsigned *counter)
{
  Asked *asked = g_new0 (Asked, 1);

  g_ref_count_inc (&self->references);
  asked->slot = self;
  asked->counter = counter;
  asked->turn = *counter;
  return asked;
}

/* NULL when nobody waits for the answer any more. */
static ShotSlot *
asked_end (Asked *asked)
{
  ShotSlot *self = asked->slot;
  bool      is_stale = self->options == NULL || asked->turn != *asked->counter;

  g_free (asked);
  slot_unref (self);
  return is_stale ? NULL : self;
}

/* --- the process and its view ------------------------------------------------------------ */

static void
drop_process (ShotSlot *self)
{
  self->process_turn++;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->parking, shot_parking_free);
  self->n_process_visits = 0;
  self->n_page_visits = 0;
  self->is_worn = false;
  self->is_cleaning = false;
  self->is_clearing = false;
  if (self->view == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  g_signal_handlers_disconnect_by_data (shot_session_get (self->session), self);
  self->view = NULL;
  g_clear_pointer (&self->shell, shot_shell_free);
}

static void
become_empty (ShotSlot *self)
{
  drop_process (self);
  set_state (self, STATE_EMPTY);
}

/* The process is of no use: another takes its place. */
static void
give_up_process (ShotSlot *self)
{
  if (self->state != STATE_PREPARING) {
    become_empty (self);
    return;
  }
  self->path = SHOT_PATH_COLD;
  prepare (self);
}

static void
web_process_terminated_cb (WebKitWebView *view, WebKitWebProcessTerminationReason reason,
                           ShotSlot *self)
{
  /* Of a visit it is that one's failure, and the slot is told to discard. */
  if (self->state == STATE_BUSY)
    return;
  g_debug ("slot: a web process that was %s has died", state_to_string (self->state));
  give_up_process (self);
}

/* A visit that wants a file takes it; between visits no page has anything to offer. */
static void
download_started_cb (WebKitNetworkSession *session, WebKitDownload *download, ShotSlot *self)
{
  if (self->state != STATE_BUSY)
    webkit_download_cancel (download);
}

/* A second process belongs to another site, and the first may be kept for a return, with the rules
 * that it had then. */
static void
started_cb (unsigned n_started, const char *namespace, void *data)
{
  ShotSlot *self = data;

  self->is_worn = self->is_worn || n_started > 1;
  self->events->started (namespace, self->user_data);
}

static void
placed_cb (void *data)
{
  advance (data);
}

static const ShotShellEvents shell_events = { started_cb, placed_cb };

/* --- idle time --------------------------------------------------------------------------- */

static gboolean
idle_over_cb (void *data)
{
  ShotSlot *self = data;

  self->timer = 0;
  become_empty (self);
  return G_SOURCE_REMOVE;
}

static void
start_idle_time (ShotSlot *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add ((guint) MIN (self->options->page_idle_ms, G_MAXINT), idle_over_cb,
                               self);
}

static void
noisy_cb (const char *reason, bool is_parked, void *data)
{
  ShotSlot *self = data;

  if (!is_parked)
    self->events->stubborn (self->identity->origin, self->user_data);
  g_debug ("slot: the resident page goes: %s", reason);
  set_state (self, STATE_CLEANING);
  clean (self);
}

static void
become_resident (ShotSlot *self)
{
  set_state (self, STATE_RESIDENT);
  self->parking = shot_parking_new (self->view, noisy_cb, self);
  start_idle_time (self);
}

static void
vitals_cb (const ShotVitals *vitals, void *data)
{
  ShotSlot *self = asked_end (data);
  int64_t   most = self != NULL ? self->options->page_memory_bytes : 0;

  if (vitals == NULL || self == NULL || most == 0 || vitals->memory_bytes <= most)
    return;
  g_debug ("slot: the web process holds %" G_GINT64_FORMAT " MiB and is replaced",
           vitals->memory_bytes >> 20);
  self->is_worn = true;
  if (self->state == STATE_WARM || self->state == STATE_RESIDENT)
    become_empty (self);
}

/* --- cleaning ---------------------------------------------------------------------------- */

static void
cleaned (ShotSlot *self)
{
  self->is_cleaning = false;
  self->is_clearing = false;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->state == STATE_PREPARING) {
    self->step = STEP_RULES;
    advance (self);
  } else if (self->is_worn) {
    become_empty (self);
  } else {
    set_state (self, STATE_WARM);
    start_idle_time (self);
  }
}

static void
cleared_cb (bool is_done, void *data)
{
  ShotSlot *self = asked_end (data);

  if (self == NULL)
    return;
  if (is_done) {
    cleaned (self);
    return;
  }
  self->has_bad_session = true;
  give_up_process (self);
}

static gboolean
limit_cb (void *data)
{
  ShotSlot *self = data;

  bool is_network = self->state == STATE_PREPARING &&
                    (self->step == STEP_CLEAR || self->step == STEP_SIGN_IN);

  self->timer = 0;
  g_debug ("slot: a process does not answer, and is ended or done without");
  if (is_network) {
    self->has_bad_session = true;
    self->is_stuck = true;
    self->events->network_hung (self->user_data);
    self->ready_cb (self->ready_data);
    return G_SOURCE_REMOVE;
  }
  self->has_bad_session = self->has_bad_session || self->is_clearing;
  give_up_process (self);
  return G_SOURCE_REMOVE;
}

/* For what the web process has to do. */
static void
start_limit (ShotSlot *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (ANSWER_LIMIT_MS, limit_cb, self);
}

/* Load events do not tell which load they are about, once another was asked for, so the document
 * itself is asked; its address is another one each time. */
static void
looked_cb (GObject *source, GAsyncResult *result, void *data)
{
  ShotSlot            *self = asked_end (data);
  g_autoptr (JSCValue) value = webkit_web_view_evaluate_javascript_finish (WEBKIT_WEB_VIEW (source),
                                                                           result, NULL);

  if (self == NULL || value == NULL || !self->is_cleaning || self->is_clearing)
    return;
  g_autofree char *address = jsc_value_to_string (value);
  if (g_strcmp0 (address, self->empty_document) != 0)
    return;
  self->is_clearing = true;
  shot_session_clear_async (self->session, cleared_cb, asked_new (self, &self->process_turn));
}

/* A script of the old page could write until its document is gone. */
static void
load_changed_cb (WebKitWebView *view, WebKitLoadEvent event, ShotSlot *self)
{
  if (self->is_cleaning && event == WEBKIT_LOAD_FINISHED)
    webkit_web_view_evaluate_javascript (view, "location.href", -1, NULL, NULL, NULL, looked_cb,
                                         asked_new (self, &self->process_turn));
}

static void
clean (ShotSlot *self)
{
  WebKitUserContentManager *manager = webkit_web_view_get_user_content_manager (self->view);

  g_clear_pointer (&self->parking, shot_parking_free);
  self->n_page_visits = 0;
  if (self->is_cleaning)
    return;
  self->is_cleaning = true;
  self->is_clearing = false;
  self->n_cleaned++;
  g_free (self->empty_document);
  self->empty_document = g_strdup_printf (EMPTY_DOCUMENT "?%u", self->n_cleaned);
  start_limit (self);
  webkit_user_content_manager_remove_all_scripts (manager);
  webkit_web_view_load_uri (self->view, self->empty_document);
}

/* --- preparing --------------------------------------------------------------------------- */

static void
make_shell (ShotSlot *self)
{
  self->shell = shot_shell_new (self->options->extension_dir, shot_session_get (self->session),
                                self->filter, self->job, self->geometry.output_scale, &shell_events,
                                self);
  self->view = shot_shell_get_view (self->shell);
  g_signal_connect (self->view, "load-changed", G_CALLBACK (load_changed_cb), self);
  g_signal_connect (shot_session_get (self->session), "download-started",
                    G_CALLBACK (download_started_cb), self);
  g_signal_connect (self->view, "web-process-terminated", G_CALLBACK (web_process_terminated_cb),
                    self);
}

/* What a page gets that is loaded in this visit. */
static void
dress (ShotSlot *self)
{
  shot_content_set_settings (webkit_web_view_get_settings (self->view), self->job);
  shot_content_set_scripts (webkit_web_view_get_user_content_manager (self->view), self->job,
                            &self->geometry);
}

static void
ruled_cb (bool is_done, void *data)
{
  ShotSlot *self = asked_end (data);

  if (self == NULL || self->state != STATE_PREPARING)
    return;
  self->is_asking = false;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (!is_done) {
    /* With the rules of another person in it, it must not be used. */
    give_up_process (self);
    return;
  }
  self->step = STEP_SIGN_IN;
  advance (self);
}

static void
send_rules (ShotSlot *self)
{
  Asked *asked = asked_new (self, &self->visit_turn);

  self->is_asking = shot_shell_set_rules_async (self->shell, self->job, ruled_cb, asked);
  if (self->is_asking) {
    start_limit (self);
    return;
  }
  asked_end (asked);
  self->step = STEP_SIGN_IN;
}

static void
signed_in_cb (bool is_done, void *data)
{
  ShotSlot *self = asked_end (data);

  if (self == NULL || self->state != STATE_PREPARING)
    return;
  self->is_asking = false;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->step = STEP_DONE;
  advance (self);
}

static void
session_cleared_cb (bool is_done, void *data)
{
  ShotSlot *self = asked_end (data);

  if (self == NULL || self->state != STATE_PREPARING)
    return;
  self->is_asking = false;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->has_bad_session = !is_done;
  if (is_done) {
    self->step = STEP_SIGN_IN;
    advance (self);
  } else {
    prepare (self); /* with another */
  }
}

static void
take_step (ShotSlot *self)
{
  switch (self->step) {
  case STEP_CLEAR:
    self->is_asking = true;
    start_limit (self);
    shot_session_clear_async (self->session, session_cleared_cb,
                              asked_new (self, &self->visit_turn));
    break;
  case STEP_CLEAN:
    break;
  case STEP_RULES:
    if (self->path != SHOT_PATH_RESIDENT)
      dress (self);
    send_rules (self);
    break;
  case STEP_SIGN_IN:
    self->is_asking = true;
    start_limit (self);
    shot_session_sign_in_async (self->session, self->job, signed_in_cb,
                                asked_new (self, &self->visit_turn));
    break;
  case STEP_DONE:
    if (!self->has_filter || !shot_shell_is_placed (self->shell))
      break;
    set_state (self, STATE_BUSY);
    self->ready_cb (self->ready_data);
    break;
  }
}

static void
advance (ShotSlot *self)
{
  Step before;

  do {
    before = self->step;
    if (self->state != STATE_PREPARING || self->is_asking)
      return;
    take_step (self);
  } while (self->step != before);
}

static void
prepare_cold (ShotSlot *self)
{
  drop_process (self);
  if (self->session != NULL &&
      (self->has_bad_session || !shot_session_fits (self->session, self->identity)))
    g_clear_pointer (&self->session, shot_session_free);
  self->has_bad_session = false;
  self->step = self->session != NULL ? STEP_CLEAR : STEP_SIGN_IN;
  if (self->session == NULL)
    self->session = shot_session_new (self->options->folder, self->job, self->identity);
  make_shell (self);
  dress (self);
}

static void
prepare (ShotSlot *self)
{
  set_state (self, STATE_PREPARING);
  self->visit_turn++;
  self->is_asking = false;
  shot_geometry_init (&self->geometry, self->job, self->job->width, self->job->height);
  if (self->path == SHOT_PATH_COLD) {
    prepare_cold (self);
  } else if (self->path == SHOT_PATH_RESIDENT) {
    g_clear_handle_id (&self->timer, g_source_remove);
    g_clear_pointer (&self->parking, shot_parking_free);
    self->step = STEP_RULES;
  } else {
    self->step = STEP_CLEAN;
    clean (self);
  }
  shot_slot_resize (self, self->job, self->job->width, self->job->height);
  advance (self);
}

/* --- for the visit ----------------------------------------------------------------------- */

void
shot_slot_begin (ShotSlot *self, const ShotJob *job, ShotIdentity *identity, ShotPath path,
                 ShotSlotReady ready_cb, void *user_data)
{
  /* A process that was never used by anybody has nothing to be cleaned of. */
  bool is_clean = self->state == STATE_WARM;

  self->is_stuck = false;
  shot_identity_free (self->identity);
  self->identity = identity;
  self->job = job;
  self->path = path;
  self->ready_cb = ready_cb;
  self->ready_data = user_data;
  if (path == SHOT_PATH_WARM && is_clean) {
    g_clear_handle_id (&self->timer, g_source_remove);
    set_state (self, STATE_PREPARING);
    self->visit_turn++;
    self->is_asking = false;
    shot_slot_resize (self, job, job->width, job->height);
    self->step = STEP_RULES;
    advance (self);
    return;
  }
  prepare (self);
}

void
shot_slot_begin_again (ShotSlot *self)
{
  self->path = SHOT_PATH_WARM;
  prepare (self);
}

bool
shot_slot_is_stuck (const ShotSlot *self)
{
  return self->is_stuck;
}

bool
shot_slot_is_ready (ShotSlot *self)
{
  return self->state == STATE_BUSY;
}

ShotPath
shot_slot_get_path (const ShotSlot *self)
{
  return self->path;
}

static bool
may_stay (const ShotSlot *self)
{
  const ShotSlotOptions *options = self->options;

  return self->identity->can_reside && !self->is_worn &&
         self->n_page_visits < options->page_visits &&
         g_get_monotonic_time () - self->page_us < options->page_age_ms * 1000;
}

void
shot_slot_end (ShotSlot *self, ShotSlotEnd end)
{
  bool was_led = self->path == SHOT_PATH_RESIDENT;

  self->visit_turn++;
  self->job = NULL;
  self->ready_cb = NULL;
  self->used_us = g_get_monotonic_time ();
  self->n_process_visits++;
  self->n_page_visits = was_led ? self->n_page_visits + 1 : 1;
  if (!was_led)
    self->page_us = self->used_us;
  if (end == SHOT_SLOT_DISCARD || self->is_worn || self->n_process_visits >= PROCESS_VISITS ||
      self->options->page_idle_ms == 0) {
    become_empty (self);
    return;
  }
  shot_vitals_ask (self->view, vitals_cb, asked_new (self, &self->process_turn));
  if (end == SHOT_SLOT_KEEP && self->state == STATE_BUSY && may_stay (self)) {
    become_resident (self);
    return;
  }
  set_state (self, STATE_CLEANING);
  clean (self);
}

void
shot_slot_describe (const ShotSlot *self, ShotCandidate *out_candidate)
{
  *out_candidate = (ShotCandidate){
    .is_busy = self->state == STATE_PREPARING || self->state == STATE_BUSY,
    .has_process = self->view != NULL,
    .is_resident = self->state == STATE_RESIDENT,
    .identity = self->identity,
    .used_us = self->used_us,
  };
}

WebKitWebView *
shot_slot_get_view (ShotSlot *self)
{
  return self->view;
}

void
shot_slot_resize (ShotSlot *self, const ShotJob *job, int width, int height)
{
  shot_geometry_init (&self->geometry, job, width, height);
  webkit_web_view_set_zoom_level (self->view, self->geometry.zoom_level);
  gtk_widget_set_size_request (GTK_WIDGET (self->view), self->geometry.view_width,
                               self->geometry.view_height);
}

const ShotGeometry *
shot_slot_get_geometry (ShotSlot *self)
{
  return &self->geometry;
}

gboolean
shot_slot_trust (ShotSlot *self, GTlsCertificate *certificate, const char *uri, const char *ca_pem)
{
  return shot_session_trust (self->session, certificate, uri, ca_pem);
}

void
shot_slot_set_filter (ShotSlot *self, WebKitUserContentFilter *filter)
{
  self->has_filter = true;
  self->filter = filter != NULL ? webkit_user_content_filter_ref (filter) : NULL;
  if (self->shell != NULL && filter != NULL)
    shot_shell_set_filter (self->shell, filter);
  advance (self);
}

ShotSlot *
shot_slot_new (const ShotSlotOptions *options, const ShotSlotEvents *events, void *user_data)
{
  ShotSlot *self = g_new0 (ShotSlot, 1);

  g_ref_count_init (&self->references);
  self->options = options;
  self->events = events;
  self->user_data = user_data;
  return self;
}

void
shot_slot_free (ShotSlot *self)
{
  if (self == NULL)
    return;
  drop_process (self);
  g_clear_pointer (&self->session, shot_session_free);
  g_clear_pointer (&self->identity, shot_identity_free);
  g_clear_pointer (&self->filter, webkit_user_content_filter_unref);
  g_clear_pointer (&self->empty_document, g_free);
  self->options = NULL;
  slot_unref (self);
}
