/* tunnel.h: one client of the relay, from its greeting to its last byte
 *
 * Speaks SOCKS with the client, has the dialer connect, then carries bytes both ways; each
 * direction ends for itself. Runs in the main context of its creator.
 *
 *   GREETING > LOGIN > REQUEST > DIALING > OPEN > CLOSED
 *
 * CLOSED can follow any state.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "dialer.h"

G_BEGIN_DECLS

typedef struct _ShotTunnel ShotTunnel;

typedef struct {
  gboolean (*login)   (const char *password, void *user_data);
  void     (*refused) (const char *user, const char *target, const char *reason, void *user_data);
  void     (*moved)   (size_t n_up_bytes, size_t n_down_bytes, void *user_data);
  /* Once, as the last call; the tunnel is to be freed in it. Never inside shot_tunnel_new(). */
  void     (*closed)  (ShotTunnel *tunnel, void *user_data);
} ShotTunnelEvents;

ShotTunnel *shot_tunnel_new   (GSocketConnection *client, ShotDialer *dialer,
                               const ShotTunnelEvents *events, void *user_data);
void        shot_tunnel_close (ShotTunnel *self); /* closed() follows, perhaps at once */
void        shot_tunnel_free  (ShotTunnel *self); /* in closed() only */

G_END_DECLS
