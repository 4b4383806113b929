#include "config.h"

#include "plain.h"

#include <stdbool.h>

static unsigned
measure (gunichar character)
{
  if (g_unichar_iszerowidth (character))
    return 0;
  return g_unichar_iswide (character) ? 2 : 1;
}

char *
shot_plain_make (const char *text, unsigned most)
{
  g_autofree char    *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  g_autoptr (GString) line = g_string_new (NULL);
  unsigned            width = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    if (type == G_UNICODE_FORMAT || type == G_UNICODE_PRIVATE_USE || type == G_UNICODE_SURROGATE)
      continue;
    if (type == G_UNICODE_CONTROL || g_unichar_isspace (character))
      character = ' ';
    unsigned more = measure (character);
    bool     is_last = *g_utf8_next_char (at) == '\0';
    if (width + more > most - (is_last ? 0 : 1)) {
      g_string_append (line, "…");
      break;
    }
    g_string_append_unichar (line, character);
    width += more;
  }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

unsigned
shot_plain_get_width (const char *text)
{
  unsigned width = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    width += measure (g_utf8_get_char (at));
  return width;
}

void
shot_plain_append (GString *line, const char *text, unsigned width)
{
  g_string_append (line, text);
  for (unsigned n = shot_plain_get_width (text); n < width; n++)
    g_string_append_c (line, ' ');
}
