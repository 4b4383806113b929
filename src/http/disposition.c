#include "config.h"

#include "disposition.h"

#include <stdbool.h>
#include <string.h>

#define MAX_NAME_BYTES 200

char *
shot_disposition_clean_name (const char *path)
{
  const char         *start = path;
  g_autoptr (GString) name = g_string_new (NULL);

  for (const char *at = path; *at != '\0'; at++) {
    if (*at == '/' || *at == '\\')
      start = at + 1;
  }
  for (const char *at = start; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar character = g_utf8_get_char (at);
    char     bytes[6];
    size_t   length = (size_t) g_unichar_to_utf8 (character, bytes);
    /* Separators of lines and marks that turn the direction of text are no part of a name. */
    if (g_unichar_iscntrl (character) || g_unichar_type (character) == G_UNICODE_FORMAT ||
        character == 0x2028 || character == 0x2029)
      continue;
    if (name->len + length > MAX_NAME_BYTES)
      break;
    g_string_append_len (name, bytes, (gssize) length);
  }
  g_strstrip (name->str);
  if (g_str_equal (name->str, ".") || g_str_equal (name->str, ".."))
    return g_strdup ("");
  return g_strdup (name->str);
}

static bool
is_token_character (char byte)
{
  return byte > ' ' && byte < 0x7f && strchr ("()<>@,;:\\\"/[]?=", byte) == NULL;
}

char *
shot_disposition_format (const char *name)
{
  g_autoptr (GString) text = g_string_new ("attachment; filename");
  bool                is_ascii = true;
  bool                is_token = *name != '\0';

  for (const char *at = name; *at != '\0'; at++) {
    is_ascii = is_ascii && *at >= ' ' && *at < 0x7f;
    is_token = is_token && is_token_character (*at);
  }
  if (is_token && is_ascii) {
    g_string_append_printf (text, "=%s", name);
  } else if (is_ascii) {
    g_string_append (text, "=\"");
    for (const char *at = name; *at != '\0'; at++)
      g_string_append_printf (text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    g_string_append_c (text, '"');
  } else {
    g_string_append (text, "*=utf-8''");
    for (const char *at = name; *at != '\0'; at++)
      g_string_append_printf (text,
                              is_token_character (*at) && strchr ("*'%", *at) == NULL ? "%c"
                                                                                      : "%%%02X",
                              (unsigned char) *at);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
