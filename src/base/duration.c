#include "config.h"

#include "duration.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

#define MAX_BYTES 64

typedef struct {
  const char *name;
  double      ms;
} Unit;

/* "ms" before "m", so that the longer name is tried first. */
static const Unit units[] = {
  { "ns", 1e-6 }, { "us", 1e-3 }, { "\xc2\xb5s", 1e-3 }, { "\xce\xbcs", 1e-3 },
  { "ms", 1 },    { "s", 1000 },  { "m", 60000 },        { "h", 3600000 },
};

static const Unit *
find_unit (const char *text)
{
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++) {
    if (g_str_has_prefix (text, units[i].name))
      return &units[i];
  }
  return NULL;
}

/* Digits with at most one point, at least one digit; their number in bytes, 0 for none. */
static size_t
span_number (const char *text)
{
  size_t whole = strspn (text, "0123456789");
  size_t fraction = text[whole] == '.' ? strspn (text + whole + 1, "0123456789") : 0;

  if (whole + fraction == 0)
    return 0;
  return whole + (text[whole] == '.' ? 1 + fraction : 0);
}

/* Negative for what is no duration. */
static double
parse_ms (const char *text)
{
  double total = 0;

  if (*text == '+')
    text++;
  if (*text == '\0' || strlen (text) > MAX_BYTES)
    return -1;
  if (strspn (text, "0123456789") == strlen (text))
    return g_ascii_strtod (text, NULL) * 1000;
  while (*text != '\0') {
    size_t      length = span_number (text);
    const Unit *unit = length > 0 ? find_unit (text + length) : NULL;
    if (unit == NULL)
      return -1;
    total += g_ascii_strtod (text, NULL) * unit->ms;
    text += length + strlen (unit->name);
  }
  return total;
}

gboolean
shot_duration_parse (const char *text, int64_t most_ms, int64_t *out_ms, GError **error)
{
  double ms = parse_ms (text);

  if (ms < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "want seconds such as 30, or a duration such as 1m30s");
    return FALSE;
  }
  if (ms == 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "a render without a limit is not offered: give up to %" G_GINT64_FORMAT " seconds",
                 most_ms / 1000);
    return FALSE;
  }
  if (ms > (double) most_ms) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "the most is %" G_GINT64_FORMAT " seconds",
                 most_ms / 1000);
    return FALSE;
  }
  *out_ms = (int64_t) ms + (ms > (double) (int64_t) ms ? 1 : 0);
  return TRUE;
}

gboolean
shot_duration_read (const char *text, double *out_ms)
{
  bool   is_negative = *text == '-';
  double ms = parse_ms (is_negative ? text + 1 : text);

  /* "-+1s" is none. */
  if (ms < 0 || (is_negative && text[1] == '+'))
    return FALSE;
  *out_ms = is_negative ? -ms : ms;
  return TRUE;
}
