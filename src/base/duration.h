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

/* The same without limits: zero, a minus sign and parts of a millisecond are taken too. Leaves
 * @out_ms when the text is no duration. */
gboolean shot_duration_read (const char *text, double *out_ms);

G_END_DECLS
