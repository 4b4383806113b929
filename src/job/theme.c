#include "config.h"

#include "theme.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static bool
is_theme (const char *parameter)
{
  return g_str_equal (parameter, "theme") || g_str_has_prefix (parameter, "theme=");
}

char *
shot_theme_apply (const char *uri, const char *theme, GError **error)
{
  size_t length = strspn (theme, WORD);

  if (length == 0 || length > SHOT_THEME_MAX_BYTES || theme[length] != '\0') {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "want the name of a theme of Grafana such as light or dark");
    return NULL;
  }

  size_t              address_length = strcspn (uri, "#");
  g_autofree char    *address = g_strndup (uri, address_length);
  g_auto (GStrv)      parts = g_strsplit (address, "?", 2);
  g_auto (GStrv)      parameters = g_strsplit (parts[1] != NULL ? parts[1] : "", "&", -1);
  g_autoptr (GString) text = g_string_new (parts[0]);

  g_string_append_c (text, '?');
  for (char **parameter = parameters; *parameter != NULL; parameter++) {
    if (**parameter != '\0' && !is_theme (*parameter))
      g_string_append_printf (text, "%s&", *parameter);
  }
  g_string_append_printf (text, "theme=%s%s", theme, uri + address_length);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
