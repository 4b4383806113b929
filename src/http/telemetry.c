#include "config.h"

#include "telemetry.h"

#include <math.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "error.h"
#include "proctree.h"
#include "telemetry-private.h"
#include "usage.h"

#define MEMORY_MS 1000

struct _ShotTelemetry {
  ShotMetrics            *metrics; /* (owned) */
  ShotTelemetryStatusFunc status;
  void                   *user_data; /* (borrowed) */
  char                   *webkit;    /* (owned) (nullable): the version told last */
  bool                    has_memory;
  int64_t                 memory_ms; /* when it was looked at */
};

/* What the official renderers call that which our stages do. They have no word for our queue; and
 * we none for most of their actions, which set up what we have ready before the job comes. */
static const struct {
  unsigned    stages; /* 1 << ShotStage */
  const char *action;
  const char *step;
} steps[] = {
  { 1 << SHOT_STAGE_OPENING | 1 << SHOT_STAGE_LOADING, "Navigate", "navigate" },
  { 1 << SHOT_STAGE_SETTLING, "waitForReady", "panelsRendered" },
  { 1 << SHOT_STAGE_CAPTURING | 1 << SHOT_STAGE_ENCODING, "printer.action", "screenshot" },
};

static double
to_seconds (int64_t us)
{
  return (double) us / G_USEC_PER_SEC;
}

ShotTelemetry *
shot_telemetry_new (ShotTelemetryStatusFunc status, void *user_data)
{
  ShotTelemetry *self = g_new0 (ShotTelemetry, 1);

  self->metrics = shot_metrics_new (shot_telemetry_specs, N_METRICS);
  self->status = status;
  self->user_data = user_data;
  shot_metrics_set (self->metrics, BUILD_INFO, 1, SHOT_LABELS (SHOT_VERSION));
  shot_metrics_set (self->metrics, HTTP_REQUESTS_IN_FLIGHT, 0, SHOT_NO_LABELS);
  shot_metrics_set (self->metrics, V3_REQUESTS_IN_FLIGHT, 0, SHOT_NO_LABELS);
  return self;
}

void
shot_telemetry_free (ShotTelemetry *self)
{
  if (self == NULL)
    return;
  shot_metrics_free (self->metrics);
  g_free (self->webkit);
  g_free (self);
}

void
shot_telemetry_observe_request (ShotTelemetry *self, const ShotTelemetryRequest *request)
{
  const double     seconds = to_seconds (request->duration_us);
  const char      *verb = g_strcmp0 (request->method, "HEAD") == 0 ? "GET" : request->method;
  g_autofree char *status = g_strdup_printf ("%u", request->status);
  /* As the official renderer names its routes. Wrong methods have no route. */
  g_autofree char   *path = request->path != NULL && request->status != 405
                                ? g_strconcat (verb, " ", request->path, NULL)
                                : NULL;
  const char *const *labels = SHOT_LABELS (request->method, path, status, request->encoding,
                                           request->mode);

  shot_metrics_observe (self->metrics, HTTP_REQUEST_DURATION, seconds, labels);
  shot_metrics_observe (self->metrics, HTTP_RESPONSE_SIZE, (double) request->size_bytes, labels);
  if (g_strcmp0 (request->path, "/render") == 0 || g_strcmp0 (request->path, "/render/csv") == 0)
    shot_metrics_observe (self->metrics, V3_REQUEST_DURATION, seconds,
                          SHOT_LABELS (request->is_cancelled ? "499" : status));
}

static void
change_in_flight (ShotTelemetry *self, int change)
{
  shot_metrics_add (self->metrics, HTTP_REQUESTS_IN_FLIGHT, change, SHOT_NO_LABELS);
  shot_metrics_add (self->metrics, V3_REQUESTS_IN_FLIGHT, change, SHOT_NO_LABELS);
}

void
shot_telemetry_begin_render (ShotTelemetry *self)
{
  change_in_flight (self, +1);
}

static void
observe_stages (ShotTelemetry *self, const ShotTelemetryRender *render)
{
  const int64_t *stage_us = render->result->stage_us;

  shot_metrics_observe (self->metrics, QUEUE_WAIT, to_seconds (stage_us[SHOT_STAGE_QUEUED]),
                        SHOT_NO_LABELS);
  for (int i = SHOT_STAGE_OPENING; i < SHOT_N_STAGES; i++) {
    if (stage_us[i] > 0)
      shot_metrics_observe (self->metrics, STAGE_DURATION, to_seconds (stage_us[i]),
                            SHOT_LABELS (shot_stage_get_name (i), render->kind));
  }
  for (size_t step = 0; step < G_N_ELEMENTS (steps); step++) {
    int64_t us = 0;
    for (int i = 0; i < SHOT_N_STAGES; i++)
      us += (steps[step].stages & 1u << i) != 0 ? stage_us[i] : 0;
    if (us == 0)
      continue;
    shot_metrics_observe (self->metrics, BROWSER_ACTION_DURATION, to_seconds (us),
                          SHOT_LABELS (steps[step].action));
    shot_metrics_observe (self->metrics, V3_STEP_DURATION, to_seconds (us),
                          SHOT_LABELS (steps[step].step));
  }
}

static void
observe_result (ShotTelemetry *self, const ShotTelemetryRender *render)
{
  const ShotResult *result = render->result;

  observe_stages (self, render);
  for (unsigned i = 0; i < SHOT_N_FLAGS; i++) {
    if ((result->flags & 1u << i) != 0)
      shot_metrics_add (self->metrics, FLAGS, 1, SHOT_LABELS (shot_flag_get_name (1u << i)));
  }
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    if (shot_picture_is_lost (picture))
      continue;
    shot_metrics_observe (self->metrics, PICTURE_BYTES, (double) picture->size_bytes,
                          SHOT_LABELS (shot_encoding_get_name (picture->encoding)));
  }
  for (int i = 0; i < SHOT_N_FETCHES; i++) {
    const char *const *labels = SHOT_LABELS (shot_fetch_get_name (i));
    if (result->n_fetched[i] == 0)
      continue;
    shot_metrics_add (self->metrics, FETCHES, result->n_fetched[i], labels);
    shot_metrics_add (self->metrics, FETCHED_BYTES, (double) result->fetched_bytes[i], labels);
  }
}

void
shot_telemetry_end_render (ShotTelemetry *self, const ShotTelemetryRender *render)
{
  const bool    is_csv = g_strcmp0 (render->encoding, "csv") == 0;
  const bool    is_ok = render->error == NULL;
  const char   *result = is_ok ? "success" : "error";
  const char   *outcome = is_ok ? "ok" : shot_error_get_name (shot_error_classify (render->error));
  const int64_t queued_us = render->result != NULL ? render->result->stage_us[SHOT_STAGE_QUEUED]
                                                   : 0;

  change_in_flight (self, -1);
  shot_metrics_add (self->metrics, RENDERS, 1, SHOT_LABELS (outcome, render->encoding));
  if (is_csv)
    shot_metrics_observe (self->metrics, HTTP_RENDER_CSV_DURATION, to_seconds (render->duration_us),
                          SHOT_LABELS (result));
  else
    shot_metrics_observe (self->metrics, HTTP_RENDER_DURATION, to_seconds (render->duration_us),
                          SHOT_LABELS (result, render->encoding, render->mode));
  if (is_ok)
    shot_metrics_observe (self->metrics,
                          is_csv ? BROWSER_RENDER_CSV_DURATION : BROWSER_RENDER_DURATION,
                          to_seconds (render->duration_us - queued_us), SHOT_NO_LABELS);
  if (render->mode != NULL)
    shot_metrics_add (self->metrics, BROWSER_READINESS_MODE, 1, SHOT_LABELS (render->mode));
  if (render->result != NULL)
    observe_result (self, render);
}

void
shot_telemetry_count_auth (ShotTelemetry *self, ShotTelemetryAuth auth, unsigned token)
{
  static const char *const results[] = {
    [SHOT_TELEMETRY_AUTH_MISSING] = "missing-header",
    [SHOT_TELEMETRY_AUTH_INVALID] = "invalid-token",
    [SHOT_TELEMETRY_AUTH_VALID] = "valid-token",
  };

  shot_metrics_add (self->metrics, HTTP_AUTH_ATTEMPTS, 1, SHOT_LABELS (results[auth]));
  if (auth != SHOT_TELEMETRY_AUTH_VALID)
    return;
  g_autofree char *index = g_strdup_printf ("%u", token);
  shot_metrics_add (self->metrics, HTTP_TOKEN_USAGE, 1, SHOT_LABELS (index));
}

void
shot_telemetry_count_url (ShotTelemetry *self, ShotTelemetryUrl url)
{
  static const char *const results[] = {
    [SHOT_TELEMETRY_URL_MISSING] = "missing-query",
    [SHOT_TELEMETRY_URL_INVALID] = "invalid-url",
    [SHOT_TELEMETRY_URL_PROTOCOL] = "invalid-protocol",
    [SHOT_TELEMETRY_URL_REFUSED] = "refused-url",
    [SHOT_TELEMETRY_URL_VALID] = "valid",
  };

  shot_metrics_add (self->metrics, HTTP_TRUSTED_URL, 1, SHOT_LABELS (results[url]));
}

void
shot_telemetry_count_admission (ShotTelemetry *self, ShotTelemetryAdmission admission)
{
  static const char *const reasons[] = {
    [SHOT_TELEMETRY_ACCEPTED] = "room",           [SHOT_TELEMETRY_REJECTED_QUEUE] = "queue-full",
    [SHOT_TELEMETRY_REJECTED_MEMORY] = "memory",  [SHOT_TELEMETRY_REJECTED_CLIENT] = "client-rate",
    [SHOT_TELEMETRY_REJECTED_DRAIN] = "draining",
  };

  shot_metrics_add (self->metrics, HTTP_LIMITER_REQUESTS, 1,
                    SHOT_LABELS (admission == SHOT_TELEMETRY_ACCEPTED ? "accepted" : "rejected",
                                 reasons[admission]));
}

static void
collect_counts (ShotTelemetry *self, ShotTelemetryMetric metric, const ShotTelemetryCount *counts)
{
  for (unsigned i = 0; i < SHOT_TELEMETRY_MAX_COUNTS && counts[i].name != NULL; i++)
    shot_metrics_set (self->metrics, metric, counts[i].count, SHOT_LABELS (counts[i].name));
}

static void
collect_engine (ShotTelemetry *self, const ShotTelemetryStatus *status, bool is_there)
{
  ShotMetrics *metrics = self->metrics;

  shot_metrics_set (metrics, ENGINE_PAGES, is_there ? status->engine_pages : NAN, SHOT_NO_LABELS);
  shot_metrics_set (metrics, ENGINE_AGE, is_there ? status->engine_age_seconds : NAN,
                    SHOT_NO_LABELS);
  shot_metrics_set (metrics, RENDER_COST,
                    status->render_bytes > 0 ? (double) status->render_bytes : NAN, SHOT_NO_LABELS);
  collect_counts (self, ENGINE_ENDS, status->ends);
  collect_counts (self, ENGINE_CHANGES, status->changes);
  collect_counts (self, RETRIES, status->retries);
  collect_counts (self, QUEUE_LANES, status->lanes);
  collect_counts (self, SLOT_STATES, status->slot_states);
}

/* The engines' number. */
static unsigned
collect_status (ShotTelemetry *self, ShotTelemetryStatus *status)
{
  ShotMetrics *metrics = self->metrics;
  unsigned     n_engines = 0;

  while (n_engines < SHOT_TELEMETRY_MAX_ENGINES && status->engines[n_engines] != 0)
    n_engines++;

  const unsigned room = status->slots + status->max_queued;
  const unsigned taken = status->running + status->queued;
  shot_metrics_set (metrics, QUEUE_DEPTH, status->queued, SHOT_NO_LABELS);
  shot_metrics_set (metrics, SLOTS, status->slots, SHOT_NO_LABELS);
  shot_metrics_set (metrics, SLOTS_BUSY, status->running, SHOT_NO_LABELS);
  shot_metrics_set (metrics, HTTP_LIMITER_SLOTS, room, SHOT_LABELS ("total"));
  shot_metrics_set (metrics, HTTP_LIMITER_SLOTS, room > taken ? room - taken : 0,
                    SHOT_LABELS ("free"));
  shot_metrics_set (metrics, BROWSER_INSTANCES_ACTIVE, n_engines, SHOT_NO_LABELS);
  shot_metrics_set (metrics, QUEUE_ESTIMATE, status->wait_seconds, SHOT_NO_LABELS);
  collect_engine (self, status, n_engines > 0);
  if (g_strcmp0 (status->webkit, self->webkit) != 0) {
    if (self->webkit != NULL)
      shot_metrics_set (metrics, V3_BROWSER_INFO, NAN, SHOT_LABELS (self->webkit));
    g_free (self->webkit);
    self->webkit = g_strdup (status->webkit);
    if (self->webkit != NULL)
      shot_metrics_set (metrics, V3_BROWSER_INFO, 1, SHOT_LABELS (self->webkit));
  }
  return n_engines;
}

static void
collect_processes (ShotTelemetry *self, const GPid *engines, unsigned n_engines)
{
  enum {
    FRONT,
    ENGINE,
    WEB,
    N_ROLES
  };
  static const char *const roles[N_ROLES] = { "front", "engine", NULL };
  g_autoptr (GArray)       tree = shot_proctree_read ("", getpid ());
  unsigned                 count[N_ROLES] = { 0 };
  int64_t                  bytes[N_ROLES] = { 0 };

  for (unsigned i = 0; i < tree->len; i++) {
    const ShotProcess *process = &g_array_index (tree, ShotProcess, i);
    int                role = i == 0 ? FRONT : WEB;
    for (unsigned engine = 0; engine < n_engines; engine++) {
      if (process->pid == engines[engine])
        role = ENGINE;
    }
    count[role]++;
    bytes[role] += process->pss_bytes;
  }
  for (int role = 0; role < N_ROLES; role++) {
    shot_metrics_set (self->metrics, PROCESSES, count[role], SHOT_LABELS (roles[role]));
    shot_metrics_set (self->metrics, PROCESSES_PSS, (double) bytes[role],
                      SHOT_LABELS (roles[role]));
  }
}

static void
collect_memory (ShotTelemetry *self)
{
  ShotMetrics *metrics = self->metrics;
  ShotCgroup   cgroup;
  ShotUsage    usage;

  shot_usage_read (&usage);
  shot_metrics_set (metrics, PROCESS_CPU_SECONDS, usage.cpu_seconds, SHOT_NO_LABELS);
  shot_metrics_set (metrics, PROCESS_START_TIME, usage.start_seconds, SHOT_NO_LABELS);
  shot_metrics_set (metrics, PROCESS_VIRTUAL_BYTES, (double) usage.virtual_bytes, SHOT_NO_LABELS);
  shot_metrics_set (metrics, PROCESS_RESIDENT_BYTES, (double) usage.resident_bytes, SHOT_NO_LABELS);
  shot_metrics_set (metrics, PROCESS_OPEN_FDS, (double) usage.open_fds, SHOT_NO_LABELS);
  shot_metrics_set (metrics, PROCESS_MAX_FDS, (double) usage.max_fds, SHOT_NO_LABELS);

  bool has_cgroup = shot_cgroup_read ("", &cgroup, NULL);
  shot_metrics_set (metrics, CGROUP_LIMIT, has_cgroup ? (double) cgroup.limit_bytes : NAN,
                    SHOT_NO_LABELS);
  shot_metrics_set (metrics, CGROUP_AVAILABLE, has_cgroup ? (double) cgroup.available_bytes : NAN,
                    SHOT_NO_LABELS);
  shot_metrics_set (metrics, CGROUP_CURRENT,
                    has_cgroup && cgroup.current_bytes >= 0 ? (double) cgroup.current_bytes : NAN,
                    SHOT_NO_LABELS);
}

char *
shot_telemetry_write (ShotTelemetry *self)
{
  const int64_t       now_ms = shot_clock_now_ms ();
  ShotTelemetryStatus status = { 0 };

  self->status (&status, self->user_data);
  unsigned n_engines = collect_status (self, &status);
  if (!self->has_memory || now_ms - self->memory_ms >= MEMORY_MS) {
    collect_memory (self);
    collect_processes (self, status.engines, n_engines);
    self->has_memory = true;
    self->memory_ms = now_ms;
  }
  return shot_metrics_write (self->metrics);
}
