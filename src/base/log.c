#include "config.h"

#include "log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mask.h"

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

static GLogLevelFlags least_level = G_LOG_LEVEL_WARNING;
static const char    *program_name;

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

static GLogWriterOutput
write_event (GLogLevelFlags level, const GLogField *fields, size_t n_fields, void *user_data)
{
  const char *message = "";
  const char *domain = NULL;

  /* Severe levels have small numbers. */
  if ((level & G_LOG_LEVEL_MASK) > least_level)
    return G_LOG_WRITER_HANDLED;

  for (size_t i = 0; i < n_fields; i++) {
    if (fields[i].length >= 0)
      continue;
    if (g_str_equal (fields[i].key, "MESSAGE"))
      message = fields[i].value;
    else if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
      domain = fields[i].value;
  }

  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char      *day = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");
  g_autoptr (GString)   line = g_string_new (NULL);
  g_autofree char      *masked = shot_mask_uri (message);

  g_string_append_printf (line, "%s.%03dZ level=%s ", day, g_date_time_get_microsecond (now) / 1000,
                          shot_log_level_to_string (level));
  if (program_name != NULL)
    g_string_append_printf (line, "program=%s ", program_name);
  if (domain != NULL && !g_str_equal (domain, G_LOG_DOMAIN))
    g_string_append_printf (line, "domain=%s ", domain);
  append_escaped (line, masked);
  g_string_append_c (line, '\n');
  write_all (line->str, line->len);
  return G_LOG_WRITER_HANDLED;
}

void
shot_log_set_level (GLogLevelFlags level)
{
  least_level = level;
}

void
shot_log_init (GLogLevelFlags level, const char *program)
{
  least_level = level;
  program_name = program;
  g_log_set_writer_func (write_event, NULL, NULL);
}
