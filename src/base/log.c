#include "config.h"

#include "log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mask.h"

/* How the fields of an event travel through GLib, which knows but texts. */
#define FIELDS_KEY "SHOT_FIELDS"

/* "2026-01-31T10:00:00.123Z" */
#define TIME_BYTES 24

typedef struct {
  GLogLevelFlags level;
  const char    *name;
} Level;

/* From the worst to the least. The first name of a level is the one that is written. */
static const Level levels[] = {
  { G_LOG_LEVEL_CRITICAL, "error" },  { G_LOG_LEVEL_WARNING, "warning" },
  { G_LOG_LEVEL_MESSAGE, "message" }, { G_LOG_LEVEL_INFO, "info" },
  { G_LOG_LEVEL_DEBUG, "debug" },
};

static const char *const formats[] = { "text", "json" };

static int         least_level = G_LOG_LEVEL_WARNING; /* atomic */
static int         line_format = SHOT_LOG_TEXT;       /* atomic */
static const char *program_name;

/* What a line is made of. */
typedef struct {
  const char         *time;
  GLogLevelFlags      level;
  const char         *program; /* (nullable) */
  const char         *domain;  /* (nullable) */
  const char         *message;
  const ShotLogField *fields; /* (nullable) */
} Event;

gboolean
shot_log_level_from_string (const char *text, GLogLevelFlags *out_level)
{
  for (size_t i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (g_strcmp0 (text, levels[i].name) == 0) {
      *out_level = levels[i].level;
      return TRUE;
    }
  }
  return FALSE;
}

const char *
shot_log_level_to_string (GLogLevelFlags level)
{
  level &= G_LOG_LEVEL_MASK;
  for (size_t i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (level == levels[i].level)
      return levels[i].name;
  }
  return level < G_LOG_LEVEL_CRITICAL ? "error" : "debug";
}

gboolean
shot_log_format_from_string (const char *text, ShotLogFormat *out_format)
{
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (g_strcmp0 (text, formats[i]) == 0) {
      *out_format = (ShotLogFormat) i;
      return TRUE;
    }
  }
  return FALSE;
}

void
shot_log_set_level (GLogLevelFlags level)
{
  g_atomic_int_set (&least_level, (int) level);
}

GLogLevelFlags
shot_log_get_level (void)
{
  return (GLogLevelFlags) g_atomic_int_get (&least_level);
}

void
shot_log_set_format (ShotLogFormat format)
{
  g_atomic_int_set (&line_format, (int) format);
}

ShotLogFormat
shot_log_get_format (void)
{
  return (ShotLogFormat) g_atomic_int_get (&line_format);
}

/* Severe levels have small numbers. */
static bool
is_wanted (GLogLevelFlags level)
{
  return (level & G_LOG_LEVEL_MASK) <= shot_log_get_level ();
}

/* What comes from outside may hold line ends and terminal controls; one event stays one line. */
static void
append_escaped (GString *line, const char *text)
{
  for (const char *at = text; *at != '\0'; at++) {
    unsigned char c = (unsigned char) *at;
    if (c == '\n')
      g_string_append (line, at[1] == '\0' ? "" : "\\n");
    else if (c < 0x20 || c == 0x7f)
      g_string_append_printf (line, "\\x%02x", c);
    else
      g_string_append_c (line, (char) c);
  }
}

/* A text between quotation marks; in both formats as JSON has it. */
static void
append_quoted (GString *line, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (line, '"');
  for (const char *at = valid; *at != '\0'; at++) {
    unsigned char c = (unsigned char) *at;
    if (c == '"' || c == '\\')
      g_string_append_printf (line, "\\%c", c);
    else if (c == '\n')
      g_string_append (line, "\\n");
    else if (c < 0x20 || c == 0x7f)
      g_string_append_printf (line, "\\u%04x", c);
    else
      g_string_append_c (line, (char) c);
  }
  g_string_append_c (line, '"');
}

static char *
mask_field (const ShotLogField *field)
{
  return shot_mask_is_secret_header (field->key) ? g_strdup ("***") : shot_mask_uri (field->text);
}

static void
append_text_field (GString *line, const ShotLogField *field)
{
  if (field->text == NULL) {
    g_string_append_printf (line, " %s=%" G_GINT64_FORMAT, field->key, field->number);
    return;
  }

  g_autofree char *masked = mask_field (field);
  bool             is_plain = *masked != '\0';
  for (const char *at = masked; *at != '\0' && is_plain; at++)
    is_plain = (unsigned char) *at > 0x20 && *at != 0x7f && *at != '"';
  g_string_append_printf (line, " %s=", field->key);
  if (is_plain)
    g_string_append (line, masked);
  else
    append_quoted (line, masked);
}

static void
append_text (GString *line, const Event *event)
{
  g_autofree char *masked = shot_mask_uri (event->message);
  g_autofree char *valid = g_utf8_make_valid (masked, -1);

  g_string_append_printf (line, "%s level=%s ", event->time,
                          shot_log_level_to_string (event->level));
  if (event->program != NULL)
    g_string_append_printf (line, "program=%s ", event->program);
  if (event->domain != NULL)
    g_string_append_printf (line, "domain=%s ", event->domain);
  append_escaped (line, valid);
  for (const ShotLogField *field = event->fields; field != NULL && field->key != NULL; field++)
    append_text_field (line, field);
}

static void
append_member (GString *line, const char *key, const char *text)
{
  if (text == NULL)
    return;
  g_string_append_printf (line, "%s\"%s\":", line->len > 1 ? "," : "", key);
  append_quoted (line, text);
}

static void
append_json (GString *line, const Event *event)
{
  g_autofree char *masked = g_strchomp (shot_mask_uri (event->message));

  g_string_append_c (line, '{');
  append_member (line, "time", event->time);
  append_member (line, "level", shot_log_level_to_string (event->level));
  append_member (line, "program", event->program);
  append_member (line, "domain", event->domain);
  append_member (line, "message", masked);
  for (const ShotLogField *field = event->fields; field != NULL && field->key != NULL; field++) {
    if (field->text == NULL) {
      g_string_append_printf (line, ",\"%s\":%" G_GINT64_FORMAT, field->key, field->number);
      continue;
    }
    g_autofree char *text = mask_field (field);
    append_member (line, field->key, text);
  }
  g_string_append_c (line, '}');
}

static void
write_all (const char *text, size_t length)
{
  while (length > 0) {
    ssize_t written = write (STDERR_FILENO, text, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return;
    text += written;
    length -= (size_t) written;
  }
}

static void
write_event (const Event *event)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (shot_log_get_format () == SHOT_LOG_JSON)
    append_json (line, event);
  else
    append_text (line, event);
  g_string_append_c (line, '\n');
  write_all (line->str, line->len);
}

static GLogWriterOutput
write_cb (GLogLevelFlags level, const GLogField *fields, size_t n_fields, void *user_data)
{
  Event event = { .level = level, .program = program_name, .message = "" };

  if (!is_wanted (level))
    return G_LOG_WRITER_HANDLED;
  for (size_t i = 0; i < n_fields; i++) {
    if (g_str_equal (fields[i].key, FIELDS_KEY))
      event.fields = fields[i].value;
    else if (fields[i].length >= 0)
      continue;
    else if (g_str_equal (fields[i].key, "MESSAGE"))
      event.message = fields[i].value;
    else if (g_str_equal (fields[i].key, "GLIB_DOMAIN") &&
             !g_str_equal (fields[i].value, G_LOG_DOMAIN))
      event.domain = fields[i].value;
  }

  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char      *day = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");
  g_autofree char      *time = g_strdup_printf ("%s.%03dZ", day,
                                                g_date_time_get_microsecond (now) / 1000);
  event.time = time;
  write_event (&event);
  return G_LOG_WRITER_HANDLED;
}

void
shot_log_init (GLogLevelFlags level, const char *program)
{
  shot_log_set_level (level);
  program_name = program;
  g_log_set_writer_func (write_cb, NULL, NULL);
}

void
shot_log_event (GLogLevelFlags level, const char *message, const ShotLogField *fields)
{
  size_t n_fields = 0;

  while (fields[n_fields].key != NULL)
    n_fields++;
  const GLogField entries[] = {
    { "MESSAGE", message, -1 },
    { "GLIB_DOMAIN", G_LOG_DOMAIN, -1 },
    { FIELDS_KEY, fields, (gssize) ((n_fields + 1) * sizeof *fields) },
  };
  g_log_structured_array (level, entries, G_N_ELEMENTS (entries));
}

/* Cuts "name=value " off the start of *@text. (transfer full) (nullable) */
static char *
take_word (const char **text, const char *name)
{
  size_t      length = strlen (name);
  const char *end;

  if (strncmp (*text, name, length) != 0 || (end = strchr (*text + length, ' ')) == NULL)
    return NULL;

  char *value = g_strndup (*text + length, (size_t) (end - *text) - length);
  *text = end + 1;
  return value;
}

bool
shot_log_relay (const char *line, const char **out_message)
{
  Event event = { 0 };

  if (strnlen (line, TIME_BYTES + 1) <= TIME_BYTES || !g_ascii_isdigit (line[0]) ||
      line[10] != 'T' || line[TIME_BYTES - 1] != 'Z' || line[TIME_BYTES] != ' ')
    return false;

  const char      *rest = line + TIME_BYTES + 1;
  g_autofree char *time = g_strndup (line, TIME_BYTES);
  g_autofree char *level = take_word (&rest, "level=");
  if (!shot_log_level_from_string (level, &event.level))
    return false;
  g_autofree char *program = take_word (&rest, "program=");
  g_autofree char *domain = take_word (&rest, "domain=");

  if (out_message != NULL)
    *out_message = rest;
  if (!is_wanted (event.level))
    return true;
  event.time = time;
  event.program = program;
  event.domain = domain;
  event.message = rest;
  write_event (&event);
  return true;
}
