/* theme.h: the theme of a page of Grafana, which takes it from its address
 *
 * Grafana has more themes with every version, so any word may be one.
 *
 * Pure; any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SHOT_THEME_MAX_BYTES 64

/* @uri with the parameter "theme" of this value, and no other such. NULL with SHOT_ERROR_USAGE when
 * @theme is no word of A-Z, a-z, 0-9, "-" and "_"; the message says what is wanted.
 * (transfer full) */
char *shot_theme_apply (const char *uri, const char *theme, GError **error);

G_END_DECLS
