/* listener.h: the socket that clients connect to
 *
 * Apart from SoupServer, so that a server that shuts down can stop accepting while it still
 * answers those it has.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct _ShotListener ShotListener;

typedef void (*ShotListenerAccepted) (GSocketConnection *connection, void *user_data);

/* @address: "127.0.0.1:8081", "[::1]:8081", "localhost:8081", ":8081" for all addresses; port 0
 * takes a free one. SHOT_ERROR_USAGE with the cure when it cannot be had. (transfer full) */
ShotListener *shot_listener_new  (const char *address, ShotListenerAccepted accepted,
                                  void *user_data, GError **error);
void          shot_listener_free (ShotListener *self); /* accepts NULL; stops listening */

unsigned    shot_listener_get_port    (const ShotListener *self);
const char *shot_listener_get_address (const ShotListener *self); /* with the real port */

/* Whether only this machine can connect. */
bool shot_listener_is_loopback (const ShotListener *self);

G_END_DECLS
