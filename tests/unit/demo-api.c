#include "config.h"

#include "demo-api.h"

#include <string.h>

#include "dashboard.h"

static JsonNode *
answer (const char *path, const char *name, const char *value, unsigned wanted)
{
  g_autoptr (GHashTable) query = g_hash_table_new (g_str_hash, g_str_equal);
  unsigned               status = 0;

  if (name != NULL)
    g_hash_table_insert (query, (void *) name, (void *) value);
  g_autofree char *text = shot_demo_api_answer (path, query, &status);
  g_assert_nonnull (text);
  g_assert_cmpuint (status, ==, wanted);
  JsonNode *node = json_from_string (text, NULL);
  g_assert_nonnull (node);
  return node;
}

/* What an inspection reads of the demo is what its own page shows. */
static void
test_dashboard (void)
{
  g_autoptr (JsonNode)      node = answer ("dashboards/uid/demo", NULL, NULL, 200);
  g_autoptr (GError)        error = NULL;
  g_autoptr (ShotDashboard) dashboard = shot_dashboard_parse (json_node_get_object (node), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (dashboard->uid, ==, "demo");
  g_assert_cmpstr (dashboard->url, ==, "/d/demo/demo");
  g_assert_cmpstr (dashboard->folder, ==, "示例 · Samples");
  g_assert_cmpuint (dashboard->panels->len, ==, 11);
  const ShotDashboardPanel *panel = dashboard->panels->pdata[0];
  g_assert_cmpstr (panel->key, ==, "panel-3");
  g_assert_cmpstr (panel->kind, ==, "stat");
  const ShotDashboardVariable *region = shot_dashboard_find_variable (dashboard, "region");
  g_assert_nonnull (region);
  g_assert_cmpuint (g_strv_length (region->options), ==, 5);
  g_assert_cmpstr (region->options[0], ==, "east");
  g_assert_true (region->is_multi && region->has_all);

  g_autoptr (JsonNode) missing = answer ("dashboards/uid/other", NULL, NULL, 404);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (missing), "message"), ==,
                   "Dashboard not found");
}

static void
test_search (void)
{
  static const struct {
    const char *name;
    const char *value;
    unsigned    n_found;
  } rows[] = {
    { NULL, NULL, 2 },
    { "type", "dash-db", 1 },
    { "type", "dash-folder", 1 },
    { "query", "DEMO", 1 },
    { "query", "示例", 2 },
    { "query", "none", 0 },
    { "tag", "daily", 1 },
    { "tag", "none", 0 },
    { "folderUIDs", "samples", 1 },
    { "folderUIDs", "other", 0 },
    { "page", "1", 2 },
    { "page", "2", 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (JsonNode) node = answer ("search", rows[i].name, rows[i].value, 200);
    g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, rows[i].n_found);
  }
}

static void
test_others (void)
{
  unsigned             status = 0;
  g_autoptr (JsonNode) health = answer ("health", NULL, NULL, 200);
  g_autoptr (JsonNode) folders = answer ("folders", NULL, NULL, 200);

  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (health), "database"), ==,
                   "ok");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (folders)), ==, 1);
  g_assert_null (shot_demo_api_answer ("", NULL, &status));
  g_assert_null (shot_demo_api_answer ("admin/users", NULL, &status));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demo-api/dashboard", test_dashboard);
  g_test_add_func ("/demo-api/search", test_search);
  g_test_add_func ("/demo-api/others", test_others);
  return g_test_run ();
}
