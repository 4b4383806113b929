#include "config.h"

#include "query.h"

#include <string.h>

#include "error.h"
#include "job.h"

#define SHOWN_BYTES 40

typedef struct {
  char *label; /* (owned) */
  char *text;  /* (owned) */
} Value;

struct _ShotQuery {
  const char *noun;   /* static */
  GHashTable *values; /* (owned) (element-type utf8 Value) */
};

static void
value_free (void *data)
{
  Value *value = data;

  g_free (value->label);
  g_free (value->text);
  g_free (value);
}

ShotQuery *
shot_query_new (const char *noun)
{
  ShotQuery *self = g_new0 (ShotQuery, 1);

  self->noun = noun;
  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);
  return self;
}

void
shot_query_free (ShotQuery *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->values);
  g_free (self);
}

void
shot_query_add (ShotQuery *self, const char *name, const char *label, const char *text)
{
  if (g_hash_table_contains (self->values, name))
    return;

  Value *value = g_new0 (Value, 1);
  value->label = g_strdup (label);
  value->text = g_strdup (text);
  g_hash_table_insert (self->values, g_strdup (name), value);
}

/* NULL for what is not UTF-8 or not properly encoded. (transfer full) */
static char *
decode (const char *text, size_t length)
{
  g_autofree char *plain = g_strndup (text, length);

  g_strdelimit (plain, "+", ' ');
  g_autofree char *decoded = g_uri_unescape_string (plain, NULL);
  if (decoded == NULL || !g_utf8_validate (decoded, -1, NULL))
    return NULL;
  return g_steal_pointer (&decoded);
}

/* False when any pair could not be decoded; the others are there all the same. */
static bool
add_pairs (ShotQuery *self, const char *text)
{
  g_auto (GStrv) pairs = g_strsplit (text != NULL ? text : "", "&", -1);
  bool           is_whole = true;

  for (char **pair = pairs; *pair != NULL; pair++) {
    size_t           name_length = strcspn (*pair, "=");
    const char      *rest = *pair + name_length;
    g_autofree char *name = decode (*pair, name_length);
    g_autofree char *value = decode (*rest == '=' ? rest + 1 : rest, strlen (rest));
    if (name != NULL && value != NULL)
      shot_query_add (self, name, name, value);
    else
      is_whole = false;
  }
  return is_whole;
}

ShotQuery *
shot_query_parse (const char *text, GError **error)
{
  g_autoptr (ShotQuery) self = shot_query_new ("query parameter");

  if (!add_pairs (self, text)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "invalid request: the query is not valid UTF-8 in percent encoding");
    return NULL;
  }
  return g_steal_pointer (&self);
}

ShotQuery *
shot_query_parse_target (const char *uri)
{
  ShotQuery       *self = shot_query_new ("query parameter of the address");
  g_autofree char *whole = g_strndup (uri, strcspn (uri, "#"));
  const char      *mark = strchr (whole, '?');

  add_pairs (self, mark != NULL ? mark + 1 : NULL);
  return self;
}

const char *
shot_query_get (const ShotQuery *self, const char *name)
{
  const Value *value = g_hash_table_lookup (self->values, name);

  return value != NULL && *value->text != '\0' ? value->text : NULL;
}

gboolean
shot_query_check_url (const ShotQuery *self, GError **error)
{
  const char        *url = shot_query_get (self, "url");
  const char        *start = "Invalid URL in query";
  g_autoptr (GError) cause = NULL;

  if (url == NULL || shot_job_check_uri (url, &cause))
    return TRUE;
  /* The official renderer's words, then what to do. */
  if (cause->code == SHOT_ERROR_REFUSED)
    start = g_ascii_strncasecmp (url, "http", 4) == 0 ? "Forbidden query url"
                                                      : "Forbidden query url protocol";
  g_set_error (error, SHOT_ERROR, cause->code, "%s: %s", start, cause->message);
  return FALSE;
}

/* Cut for the message: it may be ten thousand characters of anything. (transfer full) */
static char *
show (const char *text)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    if (shown->len >= SHOWN_BYTES) {
      g_string_append (shown, "…");
      break;
    }
    gunichar character = g_utf8_get_char (at);
    g_string_append_unichar (shown,
                             g_unichar_isprint (character) && character != '"' ? character : '?');
  }
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

gboolean
shot_query_fail (const ShotQuery *self, const char *name, const char *wanted, GError **error)
{
  const Value     *value = g_hash_table_lookup (self->values, name);
  g_autofree char *shown = show (value != NULL ? value->text : "");

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "invalid '%s' %s: \"%s\" (%s)",
               value != NULL ? value->label : name, self->noun, shown, wanted);
  return FALSE;
}

gboolean
shot_query_fail_missing (const ShotQuery *self, const char *name, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "missing '%s' %s", name, self->noun);
  return FALSE;
}
