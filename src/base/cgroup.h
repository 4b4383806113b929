/* cgroup.h: how much memory there really is
 *
 * In a container the machine's figures are of no use: what counts is the control group that this
 * process is in, version 1 or 2, and those around it, of which any may be the strictest. Where
 * there is no limit, the machine's memory is one. Page cache that can be dropped at no great loss
 * counts as available, unlike in the group's "current".
 *
 * Reads files, a millisecond at most. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  bool    has_limit;       /* by a group; otherwise the limit is the machine's memory */
  int64_t limit_bytes;     /* the strictest */
  int64_t current_bytes;   /* of our own group, cache included; -1 when it cannot be told */
  int64_t available_bytes; /* can be taken before some limit is hit, droppable cache included */
} ShotCgroup;

/* @root: "" for this machine; tests have a folder with /proc and /sys in it. FALSE with
 * SHOT_ERROR_ENGINE when not even the machine's memory can be told. */
gboolean shot_cgroup_read (const char *root, ShotCgroup *out_cgroup, GError **error);

G_END_DECLS
