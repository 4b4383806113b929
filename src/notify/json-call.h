/* json-call.h: one POST of a JSON body to an address that is a secret
 *
 *   SENDING > READING > DONE      a redirect within the origin (307, 308) goes back to SENDING
 *
 * A redirect to another origin is an error, and what is sent does not go there. Errors tell the origin
 * and no more of the address. Through the system's proxy, without cookies. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

#include "secret.h"

G_BEGIN_DECLS

typedef struct {
  unsigned status;
  unsigned retry_after_s; /* 0: not said */
  GBytes  *body;          /* (owned): at most the first 64 KiB */
} ShotJsonCalled;

void shot_json_called_free (ShotJsonCalled *self); /* accepts NULL */

/* @session, @ca_pem: borrowed while it runs. @ca_pem: (nullable): authorities besides the
 * system's. */
void shot_json_call_async (SoupSession *session, const char *ca_pem, ShotSecret *address,
                           const char *body, unsigned timeout_ms, GCancellable *cancellable,
                           GAsyncReadyCallback callback, void *user_data);
/* _USAGE (no address), _REFUSED (leads elsewhere), _UNREACHABLE, _TIMEOUT, _CANCELLED.
 * (transfer full) */
ShotJsonCalled *shot_json_call_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotJsonCalled, shot_json_called_free)

G_END_DECLS
