/* log.h: one line per event on stderr
 *
 *   text  2026-01-31T10:00:00.123Z level=info program=engine message id=7 status=200 why="a b"
 *   json  {"time":"2026-01-31T10:00:00.123Z","level":"info","message":"…","id":"7","status":200}
 *
 * GLib's structured logging underneath: code calls g_critical (our bug), g_warning (the operator
 * should act), g_message (lifecycle), g_info (one line per request), g_debug (state changes), or
 * shot_log_event() for an event with fields. Every text in a line goes through shot_mask_uri().
 * Never stdout: that is for results. Level and format are the process's, and may change any time.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
  SHOT_LOG_TEXT,
  SHOT_LOG_JSON,
} ShotLogFormat;

/* Once, from main. @level: the least severe level to print; G_LOG_LEVEL_WARNING is the default
 * of commands, G_LOG_LEVEL_INFO of serve. @program (static) stands in every line of the engine. */
void shot_log_init (GLogLevelFlags level, const char *program);

void           shot_log_set_level  (GLogLevelFlags level);
GLogLevelFlags shot_log_get_level  (void);
void           shot_log_set_format (ShotLogFormat format);
ShotLogFormat  shot_log_get_format (void);

/* "debug", "info", "message", "warning", "error"; FALSE for other words. */
gboolean    shot_log_level_from_string (const char *text, GLogLevelFlags *out_level);
const char *shot_log_level_to_string   (GLogLevelFlags level);

/* "text", "json"; FALSE for other words. */
gboolean shot_log_format_from_string (const char *text, ShotLogFormat *out_format);

/* A field of an event: a text, or else a number. Keys are ours, in snake_case, and none of time,
 * level, program, domain, message. The text of a key that names a secret is not shown. */
typedef struct {
  const char *key;  /* NULL ends a list */
  const char *text; /* (nullable) */
  int64_t     number;
} ShotLogField;

#define SHOT_LOG_TEXT_FIELD(key, text) ((ShotLogField){ (key), (text) != NULL ? (text) : "", 0 })
#define SHOT_LOG_NUMBER_FIELD(key, number) ((ShotLogField){ (key), NULL, (number) })

/* @fields end with a NULL key. Nothing is kept. */
void shot_log_event (GLogLevelFlags level, const char *message, const ShotLogField *fields);

/* Writes a line that another of our programs has logged as text, with its own time and level, in
 * our format and if our level allows. False for what is no such line. @out_message (nullable): where
 * in @line its message starts. */
bool shot_log_relay (const char *line, const char **out_message);

G_END_DECLS
