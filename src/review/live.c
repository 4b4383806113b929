#include "config.h"

#include "live.h"

#include <string.h>

#include "json-text.h"

static void
add (GString *address, const char *name, const char *value)
{
  g_autofree char *escaped_name = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);

  g_string_append_printf (address, "&%s=%s", escaped_name, escaped);
}

static void
add_variable (GString *address, const char *name, JsonArray *values)
{
  g_autofree char *parameter = g_strconcat ("var-", name, NULL);

  for (unsigned i = 0; i < json_array_get_length (values); i++) {
    JsonNode *value = json_array_get_element (values, i);
    if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
      add (address, parameter, json_node_get_string (value));
  }
}

static void
add_variables (GString *address, const char *text)
{
  bool                 is_safe = shot_json_text_find_fault (text, strlen (text), 4, 18) == NULL;
  g_autoptr (JsonNode) node = is_safe ? json_from_string (text, NULL) : NULL;
  JsonObjectIter       iter;
  const char          *name;
  JsonNode            *values;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &values)) {
    if (JSON_NODE_HOLDS_ARRAY (values))
      add_variable (address, name, json_node_get_array (values));
  }
}

char *
shot_live_make_address (const char *grafana, const ShotCell *cell)
{
  g_autofree char    *uid = g_uri_escape_string (cell->dashboard_uid, NULL, FALSE);
  g_autofree char    *panel = g_uri_escape_string (cell->panel_key, NULL, FALSE);
  g_autoptr (GString) address = NULL;

  if (!g_str_has_prefix (grafana, "http://") && !g_str_has_prefix (grafana, "https://"))
    return NULL;
  address = g_string_new (grafana);
  g_string_append_printf (address,
                          "/d/%s?viewPanel=%s&from=%" G_GINT64_FORMAT "&to=%" G_GINT64_FORMAT, uid,
                          panel, cell->from_ms, cell->to_ms);
  if (*cell->timezone != '\0')
    add (address, "timezone", cell->timezone);
  add_variables (address, cell->variables);
  return g_string_free (g_steal_pointer (&address), FALSE);
}
