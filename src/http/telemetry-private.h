/* telemetry-private.h: the metrics there are
 *
 * Their table, indexed by name, is in telemetry-specs.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "metrics.h"

G_BEGIN_DECLS

typedef enum {
  /* The official renderer's, generation 5. */
  HTTP_REQUEST_DURATION,
  HTTP_RESPONSE_SIZE,
  HTTP_REQUESTS_IN_FLIGHT,
  HTTP_AUTH_ATTEMPTS,
  HTTP_TOKEN_USAGE,
  HTTP_TRUSTED_URL,
  HTTP_LIMITER_REQUESTS,
  HTTP_LIMITER_SLOTS,
  HTTP_RENDER_DURATION,
  HTTP_RENDER_CSV_DURATION,
  BROWSER_RENDER_DURATION,
  BROWSER_RENDER_CSV_DURATION,
  BROWSER_ACTION_DURATION,
  BROWSER_INSTANCES_ACTIVE,
  BROWSER_READINESS_MODE,
  /* What every Prometheus client tells of its process. */
  PROCESS_CPU_SECONDS,
  PROCESS_START_TIME,
  PROCESS_VIRTUAL_BYTES,
  PROCESS_RESIDENT_BYTES,
  PROCESS_OPEN_FDS,
  PROCESS_MAX_FDS,
  /* The official renderer's, generation 3. */
  V3_REQUEST_DURATION,
  V3_REQUESTS_IN_FLIGHT,
  V3_STEP_DURATION,
  V3_BROWSER_INFO,
  /* Ours. */
  BUILD_INFO,
  QUEUE_DEPTH,
  QUEUE_WAIT,
  SLOTS,
  SLOTS_BUSY,
  RENDERS,
  FLAGS,
  STAGE_DURATION,
  PICTURE_BYTES,
  FETCHES,
  FETCHED_BYTES,
  ENGINE_ENDS,
  CGROUP_LIMIT,
  CGROUP_CURRENT,
  CGROUP_AVAILABLE,
  PROCESSES,
  PROCESSES_PSS,
  N_METRICS
} ShotTelemetryMetric;

extern const ShotMetricSpec shot_telemetry_specs[N_METRICS];

G_END_DECLS
