#include "config.h"

#include "health.h"

#include "error.h"
#include "probe.h"

#define WIDTH 200
#define HEIGHT 100
#define TIMEOUT_MS 30000
#define FIRST_PAUSE_SECONDS 1
#define MAX_PAUSE_SECONDS 60

typedef enum {
  STATE_UNKNOWN,
  STATE_GOOD,
  STATE_BAD,
} State;

struct _ShotHealth {
  ShotPool     *pool; /* (borrowed) */
  State         state;
  bool          has_self_render;
  bool          is_started;
  bool          is_draining;
  bool          is_orphan; /* freed while a self-render ran, whose callback frees the rest */
  int64_t       created_us;
  ShotProbe    *probe;       /* (owned) (nullable): while a self-render runs */
  GCancellable *cancellable; /* (owned) (nullable): likewise */
  int64_t       began_us;    /* the last self-render */
  int64_t       ended_us;    /* 0: none has ended */
  const char   *outcome;     /* static: of the last that ended */
  unsigned      pause_seconds;
  unsigned      timer;
};

static void advance (ShotHealth *self);

static const char *
state_to_string (State state)
{
  switch (state) {
  case STATE_UNKNOWN:
    return "unknown";
  case STATE_GOOD:
    return "good";
  case STATE_BAD:
    return "bad";
  }
  g_assert_not_reached ();
}

static void
disarm (ShotHealth *self)
{
  if (self->timer != 0)
    g_source_remove (self->timer);
  self->timer = 0;
}

static void
set_state (ShotHealth *self, State state)
{
  if (state != self->state)
    g_debug ("health %s > %s", state_to_string (self->state), state_to_string (state));
  self->state = state;
  if (state == STATE_GOOD) {
    self->pause_seconds = 0;
    disarm (self);
  }
}

static gboolean
pause_over_cb (void *user_data)
{
  ShotHealth *self = user_data;

  self->timer = 0;
  advance (self);
  return G_SOURCE_REMOVE;
}

static void
take_failure (ShotHealth *self, const GError *error)
{
  set_state (self, STATE_BAD);
  self->pause_seconds = CLAMP (self->pause_seconds * 2, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS);
  g_warning ("a page of our own could not be rendered: %s; the next try is in %u s", error->message,
             self->pause_seconds);
  self->timer = g_timeout_add_seconds (self->pause_seconds, pause_over_cb, self);
}

static void
self_rendered_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotHealth        *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->is_orphan) {
    g_free (self);
    return;
  }
  shot_pool_render_finish (self->pool, result, NULL, &error);
  g_clear_pointer (&self->probe, shot_probe_free);
  g_clear_object (&self->cancellable);
  /* Cancelled or without a place: nothing was learned. */
  if (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_CANCELLED) ||
      g_error_matches (error, SHOT_ERROR, SHOT_ERROR_BUSY))
    return;
  self->ended_us = g_get_monotonic_time ();
  self->outcome = error != NULL ? shot_error_get_name (shot_error_classify (error)) : "ok";
  if (error == NULL)
    set_state (self, STATE_GOOD);
  else
    take_failure (self, error);
}

static ShotJob *
make_job (const char *uri)
{
  ShotJob *job = shot_job_new (uri);

  job->width = WIDTH;
  job->height = HEIGHT;
  job->timeout_ms = TIMEOUT_MS;
  job->wait_for = g_strdup (SHOT_PROBE_WAIT_FOR);
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return job;
}

/* Starts a self-render if one is due. When others use the pool theirs will tell. */
static void
advance (ShotHealth *self)
{
  g_autoptr (GError) error = NULL;
  ShotPoolStatus     status;

  if (!self->is_started || self->is_draining || !self->has_self_render ||
      self->state == STATE_GOOD || self->probe != NULL || self->timer != 0)
    return;
  shot_pool_get_status (self->pool, &status);
  if (status.queued > 0 || status.running >= status.max_jobs)
    return;
  self->probe = shot_probe_new (&error);
  if (self->probe == NULL) {
    take_failure (self, error);
    return;
  }
  self->began_us = g_get_monotonic_time ();
  self->cancellable = g_cancellable_new ();
  shot_pool_render_extra_async (self->pool, make_job (shot_probe_get_uri (self->probe)),
                                self->cancellable, self_rendered_cb, self);
}

ShotHealth *
shot_health_new (ShotPool *pool, bool has_self_render)
{
  ShotHealth *self = g_new0 (ShotHealth, 1);

  self->pool = pool;
  self->has_self_render = has_self_render;
  self->created_us = g_get_monotonic_time ();
  return self;
}

void
shot_health_free (ShotHealth *self)
{
  if (self == NULL)
    return;
  disarm (self);
  if (self->probe == NULL) {
    g_free (self);
    return;
  }
  self->is_orphan = true;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->probe, shot_probe_free);
}

void
shot_health_start (ShotHealth *self)
{
  self->is_started = true;
  advance (self);
}

void
shot_health_drain (ShotHealth *self)
{
  self->is_draining = true;
  disarm (self);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

void
shot_health_note (ShotHealth *self, const GError *error)
{
  if (error == NULL) {
    set_state (self, STATE_GOOD);
    /* Ours has nothing to tell any more, and would take the place of a page that is kept. */
    if (self->cancellable != NULL)
      g_cancellable_cancel (self->cancellable);
  } else if (shot_error_classify (error) == SHOT_ERROR_ENGINE) {
    set_state (self, STATE_BAD);
  }
  advance (self);
}

bool
shot_health_is_ready (ShotHealth *self, const char **out_reason)
{
  const char *reason = NULL;

  if (self->is_draining)
    reason = "shutting down: what runs is finished, nothing new is taken";
  else if (!shot_pool_has_room (self->pool))
    reason = "the queue is full";
  else if (self->has_self_render && self->state == STATE_UNKNOWN)
    reason = "the first render has not ended yet";
  else if (self->has_self_render && self->state == STATE_BAD)
    reason = "the last render failed in the engine: see the log, run `panelshot doctor`";
  if (reason != NULL)
    *out_reason = reason;
  return reason == NULL;
}

static void
add_slots (JsonBuilder *builder, const ShotFleetStatus *status)
{
  const struct {
    const char *name;
    unsigned    count;
  } states[] = { { "cold", status->slots.cold },
                 { "warm", status->slots.warm },
                 { "resident", status->slots.resident },
                 { "busy", status->slots.busy } };

  if (!status->has_slots) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  for (size_t i = 0; i < G_N_ELEMENTS (states); i++) {
    json_builder_set_member_name (builder, states[i].name);
    json_builder_add_int_value (builder, states[i].count);
  }
  json_builder_end_object (builder);
}

static void
add_engine (JsonBuilder *builder, const ShotPoolStatus *status)
{
  const struct {
    const char *name;
    const char *text;
  } texts[] = { { "webkit", status->fleet.webkit }, { "sandbox", status->fleet.sandbox } };

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "pid");
  json_builder_add_int_value (builder, status->fleet.pid);
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    json_builder_set_member_name (builder, texts[i].name);
    json_builder_add_string_value (builder, texts[i].text); /* NULL becomes null */
  }
  json_builder_set_member_name (builder, "running");
  json_builder_add_int_value (builder, status->running);
  json_builder_set_member_name (builder, "max_jobs");
  json_builder_add_int_value (builder, status->max_jobs);
  json_builder_set_member_name (builder, "pages");
  json_builder_add_int_value (builder, status->fleet.pages);
  json_builder_set_member_name (builder, "age_seconds");
  json_builder_add_int_value (builder, status->fleet.age_ms / 1000);
  json_builder_set_member_name (builder, "slots");
  add_slots (builder, &status->fleet);
  json_builder_end_object (builder);
}

/* How often each has happened. */
static void
add_counts (JsonBuilder *builder, const char *name, const unsigned *counts, int n,
            const char *(*get_name) (int index))
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  for (int i = 0; i < n; i++) {
    json_builder_set_member_name (builder, get_name (i));
    json_builder_add_int_value (builder, counts[i]);
  }
  json_builder_end_object (builder);
}

static const char *
get_cause_name (int index)
{
  return shot_cause_get_name ((ShotCause) index);
}

static const char *
get_end_name (int index)
{
  return shot_pool_end_get_name ((ShotPoolEnd) index);
}

static const char *
get_change_name (int index)
{
  return shot_pool_change_get_name ((ShotPoolChange) index);
}

static void
add_queue (JsonBuilder *builder, const ShotPoolStatus *status)
{
  json_builder_set_member_name (builder, "queue");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "length");
  json_builder_add_int_value (builder, status->queued);
  json_builder_set_member_name (builder, "max");
  json_builder_add_int_value (builder, status->max_queue);
  for (int i = 0; i < SHOT_N_LANES; i++) {
    json_builder_set_member_name (builder, shot_lane_get_name (i));
    json_builder_add_int_value (builder, status->lanes[i]);
  }
  json_builder_set_member_name (builder, "wait_seconds");
  json_builder_add_int_value (builder, status->wait_seconds);
  json_builder_set_member_name (builder, "held_back_for_memory");
  json_builder_add_boolean_value (builder, status->is_held_back);
  json_builder_end_object (builder);
}

static void
add_self_render (const ShotHealth *self, JsonBuilder *builder)
{
  if (self->ended_us == 0) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "outcome");
  json_builder_add_string_value (builder, self->outcome);
  json_builder_set_member_name (builder, "duration_ms");
  json_builder_add_int_value (builder, (self->ended_us - self->began_us) / 1000);
  json_builder_set_member_name (builder, "seconds_ago");
  json_builder_add_int_value (builder, (g_get_monotonic_time () - self->ended_us) / G_USEC_PER_SEC);
  json_builder_end_object (builder);
}

static void
add_pool (const ShotHealth *self, JsonBuilder *builder)
{
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  json_builder_set_member_name (builder, "engines");
  json_builder_begin_array (builder);
  if (status.fleet.pid != 0)
    add_engine (builder, &status);
  json_builder_end_array (builder);
  add_queue (builder, &status);
  add_counts (builder, "retries", status.retries, SHOT_N_CAUSES, get_cause_name);
  add_counts (builder, "engines_lost", status.fleet.ends, SHOT_POOL_N_ENDS, get_end_name);
  add_counts (builder, "engines_replaced", status.fleet.changes, SHOT_POOL_N_CHANGES,
              get_change_name);
}

char *
shot_health_describe (ShotHealth *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const char             *reason = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "ready");
  json_builder_add_boolean_value (builder, shot_health_is_ready (self, &reason));
  json_builder_set_member_name (builder, "reason");
  json_builder_add_string_value (builder, reason);
  json_builder_set_member_name (builder, "version");
  json_builder_add_string_value (builder, SHOT_VERSION);
  json_builder_set_member_name (builder, "uptime_seconds");
  json_builder_add_int_value (builder,
                              (g_get_monotonic_time () - self->created_us) / G_USEC_PER_SEC);
  json_builder_set_member_name (builder, "draining");
  json_builder_add_boolean_value (builder, self->is_draining);
  json_builder_set_member_name (builder, "state");
  json_builder_add_string_value (builder, state_to_string (self->state));
  add_pool (self, builder);
  json_builder_set_member_name (builder, "self_render");
  add_self_render (self, builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}
