/* media-type.h: what a file is, by its name; pure, any thread
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "text/html; charset=utf-8"; "application/octet-stream" of a name that tells nothing. Static. */
const char *shot_media_type_get (const char *name);

G_END_DECLS
