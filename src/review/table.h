/* table.h: the data of a cell as rows, for people to look at
 *
 * The CSV is as data/page/panels.js writes it (RFC 4180); frames are apart by lines "# frame NAME".
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* {"columns":[…],"rows":[[…]],"total":N,"frames":["NAME",…],"frame":I}: at most @limit rows of the
 * frame of this number; SHOT_ERROR_NOT_FOUND when there is no such frame. (transfer full) */
JsonObject *shot_table_read (const char *text, size_t length, unsigned frame, unsigned limit,
                             GError **error);

G_END_DECLS
