/* run-visit.c: one visit of a run
 *
 *   state      waits for                         leaves by
 *   WAITING    its turn                          shot_run_visit_ask(), _give_up()
 *   ASKING     Grafana: the dashboard as it is   asked_cb; nothing left of it: STORING
 *   READY      a renderer                        shot_run_visit_render()
 *   RENDERING  the renderer                      rendered_cb; back to WAITING when it is tried again
 *   CHECKING   Grafana: was that Grafana's own?  asked_cb; down: WAITING
 *   STORING    the archive                       stored_cb
 */
#include "config.h"

#include <string.h>

#include "run-private.h"

#define MAX_TRIES 3

static const char *const state_names[] = { "waiting",  "asking",  "ready", "rendering",
                                           "checking", "storing", "done" };

RunVisit *
shot_run_visit_new (ShotInspection *owner, const ShotVisit *visit)
{
  RunVisit *self = g_new0 (RunVisit, 1);

  self->owner = owner;
  self->visit = visit;
  self->live = g_ptr_array_new ();
  for (unsigned i = 0; i < visit->cells->len; i++)
    g_ptr_array_add (self->live, visit->cells->pdata[i]);
  return self;
}

void
shot_run_visit_free (RunVisit *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->live);
  shot_dashboard_free (self->dashboard);
  shot_shots_free (self->shots);
  shot_batch_free (self->batch);
  g_clear_error (&self->login);
  g_free (self);
}

static bool
is_narrow (const RunVisit *self)
{
  return *self->visit->address == '\0';
}

static const ShotShot *
find_shot (const RunVisit *self, const ShotCell *cell)
{
  return shot_run_match_find (self->shots, cell, is_narrow (self));
}

static bool
is_asking (VisitState state)
{
  return state > VISIT_WAITING && state < VISIT_STORING;
}

static void
set_state (RunVisit *self, VisitState state)
{
  ShotInspection *owner = self->owner;

  g_debug ("visit %s, %u cells: %s > %s", self->visit->address, self->live->len,
           state_names[self->state], state_names[state]);
  owner->n_asking += is_asking (state);
  owner->n_asking -= is_asking (self->state);
  owner->n_rendering += state == VISIT_RENDERING;
  owner->n_rendering -= self->state == VISIT_RENDERING;
  self->state = state;
}

/* Its turn comes again, before others' or after them. */
static void
go_back (RunVisit *self, bool is_next)
{
  ShotInspection *owner = self->owner;

  set_state (self, VISIT_WAITING);
  g_clear_pointer (&self->shots, shot_shots_free);
  g_ptr_array_remove_fast (owner->open, self);
  if (is_next)
    g_queue_push_head (&owner->waiting, self);
  else
    g_queue_push_tail (&owner->waiting, self);
  shot_run_changed (owner);
}

/* ---- STORING */

static void
stored_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  RunVisit       *self = user_data;
  ShotInspection *owner = self->owner;
  GError         *error = NULL;

  if (!shot_batch_store_finish (self->batch, result, &error))
    shot_run_break (owner, error);
  set_state (self, VISIT_DONE);
  g_ptr_array_remove_fast (owner->open, self);
  shot_run_visit_free (self);
  shot_run_changed (owner);
}

static void
recorded (void *user_data)
{
  RunVisit               *self = user_data;
  ShotInspectionProgress *progress = &self->owner->progress;

  progress->n_visits_done++;
  for (unsigned i = 0; i < self->live->len; i++) {
    const ShotCell *cell = self->live->pdata[i];
    progress->n_captured += cell->state == SHOT_CELL_CAPTURED;
    progress->n_failed += cell->state == SHOT_CELL_FAILED;
  }
  shot_run_tell (self->owner);
}

static void
add_to_batch (RunVisit *self, ShotCell *cell)
{
  const ShotShot           *shot = NULL;
  const ShotDashboardPanel *panel = NULL;

  if (self->dashboard != NULL)
    panel = shot_run_match_find_panel (self->dashboard, cell);
  if (self->shots != NULL && cell->state == SHOT_CELL_CAPTURED)
    shot = find_shot (self, cell);
  shot_batch_add (self->batch, cell, shot != NULL ? shot->picture : NULL,
                  shot != NULL ? shot->data : NULL, panel != NULL ? panel->json : NULL);
}

static void
store (RunVisit *self)
{
  ShotInspection *owner = self->owner;

  self->batch = shot_batch_new (owner->run->now_ms);
  for (unsigned i = 0; i < self->live->len; i++)
    add_to_batch (self, self->live->pdata[i]);
  set_state (self, VISIT_STORING);
  shot_batch_store_async (self->batch, owner->options.archive, recorded, stored_cb, self);
  /* The archive has them now. */
  g_clear_pointer (&self->shots, shot_shots_free);
  shot_run_changed (owner);
}

/* Every cell of it that was not captured. */
static void
fail_cells (RunVisit *self, const GError *error)
{
  ShotError code = shot_error_classify (error);
  unsigned  flags = code == SHOT_ERROR_LOGIN       ? SHOT_CELL_FLAG_LOGIN
                    : code == SHOT_ERROR_NOT_FOUND ? SHOT_CELL_FLAG_GONE
                                                   : 0;

  for (unsigned i = 0; i < self->live->len; i++) {
    ShotCell *cell = self->live->pdata[i];
    if (cell->state != SHOT_CELL_PENDING)
      continue;
    shot_run_match_fail (cell, flags, error->message);
    self->owner->failures[code]++;
  }
  store (self);
}

void
shot_run_visit_give_up (RunVisit *self, const GError *error)
{
  g_assert (self->state == VISIT_WAITING);
  g_ptr_array_add (self->owner->open, self);
  fail_cells (self, error);
}

/* ---- ASKING and CHECKING */

/* Of the dashboard as it is now, against that of the run's start. */
static void
note_version (RunVisit *self)
{
  const ShotDashboard *dashboard = self->dashboard;
  int64_t              version = dashboard->version;

  for (unsigned i = 0; i < self->live->len; i++) {
    ShotCell *cell = self->live->pdata[i];
    if (cell->dashboard_version != 0 && version != 0 && cell->dashboard_version != version)
      cell->flags |= SHOT_CELL_FLAG_EDITED;
    cell->dashboard_version = version;
    g_free (cell->dashboard_title);
    cell->dashboard_title = g_strdup (dashboard->title);
  }
}

static void
fail_gone_panels (RunVisit *self)
{
  for (unsigned i = 0; i < self->live->len; i++) {
    ShotCell *cell = self->live->pdata[i];
    if (shot_run_match_find_panel (self->dashboard, cell) == NULL) {
      shot_run_match_fail (cell, SHOT_CELL_FLAG_GONE,
                           "the dashboard has no such panel any more: it was edited after the run "
                           "began");
      self->owner->failures[SHOT_ERROR_NOT_FOUND]++;
    }
  }
}

static bool
has_pending (const RunVisit *self)
{
  for (unsigned i = 0; i < self->live->len; i++) {
    if (((ShotCell *) self->live->pdata[i])->state == SHOT_CELL_PENDING)
      return true;
  }
  return false;
}

/* A picture that is of another visit than it should be is nothing to be sure of. */
static void
take_shots (RunVisit *self)
{
  for (unsigned i = 0; i < self->live->len; i++) {
    ShotCell *cell = self->live->pdata[i];
    if (cell->state != SHOT_CELL_PENDING)
      continue;
    const ShotShot *shot = find_shot (self, cell);
    shot_run_match_apply (cell, self->shots, shot);
    if (cell->state == SHOT_CELL_FAILED)
      self->owner->failures[shot == NULL ? SHOT_ERROR_NOT_FOUND : SHOT_ERROR_ENGINE]++;
  }
}

/* Whether a panel's error is about the way to Grafana, and not about its data source. */
static bool
is_network_error (const ShotShot *shot)
{
  static const char *const words[] = { "Failed to fetch", "NetworkError", "Load failed",
                                       "Bad Gateway",     "Gateway Time", "Service Unavailable" };

  if (g_strcmp0 (shot->status, "error") != 0 || shot->message == NULL)
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strstr (shot->message, words[i]) != NULL)
      return true;
  }
  return false;
}

/* What another visit may do better. */
static bool
is_worth_another (const ShotShot *shot)
{
  return shot != NULL && (shot->picture == NULL || is_network_error (shot));
}

/* Moves cells that are worth another try into a visit of their own. */
static void
split (RunVisit *self)
{
  ShotInspection *owner = self->owner;
  RunVisit       *rest = NULL;

  if (self->n_tries >= MAX_TRIES || owner->stop != NULL)
    return;
  for (unsigned i = 0; i < self->live->len;) {
    ShotCell *cell = self->live->pdata[i];
    if (cell->state != SHOT_CELL_PENDING || !is_worth_another (find_shot (self, cell))) {
      i++;
      continue;
    }
    if (rest == NULL) {
      rest = shot_run_visit_new (owner, self->visit);
      g_ptr_array_set_size (rest->live, 0);
      rest->n_tries = self->n_tries;
    }
    g_ptr_array_add (rest->live, cell);
    g_ptr_array_remove_index (self->live, i);
  }
  if (rest == NULL)
    return;
  owner->progress.n_visits++;
  g_queue_push_tail (&owner->waiting, rest);
}

static void
settle (RunVisit *self)
{
  note_version (self);
  split (self);
  take_shots (self);
  store (self);
}

/* What Grafana's own answer means for the visit. */
static void
handle_refusal (RunVisit *self, GError *error)
{
  ShotError code = shot_error_classify (error);

  /* That visit is as good as not made. */
  if (self->state == VISIT_CHECKING)
    self->n_tries--;
  g_clear_error (&self->login);
  switch (code) {
  case SHOT_ERROR_CANCELLED:
    go_back (self, true);
    g_error_free (error);
    break;
  case SHOT_ERROR_LOGIN:
    shot_run_stop (self->owner, error);
    go_back (self, true);
    break;
  case SHOT_ERROR_UNREACHABLE:
  case SHOT_ERROR_TIMEOUT:
  case SHOT_ERROR_DOCUMENT:
    shot_run_note_down (self->owner, error);
    go_back (self, true);
    break;
  default:
    if (code == SHOT_ERROR_NOT_FOUND)
      g_prefix_error (&error, "the dashboard was removed after the run began: ");
    shot_run_note_up (self->owner);
    fail_cells (self, error);
    g_error_free (error);
    break;
  }
}

static void
asked_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  RunVisit       *self = user_data;
  ShotInspection *owner = self->owner;
  GError         *error = NULL;
  ShotDashboard  *dashboard = shot_grafana_get_dashboard_finish (owner->grafana, result, &error);

  if (dashboard == NULL) {
    handle_refusal (self, error);
    return;
  }
  shot_run_note_up (owner);
  g_clear_pointer (&self->dashboard, shot_dashboard_free);
  self->dashboard = dashboard;
  if (self->login != NULL) {
    /* Grafana takes the token, the page did not have it. */
    shot_run_stop (owner, g_steal_pointer (&self->login));
    go_back (self, true);
    return;
  }
  if (self->state == VISIT_CHECKING) {
    settle (self);
    return;
  }
  fail_gone_panels (self);
  if (!has_pending (self)) {
    note_version (self);
    store (self);
    return;
  }
  set_state (self, VISIT_READY);
  shot_run_changed (owner);
}

static void
ask (RunVisit *self, VisitState state)
{
  const ShotCell *cell = self->live->pdata[0];

  set_state (self, state);
  shot_grafana_get_dashboard_async (self->owner->grafana, cell->dashboard_uid,
                                    self->owner->cancellable, asked_cb, self);
}

void
shot_run_visit_ask (RunVisit *self)
{
  g_assert (self->state == VISIT_WAITING);
  g_ptr_array_add (self->owner->open, self);
  ask (self, VISIT_ASKING);
}

/* ---- RENDERING */

static bool
is_worth_a_retry (ShotError code)
{
  return code != SHOT_ERROR_USAGE && code != SHOT_ERROR_REFUSED && code != SHOT_ERROR_NOT_FOUND;
}

static void
handle_failure (RunVisit *self, GError *error)
{
  ShotInspection *owner = self->owner;
  ShotError       code = shot_error_classify (error);

  if (code == SHOT_ERROR_CANCELLED) {
    go_back (self, true);
  } else if (code == SHOT_ERROR_LOGIN) {
    self->login = g_error_copy (error);
    ask (self, VISIT_CHECKING);
  } else if (code == SHOT_ERROR_UNAUTHORIZED) {
    shot_run_stop (owner, g_error_copy (error));
    go_back (self, true);
  } else if (is_worth_a_retry (code) && self->n_tries < MAX_TRIES && owner->stop == NULL) {
    g_info ("a visit failed and is tried again: %s", error->message);
    go_back (self, false);
  } else {
    shot_run_note_failure (owner, error);
    fail_cells (self, error);
  }
  g_error_free (error);
}

/* Grafana may have gone while the page was open, or the dashboard been saved. */
static bool
is_doubtful (const RunVisit *self)
{
  if (self->shots->dashboard_version != 0 &&
      self->shots->dashboard_version != self->dashboard->version)
    return true;
  for (unsigned i = 0; i < self->shots->shots->len; i++) {
    const ShotShot *shot = self->shots->shots->pdata[i];
    if (g_strcmp0 (shot->status, "error") == 0)
      return true;
  }
  return false;
}

static void
rendered_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  RunVisit       *self = user_data;
  ShotInspection *owner = self->owner;
  GError         *error = NULL;

  self->shots = shot_renderers_visit_finish (owner->options.renderers, result, &error);
  if (self->shots == NULL) {
    handle_failure (self, error);
    return;
  }
  shot_run_note_success (owner);
  if (is_doubtful (self))
    ask (self, VISIT_CHECKING);
  else
    settle (self);
}

/* The visit with the cells that are left of it. */
static void
render (RunVisit *self, GPtrArray *cells)
{
  ShotInspection  *owner = self->owner;
  const ShotVisit *whole = self->visit;
  ShotVisit        visit = *whole;
  g_autofree char *address = NULL;

  visit.dashboard = self->dashboard;
  visit.cells = cells;
  if (is_narrow (self)) {
    address = shot_run_match_make_address (owner->run->grafana, owner->plan->org_id,
                                           self->dashboard, cells->pdata[0]);
    visit.address = address;
  }
  shot_renderers_visit_async (owner->options.renderers, &visit, owner->token, owner->ca_pem,
                              owner->plan->timeout_ms, owner->cancellable, rendered_cb, self);
}

void
shot_run_visit_render (RunVisit *self)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();

  g_assert (self->state == VISIT_READY);
  self->n_tries++;
  for (unsigned i = 0; i < self->live->len; i++) {
    ShotCell *cell = self->live->pdata[i];
    if (cell->state != SHOT_CELL_PENDING)
      continue;
    cell->attempts++;
    g_ptr_array_add (cells, cell);
  }
  set_state (self, VISIT_RENDERING);
  render (self, cells);
}
