/* timezone.h: the names of time zones that callers use
 *
 * Pure but for the system's zone files. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An IANA name as it is, "UTC±hh[:mm]" in Grafana's sign convention (POSIX's: "UTC-02:00" is
 * two hours *ahead* of Greenwich, because Grafana flips the sign before it calls a renderer)
 * as a name that WebKit understands ("Etc/GMT-2", "GMT+05:30"). "" and "browser" are NULL with
 * no error: the renderer's own zone. Unknown names: SHOT_ERROR_USAGE. (transfer full) (nullable) */
char *shot_timezone_normalize (const char *name, GError **error);

G_END_DECLS
