/* pool.h: jobs in, pictures out
 *
 * Starts the engine, hands it jobs up to a number at the same time, keeps a queue of bounded
 * length beyond that, replaces an engine that died or hangs. Each job ends by its timeout, the
 * wait in the queue included, plus two seconds of grace for an engine that does not answer.
 * Main thread only; callbacks run in the default main context and must not free the pool.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "job.h"
#include "result.h"

G_BEGIN_DECLS

typedef struct _ShotPool ShotPool;

#define SHOT_POOL_DEFAULT_QUEUE 32

typedef struct {
  const char    *engine_path; /* NULL: shot_paths_get_engine() */
  unsigned       max_jobs;    /* at the same time; 0: as many as processors, at least 2 */
  unsigned       max_queue;
  GLogLevelFlags log_level;      /* the engine's */
} ShotPoolOptions;

/* Why an engine is no more, other than that it was told to go. */
typedef enum {
  SHOT_POOL_END_CRASHED, /* by itself, or killed from outside */
  SHOT_POOL_END_HUNG,    /* it did not answer, and was killed */
  SHOT_POOL_END_START,   /* it never became ready */
  SHOT_POOL_N_ENDS
} ShotPoolEnd;

typedef struct {
  const char *webkit;  /* NULL before an engine was ready; lives until the pool is called again */
  const char *sandbox; /* likewise */
  const char *last_line; /* what an engine wrote last to its stderr, "" for nothing */
  GPid        pid;       /* 0 while there is none */
  unsigned    running;
  unsigned    queued;
  unsigned    max_jobs;
  unsigned    max_queue;
  unsigned    ends[SHOT_POOL_N_ENDS]; /* since the pool was made */
} ShotPoolStatus;

/* Tells that a job has come to the next stage, or on the way there to another picture of a number
 * that is known by then; @n_all is 0 before. For people who wait. */
typedef void (*ShotPoolProgress) (const char *job_id, ShotStage stage, unsigned n_done,
                                  unsigned n_all, void *user_data);

const char *shot_pool_end_get_name (ShotPoolEnd end); /* "crashed" */

/* (transfer full) */
ShotPool *shot_pool_new (const ShotPoolOptions *options);

/* Kills the engine; jobs not yet finished fail with _CANCELLED. Accepts NULL. */
void shot_pool_free (ShotPool *self);

/* Starts the engine without waiting for the first job. */
void shot_pool_start (ShotPool *self);

void shot_pool_set_progress_func (ShotPool *self, ShotPoolProgress progress, void *user_data);
void shot_pool_get_status        (ShotPool *self, ShotPoolStatus *out_status);

/* Takes effect with the next job; what runs or waits stays. @max_jobs as in the options. */
void shot_pool_set_limits (ShotPool *self, unsigned max_jobs, unsigned max_queue);

/* Of engines that start from now on; the one that runs keeps its own. */
void shot_pool_set_log_level (ShotPool *self, GLogLevelFlags log_level);

/* False when the next job would fail with _BUSY. */
bool shot_pool_has_room (const ShotPool *self);

/* @job: (transfer full), and must have passed shot_job_check(). Besides the engine's errors:
 * _BUSY when the queue is full or the pool drains, _ENGINE when the engine died, _TIMEOUT,
 * _CANCELLED. */
void     shot_pool_render_async  (ShotPool *self, ShotJob *job, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, void *user_data);

/* The same for a job of our own, which takes no room from others: it is not counted. */
void     shot_pool_render_extra_async (ShotPool *self, ShotJob *job, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, void *user_data);

/* @out_result: (transfer full) (nullable): also set on failure when the engine told how far the
 * visit came. With success it has every picture that was wished for. */
gboolean shot_pool_render_finish (ShotPool *self, GAsyncResult *result, ShotResult **out_result,
                                  GError **error);

/* Takes no new job, finishes the others within @timeout_ms, ends the engine. Never fails. */
void shot_pool_drain_async  (ShotPool *self, unsigned timeout_ms, GAsyncReadyCallback callback,
                             void *user_data);
void shot_pool_drain_finish (ShotPool *self, GAsyncResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPool, shot_pool_free)

G_END_DECLS
