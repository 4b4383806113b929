/* client.h: asks another server whether it is well
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* One GET, no proxy, no redirect. @is_trusting: any TLS certificate will do. */
void shot_client_ask_async (const char *uri, bool is_trusting, unsigned timeout_ms,
                            GAsyncReadyCallback callback, void *user_data);

/* TRUE for status 200. Otherwise _TIMEOUT, _UNREACHABLE, or _DOCUMENT for another status. */
gboolean shot_client_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
