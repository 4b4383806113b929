/* usage.h: what this process itself has used
 *
 * The figures that Prometheus clients of all languages tell as process_*. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  double  cpu_seconds;
  double  start_seconds; /* since 1970 */
  int64_t virtual_bytes;
  int64_t resident_bytes;
  int64_t open_fds;
  int64_t max_fds; /* INT64_MAX for no limit */
} ShotUsage;

/* Never fails; what /proc does not tell is 0. */
void shot_usage_read (ShotUsage *out_usage);

G_END_DECLS
