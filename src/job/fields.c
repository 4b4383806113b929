#include "config.h"

#include "fields.h"

#include <math.h>

#include "error.h"

static gboolean
fail (const char *name, const char *wanted, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "malformed message: \"%s\" is not %s", name,
               wanted);
  return FALSE;
}

/* The node, when it is a value of @type. */
static JsonNode *
get_value (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

gboolean
shot_fields_get_string (JsonObject *object, const char *name, bool optional, const char **out_text,
                        GError **error)
{
  JsonNode *any = json_object_get_member (object, name);
  JsonNode *node = get_value (object, name, G_TYPE_STRING);

  if (optional && (any == NULL || JSON_NODE_HOLDS_NULL (any))) {
    *out_text = NULL;
    return TRUE;
  }
  if (node == NULL)
    return fail (name, "a text", error);
  *out_text = json_node_get_string (node);
  return TRUE;
}

gboolean
shot_fields_get_int (JsonObject *object, const char *name, int64_t least, int64_t most,
                     int64_t *out_value, GError **error)
{
  JsonNode *node = get_value (object, name, G_TYPE_INT64);

  if (node == NULL || json_node_get_int (node) < least || json_node_get_int (node) > most)
    return fail (name, "a whole number in its range", error);
  *out_value = json_node_get_int (node);
  return TRUE;
}

gboolean
shot_fields_get_double (JsonObject *object, const char *name, double *out_value, GError **error)
{
  JsonNode *whole = get_value (object, name, G_TYPE_INT64);
  JsonNode *node = get_value (object, name, G_TYPE_DOUBLE);
  double    value = NAN;

  if (whole != NULL)
    value = (double) json_node_get_int (whole);
  else if (node != NULL)
    value = json_node_get_double (node);
  if (!isfinite (value))
    return fail (name, "a number", error);
  *out_value = value;
  return TRUE;
}

gboolean
shot_fields_get_bool (JsonObject *object, const char *name, bool *out_value, GError **error)
{
  JsonNode *node = get_value (object, name, G_TYPE_BOOLEAN);

  if (node == NULL)
    return fail (name, "true or false", error);
  *out_value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
shot_fields_get_array (JsonObject *object, const char *name, unsigned most, JsonArray **out_array,
                       GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node) ||
      json_array_get_length (json_node_get_array (node)) > most)
    return fail (name, "a list of acceptable length", error);
  *out_array = json_node_get_array (node);
  return TRUE;
}

gboolean
shot_fields_get_object (JsonObject *object, const char *name, JsonObject **out_object,
                        GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return fail (name, "an object", error);
  *out_object = json_node_get_object (node);
  return TRUE;
}

gboolean
shot_fields_get_element (JsonArray *array, unsigned index, const char *name,
                         JsonObject **out_object, GError **error)
{
  JsonNode *node = json_array_get_element (array, index);

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (name, "a list of objects", error);
  *out_object = json_node_get_object (node);
  return TRUE;
}

gboolean
shot_fields_get_string_element (JsonArray *array, unsigned index, const char *name,
                                const char **out_text, GError **error)
{
  JsonNode *node = json_array_get_element (array, index);

  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return fail (name, "a list of texts", error);
  *out_text = json_node_get_string (node);
  return TRUE;
}

gboolean
shot_fields_read_objects (JsonObject *object, const char *name, unsigned most,
                          ShotFieldsReader reader, void *user_data, GError **error)
{
  JsonArray *array = NULL;

  if (!shot_fields_get_array (object, name, most, &array, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    JsonObject *element = NULL;
    if (!shot_fields_get_element (array, i, name, &element, error) ||
        !reader (element, user_data, error))
      return FALSE;
  }
  return TRUE;
}
