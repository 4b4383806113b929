#include "config.h"

#include "filename.h"

#include <string.h>

/* Whoever reads a name with a turned part takes one ending for another. */
static gboolean
is_kept (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
  case G_UNICODE_SURROGATE:
  case G_UNICODE_UNASSIGNED:
    return FALSE;
  case G_UNICODE_FORMAT:
    /* These two join and part letters in Persian and in Indian scripts. */
    return c == 0x200c || c == 0x200d;
  default:
    return TRUE;
  }
}

/* The end of a name tells its kind, so a long one loses its middle. */
static void
shorten (GString *name)
{
  if (name->len <= SHOT_FILENAME_MAX_BYTES)
    return;

  const char *ending = strrchr (name->str, '.');
  size_t      ending_bytes = ending != NULL ? strlen (ending) : 0;
  if (ending_bytes > 16)
    ending_bytes = 0;
  char  *at = name->str + SHOT_FILENAME_MAX_BYTES - ending_bytes;
  char  *cut = g_utf8_find_prev_char (name->str, at + 1);
  size_t start = (size_t) (cut - name->str);
  g_string_erase (name, (gssize) start, (gssize) (name->len - ending_bytes - start));
}

char *
shot_filename_clean (const char *name)
{
  g_autofree char    *valid = g_utf8_make_valid (name, -1);
  g_autoptr (GString) clean = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    if (c == '/' || c == '\\')
      g_string_truncate (clean, 0);
    else if (is_kept (c))
      g_string_append_unichar (clean, c);
  }
  g_strstrip (clean->str);
  g_string_set_size (clean, strlen (clean->str));
  g_string_erase (clean, 0, (gssize) strspn (clean->str, ". "));
  shorten (clean);
  return clean->len > 0 ? g_string_free (g_steal_pointer (&clean), FALSE) : NULL;
}
