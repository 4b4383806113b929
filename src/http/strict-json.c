#include "config.h"

#include "strict-json.h"

#include "error.h"
#include "json-text.h"

#define MAX_DIGITS 18

typedef struct {
  GHashTable *n_members; /* (owned) (element-type JsonObject uint): as they were read */
  char       *duplicate; /* (owned) (nullable) */
} Watch;

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
  const char *fault = shot_json_text_find_fault (text, length, SHOT_STRICT_JSON_MAX_DEPTH,
                                                 MAX_DIGITS);
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
