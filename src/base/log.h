/* log.h: one line per event on stderr
 *
 * "2026-01-31T10:00:00.123Z level=info id=… message". GLib's structured logging underneath: code
 * calls g_critical (our bug), g_warning (the operator should act), g_message (lifecycle),
 * g_info (one line per request), g_debug (state changes). Every line goes through shot_mask_uri().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Once, from main. @level: the least severe level to print; G_LOG_LEVEL_WARNING is the default
 * of commands, G_LOG_LEVEL_INFO of serve. @program stands in every line of the engine. */
void shot_log_init (GLogLevelFlags level, const char *program);

/* From now on. */
void shot_log_set_level (GLogLevelFlags level);

/* "debug", "info", "message", "warning", "error"; FALSE for other words. */
gboolean    shot_log_level_from_string (const char *text, GLogLevelFlags *out_level);
const char *shot_log_level_to_string   (GLogLevelFlags level);

G_END_DECLS
