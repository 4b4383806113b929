#include "config.h"

#include "strict-json.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

#define MAX_DIGITS 18 /* in a row; json-glib makes anything of a whole number above 64 bits */

typedef struct {
  GHashTable *n_members; /* (owned) (element-type JsonObject uint): as they were read */
  char       *duplicate; /* (owned) (nullable) */
} Watch;

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

/* Characters only, not grammar: after this nothing but a text has a quote or a bracket in it, and
 * the count of brackets is the depth. NULL when all is well. */
static const char *
find_fault (const char *text, size_t length)
{
  const char *end = text + length;
  int         depth = 0;
  int         n_digits = 0;

  if (!g_utf8_validate (text, (gssize) length, NULL))
    return "it is not UTF-8";
  for (const char *at = text; at < end;) {
    char byte = *at++;
    n_digits = g_ascii_isdigit (byte) ? n_digits + 1 : 0;
    if (n_digits > MAX_DIGITS)
      return "a number in it has too many digits";
    if (byte == '"') {
      at = skip_string (at, end);
      if (at == NULL)
        return "a text in it does not end, or has an escape that names no character";
    } else if (byte == '{' || byte == '[') {
      if (++depth > SHOT_STRICT_JSON_MAX_DEPTH)
        return "it is nested too deeply";
    } else if (byte == '}' || byte == ']') {
      depth--;
    } else if (!g_ascii_isalnum (byte) && strchr (" \t\r\n,:.+-", byte) == NULL) {
      return "a character in it belongs into a text";
    }
  }
  return NULL;
}

static void
member_cb (JsonParser *parser, JsonObject *object, const char *name, void *user_data)
{
  Watch   *watch = user_data;
  unsigned n = GPOINTER_TO_UINT (g_hash_table_lookup (watch->n_members, object)) + 1;

  g_hash_table_insert (watch->n_members, object, GUINT_TO_POINTER (n));
  if (n > json_object_get_size (object) && watch->duplicate == NULL)
    watch->duplicate = g_strndup (name, 64);
}

static JsonObject *
refuse (GError **error, const char *why)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "invalid request: the body is no JSON object: %s", why);
  return NULL;
}

static JsonObject *
take_root (JsonParser *parser, const Watch *watch, GError **error)
{
  JsonNode *root = json_parser_get_root (parser);

  if (watch->duplicate != NULL) {
    g_autofree char *shown = g_utf8_make_valid (watch->duplicate, -1);
    g_autofree char *why = g_strdup_printf ("member '%s' is there twice", shown);
    return refuse (error, why);
  }
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return refuse (error, "send one, {…}");
  return json_object_ref (json_node_get_object (root));
}

JsonObject *
shot_strict_json_parse (const char *text, size_t length, GError **error)
{
  const char            *fault = find_fault (text, length);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError)     cause = NULL;
  Watch                  watch = { g_hash_table_new (NULL, NULL), NULL };
  JsonObject            *object = NULL;

  g_signal_connect (parser, "object-member", G_CALLBACK (member_cb), &watch);
  if (fault != NULL)
    refuse (error, fault);
  else if (!json_parser_load_from_data (parser, text, (gssize) length, &cause))
    refuse (error, "it does not follow the grammar");
  else
    object = take_root (parser, &watch, error);
  g_hash_table_unref (watch.n_members);
  g_free (watch.duplicate);
  return object;
}
