/* pool.h: jobs in, pictures out
 *
 * Hands jobs to the engine (fleet.h) up to a number at the same time, and while there is memory for
 * one more; keeps a queue of bounded length beyond that, in which lanes and tenants take turns
 * (queue.h); tries a job again whose browser died (retry.h). Each job ends by its timeout, the
 * wait in the queue included, plus two seconds of grace for an engine that does not answer; one
 * that cannot make it any more ends before. Main thread only; callbacks run in the default main
 * context and must not free the pool.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "fleet.h"
#include "job.h"
#include "queue.h"
#include "result.h"

G_BEGIN_DECLS

typedef struct _ShotPool ShotPool;

#define SHOT_POOL_DEFAULT_QUEUE 32

typedef struct {
  const char        *engine_path; /* as in ShotFleetOptions, like the next three */
  const char *const *engine_arguments;
  GLogLevelFlags     log_level;
  ShotFleetRules     rules;
  ShotFleetTimes     times;
  unsigned           max_jobs; /* at the same time; 0: as many as processors, at least 2 */
  unsigned           max_queue;
  int64_t            min_render_bytes; /* least that one more render costs; 0: do not look */
  const char        *cgroup_root;      /* NULL: "", see cgroup.h */
} ShotPoolOptions;

/* Where a job stands among those who wait. */
typedef struct {
  ShotLane lane;
  uint64_t tenant;
} ShotPoolOrder;

typedef struct {
  ShotFleetStatus fleet;
  unsigned        running;
  unsigned        queued;
  unsigned        lanes[SHOT_N_LANES]; /* queued, apart */
  unsigned        max_jobs;
  unsigned        max_queue;
  unsigned        wait_seconds;           /* for one more job; 0: not known, or no wait */
  unsigned        retries[SHOT_N_CAUSES]; /* since the pool was made */
  bool            is_held_back;           /* for want of memory */
  int64_t         render_bytes;           /* what one more render costs */
} ShotPoolStatus;

/* Tells that a job has come to the next stage, or on the way there to another picture of a number
 * that is known by then; @n_all is 0 before. For people who wait. */
typedef void (*ShotPoolProgress) (const char *job_id, ShotStage stage, unsigned n_done,
                                  unsigned n_all, void *user_data);

/* (transfer full) */
ShotPool *shot_pool_new (const ShotPoolOptions *options);

/* Kills the engine; jobs not yet finished fail with _CANCELLED. Accepts NULL. */
void shot_pool_free (ShotPool *self);

/* Starts the engine without waiting for the first job. */
void shot_pool_start (ShotPool *self);

void shot_pool_set_progress_func (ShotPool *self, ShotPoolProgress progress, void *user_data);
void shot_pool_get_status        (ShotPool *self, ShotPoolStatus *out_status);

/* What a reload changes, as in the options. It takes effect with the next job; what runs or waits
 * stays. */
void shot_pool_set_limits (ShotPool *self, unsigned max_jobs, unsigned max_queue);
void shot_pool_set_min_render_bytes (ShotPool *self, int64_t min_render_bytes);
void shot_pool_set_rules  (ShotPool *self, const ShotFleetRules *rules);

/* An engine that runs with others is replaced, at no request's cost. */
void shot_pool_set_engine_arguments (ShotPool *self, const char *const *arguments);

/* Of engines that start from now on; the one that runs keeps its own. */
void shot_pool_set_log_level (ShotPool *self, GLogLevelFlags log_level);

/* False when the queue is full; a tenant may still have room, in the place of one that has more
 * waiting. */
bool shot_pool_has_room     (const ShotPool *self);
bool shot_pool_has_room_for (const ShotPool *self, uint64_t tenant);

/* For Retry-After: until what waits now has had its turn; 0 when nothing is known. */
unsigned shot_pool_estimate_wait_seconds (const ShotPool *self);

/* @job: (transfer full), and must have passed shot_job_check(). @order: (nullable): the batch of
 * tenant 0. Besides the engine's errors: _BUSY when the queue is full, the pool drains or the wait
 * would outlast the job, _ENGINE when the engine died too often, _SCRIPT when the page ends its web
 * process again and again, _TIMEOUT, _CANCELLED. */
void     shot_pool_render_async  (ShotPool *self, ShotJob *job, const ShotPoolOrder *order,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  void *user_data);

/* The same for a job of our own, which takes no room from others: it is not counted. It goes first:
 * later it would take the slot of a page that is kept. */
void     shot_pool_render_extra_async (ShotPool *self, ShotJob *job, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, void *user_data);

/* @out_result: (transfer full) (nullable): also set on failure when the engine told how far the
 * visit came, or it took several attempts. With success it has every picture that was wished
 * for. */
gboolean shot_pool_render_finish (ShotPool *self, GAsyncResult *result, ShotResult **out_result,
                                  GError **error);

/* Takes no new job, finishes the others within @timeout_ms, ends the engine. Never fails. */
void shot_pool_drain_async  (ShotPool *self, unsigned timeout_ms, GAsyncReadyCallback callback,
                             void *user_data);
void shot_pool_drain_finish (ShotPool *self, GAsyncResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPool, shot_pool_free)

G_END_DECLS
