#include "config.h"

#include "dashboard.h"

#include <string.h>

#include "error.h"

static JsonObject *
parse_text (const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError)     error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static ShotDashboard *
read_fixture (const char *name)
{
  g_autofree char   *path = g_build_filename (SHOT_TEST_FIXTURES, "..", "dashboards", name, NULL);
  g_autofree char   *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) object = parse_text (text);
  ShotDashboard         *dashboard = shot_dashboard_parse (object, &error);
  g_assert_no_error (error);
  return dashboard;
}

/* One line per panel: key|title|kind|row|repeat|repeat of the row. */
static char *
list_panels (const ShotDashboard *dashboard)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (unsigned i = 0; i < dashboard->panels->len; i++) {
    const ShotDashboardPanel *panel = dashboard->panels->pdata[i];
    g_string_append_printf (list, "%s|%s|%s|%s|%s|%s\n", panel->key, panel->title, panel->kind,
                            panel->row, panel->repeat != NULL ? panel->repeat : "",
                            panel->row_repeat != NULL ? panel->row_repeat : "");
  }
  return g_string_free (g_steal_pointer (&list), FALSE);
}

/* One line per variable: name|kind|flags|options|current. */
static char *
list_variables (const ShotDashboard *dashboard)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (unsigned i = 0; i < dashboard->variables->len; i++) {
    const ShotDashboardVariable *one = dashboard->variables->pdata[i];
    g_autofree char             *options = g_strjoinv (";", one->options);
    g_autofree char             *current = g_strjoinv (";", one->current);
    g_string_append_printf (list, "%s|%s|%s%s%s|%s|%s\n", one->name, one->kind,
                            one->is_multi ? "m" : "", one->has_all ? "a" : "",
                            one->is_hidden ? "h" : "", options, current);
  }
  return g_string_free (g_steal_pointer (&list), FALSE);
}

static void
check (const ShotDashboard *dashboard, const char *panels, const char *variables)
{
  g_autofree char *panels_seen = list_panels (dashboard);
  g_autofree char *variables_seen = list_variables (dashboard);

  g_assert_cmpstr (panels_seen, ==, panels);
  g_assert_cmpstr (variables_seen, ==, variables);
}

static void
test_classic (void)
{
  g_autoptr (ShotDashboard) dashboard = read_fixture ("classic.json");

  g_assert_cmpstr (dashboard->uid, ==, "node-1");
  g_assert_cmpstr (dashboard->title, ==, "Node overview");
  g_assert_cmpstr (dashboard->slug, ==, "node-overview");
  g_assert_cmpstr (dashboard->url, ==, "/d/node-1/node-overview");
  g_assert_cmpstr (dashboard->folder, ==, "生产");
  g_assert_cmpint (dashboard->version, ==, 17);
  g_assert_cmpuint (g_strv_length (dashboard->tags), ==, 2);
  g_assert_cmpstr (dashboard->tags[1], ==, "巡检");
  check (dashboard,
         "panel-1|CPU|timeseries|||\n"
         "panel-2||stat|||\n"
         "panel-4|In|timeseries|Network on $instance||instance\n"
         "panel-12|Out|timeseries|Network on $instance||instance\n"
         "panel-6|Errors 库|library-panel-ref|Shared||\n"
         "panel-7|Whole|gauge|Shared||\n"
         "panel-13|No id|text|Shared||\n"
         "panel-10|Usage of $instance|bargauge|Disks|instance|\n"
         "panel-11|Mounts|table|Disks||\n",
         "instance|query|ma||$__all\n"
         "region|custom||eu;us-east;a,b;ap|eu\n"
         "shape|custom|||\n"
         "step|interval|h|1m;5m|1m\n"
         "filter|textbox||abc|5\n"
         "fixed|constant||7|\n"
         "ds|datasource|||\n"
         "Filters|adhoc|||\n");
  const ShotDashboardPanel *panel = dashboard->panels->pdata[0];
  g_assert_nonnull (strstr (panel->json, "\"expr\":\"rate(cpu[5m])\""));
  g_assert_nonnull (shot_dashboard_find_variable (dashboard, "region"));
  g_assert_null (shot_dashboard_find_variable (dashboard, "Region"));
}

static void
test_rows (void)
{
  g_autoptr (ShotDashboard) dashboard = read_fixture ("rows.json");

  g_assert_cmpstr (dashboard->folder, ==, "");
  check (dashboard,
         "panel-2|A|graph|First||\n"
         "panel-1|B|singlestat|First|host|\n"
         "panel-3|C|table|Second||host\n",
         "host|query|||\n");
}

static void
test_v2 (void)
{
  g_autoptr (ShotDashboard) dashboard = read_fixture ("v2.json");

  g_assert_cmpstr (dashboard->uid, ==, "new-1");
  g_assert_cmpstr (dashboard->url, ==, "/d/new-1");
  g_assert_cmpstr (dashboard->folder, ==, "prod");
  g_assert_cmpint (dashboard->version, ==, 5);
  check (dashboard,
         "panel-1|Load|timeseries|Now / Top||\n"
         "panel-2|State|stat|Now / Top||\n"
         "panel-3|Shared|library-panel-ref|Now / On $server||server\n"
         "panel-5|Per server|gauge|Now / On $server|env|server\n"
         "panel-4|Logs|logs|Later||\n",
         "server|query|ma||$__all\n"
         "env|custom|ah|prod;test|prod\n"
         "q|textbox||a|\n"
         "on|switch|||\n");
}

static void
test_v2alpha1 (void)
{
  g_autoptr (ShotDashboard) dashboard = read_fixture ("v2alpha1.json");

  g_assert_cmpstr (dashboard->url, ==, "/d/early/early");
  check (dashboard,
         "panel-1|A|stat|||\n"
         "panel-2|B|table|Row||v\n",
         "");
}

/* Library panels: what the dashboard says wins, and nothing else is touched. */
static void
test_library (void)
{
  g_autoptr (JsonObject) dashboard_json = parse_text (
      "{\"dashboard\":{\"uid\":\"x\",\"panels\":["
      "{\"id\":1,\"libraryPanel\":{\"uid\":\"l1\",\"name\":\"Name\"}},"
      "{\"id\":2,\"title\":\"Mine\",\"type\":\"library-panel-ref\",\"libraryPanel\":{\"uid\":\"l1\"}},"
      "{\"id\":3,\"libraryPanel\":{\"uid\":\"l2\",\"name\":\"Other\"}},"
      "{\"id\":4,\"libraryPanel\":5}]}}");
  g_autoptr (JsonObject) good = parse_text (
      "{\"result\":{\"model\":{\"type\":\"gauge\",\"title\":\"Load\",\"repeat\":\"host\"}}}");
  g_autoptr (JsonObject)    bad = parse_text ("{\"result\":{\"model\":[]}}");
  g_autoptr (ShotDashboard) dashboard = shot_dashboard_parse (dashboard_json, NULL);
  g_autoptr (GPtrArray)     uids = shot_dashboard_list_library (dashboard);

  g_assert_cmpuint (uids->len, ==, 2);
  g_assert_cmpstr (uids->pdata[1], ==, "l2");
  shot_dashboard_fill_library (dashboard, "l1", good);
  shot_dashboard_fill_library (dashboard, "l2", bad);
  shot_dashboard_fill_library (dashboard, "l3", good);
  g_autofree char *panels = list_panels (dashboard);
  g_assert_cmpstr (panels, ==,
                   "panel-1|Load|gauge||host|\n"
                   "panel-2|Mine|gauge||host|\n"
                   "panel-3|Other|library-panel-ref|||\n"
                   "panel-4|||||\n");
  const ShotDashboardPanel *panel = dashboard->panels->pdata[0];
  g_assert_nonnull (strstr (panel->json, "\"uid\":\"l1\""));
  g_assert_nonnull (strstr (panel->json, "\"repeat\":\"host\""));
  g_autoptr (GPtrArray) left = shot_dashboard_list_library (dashboard);
  g_assert_cmpuint (left->len, ==, 1);
}

/* What no Grafana sends, and a stranger might. */
static void
test_strange (void)
{
  static const struct {
    const char *text;
    const char *panels; /* NULL: an error */
  } rows[] = {
    { "{}", NULL },
    { "{\"dashboard\":[]}", NULL },
    { "{\"dashboard\":{}}", NULL },
    { "{\"dashboard\":{\"uid\":5}}", NULL },
    { "{\"spec\":{\"elements\":{}},\"metadata\":{\"name\":[]}}", NULL },
    { "{\"message\":\"not found\"}", NULL },
    { "{\"dashboard\":{\"uid\":\"x\"}}", "" },
    { "{\"dashboard\":{\"uid\":\"x\",\"panels\":{},\"title\":[],"
      "\"templating\":5,\"tags\":[[],3,\"a\"]}}",
      "" },
    { "{\"dashboard\":{\"uid\":\"x\",\"panels\":[{\"id\":\"7\",\"type\":null,\"title\":{}}]}}",
      "panel-7|||||\n" },
    { "{\"dashboard\":{\"uid\":\"x\",\"panels\":"
      "[{\"id\":1e300},{\"id\":-4},{\"id\":9223372036854775807}]}}",
      "panel-1|||||\npanel-2|||||\npanel-9223372036854775807|||||\n" },
    { "{\"dashboard\":{\"uid\":\"x\",\"panels\":"
      "[{\"id\":1,\"type\":\"row\",\"panels\":[{\"id\":2,\"type\":\"row\"}]}]}}",
      "" },
    { "{\"dashboard\":{\"uid\":\"../x\",\"title\":\"<script>\","
      "\"panels\":[{\"id\":1,\"title\":\"../../etc/passwd\"}]}}",
      "panel-1|../../etc/passwd||||\n" },
    { "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"elements\":[],\"layout\":{\"kind\":\"GridLayout\"}}}",
      "" },
    { "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"elements\":{\"a\":7},\"layout\":"
      "{\"kind\":\"GridLayout\",\"spec\":{\"items\":["
      "{\"spec\":{\"element\":{\"name\":\"a\"}}},5,{\"spec\":{\"element\":[]}}]}},"
      "\"variables\":[{\"kind\":5,\"spec\":[]}]}}",
      "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (JsonObject)    object = parse_text (rows[i].text);
    g_autoptr (GError)        error = NULL;
    g_autoptr (ShotDashboard) dashboard = shot_dashboard_parse (object, &error);
    if (rows[i].panels == NULL) {
      g_assert_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT);
      g_assert_null (dashboard);
      continue;
    }
    g_assert_no_error (error);
    g_autofree char *panels = list_panels (dashboard);
    g_assert_cmpstr (panels, ==, rows[i].panels);
  }
}

/* A uid cannot lead out of its place in an address. */
static void
test_url (void)
{
  g_autoptr (JsonObject)    object = parse_text ("{\"meta\":{\"slug\":\"a/../b?c\"},"
                                                    "\"dashboard\":{\"uid\":\"../admin?x=1\"}}");
  g_autoptr (ShotDashboard) dashboard = shot_dashboard_parse (object, NULL);

  g_assert_cmpstr (dashboard->url, ==, "/d/..%2Fadmin%3Fx%3D1/a");
}

/* Layouts in layouts, and elements named a million times, come to an end. */
static void
test_bounds (void)
{
  g_autoptr (GString) text = g_string_new ("{\"metadata\":{\"name\":\"x\"},\"spec\":{\"elements\":"
                                           "{\"a\":{\"spec\":{\"id\":1}}},\"layout\":");

  for (int i = 0; i < 40; i++)
    g_string_append (
        text,
        "{\"kind\":\"RowsLayout\",\"spec\":{\"rows\":[{\"spec\":{\"title\":\"r\",\"layout\":");
  g_string_append (text, "{\"kind\":\"GridLayout\",\"spec\":{\"items\":[");
  for (int i = 0; i < 20000; i++)
    g_string_append_printf (text, "%s{\"spec\":{\"element\":{\"name\":\"a\"}}}", i > 0 ? "," : "");
  g_autofree char *items = g_strdup (strrchr (text->str, '[') + 1);
  g_string_append (text, "]}}");
  for (int i = 0; i < 40; i++)
    g_string_append (text, "}}]}}");
  g_string_append (text, "}}");
  g_autoptr (JsonObject)    deep = parse_text (text->str);
  g_autoptr (ShotDashboard) first = shot_dashboard_parse (deep, NULL);
  g_assert_cmpuint (first->panels->len, ==, 0);

  g_autofree char *flat_text = g_strdup_printf (
      "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"elements\":"
      "{\"a\":{\"spec\":{\"id\":1}}},\"layout\":{\"kind\":"
      "\"GridLayout\",\"spec\":{\"items\":[%s]}}}}",
      items);
  g_autoptr (JsonObject)    flat = parse_text (flat_text);
  g_autoptr (ShotDashboard) second = shot_dashboard_parse (flat, NULL);
  g_assert_cmpuint (second->panels->len, ==, 4000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dashboard/classic", test_classic);
  g_test_add_func ("/dashboard/rows", test_rows);
  g_test_add_func ("/dashboard/v2", test_v2);
  g_test_add_func ("/dashboard/v2alpha1", test_v2alpha1);
  g_test_add_func ("/dashboard/library", test_library);
  g_test_add_func ("/dashboard/strange", test_strange);
  g_test_add_func ("/dashboard/url", test_url);
  g_test_add_func ("/dashboard/bounds", test_bounds);
  return g_test_run ();
}
