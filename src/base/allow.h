/* allow.h: which targets a page may reach
 *
 * A list of origins (https://grafana.example:3000), hosts (grafana.example, *.example.com, with or
 * without scheme and port), addresses and ranges (10.0.0.5, 10.0.0.5:3000, [fd00::1]:3000,
 * 10.0.0.0/8); "*" is every target. An empty list is "*".
 *
 * Whatever the list says about names, addresses that only this machine or its cloud answers are
 * refused (link-local, metadata services, unspecified, multicast, reserved; also inside IPv6)
 * unless an address or a range of the list covers them. Loopback and private networks are not
 * among them: that is where Grafana lives.
 *
 * Immutable and counted. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "host.h"

G_BEGIN_DECLS

typedef struct _ShotAllow ShotAllow;

/* @entries: (element-type utf8) (nullable). SHOT_ERROR_USAGE for an entry that is none of the
 * above. (transfer full) */
ShotAllow *shot_allow_parse (const GPtrArray *entries, GError **error);
ShotAllow *shot_allow_ref   (ShotAllow *self);
void       shot_allow_unref (ShotAllow *self); /* accepts NULL */

/* All checks fail with SHOT_ERROR_REFUSED and a message that names the target and the cure.
 *
 * Before a name is resolved: FALSE if no address could make it right. */
gboolean shot_allow_check_uri  (const ShotAllow *self, const char *uri, GError **error);
gboolean shot_allow_check_host (const ShotAllow *self, const ShotHost *host, unsigned port,
                                GError **error);

/* The address that is about to be connected to. The scheme is not known down here, so an origin
 * of the list counts for its host and port. */
gboolean shot_allow_check_address (const ShotAllow *self, const ShotHost *host, unsigned port,
                                   GInetAddress *address, GError **error);

/* Where a proxy resolves the name, the name alone decides. */
gboolean shot_allow_check_unresolved (const ShotAllow *self, const ShotHost *host, unsigned port,
                                      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotAllow, shot_allow_unref)

G_END_DECLS
