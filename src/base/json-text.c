#include "config.h"

#include "json-text.h"

#include <string.h>

/* Four hexadecimal digits; -1 for anything else. */
static int
read_unit (const char *text, const char *end)
{
  int unit = 0;

  if (end - text < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int digit = g_ascii_xdigit_value (text[i]);
    if (digit < 0)
      return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/* @at: behind a backslash. The place behind the escape, NULL when it is none that we take. */
static const char *
skip_escape (const char *at, const char *end)
{
  if (at == end)
    return NULL;
  if (*at != 'u')
    return memchr ("\"\\/bfnrt", *at, 8) != NULL ? at + 1 : NULL;

  int unit = read_unit (at + 1, end);
  if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
    return NULL;
  at += 5;
  if (unit < 0xd800 || unit > 0xdbff)
    return at;
  /* The first half of a pair. */
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
    return NULL;
  unit = read_unit (at + 2, end);
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 6 : NULL;
}

/* @at: behind the opening quote. The place behind the closing one, NULL for no such text. */
static const char *
skip_string (const char *at, const char *end)
{
  while (at != NULL && at < end && *at != '"') {
    if ((unsigned char) *at < 0x20)
      return NULL;
    at = *at == '\\' ? skip_escape (at + 1, end) : at + 1;
  }
  return at != NULL && at < end ? at + 1 : NULL;
}

/* After this nothing but a text has a quote or a bracket in it, and the count of brackets is the
 * depth. */
const char *
shot_json_text_find_fault (const char *text, size_t length, unsigned max_depth, unsigned max_digits)
{
  const char *end = text + length;
  unsigned    depth = 0;
  unsigned    n_digits = 0;

  if (!g_utf8_validate (text, (gssize) length, NULL))
    return "it is not UTF-8";
  for (const char *at = text; at < end;) {
    char byte = *at++;
    n_digits = g_ascii_isdigit (byte) ? n_digits + 1 : 0;
    if (n_digits > max_digits)
      return "a number in it has too many digits";
    if (byte == '"') {
      at = skip_string (at, end);
      if (at == NULL)
        return "a text in it does not end, or has an escape that names no character";
    } else if (byte == '{' || byte == '[') {
      if (++depth > max_depth)
        return "it is nested too deeply";
    } else if (byte == '}' || byte == ']') {
      depth -= depth > 0;
    } else if (!g_ascii_isalnum (byte) && strchr (" \t\r\n,:.+-", byte) == NULL) {
      return "a character in it belongs into a text";
    }
  }
  return NULL;
}
