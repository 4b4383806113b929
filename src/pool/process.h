/* process.h: what this process does for all those that it starts
 *
 * Pages run in processes of processes; when one in the middle dies, the rest must not stay
 * behind as orphans or zombies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Once, from main: orphans come to this process, and nothing writes a core file, which would
 * hold tokens and pages. */
void shot_process_prepare (void);

/* Takes the exit status of every dead child but @spared, whose watches belong to GLib. */
void shot_process_reap_orphans (const GPid *spared, unsigned n_spared);

/* The environment for a child: of this process's own what an engine has use for, and no more. */
char **shot_process_make_environment (void); /* (transfer full) */

G_END_DECLS
