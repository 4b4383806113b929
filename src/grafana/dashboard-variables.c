#include "config.h"

#include "dashboard-private.h"

#include <string.h>

#define ALL "$__all"

void
shot_dashboard_variable_free (ShotDashboardVariable *self)
{
  g_free (self->name);
  g_free (self->kind);
  g_strfreev (self->options);
  g_strfreev (self->current);
  g_free (self);
}

/* Numbers are options, too. */
static char *
node_to_text (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return g_strdup (json_node_get_string (node));
  return json_to_string (node, FALSE);
}

static void
add_option (GPtrArray *options, char *value)
{
  if (value == NULL || strcmp (value, ALL) == 0 || options->len >= SHOT_DASHBOARD_MAX_OPTIONS)
    g_free (value);
  else
    g_ptr_array_add (options, value);
}

static char **
end_list (GPtrArray *list)
{
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

/* One value of "a, b\,c, name : d", commas without their backslash: what is behind the last colon
 * between blanks, as the page reads it. Nothing between two commas is no value. */
static void
add_custom_value (GPtrArray *options, GString *piece)
{
  const char *colon = g_strrstr (piece->str, " : ");
  const char *value = colon != NULL ? colon + strlen (" : ") : piece->str;

  if (piece->len > 0)
    add_option (options, g_strstrip (g_strdup (value)));
  g_string_truncate (piece, 0);
}

static void
read_custom_query (GPtrArray *options, const char *query)
{
  g_autoptr (GString) piece = g_string_new (NULL);
  const char         *at = query;

  for (; *at != '\0'; at++) {
    if (*at == '\\' && at[1] == ',') {
      g_string_append_c (piece, *++at);
    } else if (*at == ',') {
      add_custom_value (options, piece);
    } else {
      g_string_append_c (piece, *at);
    }
  }
  add_custom_value (options, piece);
}

static void
read_saved_options (GPtrArray *options, JsonArray *saved)
{
  unsigned n = saved != NULL ? json_array_get_length (saved) : 0;

  for (unsigned i = 0; i < n; i++) {
    JsonObject *option = shot_dashboard_get_element (saved, i);
    if (option != NULL)
      add_option (options, node_to_text (json_object_get_member (option, "value")));
  }
}

static char **
read_options (JsonObject *json, const char *kind)
{
  GPtrArray  *options = g_ptr_array_new ();
  const char *query = shot_dashboard_get_text (json, "query");

  if (strcmp (kind, "custom") == 0 || strcmp (kind, "interval") == 0) {
    bool is_json = strcmp (shot_dashboard_get_text (json, "valuesFormat"), "json") == 0;
    /* The text is what the page goes by; the saved options are older. */
    if (!is_json)
      read_custom_query (options, query);
    if (options->len == 0)
      read_saved_options (options, shot_dashboard_get_array (json, "options"));
  } else if (strcmp (kind, "constant") == 0 || strcmp (kind, "textbox") == 0) {
    if (*query != '\0')
      add_option (options, g_strdup (query));
  } else if (strcmp (kind, "query") != 0 && strcmp (kind, "datasource") != 0) {
    /* What those two kept when they were saved is not what the page finds when it asks. */
    read_saved_options (options, shot_dashboard_get_array (json, "options"));
  }
  return end_list (options);
}

static char **
read_current (JsonObject *json)
{
  GPtrArray  *current = g_ptr_array_new ();
  JsonObject *object = shot_dashboard_get_object (json, "current");
  JsonNode   *node = object != NULL ? json_object_get_member (object, "value") : NULL;

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *values = json_node_get_array (node);
    unsigned   n = MIN (json_array_get_length (values), SHOT_DASHBOARD_MAX_OPTIONS);
    for (unsigned i = 0; i < n; i++) {
      char *value = node_to_text (json_array_get_element (values, i));
      if (value != NULL)
        g_ptr_array_add (current, value);
    }
  } else {
    char *value = node_to_text (node);
    if (value != NULL)
      g_ptr_array_add (current, value);
  }
  return end_list (current);
}

/* "QueryVariable" is "query" in the classic schema, "TextVariable" is "textbox". */
static char *
read_kind (JsonObject *json, bool is_v2)
{
  const char *kind = shot_dashboard_get_text (json, is_v2 ? "kind" : "type");
  size_t      length = strlen (kind);

  if (!is_v2)
    return g_strdup (kind);
  if (strcmp (kind, "TextVariable") == 0)
    return g_strdup ("textbox");
  if (g_str_has_suffix (kind, "Variable"))
    length -= strlen ("Variable");
  return g_ascii_strdown (kind, (gssize) length);
}

/* 2, or "hideVariable": neither a name nor a box on the page. Others are the name alone, or the menu. */
static bool
is_hidden (JsonObject *json)
{
  return shot_dashboard_get_int (json, "hide") == 2 ||
         strcmp (shot_dashboard_get_text (json, "hide"), "hideVariable") == 0;
}

static ShotDashboardVariable *
read_variable (JsonObject *json, bool is_v2)
{
  JsonObject *spec = is_v2 ? shot_dashboard_get_object (json, "spec") : json;
  const char *name = shot_dashboard_get_text (spec, "name");

  if (*name == '\0')
    return NULL;
  ShotDashboardVariable *self = g_new0 (ShotDashboardVariable, 1);
  self->name = g_strdup (name);
  self->kind = read_kind (json, is_v2);
  self->is_multi = shot_dashboard_get_bool (spec, "multi");
  self->has_all = shot_dashboard_get_bool (spec, "includeAll");
  self->is_hidden = is_hidden (spec);
  self->options = read_options (spec, self->kind);
  self->current = read_current (spec);
  return self;
}

void
shot_dashboard_read_variables (ShotDashboard *self, JsonArray *list, bool is_v2)
{
  unsigned n = list != NULL ? MIN (json_array_get_length (list), SHOT_DASHBOARD_MAX_VARIABLES) : 0;

  for (unsigned i = 0; i < n; i++) {
    JsonObject            *json = shot_dashboard_get_element (list, i);
    ShotDashboardVariable *variable = json != NULL ? read_variable (json, is_v2) : NULL;
    if (variable != NULL)
      g_ptr_array_add (self->variables, variable);
  }
}
