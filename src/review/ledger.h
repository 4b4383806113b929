/* ledger.h: what the conductor reads from the archive, and keeps there
 *
 * All of it in the archive's thread; plain data goes in and comes out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

/* Of one plan. */
typedef struct {
  char   *plan;      /* (owned) */
  char   *schedule;  /* (owned): cron line and zone: another schedule begins anew */
  int64_t seen_ms;   /* the last time that was due and is dealt with */
  int64_t missed_ms; /* 0: it was not missed */
} ShotLedger;

ShotLedger *shot_ledger_new  (const char *plan, const char *schedule);
void        shot_ledger_free (ShotLedger *self); /* accepts NULL */

/* Fills @self; what is not known, or of another schedule, is seen at @now_ms and kept so. */
gboolean shot_ledger_recall (ShotLedger *self, ShotArchive *archive, int64_t now_ms,
                             GError **error);
gboolean shot_ledger_keep   (const ShotLedger *self, ShotArchive *archive, GError **error);

/* The plan's run that was due at @due_ms. (transfer full) (nullable): NULL without an error when
 * there is none. */
ShotRun *shot_ledger_find_run (ShotArchive *archive, const char *plan, int64_t due_ms,
                               GError **error);

/* Runs that a server left unfinished, with plan_text. (transfer full) (element-type ShotRun) */
GPtrArray *shot_ledger_list_unfinished (ShotArchive *archive, GError **error);

/* Runs whose review was due and has not been told of, which is kept as told now. @out_next_ms: when
 * the next one is due, 0 is never. (transfer full) (element-type ShotRun) */
GPtrArray *shot_ledger_take_overdue (ShotArchive *archive, int64_t now_ms, int64_t *out_next_ms,
                                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotLedger, shot_ledger_free)

G_END_DECLS
