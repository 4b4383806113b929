/* run.h: capture every cell of a plan, keep it, go on after an interruption
 *
 *   NEW > FINDING > OPENING > CAPTURING > CLOSING > DONE
 *
 * FINDING asks Grafana for dashboards and variables (finder.h), OPENING puts the run and all its cells
 * into the archive, CAPTURING makes one visit per dashboard, range and variable set, several at a time
 * (run-visit.c), each with the dashboard's JSON of just then; what a visit brings is recorded and compared
 * at once (batch.h). A visit that fails is tried again, then its cells are FAILED and the run goes on. An
 * interrupted run is gone on with by shot_inspection_resume_async(); its cells keep their now.
 *
 * Main thread only. The archive is used in a worker's thread. Collaborators are borrowed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "archive-worker.h"
#include "error.h"
#include "plan.h"
#include "renderer.h"

G_BEGIN_DECLS

typedef struct _ShotInspection ShotInspection;

typedef struct {
  unsigned n_visits;
  unsigned n_visits_done;
  unsigned n_cells;
  unsigned n_captured;
  unsigned n_failed;
  int64_t  elapsed_ms;
  int64_t  left_ms; /* below 0: not known */
  int64_t  run_id;  /* 0 before CAPTURING */
  char     run_name[96];
  const char *doing; /* static: "finding dashboards", "capturing", "waiting for Grafana" */
} ShotInspectionProgress;

typedef struct {
  ShotArchiveWorker *archive;   /* (borrowed) (nullable): not for a check */
  ShotRenderers     *renderers; /* (borrowed) (nullable): for a check that asks no page */
  const char        *trigger;   /* "cli", "schedule", "page" */
  const char        *started_by; /* a user's name, or "" */
  int64_t            now_ms;    /* 0: the time of the start */
  const char *const *only;      /* (nullable): "dashboard=UID", "panel=…", "range=…" : cells that match all */
  int64_t            patience_ms; /* how long a Grafana that is down is waited for; 0: the default */
  unsigned           max_visits;  /* at the same time; 0: as many as the renderers take */
  void (*progress) (const ShotInspectionProgress *progress, void *user_data);
  void *progress_data;
} ShotInspectionOptions;

/* @plan: (transfer full) */
ShotInspection *shot_inspection_new  (ShotPlan *plan, const ShotInspectionOptions *options);
void            shot_inspection_free (ShotInspection *self); /* accepts NULL; nothing may be pending */

/* FINDING alone: for `inspect check`. (transfer full) (element-type ShotVisit): lives no longer than
 * @self. */
void       shot_inspection_check_async  (ShotInspection *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, void *user_data);
GPtrArray *shot_inspection_check_finish (ShotInspection *self, GAsyncResult *result, GError **error);

/* A new run. Cells that could not be captured are no error: see the run's counts and failure. Fails when
 * there is no run: mistakes of the plan, _BUSY when another process captures it; or when it has to be
 * gone on with later: _CANCELLED, _STORAGE. */
void shot_inspection_run_async (ShotInspection *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, void *user_data);

/* What is PENDING of a run. @retry_failed: the FAILED ones, too. */
void shot_inspection_resume_async (ShotInspection *self, int64_t run_id, bool retry_failed,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   void *user_data);

/* One more range of a cell's panel, as a cell of the same run. */
void shot_inspection_capture_async (ShotInspection *self, int64_t cell_id, const char *label,
                                    int64_t from_ms, int64_t to_ms, const char *user,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    void *user_data);

/* Of the three above. (transfer full): the run as it is now; of _capture, too. */
ShotRun *shot_inspection_finish (ShotInspection *self, GAsyncResult *result, GError **error);

/* What kept most of the cells from being captured that are FAILED now. False when all are there. */
bool shot_inspection_get_main_failure (const ShotInspection *self, ShotError *out_code);

/* The run that is being captured, or was; "" before OPENING is over. */
const char *shot_inspection_get_run_name (const ShotInspection *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotInspection, shot_inspection_free)

G_END_DECLS
