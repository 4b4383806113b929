/* conductor-private.h: what the files of the conductor share
 *
 * conductor.c has the jobs, conductor-schedule.c when they are due and what people are told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "alarm.h"
#include "conductor.h"
#include "ledger.h"
#include "shelf.h"

G_BEGIN_DECLS

typedef enum {
  JOB_WAITING,
  JOB_CHECKING,
  JOB_INSPECTING,
} ShotConductorJobState;

typedef struct {
  ShotConductor *conductor; /* (borrowed) */
  ShotConductorJobState       state;
  char          *plan;      /* (owned): its name */
  char          *plan_text; /* (owned) (nullable): of the run; NULL is as the folder has it */
  char          *user;      /* (owned): order borrows these three */
  char          *trigger;   /* (owned) */
  char          *label;     /* (owned) (nullable) */
  ShotOrder      order;
  bool           is_scheduled; /* order.now_ms is when it was due */
  ShotInspectionProgress progress;
  GCancellable          *cancellable; /* (owned) */
} ShotConductorJob;

/* What is known of a plan beside its file. */
typedef struct {
  ShotLedger *ledger; /* (owned) (nullable) */
  char       *fault;  /* (owned) (nullable): why its last run could not begin */
  unsigned    n_failures; /* since one could */
  int64_t     retry_ms;   /* not before */
  int64_t     failed_ms;  /* which time it was that no run could begin for; 0: none */
} ShotConductorEntry;

struct _ShotConductor {
  ShotConductorOptions options;
  ShotShelf           *shelf;   /* (owned) */
  ShotAlarm           *alarm;   /* (owned) */
  GHashTable          *entries; /* (owned) (element-type utf8 ShotConductorEntry) */
  GQueue               jobs;    /* (element-type ShotConductorJob) */
  unsigned             n_asked; /* pieces of work that the archive has not answered */
  bool                 is_ready;       /* the plans are known, and what is remembered of them */
  bool                 has_unfinished; /* runs of a former server were looked for */
  bool                 is_telling;     /* overdue reviews are being looked for */
  int64_t              alarm_ms;       /* of the plans */
  int64_t              overdue_ms;     /* when the next review is due; 0: none */
  GTask               *stop_task;      /* (owned) (nullable) */
  bool                 is_stopped;
  void (*progress) (const ShotInspectionProgress *progress, void *user_data);
  void (*changed) (void *user_data);
  void *listener_data;
};

/* ---- conductor.c */

int64_t shot_conductor_get_now_ms (const ShotConductor *self);
ShotConductorEntry *shot_conductor_get_entry  (ShotConductor *self, const char *plan);
void    shot_conductor_notify     (ShotConductor *self, ShotNotice *notice);
void    shot_conductor_tell_changed (ShotConductor *self);

/* Work for the archive: each ask has its finish, and the conductor does not stop before. */
void  shot_conductor_ask        (ShotConductor *self, ShotArchiveWork work, void *data,
                                 GDestroyNotify free_data, GDestroyNotify free_result,
                                 GAsyncReadyCallback callback, void *user_data);
void *shot_conductor_finish_ask (ShotConductor *self, GAsyncResult *result, GError **error);

/* At the end of a callback: nothing of @self may be touched afterwards. */
void  shot_conductor_finish_stop (ShotConductor *self);

/* Waits for its turn, which shot_conductor_advance() gives. (transfer none) */
ShotConductorJob *shot_conductor_add_job (ShotConductor *self, ShotOrderKind kind, const char *plan,
                              const char *trigger, const char *user);
bool  shot_conductor_has_job (const ShotConductor *self, const char *plan, bool with_captures);
void  shot_conductor_advance (ShotConductor *self);

/* ---- conductor-schedule.c */

/* The time is dealt with: @is_missed, or by a run. */
void shot_conductor_settle_due (ShotConductor *self, const char *plan, int64_t due_ms,
                                bool is_missed);
void shot_conductor_take_shelf (void *conductor); /* for shelf.h */
void shot_conductor_ring       (void *conductor); /* for alarm.h */

G_END_DECLS
