#include "config.h"

#include "panel.h"

#include <string.h>

#include "error.h"
#include "panel-index.h"

static char *
name_of (const char *title, const char *key, unsigned order, unsigned n_digits)
{
  g_autoptr (ShotPanel) panel = shot_panel_new (order, key, title, NULL, NULL);

  return shot_panel_make_name (panel, n_digits);
}

static void
test_names (void)
{
  static const struct {
    const char *title;
    const char *key;
    const char *name;
  } rows[] = {
    { "CPU usage (%)", "panel-1", "03-cpu-usage" },
    { "每秒请求数 / s", "panel-1", "03-每秒请求数-s" },
    { "../../etc/passwd", "panel-1", "03-etc-passwd" },
    { "..", "panel-1", "03-panel-1" },
    { "", "panel-1-clone-2", "03-panel-1-clone-2" },
    { "\n\t", "a/b\\c", "03-a-b-c" },
    { "", "", "03" },
    { "Ärger\xe2\x80\xae"
      "gnp.exe",
      "x", "03-ärgergnp-exe" },
    { "\xff\xfe", "x", "03-x" },
    { "CON:aux|nul?*<>", "x", "03-con-aux-nul" },
    { "हिन्दी", "x", "03-हिन्दी" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *name = name_of (rows[i].title, rows[i].key, 3, 2);
    g_assert_cmpstr (name, ==, rows[i].name);
  }
  g_autofree char *wide = name_of ("x", "x", 7, 3);
  g_assert_cmpstr (wide, ==, "007-x");
}

/* Of any title a name comes that file systems hold, cut between characters. */
static void
test_long_names (void)
{
  g_autoptr (GString) title = g_string_new (NULL);

  for (int i = 0; i < 1000; i++)
    g_string_append (title, "数据");
  g_autofree char *name = name_of (title->str, "x", 1, 2);
  g_assert_cmpuint (strlen (name), <=, 100);
  g_assert_true (g_utf8_validate (name, -1, NULL));

  g_autoptr (ShotPanel) panel = shot_panel_new (1, title->str, title->str, title->str, title->str);
  g_assert_cmpint (g_utf8_strlen (panel->title, -1), ==, SHOT_PANEL_MAX_TITLE);
  g_assert_cmpint (g_utf8_strlen (panel->key, -1), ==, SHOT_PANEL_MAX_KEY);
  g_assert_cmpint (g_utf8_strlen (panel->plugin, -1), ==, SHOT_PANEL_MAX_PLUGIN);
}

static void
test_round_trip (void)
{
  g_autoptr (ShotPanel) panel = shot_panel_new (4, "panel-4",
                                                "Token glsa_abcdefghijklmnopqrst1234 …", "行\n1",
                                                "stat");
  panel->grid_x = 12;
  panel->grid_width = 6;
  panel->is_cut_out = true;
  shot_panel_set_failure (panel, "the page does not show it");
  shot_panel_set_status (panel, "error", "bad\nquery", "5xx: 4.2 is above 3");

  g_autoptr (GError)     error = NULL;
  g_autoptr (JsonObject) object = shot_panel_to_json (panel);
  g_autoptr (ShotPanel)  copy = shot_panel_from_json (object, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (copy->order, ==, 4);
  g_assert_cmpstr (copy->key, ==, "panel-4");
  g_assert_null (strstr (copy->title, "glsa_"));
  g_assert_cmpstr (copy->row, ==, "行 1");
  g_assert_cmpstr (copy->failure, ==, "the page does not show it");
  g_assert_cmpint (copy->grid_x, ==, 12);
  g_assert_cmpint (copy->grid_width, ==, 6);
  g_assert_true (copy->is_cut_out);
  g_assert_cmpstr (copy->status, ==, "error");
  g_assert_cmpstr (copy->message, ==, "bad query");
  g_assert_cmpstr (copy->threshold, ==, "5xx: 4.2 is above 3");
  g_autoptr (ShotPanel) twin = shot_panel_copy (copy);
  shot_panel_set_status (copy, "great", NULL, NULL);
  g_assert_cmpstr (copy->status, ==, "");
  g_assert_cmpstr (copy->message, ==, "");
  g_assert_cmpstr (twin->message, ==, "bad query");
  g_assert_cmpstr (twin->failure, ==, "the page does not show it");

  static const char *const wrong[] = {
    "order", "key", "title", "row", "plugin", "grid_x", "status"
  };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (JsonObject) broken = shot_panel_to_json (panel);
    json_object_set_double_member (broken, wrong[i], -1);
    g_assert_null (shot_panel_from_json (broken, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
    g_clear_error (&error);
  }
}

static void
add (ShotResult *result, unsigned wish, const char *title, const char *failure)
{
  ShotPicture *picture = shot_picture_new ();

  picture->kind = SHOT_PICTURE_EACH_PANEL;
  picture->wish = wish;
  picture->fd = -1;
  picture->size_bytes = failure == NULL ? 10 : 0;
  picture->panel = shot_panel_new (result->pictures->len + 1, "panel-1", title, "", "");
  if (failure != NULL)
    shot_panel_set_failure (picture->panel, failure);
  g_ptr_array_add (result->pictures, picture);
}

static void
test_index (void)
{
  g_autoptr (ShotResult) result = shot_result_new ("x");
  g_autoptr (GPtrArray)  prefixes = g_ptr_array_new ();
  g_autoptr (GPtrArray)  taken = g_ptr_array_new ();

  add (result, 0, "Same", NULL);
  add (result, 0, "Lost", "the page does not show it");
  add (result, 1, "Same", NULL);
  ((ShotPicture *) result->pictures->pdata[2])->panel->order = 1;
  add (result, 2, "SAME", NULL);
  ((ShotPicture *) result->pictures->pdata[3])->panel->order = 1;
  result->flags = SHOT_FLAG_INCOMPLETE;
  g_ptr_array_add (prefixes, NULL);
  g_ptr_array_add (prefixes, (char *) "b");
  g_ptr_array_add (taken, (char *) "B-01-same.png");
  g_ptr_array_add (taken, NULL);

  g_autoptr (GPtrArray) names = shot_panel_index_make_names (result, prefixes, taken);
  g_assert_cmpstr (names->pdata[0], ==, "01-same.png");
  g_assert_cmpstr (names->pdata[1], ==, NULL);
  g_assert_cmpstr (names->pdata[2], ==, "b-01-same-2.png");
  g_assert_cmpstr (names->pdata[3], ==, "01-same-2.png");
  g_assert_null (shot_panel_index_make_data_name (result->pictures->pdata[0], names->pdata[0]));

  unsigned n_panels, n_failed;
  shot_panel_index_count (result, &n_panels, &n_failed);
  g_assert_cmpuint (n_panels, ==, 4);
  g_assert_cmpuint (n_failed, ==, 1);

  g_autofree char       *text = shot_panel_index_make_json (result, names);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonArray  *panels = json_object_get_array_member (root, "panels");
  g_assert_cmpuint (json_array_get_length (panels), ==, 4);
  JsonObject *lost = json_array_get_object_element (panels, 1);
  g_assert_true (json_object_get_null_member (lost, "file"));
  g_assert_cmpstr (json_object_get_string_member (lost, "error"), ==, "the page does not show it");
  g_assert_cmpstr (json_array_get_string_element (json_object_get_array_member (root, "flags"), 0),
                   ==, "incomplete");
}

/* The data has its picture's name, so that the second has neither name of the first. */
static void
test_data (void)
{
  g_autoptr (ShotResult) result = shot_result_new ("x");

  for (unsigned i = 0; i < 3; i++) {
    add (result, i, "v1.2 CPU", i < 2 ? NULL : "gone");
    ShotPicture *picture = result->pictures->pdata[i];
    picture->encoding = i == 0 ? SHOT_ENCODING_PNG : SHOT_ENCODING_WEBP;
    picture->panel->order = 1;
    picture->data_bytes = 20;
  }
  ShotPicture *first = result->pictures->pdata[0];
  first->is_data_cut = true;
  shot_panel_set_status (first->panel, "ok", "", "x: 4 is above 3");
  shot_result_set_dashboard (result, "uid", "Shop", 7);

  g_autoptr (GPtrArray) names = shot_panel_index_make_names (result, NULL, NULL);
  g_autofree char      *data = shot_panel_index_make_data_name (first, names->pdata[0]);
  g_autofree char      *other = shot_panel_index_make_data_name (result->pictures->pdata[1],
                                                                 names->pdata[1]);
  g_assert_cmpstr (data, ==, "01-v1-2-cpu.csv.gz");
  g_assert_cmpstr (names->pdata[1], ==, "01-v1-2-cpu-2.webp");
  g_assert_cmpstr (other, ==, "01-v1-2-cpu-2.csv.gz");
  g_assert_null (shot_panel_index_make_data_name (result->pictures->pdata[2], names->pdata[2]));

  g_autofree char       *text = shot_panel_index_make_json (result, names);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonObject *dashboard = json_object_get_object_member (root, "dashboard");
  JsonArray  *panels = json_object_get_array_member (root, "panels");
  JsonObject *panel = json_array_get_object_element (panels, 0);
  JsonObject *plain = json_array_get_object_element (panels, 1);
  g_assert_cmpstr (json_object_get_string_member (dashboard, "uid"), ==, "uid");
  g_assert_cmpint (json_object_get_int_member (dashboard, "version"), ==, 7);
  g_assert_cmpstr (json_object_get_string_member (panel, "data"), ==, "01-v1-2-cpu.csv.gz");
  g_assert_true (json_object_get_boolean_member (panel, "dataCut"));
  g_assert_cmpstr (json_object_get_string_member (panel, "status"), ==, "ok");
  g_assert_true (json_object_get_null_member (panel, "message"));
  g_assert_cmpstr (json_object_get_string_member (panel, "threshold"), ==, "x: 4 is above 3");
  g_assert_true (json_object_get_null_member (plain, "status"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/panel/names", test_names);
  g_test_add_func ("/panel/long-names", test_long_names);
  g_test_add_func ("/panel/round-trip", test_round_trip);
  g_test_add_func ("/panel/index", test_index);
  g_test_add_func ("/panel/data", test_data);
  return g_test_run ();
}
