/* duration.h: lengths of time as callers write them
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* "30" is seconds; otherwise a duration as Go writes it: "1m30s", "1.5h", "800ms". Rounded up to
 * whole milliseconds. Fails with SHOT_ERROR_USAGE for anything else, and for what is not from
 * 1 ms to @most_ms. */
gboolean shot_duration_parse (const char *text, int64_t most_ms, int64_t *out_ms, GError **error);

G_END_DECLS
