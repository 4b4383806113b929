/* lockout.h: whoever guesses passwords waits longer each time
 *
 * Counted for the name and for the address, unknown names alike; for a name apart where it has a
 * session. A failure is counted before the password is looked at, so that many attempts at once win
 * nothing, and taken back when it was right.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive-private.h"

G_BEGIN_DECLS

/* Below 0 with @error; 0 when an attempt may be made. */
int64_t  shot_lockout_get_ms (ShotArchive *self, const char *folded, const char *address,
                              GError **error);
gboolean shot_lockout_count  (ShotArchive *self, const char *folded, const char *address,
                              GError **error);
gboolean shot_lockout_forget (ShotArchive *self, const char *folded, const char *address,
                              GError **error);

G_END_DECLS
