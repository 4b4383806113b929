/* proctree.h: what a process and all that descends from it take
 *
 * From /proc. Memory is the proportional share (PSS): pages that several processes have in common
 * are counted once among them, so that figures can be added up. Walks the page tables of each
 * process, some milliseconds for a browser; not for every request.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  GPid    pid;
  GPid    parent;
  int64_t rss_bytes;
  int64_t pss_bytes; /* as large as rss_bytes where the kernel does not tell */
} ShotProcess;

/* The process itself first, then its descendants, parents before their children; empty when it is
 * gone. What ends meanwhile is left out. @root: "" for this machine; tests have a folder with /proc
 * in it. (transfer full) (element-type ShotProcess) */
GArray *shot_proctree_read (const char *root, GPid pid);

G_END_DECLS
