#include "config.h"

#include "timezone.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

#define DEFAULT_FOLDER "/usr/share/zoneinfo"
#define MAX_NAME_BYTES 64
#define MAX_OFFSET_MINUTES (14 * 60)

static char *
fail (const char *name, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, (gssize) strnlen (name, MAX_NAME_BYTES));

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "unknown time zone \"%s\": give an IANA name such as Asia/Shanghai, or UTC+hh:mm",
               shown);
  return NULL;
}

/* "hh" or "hh:mm", h also alone; -1 for anything else. */
static int
parse_offset_minutes (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 3);
  guint64        hours = 0;
  guint64        minutes = 0;

  if (parts[0] == NULL || g_strv_length (parts) > 2 || strlen (parts[0]) > 2 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 0, 14, &hours, NULL))
    return -1;
  if (parts[1] != NULL &&
      (strlen (parts[1]) != 2 || !g_ascii_string_to_unsigned (parts[1], 10, 0, 59, &minutes, NULL)))
    return -1;

  int total = (int) (hours * 60 + minutes);
  return total <= MAX_OFFSET_MINUTES ? total : -1;
}

/* @offset: what follows "UTC", sign first, in the POSIX sense: minus lies east. */
static char *
normalize_offset (const char *offset)
{
  int  minutes = parse_offset_minutes (offset + 1);
  bool is_east = offset[0] == '-';

  if (minutes < 0)
    return NULL;
  if (minutes == 0)
    return g_strdup ("Etc/UTC");
  /* The Etc names keep the POSIX sign and end at 14 hours east, 12 hours west. */
  if (minutes % 60 == 0 && minutes / 60 <= (is_east ? 14 : 12))
    return g_strdup_printf ("Etc/GMT%c%d", offset[0], minutes / 60);
  return g_strdup_printf ("GMT%c%02d:%02d", is_east ? '+' : '-', minutes / 60, minutes % 60);
}

static gboolean
has_plain_name (const char *name)
{
  /* Every IANA name starts with a capital; the files that do not are no zones. */
  if (!g_ascii_isupper (name[0]) || strlen (name) > MAX_NAME_BYTES)
    return FALSE;
  for (const char *at = name; *at != '\0'; at++) {
    if (!g_ascii_isalnum (*at) && strchr ("_+-/", *at) == NULL)
      return FALSE;
  }
  return strstr (name, "//") == NULL && !g_str_has_suffix (name, "/");
}

static gboolean
is_known (const char *name)
{
  const char *folder = g_getenv ("TZDIR");

  if (folder == NULL || *folder == '\0')
    folder = DEFAULT_FOLDER;
  /* Small containers have no zone files; WebKit brings its own, so any sane name may do. */
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;

  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

char *
shot_timezone_normalize (const char *name, GError **error)
{
  if (name == NULL || *name == '\0' || g_str_equal (name, "browser"))
    return NULL;
  /* Grafana writes its own setting "utc" in lower case. */
  if (g_ascii_strcasecmp (name, "utc") == 0)
    return g_strdup ("UTC");
  if (g_ascii_strncasecmp (name, "utc", 3) == 0 && (name[3] == '+' || name[3] == '-')) {
    char *normalized = normalize_offset (name + 3);
    return normalized != NULL ? normalized : fail (name, error);
  }
  if (!has_plain_name (name) || !is_known (name))
    return fail (name, error);
  return g_strdup (name);
}
