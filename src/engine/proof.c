#include "config.h"

#include "proof.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "facts.h"

#define NONSENSE "it answers nonsense"

static bool
get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

/* -1 for anything but a number. */
static int64_t
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64)
    return -1;
  return json_node_get_int (node);
}

const char *
shot_proof_find_doubt (const char *text)
{
  static const struct {
    const char *name;
    const char *doubt;
  } rows[] = {
    { "begun", "the document is another one" },
    { "uid", "it shows another dashboard, or does not say which" },
    { "address", "it went to another address" },
    { "range", "it shows another time range" },
    { "variables", "a variable has another value" },
    { "wanted", "it does not show the panel" },
    { "dashboard", "the dashboard may have been edited" },
    { "fresh", "its scene is one of an earlier visit" },
  };
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject            *object = shot_facts_parse_object (parser, text);

  if (object == NULL)
    return NONSENSE;
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!get_bool (object, rows[i].name))
      return rows[i].doubt;
  }
  if (get_number (object, "panels") <= 0)
    return "it shows no panel";
  if (get_number (object, "stale") != 0)
    return "a panel's data were not asked for anew";
  return NULL;
}
