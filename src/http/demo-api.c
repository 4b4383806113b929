#include "config.h"

#include "demo-api.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <string.h>

#include "demo-resources.h"

#define DASHBOARD "dashboards/uid/"
#define FOLDER_UID "samples"
#define FOLDER_TITLE "示例 · Samples"

/* The dashboard that the page shows. (transfer full) */
static JsonObject *
read_dashboard (void)
{
  g_autoptr (GBytes)     bytes = g_resource_lookup_data (shot_demo_get_resource (),
                                                         "/panelshot/demo/dashboard.json",
                                                         G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  size_t                 size = 0;
  const char            *text = g_bytes_get_data (bytes, &size);
  bool                   is_read = json_parser_load_from_data (parser, text, (gssize) size, NULL);

  g_assert (is_read);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static char *
print_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  return json_to_string (node, FALSE);
}

static char *
print_array (JsonArray *array)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);

  return json_to_string (node, FALSE);
}

static JsonObject *
make_folder (const char *type)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "id", 2);
  json_object_set_string_member (object, "uid", FOLDER_UID);
  json_object_set_string_member (object, "title", FOLDER_TITLE);
  json_object_set_string_member (object, "url", "/demo/");
  if (type != NULL)
    json_object_set_string_member (object, "type", type);
  return object;
}

static JsonObject *
make_found (JsonObject *dashboard)
{
  JsonObject *object = make_folder ("dash-db");

  json_object_set_int_member (object, "id", json_object_get_int_member (dashboard, "id"));
  for (const char *const *name = (const char *const[]){ "uid", "title", "tags", NULL };
       *name != NULL; name++)
    json_object_set_member (object, *name,
                            json_node_copy (json_object_get_member (dashboard, *name)));
  json_object_set_string_member (object, "url", "/demo/d/demo/demo");
  json_object_set_string_member (object, "folderUid", FOLDER_UID);
  json_object_set_string_member (object, "folderTitle", FOLDER_TITLE);
  return object;
}

static const char *
get_text (GHashTable *query, const char *name)
{
  const char *text = query != NULL ? g_hash_table_lookup (query, name) : NULL;

  return text != NULL ? text : "";
}

/* Whether Grafana's search would give it. */
static bool
is_wanted (GHashTable *query, JsonObject *found, const char *type)
{
  const char      *tag = get_text (query, "tag");
  const char      *folder = get_text (query, "folderUIDs");
  const char      *wanted_type = get_text (query, "type");
  g_autofree char *text = g_utf8_casefold (get_text (query, "query"), -1);
  g_autofree char *title = g_utf8_casefold (json_object_get_string_member (found, "title"), -1);
  JsonArray       *tags = json_object_has_member (found, "tags")
                              ? json_object_get_array_member (found, "tags")
                              : NULL;
  bool             has_tag = *tag == '\0';

  for (unsigned i = 0; tags != NULL && i < json_array_get_length (tags); i++)
    has_tag = has_tag || strcmp (json_array_get_string_element (tags, i), tag) == 0;
  return has_tag && strstr (title, text) != NULL &&
         (*folder == '\0' || (strcmp (type, "dash-db") == 0 && strcmp (folder, FOLDER_UID) == 0)) &&
         (*wanted_type == '\0' || strcmp (wanted_type, type) == 0);
}

static char *
answer_search (GHashTable *query)
{
  g_autoptr (JsonObject) dashboard = read_dashboard ();
  g_autoptr (JsonArray)  found = json_array_new ();
  const struct {
    const char *type;
    JsonObject *object;
  } rows[] = { { "dash-folder", make_folder ("dash-folder") },
               { "dash-db", make_found (dashboard) } };
  bool is_first = g_ascii_strtoll (get_text (query, "page"), NULL, 10) <= 1;

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (is_first && is_wanted (query, rows[i].object, rows[i].type))
      json_array_add_object_element (found, rows[i].object);
    else
      json_object_unref (rows[i].object);
  }
  return print_array (found);
}

static char *
answer_missing (const char *message, unsigned *out_status)
{
  g_autoptr (JsonObject) object = json_object_new ();

  *out_status = 404;
  json_object_set_string_member (object, "message", message);
  return print_object (object);
}

static char *
answer_dashboard (const char *uid, unsigned *out_status)
{
  JsonObject            *dashboard = read_dashboard ();
  JsonObject            *meta = json_object_new ();
  g_autoptr (JsonObject) answer = json_object_new ();

  json_object_set_object_member (answer, "meta", meta);
  json_object_set_object_member (answer, "dashboard", dashboard);
  if (strcmp (uid, json_object_get_string_member (dashboard, "uid")) != 0)
    return answer_missing ("Dashboard not found", out_status);
  json_object_set_string_member (meta, "type", "db");
  json_object_set_string_member (meta, "slug", "demo");
  json_object_set_string_member (meta, "url", "/demo/d/demo/demo");
  json_object_set_string_member (meta, "folderUid", FOLDER_UID);
  json_object_set_string_member (meta, "folderTitle", FOLDER_TITLE);
  json_object_set_boolean_member (meta, "canSave", FALSE);
  json_object_set_int_member (meta, "version", json_object_get_int_member (dashboard, "version"));
  return print_object (answer);
}

static char *
answer_health (void)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "database", "ok");
  json_object_set_string_member (object, "version", SHOT_VERSION);
  return print_object (object);
}

static char *
answer_folders (void)
{
  g_autoptr (JsonArray) folders = json_array_new ();

  json_array_add_object_element (folders, make_folder (NULL));
  return print_array (folders);
}

char *
shot_demo_api_answer (const char *path, GHashTable *query, unsigned *out_status)
{
  *out_status = 200;
  if (strcmp (path, "search") == 0)
    return answer_search (query);
  if (strcmp (path, "health") == 0)
    return answer_health ();
  if (strcmp (path, "folders") == 0)
    return answer_folders ();
  if (g_str_has_prefix (path, DASHBOARD))
    return answer_dashboard (path + strlen (DASHBOARD), out_status);
  return NULL;
}
