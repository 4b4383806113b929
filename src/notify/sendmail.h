/* sendmail.h: a mail through the system's sendmail
 *
 * The program gets the receivers as arguments and the mail on its input, and says by its exit status
 * whether it took it (75: try again later). It is killed when it takes too long. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where sendmail is wont to be, or what of that name is in PATH. (transfer full) (nullable) */
char *shot_sendmail_find (void);

/* @program: an absolute path. @mail: lines may end in CR LF. */
void shot_sendmail_async (const char *program, const char *from, const char *const *to,
                          const char *mail, unsigned timeout_ms, GCancellable *cancellable,
                          GAsyncReadyCallback callback, void *user_data);

/* _BUSY: later; _REFUSED: not at all; _TIMEOUT, _CANCELLED. */
gboolean shot_sendmail_finish (GAsyncResult *result, GError **error);

G_END_DECLS
