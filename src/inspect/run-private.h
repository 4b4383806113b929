/* run-private.h: a run, as its parts see it
 *
 * run.c is the state machine of the run, run-visit.c that of one visit, run-work.c what is done in the
 * archive's thread. Main thread only, but for what run-work.c does there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "batch.h"
#include "error.h"
#include "finder.h"
#include "run-match.h"
#include "run.h"

G_BEGIN_DECLS

typedef enum {
  RUN_NEW,
  RUN_FINDING,
  RUN_OPENING,   /* waits for the archive: the plan's lock, the run, its cells */
  RUN_CAPTURING, /* waits for visits; or for the time to ask Grafana again */
  RUN_CLOSING,   /* waits for the archive */
  RUN_DONE,
} RunState;

typedef enum {
  VISIT_WAITING,   /* for its turn */
  VISIT_ASKING,    /* Grafana for the dashboard as it is now */
  VISIT_READY,     /* waits for a renderer to be free */
  VISIT_RENDERING,
  VISIT_CHECKING,  /* asks Grafana again: panels failed, it was saved meanwhile, or it wants a login */
  VISIT_STORING,
  VISIT_DONE,
} VisitState;

typedef struct {
  ShotInspection *owner; /* (borrowed) */
  VisitState      state;
  const ShotVisit *visit; /* (borrowed): of the owner's */
  GPtrArray      *live;  /* (owned) (element-type ShotCell): cells to be captured; not owned */
  ShotDashboard  *dashboard; /* (owned) (nullable): as it was asked for last */
  ShotShots      *shots; /* (owned) (nullable) */
  ShotBatch      *batch; /* (owned) (nullable) */
  GError         *login; /* (owned) (nullable): the page was that of the login; in CHECKING */
  unsigned        n_tries;
} RunVisit;

/* What OPENING does in the archive. */
typedef enum {
  OPEN_NEW,
  OPEN_RESUME,
  OPEN_RETRY,
  OPEN_CAPTURE, /* one more cell of a run that there is */
} OpenKind;

struct _ShotInspection {
  ShotPlan             *plan; /* (owned) */
  ShotInspectionOptions options;
  char                 *trigger;    /* (owned) */
  char                 *started_by; /* (owned) */
  char                **only;       /* (owned) (nullable) */
  RunState              state;
  bool                  is_check; /* ends after FINDING */
  OpenKind              kind;
  int64_t               now_ms;
  GTask                *task;        /* (owned) (nullable): while it runs */
  GCancellable         *cancellable; /* (owned) (nullable) */
  unsigned long         cancelled_id;
  ShotSecret           *token;   /* (owned) (nullable) */
  char                 *ca_pem;  /* (owned) (nullable) */
  ShotGrafana          *grafana; /* (owned) (nullable) */
  ShotFinder           *finder;  /* (owned) (nullable) */
  ShotRun              *run;     /* (owned) (nullable): from OPENING on */
  int                   lock_fd; /* (owned): of the plan; -1 for none */
  GPtrArray            *pending; /* (owned) (nullable) (element-type ShotCell): between OPENING and FINDING
                                  * of a run that is gone on with */
  GPtrArray            *visits;  /* (owned) (nullable) (element-type ShotVisit) */
  GQueue                waiting; /* of RunVisit */
  GPtrArray            *open;    /* (owned) (element-type RunVisit): those that are under way */
  unsigned              n_asking;    /* visits of @open that are not in STORING, */
  unsigned              n_rendering; /* and of these, those that a renderer has */
  unsigned              idle;        /* a source: something has changed */
  GError               *stop;        /* (owned) (nullable): why nothing is visited any more */
  GError               *broken;      /* (owned) (nullable): why nothing can be recorded any more */
  int64_t               down_since_ms; /* Grafana; 0: it is up, for all that we know */
  unsigned              n_down;        /* times that it was asked in vain, one after the other */
  unsigned              pause;         /* a source: until it is asked again */
  unsigned              n_failed_in_row;
  unsigned              failures[SHOT_N_ERRORS]; /* cells of visits that failed */
  ShotInspectionProgress progress;
  int64_t               started_ms;   /* monotonic */
  int64_t               capturing_ms; /* likewise: since when CAPTURING */
};

/* ---- run.c */

void shot_run_changed (ShotInspection *self); /* Looks, from the main loop, at what to do next. */
void shot_run_tell    (ShotInspection *self); /* Reports progress. */

/* All that is left fails, because of @error (transfer full). */
void shot_run_stop  (ShotInspection *self, GError *error);
/* Nothing is recorded any more; the run can be gone on with. @error: (transfer full) */
void shot_run_break (ShotInspection *self, GError *error);

/* Grafana does not answer: it is left alone for a while, and in the end given up. @error:
 * (transfer full) */
void shot_run_note_down (ShotInspection *self, GError *error);
void shot_run_note_up   (ShotInspection *self);
/* A visit failed for want of something that the next will want, too; or it did not. */
void shot_run_note_failure (ShotInspection *self, const GError *error);
void shot_run_note_success (ShotInspection *self);

/* ---- run-visit.c */

RunVisit *shot_run_visit_new  (ShotInspection *owner, const ShotVisit *visit);
void      shot_run_visit_free (RunVisit *self); /* accepts NULL; nothing may be pending */
void      shot_run_visit_ask    (RunVisit *self); /* of WAITING */
void      shot_run_visit_render (RunVisit *self); /* of READY */
/* Of WAITING: records its cells as failed. */
void      shot_run_visit_give_up (RunVisit *self, const GError *error);

/* ---- run-work.c: in the archive's thread; each takes the task data that it names */

typedef struct {
  OpenKind   kind;
  ShotRun   *run;    /* (owned) (nullable): of OPEN_NEW; else comes back */
  int64_t    run_id; /* of RESUME and RETRY */
  GPtrArray *cells;  /* (owned): of OPEN_NEW, not theirs; else comes back */
  int        lock_fd;
  char      *plan;   /* (owned) */
  /* OPEN_CAPTURE */
  int64_t    cell_id;
  char      *label;  /* (owned) (nullable): then of the times */
  int64_t    from_ms;
  int64_t    to_ms;
  char      *user;   /* (owned) */
} RunOpening;

void  shot_run_opening_free (void *opening);
void *shot_run_open_work    (ShotArchive *archive, void *opening, GError **error);

typedef struct {
  int64_t run_id;
  char   *failure;  /* (owned) (nullable) */
  bool    is_to_end; /* RUNNING becomes DONE */
} RunClosing;

void  shot_run_closing_free (void *closing);
/* The run as it is then. */
void *shot_run_close_work   (ShotArchive *archive, void *closing, GError **error);

G_END_DECLS
