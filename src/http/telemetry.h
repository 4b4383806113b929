/* telemetry.h: what the service tells Prometheus
 *
 * Under the names, labels and buckets of the official renderer's generations 5 (no prefix) and 3
 * (grafana_image_renderer_*), wherever the thing exists here, so that dashboards and alerts go on
 * working; and under panelshot_* what is our own. The whole list is the table in telemetry-specs.c.
 *
 * One object, made by the composition root and handed to those who count. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "result.h"

G_BEGIN_DECLS

typedef struct _ShotTelemetry ShotTelemetry;

#define SHOT_TELEMETRY_MAX_ENGINES 16
#define SHOT_TELEMETRY_MAX_COUNTS 8

/* How many there are of one kind. */
typedef struct {
  const char *name; /* static (nullable): NULL for no such row */
  unsigned    count;
} ShotTelemetryCount;

/* How things are at the moment. */
typedef struct {
  unsigned         queued;
  unsigned         running;
  unsigned         slots; /* how many may run */
  unsigned         max_queued;
  const char      *webkit; /* (borrowed) (nullable): its version */
  GPid             engines[SHOT_TELEMETRY_MAX_ENGINES]; /* 0: none */
  unsigned         wait_seconds; /* for one more render */
  unsigned         engine_pages; /* that the engine was given */
  double           engine_age_seconds;
  int64_t          render_bytes; /* what one more render is reckoned to take; 0: not known */
  /* So far: engines that had to be replaced, engines that were told to go, renders tried again.
   * Now: queued ones by lane, slots by state. */
  ShotTelemetryCount ends[SHOT_TELEMETRY_MAX_COUNTS];
  ShotTelemetryCount changes[SHOT_TELEMETRY_MAX_COUNTS];
  ShotTelemetryCount retries[SHOT_TELEMETRY_MAX_COUNTS];
  ShotTelemetryCount lanes[SHOT_TELEMETRY_MAX_COUNTS];
  ShotTelemetryCount slot_states[SHOT_TELEMETRY_MAX_COUNTS];
} ShotTelemetryStatus;

/* Fills @out_status, which is all zero. */
typedef void (*ShotTelemetryStatusFunc) (ShotTelemetryStatus *out_status, void *user_data);

typedef enum {
  SHOT_TELEMETRY_AUTH_MISSING,
  SHOT_TELEMETRY_AUTH_INVALID,
  SHOT_TELEMETRY_AUTH_VALID,
} ShotTelemetryAuth;

typedef enum {
  SHOT_TELEMETRY_URL_MISSING,
  SHOT_TELEMETRY_URL_INVALID,
  SHOT_TELEMETRY_URL_PROTOCOL, /* neither http nor https */
  SHOT_TELEMETRY_URL_REFUSED,  /* not on the list of what may be rendered */
  SHOT_TELEMETRY_URL_VALID,
} ShotTelemetryUrl;

typedef enum {
  SHOT_TELEMETRY_ACCEPTED,
  SHOT_TELEMETRY_REJECTED_QUEUE,  /* it is full */
  SHOT_TELEMETRY_REJECTED_MEMORY, /* there is too little */
  SHOT_TELEMETRY_REJECTED_CLIENT, /* this client asks too often */
  SHOT_TELEMETRY_REJECTED_DRAIN,  /* we are shutting down */
} ShotTelemetryAdmission;

/* An answered HTTP request of any kind. */
typedef struct {
  const char *method;
  const char *path;     /* static (nullable): of the route, "/render"; NULL: there is none */
  const char *encoding; /* (nullable): "png"; NULL where nothing is encoded */
  const char *mode;     /* (nullable): "binding" when the page reports that it is ready, "legacy" */
  unsigned    status;
  bool        is_cancelled; /* the client left before the answer */
  int64_t     duration_us;
  uint64_t    size_bytes; /* of the body */
} ShotTelemetryRequest;

/* A render that was let in, from then to its end. */
typedef struct {
  const char       *encoding; /* "png", "jpeg", "webp", "pdf", "csv" */
  const char       *kind;     /* "viewport": as shot_picture_kind_get_name() writes it */
  const char       *mode;     /* as above */
  const ShotResult *result;   /* (nullable) */
  const GError     *error;    /* (nullable): NULL is success */
  int64_t           duration_us;
} ShotTelemetryRender;

/* (transfer full) */
ShotTelemetry *shot_telemetry_new  (ShotTelemetryStatusFunc status, void *user_data);
void           shot_telemetry_free (ShotTelemetry *self); /* accepts NULL */

void shot_telemetry_observe_request (ShotTelemetry *self, const ShotTelemetryRequest *request);

/* Each begin has its end. */
void shot_telemetry_begin_render (ShotTelemetry *self);
void shot_telemetry_end_render   (ShotTelemetry *self, const ShotTelemetryRender *render);

/* @token: which of the tokens it was, from 0; VALID only. */
void shot_telemetry_count_auth      (ShotTelemetry *self, ShotTelemetryAuth auth, unsigned token);
void shot_telemetry_count_url       (ShotTelemetry *self, ShotTelemetryUrl url);
void shot_telemetry_count_admission (ShotTelemetry *self, ShotTelemetryAdmission admission);

/* The text of GET /metrics, SHOT_METRICS_CONTENT_TYPE. Memory is looked at once a second at most,
 * whoever asks how often. (transfer full) */
char *shot_telemetry_write (ShotTelemetry *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotTelemetry, shot_telemetry_free)

G_END_DECLS
