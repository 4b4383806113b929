/* rundir.h: the engine's private folder
 *
 * Holds the display's socket and whatever WebKit, GTK and GLib want to write. It is removed when
 * the engine ends; a folder whose engine was killed is removed by the next start (its lock file
 * is free then).
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ShotRundir ShotRundir;

/* Under XDG_RUNTIME_DIR when that is a writable folder, else the temporary folder. */
ShotRundir *shot_rundir_new  (GError **error);
void        shot_rundir_free (ShotRundir *self); /* removes the folder; accepts NULL */

const char *shot_rundir_get_path (ShotRundir *self);

/* A private folder below @parent, such as the rundir, for something that ends earlier. NULL when
 * there is no room for one. (transfer full) (nullable) */
char *shot_rundir_make_folder   (const char *parent);
void  shot_rundir_remove_folder (const char *path); /* with all that is in it */

/* Removes what WebKit's sandboxes have noted about processes that have ended: WebKit does not, and
 * there is a note for each process that it starts. */
void shot_rundir_sweep (ShotRundir *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRundir, shot_rundir_free)

G_END_DECLS
