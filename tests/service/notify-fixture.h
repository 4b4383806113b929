/* notify-fixture.h: a notifier, receivers, and what the process has logged
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "notifier.h"

G_BEGIN_DECLS

typedef struct {
  ShotNotifier *notifier;
  char         *folder; /* a scratch one */
  GPtrArray    *receivers;
  ShotRun      *run;
} Notify;

/* From here on logs go to a file. Once, first. */
void notify_catch_log (void);

/* No piece of the log may be one of @secrets, NULL at the end. */
void notify_check_log (const char *const *secrets);

/* @retry_ms: (nullable): two retries at once otherwise. */
void notify_open  (Notify *self, const ShotNotifierOptions *options);
void notify_close (Notify *self);

/* Writes a file into the folder. (transfer full): its path */
char *notify_write (Notify *self, const char *name, const char *text);

/* Adds a receiver of all events. @url, @secret: what their files hold; nullable. (transfer none) */
ShotPlanNotify *notify_add (Notify *self, const char *kind, const char *url, const char *secret);

/* Sends and turns the main context until it is over. (transfer full) */
GPtrArray *notify_send (Notify *self, ShotNotifyEvent event, GCancellable *cancellable);

/* The one outcome: sent at the attempt @n_attempts, or failed with this text in its failure. */
void notify_expect (Notify *self, unsigned n_attempts, const char *failure);

/* Of 127.0.0.1 and .2, its own authority: server.pem and server.key in @folder. (transfer full) */
GTlsCertificate *notify_make_certificate (const char *folder, char **out_path);

G_END_DECLS
