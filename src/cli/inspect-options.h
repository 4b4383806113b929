/* inspect-options.h: what the commands of `inspect` share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "plan.h"
#include "renderer.h"

G_BEGIN_DECLS

/* "2026-11-25T08:00", a local time of the plan's zone, or with an offset; NULL leaves @out_ms.
 * SHOT_ERROR_USAGE. */
gboolean shot_inspect_read_now (const char *text, const ShotPlan *plan, int64_t *out_ms,
                                GError **error);

/* Servers given by --renderer. NULL with @error. (transfer full) */
ShotRenderers *shot_inspect_make_remote (const char *const *addresses, const char *token_file,
                                         const char *ca_file, GError **error);

/* The same on this machine. The engine starts with the first visit. (transfer full) */
ShotPool *shot_inspect_make_pool (unsigned slots, gboolean is_verbose);

/* "panelshot: …" on stderr for each line of the message. Returns the exit status. */
int shot_inspect_fail (const GError *error);

G_END_DECLS
