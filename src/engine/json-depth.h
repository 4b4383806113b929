/* json-depth.h: whether a text may be given to the JSON parser
 *
 * The parser goes down one call per level, and the page chooses how many there are. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

bool shot_json_is_shallow (const char *text, unsigned most);

G_END_DECLS
