/* smtp.h: a mail to a mail server, by libcurl
 *
 * smtps:// speaks TLS from the first byte. smtp:// goes over to it where the server offers that, and
 * must when there is a password, unless the server is this machine. In a thread of GLib's pool; the
 * functions belong to the main thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "secret.h"

G_BEGIN_DECLS

typedef struct {
  const char        *server;   /* "smtps://host:465" */
  const char        *user;     /* (nullable) */
  ShotSecret        *password; /* (nullable) */
  const char        *ca_file;  /* (nullable): PEM; authorities besides the system's */
  const char        *from;
  const char *const *to;
  const char        *mail; /* lines end in CR LF */
  unsigned           timeout_ms;
} ShotSmtpWish;

/* Once, before the first; counted. */
void shot_smtp_init    (void);
void shot_smtp_cleanup (void);

/* @wish: copied. */
void shot_smtp_send_async (const ShotSmtpWish *wish, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *user_data);

/* _UNREACHABLE, _TIMEOUT, _BUSY (the server says later), _REFUSED (it says no), _CANCELLED. */
gboolean shot_smtp_send_finish (GAsyncResult *result, GError **error);

G_END_DECLS
