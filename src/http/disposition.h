/* disposition.h: names of files in answers
 *
 * What a caller or a page calls a file comes back in Content-Disposition; it must neither end the
 * header nor name a folder. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The last part of @path, without control characters, cut to 200 bytes; "" for nothing usable.
 * @path must be UTF-8. (transfer full) */
char *shot_disposition_clean_name (const char *path);

/* "attachment; filename=…" as Go writes it, whose parser Grafana applies: a token as it is, ASCII
 * in quotes, anything else percent-encoded (RFC 5987). @name: UTF-8. (transfer full) */
char *shot_disposition_format (const char *name);

G_END_DECLS
