/* panel-folder.h: where the pictures of a dashboard's panels go
 *
 * A folder with a file per panel and index.json, which is written last. Files of the same names are
 * replaced, each as a whole; all others stay as they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "result.h"

G_BEGIN_DECLS

typedef struct _ShotPanelFolder ShotPanelFolder;

/* Makes the folder if there is none, and finds out before any work is done whether it can be written
 * to: SHOT_ERROR_USAGE with the cure, also for no @path and for "-". (transfer full) */
ShotPanelFolder *shot_panel_folder_new  (const char *path, GError **error);
void             shot_panel_folder_free (ShotPanelFolder *self); /* accepts NULL */

const char *shot_panel_folder_get_name (const ShotPanelFolder *self);

/* @out_names: (transfer full) (element-type utf8): of the files, as panel-index.h makes them.
 * SHOT_ERROR_USAGE; what was written before the failure stays. */
gboolean shot_panel_folder_write (ShotPanelFolder *self, const ShotResult *result,
                                  GPtrArray **out_names, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPanelFolder, shot_panel_folder_free)

G_END_DECLS
