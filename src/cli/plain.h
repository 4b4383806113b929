/* plain.h: strangers' words on a terminal
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One line of at most @most columns, "…" at its end when it was longer; nothing in it steers a
 * terminal or turns the direction of what follows. (transfer full) */
char *shot_plain_make (const char *text, unsigned most);

/* How many columns it takes: Chinese characters take two. */
unsigned shot_plain_get_width (const char *text);

/* Appends @text and blanks, @width columns in all. */
void shot_plain_append (GString *line, const char *text, unsigned width);

G_END_DECLS
