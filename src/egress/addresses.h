/* addresses.h: socket addresses that are known already, for GSocketClient to choose from
 *
 * It tries them with its own happy eyeballs and looks nothing up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SHOT_TYPE_ADDRESSES (shot_addresses_get_type ())
G_DECLARE_FINAL_TYPE (ShotAddresses, shot_addresses, SHOT, ADDRESSES, GObject)

/* (transfer full): a GSocketConnectable */
ShotAddresses *shot_addresses_new (void);

void     shot_addresses_add        (ShotAddresses *self, GInetAddress *address, unsigned port);
unsigned shot_addresses_get_length (ShotAddresses *self);

G_END_DECLS
