/* archive-folder.h: which folder the archive is
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @option: (nullable): of --archive; else PANELSHOT_ARCHIVE, else panelshot/archive among the user's data.
 * (transfer full) */
char *shot_archive_folder_find (const char *option);

G_END_DECLS
