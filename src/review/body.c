#include "config.h"

#include "body.h"

#include <string.h>

#include "error.h"
#include "settings.h"
#include "strict-json.h"

#define MAX_SECRET_BYTES 4096
#define SHOWN_BYTES 64

struct _ShotBody {
  JsonObject *object; /* (owned) */
};

gboolean
shot_body_fail (const char *name, const char *wanted, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, (gssize) strnlen (name, SHOWN_BYTES));

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "invalid request: '%s': %s", shown, wanted);
  return FALSE;
}

/* Takes @object. */
static ShotBody *
make (JsonObject *object, const char *members, GError **error)
{
  g_autoptr (ShotBody) self = g_new0 (ShotBody, 1);
  g_autoptr (GList)    names = json_object_get_members (object);

  self->object = object;
  for (GList *name = names; name != NULL; name = name->next) {
    if (shot_setting_has_word (members, name->data))
      continue;
    g_autofree char *wanted = g_strdup_printf ("no such member: there are %s", members);
    shot_body_fail (name->data, wanted, error);
    return NULL;
  }
  return g_steal_pointer (&self);
}

ShotBody *
shot_body_parse (GBytes *bytes, const char *members, GError **error)
{
  size_t      length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  JsonObject *object = shot_strict_json_parse (text != NULL ? text : "", length, error);

  return object != NULL ? make (object, members, error) : NULL;
}

void
shot_body_free (ShotBody *self)
{
  if (self == NULL)
    return;
  json_object_unref (self->object);
  g_free (self);
}

/* NULL when absent. */
static JsonNode *
find (const ShotBody *self, const char *name)
{
  JsonNode *node = json_object_get_member (self->object, name);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

bool
shot_body_has (const ShotBody *self, const char *name)
{
  return find (self, name) != NULL;
}

ShotBody *
shot_body_get_object (const ShotBody *self, const char *name, const char *members, GError **error)
{
  JsonNode *node = find (self, name);

  if (node == NULL)
    return make (json_object_new (), members, error);
  if (JSON_NODE_HOLDS_OBJECT (node))
    return make (json_object_ref (json_node_get_object (node)), members, error);
  shot_body_fail (name, "want an object", error);
  return NULL;
}

static bool
has_control (const char *text)
{
  for (const char *at = text; *at != '\0'; at++) {
    if (g_ascii_iscntrl (*at) && *at != '\n' && *at != '\t' && *at != '\r')
      return true;
  }
  return false;
}

static bool
holds (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

gboolean
shot_body_get_text (const ShotBody *self, const char *name, size_t most, const char **out_text,
                    GError **error)
{
  JsonNode *node = find (self, name);

  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_STRING))
    return shot_body_fail (name, "want a text", error);

  const char *text = json_node_get_string (node);
  if (has_control (text))
    return shot_body_fail (name, "want a text without control characters", error);
  if ((size_t) g_utf8_strlen (text, -1) > most) {
    g_autofree char *wanted = g_strdup_printf ("want at most %" G_GSIZE_FORMAT " characters", most);
    return shot_body_fail (name, wanted, error);
  }
  *out_text = text;
  return TRUE;
}

gboolean
shot_body_get_int (const ShotBody *self, const char *name, int64_t least, int64_t most,
                   int64_t *out_number, GError **error)
{
  JsonNode *node = find (self, name);

  if (node == NULL)
    return TRUE;

  int64_t number = holds (node, G_TYPE_INT64) ? json_node_get_int (node) : least - 1;
  if (number < least || number > most) {
    g_autofree char *wanted = g_strdup_printf ("want a whole number from %" G_GINT64_FORMAT
                                               " to %" G_GINT64_FORMAT,
                                               least, most);
    return shot_body_fail (name, wanted, error);
  }
  *out_number = number;
  return TRUE;
}

gboolean
shot_body_get_bool (const ShotBody *self, const char *name, bool *out_value, GError **error)
{
  JsonNode *node = find (self, name);

  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_BOOLEAN))
    return shot_body_fail (name, "want true or false", error);
  *out_value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
shot_body_get_secret (const ShotBody *self, const char *name, ShotSecret **out_secret,
                      GError **error)
{
  JsonNode *node = find (self, name);

  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_STRING) || strlen (json_node_get_string (node)) > MAX_SECRET_BYTES)
    return shot_body_fail (name, "want a text of at most 4096 bytes", error);
  *out_secret = shot_secret_new (json_node_get_string (node));
  return TRUE;
}

gboolean
shot_body_require (const ShotBody *self, const char *names, GError **error)
{
  g_auto (GStrv) all = g_strsplit (names, " ", -1);

  for (char **name = all; *name != NULL; name++) {
    if (find (self, *name) == NULL)
      return shot_body_fail (*name, "it is missing", error);
  }
  return TRUE;
}
