/* conductor.h: the inspections that this server makes, on a schedule or because somebody asked
 *
 *   WAITING > CHECKING > INSPECTING > gone
 *
 * Has the plans of a folder and runs them on their times: a time that was due while the server was
 * away is made up for or marked as missed, as the plan says. What is due is remembered in the
 * archive, and a run carries the time that it was due at as its now, so that a restart neither
 * doubles nor loses one. Runs that a former server left unfinished are gone on with.
 *
 * One inspection per plan at a time, and few at once; others wait. Main thread only. Collaborators
 * are borrowed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-worker.h"
#include "notice.h"
#include "run.h"

G_BEGIN_DECLS

typedef struct _ShotConductor ShotConductor;

#define SHOT_CONDUCTOR_AT_ONCE 2
#define SHOT_CONDUCTOR_MAX_WAITING 64

/* One more range of a cell's panel. */
typedef struct {
  int64_t     cell_id;
  const char *label; /* (borrowed) (nullable) */
  int64_t     from_ms;
  int64_t     to_ms;
} ShotConductorExtra;

typedef enum {
  SHOT_ORDER_RUN,     /* a new run */
  SHOT_ORDER_RESUME,  /* what is pending of one, and what failed */
  SHOT_ORDER_CAPTURE, /* one more range of a cell */
} ShotOrderKind;

typedef struct {
  ShotOrderKind      kind;
  ShotPlan          *plan; /* (owned) (nullable): whoever takes it leaves NULL */
  int64_t            run_id;
  bool               retries_failed;
  ShotConductorExtra extra;
  const char        *trigger; /* (borrowed) */
  const char        *user;    /* (borrowed) */
  int64_t            now_ms;
  void (*progress) (const ShotInspectionProgress *progress, void *user_data);
  void *progress_data;
} ShotOrder;

/* Who makes an inspection: maker.h, or a test. */
typedef struct {
  void (*inspect_async) (ShotOrder *order, void *data, GCancellable *cancellable,
                         GAsyncReadyCallback callback, void *user_data);
  ShotRun *(*inspect_finish) (void *data, GAsyncResult *result, GError **error);
  void *data; /* (borrowed) */
} ShotInspector;

typedef struct {
  ShotArchiveWorker *archive;   /* (borrowed) */
  const char        *folder;    /* (borrowed): of the plans */
  ShotInspector      inspector;
  /* (nullable): what people are to be told, but for the link. @plan (nullable): the folder has none
   * of the run's name any more. */
  void (*notify) (const ShotPlan *plan, const ShotNotice *notice, void *user_data);
  void *notify_data;
  int64_t (*get_now_ms) (void *user_data); /* (nullable): a test's clock */
  void *clock_data;
} ShotConductorOptions;

typedef struct {
  char   *name;
  char   *title;
  char   *cron;     /* (nullable) */
  char   *timezone; /* "" is the machine's */
  char   *error;    /* (nullable): the plan cannot be read, or its last run could not begin */
  int64_t next_ms;  /* 0: never */
  int64_t missed_ms; /* 0: the last time that was due was not missed */
  bool    is_running;
} ShotConductorPlan;

/* (transfer full); SHOT_ERROR_USAGE when there is no such folder. */
ShotConductor *shot_conductor_new  (const ShotConductorOptions *options, GError **error);
void           shot_conductor_free (ShotConductor *self); /* accepts NULL; stopped, or never waited for */

/* Ends what runs, so that another server can go on with it; nothing begins any more. */
void shot_conductor_stop_async  (ShotConductor *self, GAsyncReadyCallback callback, void *user_data);
void shot_conductor_stop_finish (ShotConductor *self, GAsyncResult *result);

/* @progress: of each inspection; @changed: the plans, what runs of them, when they are due. */
void shot_conductor_set_listener (ShotConductor *self,
                                  void (*progress) (const ShotInspectionProgress *progress,
                                                    void *user_data),
                                  void (*changed) (void *user_data), void *user_data);

/* By name. (transfer full) (element-type ShotConductorPlan) */
GPtrArray *shot_conductor_list_plans (const ShotConductor *self);

/* NULL when nobody here captures the run. (transfer none) */
const ShotInspectionProgress *shot_conductor_get_progress (const ShotConductor *self,
                                                           int64_t run_id);

/* All three: _NOT_FOUND when the folder has no such plan, _USAGE when it cannot be read, _CONFLICT
 * when the plan is at it already, _BUSY when too much is waiting. What comes of it the archive
 * tells. */
gboolean shot_conductor_start_run (ShotConductor *self, const char *plan, const char *user,
                                   GError **error);
gboolean shot_conductor_retry     (ShotConductor *self, const ShotRun *run, const char *user,
                                   GError **error);
gboolean shot_conductor_capture   (ShotConductor *self, const ShotRun *run,
                                   const ShotConductorExtra *extra, const char *user,
                                   GError **error);

/* Has people told; run and cell are looked up. @cell_id: 0 is none. */
void shot_conductor_tell (ShotConductor *self, ShotNotifyEvent event, int64_t run_id,
                          int64_t cell_id);

/* Looks again what is due: the alarm does, and tests with a clock of their own. */
void shot_conductor_wake (ShotConductor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotConductor, shot_conductor_free)

G_END_DECLS
