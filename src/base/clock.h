/* clock.h: the one clock of deadlines and waits
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Monotonic milliseconds, from an unknown beginning. */
static inline int64_t
shot_clock_now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

G_END_DECLS
