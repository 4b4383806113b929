/* loopback.h: a page of our own for our own engine
 *
 * Served on the loopback interface under an address that cannot be guessed, until it is freed.
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ShotLoopback ShotLoopback;

/* @name: what follows the address; "" for the page itself. @out_type: static. (transfer full)
 * NULL: there is no such file. */
typedef GBytes *(*ShotLoopbackGive) (const char *name, const char **out_type, void *user_data);
/* What the page posts. Returns an HTTP status. */
typedef unsigned (*ShotLoopbackTake) (const char *name, GBytes *body, void *user_data);

/* @take: (nullable): nothing can be posted. _ENGINE. (transfer full) */
ShotLoopback *shot_loopback_new  (ShotLoopbackGive give, ShotLoopbackTake take, void *user_data,
                                  GError **error);
void          shot_loopback_free (ShotLoopback *self); /* accepts NULL */

const char *shot_loopback_get_uri (const ShotLoopback *self); /* with a slash at the end */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotLoopback, shot_loopback_free)

G_END_DECLS
