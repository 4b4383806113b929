/* pool-private.h: what the files of the pool share
 *
 * pool.c brings jobs and engines together; pool-job.c is the life of one job.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "cost.h"
#include "error.h"
#include "estimate.h"
#include "pool.h"

G_BEGIN_DECLS

/* A job's life:
 *
 *   state       waits for              deadline                  leaves by
 *   QUEUED      a place, an engine     the job's, or the last    dispatch(), cancel, drain
 *                                      moment that is of use
 *   RUNNING     done or failed         what was left, and 2 s    the engine's answer or end; to
 *                                                                QUEUED when it is tried again
 *   CANCELLING  failed                 2 s                       the engine's answer or end
 *   FINISHED    -                      -                         -
 */
typedef enum {
  SHOT_POOL_JOB_QUEUED,
  SHOT_POOL_JOB_RUNNING,
  SHOT_POOL_JOB_CANCELLING,
  SHOT_POOL_JOB_FINISHED,
} ShotPoolJobState;

typedef struct {
  ShotPool     *pool; /* (borrowed) */
  ShotPoolJobState state;
  ShotQueueItem item;
  ShotJob      *job;    /* (owned) */
  GTask        *task;   /* (owned) (nullable): NULL once finished */
  ShotResult   *result; /* (owned) (nullable) */
  ShotResult   *parts;  /* (owned) (nullable): pictures that came before the end */
  ShotEngine   *engine; /* (borrowed) (nullable): while it runs */
  ShotRetry     retry;
  char         *why; /* (owned) (nullable): how the last attempt was lost */
  int64_t       queued_us;
  int64_t       sent_us;
  int64_t       deadline_us;
  ShotStage     stage;
  unsigned      timer;
  GSource      *cancel_source; /* (owned) (nullable) */
  bool          is_extra;      /* not counted against the room for others */
  bool          is_alone;      /* runs, and nothing beside it */
} ShotPoolJob;

/* Lets the finish function take the result out of the task. */
typedef struct {
  ShotResult *result; /* (owned) (nullable) */
} ShotPoolOutcome;

/* Who asked for something, and when last. */
typedef struct {
  uint64_t tenant;
  int64_t  at_us; /* 0: nobody */
} ShotPoolVisitor;

struct _ShotPool {
  ShotFleet       *fleet; /* (owned) */
  unsigned         max_jobs;
  unsigned         max_queue;
  int64_t          min_render_bytes;
  char            *cgroup_root; /* (owned) */
  ShotQueue       *queue;       /* (owned): of ShotPoolJob, QUEUED */
  GHashTable      *entries;     /* (owned) id (borrowed) > ShotPoolJob (owned): all not finished */
  GPtrArray       *active;      /* (owned) (element-type ShotPoolJob): RUNNING and CANCELLING */
  unsigned         n_extra;     /* of the entries */
  bool             has_lone;    /* one of them runs alone */
  ShotPoolVisitor  visitors[2]; /* the last one, and the last other one */
  ShotEstimate     estimate;
  ShotCost         cost;
  unsigned         retries[SHOT_N_CAUSES];
  unsigned         hold_back_timer;
  unsigned         sweep_timer;
  unsigned         drain_timer;
  bool             is_draining;
  GTask           *drain_task; /* (owned) (nullable) */
  ShotPoolProgress progress;
  void            *progress_data; /* (borrowed) */
};

/* Brings jobs and engine together, as far as both are there. */
void shot_pool_dispatch (ShotPool *self);

/* Ends the drain when nothing is left to wait for. */
void shot_pool_check_drained (ShotPool *self);

/* The wrapper of WebKit's sandbox outlives its web process a little, and then is ours to reap. */
void shot_pool_sweep_soon (ShotPool *self);

/* All places are taken. */
bool shot_pool_is_full (const ShotPool *self);

/* Reads how much memory is in use, for the cost of a render. False when that is not looked at. */
bool shot_pool_note_memory (ShotPool *self, int64_t *out_left_bytes);

/* --- pool-job.c --- */

/* Frees one that is finished. */
void shot_pool_job_free (void *data);

void    shot_pool_job_set_state   (ShotPoolJob *entry, ShotPoolJobState state);
void    shot_pool_job_set_stage   (ShotPoolJob *entry, ShotStage stage, unsigned n_done, unsigned n_all);
int64_t shot_pool_job_get_left_ms (const ShotPoolJob *entry);

/* Sets the deadline of what has been sent, of what waits. */
void shot_pool_job_arm_sent   (ShotPoolJob *entry);
void shot_pool_job_arm_queued (ShotPoolJob *entry);

/* The end of every job, which it frees. The callback may run at once, inside. Takes @error; NULL is
 * success. */
void shot_pool_job_finish      (ShotPoolJob *entry, GError *error);
void shot_pool_job_finish_with (ShotPoolJob *entry, ShotError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void shot_pool_job_fail_waiting (ShotPoolJob *entry);

/* As a GCancellableSourceFunc. */
gboolean shot_pool_job_cancelled_cb (GCancellable *cancellable, void *user_data);

/* The browser has died under it: it is tried again, or ends. */
void shot_pool_job_lose (ShotPoolJob *entry, ShotCause cause, const char *why);

/* What the engine says about it; the descriptors that are kept are taken out of @fds. */
void shot_pool_job_take_message (ShotPoolJob *entry, JsonObject *message, int *fds,
                                 unsigned n_fds);

G_END_DECLS
