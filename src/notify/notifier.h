/* notifier.h: tells people what happened, wherever the plan says
 *
 * Each receiver of a notice is a delivery of its own, so that one that fails holds up no other:
 *
 *   WAITING > SENDING > OVER      what may go well the next time goes back to WAITING
 *
 * Addresses, secrets and passwords are read from their files for each attempt, and stand in no log and
 * no error. Waiting deliveries are in memory only: with the process they are gone. Every outcome is
 * logged. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "notice.h"

G_BEGIN_DECLS

typedef struct _ShotNotifier ShotNotifier;

typedef struct {
  const char     *sendmail;   /* (nullable): a program; NULL: the system's */
  const char     *ca_file;    /* (nullable): PEM, authorities besides the system's */
  const unsigned *retry_ms;   /* (nullable): waits before further attempts, ends with 0 */
  unsigned        timeout_ms; /* of an attempt; 0: the default */
} ShotNotifierOptions;

/* Waits for a program that somebody waits for, such as `inspect run`: it is over within a minute or so.
 * The default goes on for about 20 minutes. */
extern const unsigned shot_notifier_short_retry_ms[];

/* @options: (nullable), copied. SHOT_ERROR_USAGE: the CA file cannot be read. (transfer full) */
ShotNotifier *shot_notifier_new  (const ShotNotifierOptions *options, GError **error);
void          shot_notifier_free (ShotNotifier *self); /* accepts NULL; nothing may be pending */

typedef struct {
  char    *receiver; /* (owned): "feishu, line 17" */
  bool     is_sent;
  unsigned n_attempts;
  char    *failure; /* (owned) (nullable): why not, one line */
} ShotNotifyOutcome;

/* To those of @receivers (element-type ShotPlanNotify) that are told of such events. Nothing of the
 * arguments is kept. */
void       shot_notifier_send_async  (ShotNotifier *self, const GPtrArray *receivers,
                                      const ShotNotice *notice, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, void *user_data);
/* (transfer full) (element-type ShotNotifyOutcome): one for each, in the order of the plan. */
GPtrArray *shot_notifier_send_finish (ShotNotifier *self, GAsyncResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotNotifier, shot_notifier_free)

G_END_DECLS
