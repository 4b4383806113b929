/* paths.h: where the engine and its extension are
 *
 * Installed binaries use the folders of config.h. A binary that runs from a build folder (its
 * own path tells) finds them beside itself there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full). PANELSHOT_ENGINE in the environment overrides, for tests. */
char *shot_paths_get_engine (void);

/* The folder with libpanelshot-webext.so; PANELSHOT_WEBEXT_DIR overrides: sanitised builds have
 * no extension of their own and borrow an ordinary build's. (transfer full) */
char *shot_paths_get_extension_dir (void);

G_END_DECLS
