/* dialer.h: connections to targets that may be reached, and to no others
 *
 * Resolves a name itself, checks each address that comes back, and connects to an address that was
 * checked: the name is not looked up a second time, so an answer that changes gains nothing.
 * Through an upstream proxy the name is checked alone, because the proxy resolves it. Loopback is
 * always reached without one.
 *
 * The operation runs in the thread-default main context of the caller.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "allow.h"
#include "secret.h"

G_BEGIN_DECLS

typedef struct _ShotDialer ShotDialer;

/* @resolver: (nullable): the system's. @proxy: (nullable): as proxy.h takes it;
 * @no_proxy: (nullable): hosts, *.domains, addresses and
 * ranges that are reached without it, "*" for all. SHOT_ERROR_USAGE for a proxy that cannot be. (transfer
 * full) */
ShotDialer *shot_dialer_new  (ShotAllow *allow, GResolver *resolver, const ShotSecret *proxy,
                              const char *const *no_proxy, GError **error);
void        shot_dialer_free (ShotDialer *self); /* accepts NULL; after the last connect */

/* The port of loopback where the relay listens, which is no target. */
void        shot_dialer_refuse_own_port (ShotDialer *self, unsigned port);

/* Fails with SHOT_ERROR_REFUSED for what may not be reached; other failures are GIO's own,
 * for a SOCKS reply: G_IO_ERROR_PROXY_FAILED when the proxy is at fault. */
void               shot_dialer_connect_async  (ShotDialer *self, const char *host, unsigned port,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, void *user_data);
GSocketConnection *shot_dialer_connect_finish (ShotDialer *self, GAsyncResult *result,
                                               GError **error); /* (transfer full) */

G_END_DECLS
