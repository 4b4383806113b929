#include "config.h"

#include "check-report.h"

#include <string.h>

#include "plain.h"

#define NOON INT64_C (1767268800000) /* 2026-01-01T12:00:00Z */
#define HOUR INT64_C (3600000)

static void
cell_free (void *cell)
{
  shot_cell_free (cell);
}

static ShotCell *
make_cell (const char *panel, const char *range, int64_t hours)
{
  ShotCell *cell = shot_cell_new ();

  g_free (cell->panel_key);
  g_free (cell->range);
  cell->panel_key = g_strdup (panel);
  cell->range = g_strdup (range);
  cell->from_ms = NOON - hours * HOUR;
  cell->to_ms = NOON;
  return cell;
}

static ShotVisit *
make_visit (const ShotDashboard *dashboard, const char *query, const char *range, int64_t hours,
            unsigned n_panels)
{
  ShotVisit *visit = g_new0 (ShotVisit, 1);

  visit->dashboard = dashboard;
  visit->address = g_strconcat ("https://g.example/d/x/x?orgId=1", query, NULL);
  visit->timezone = g_strdup ("Asia/Shanghai");
  visit->cells = g_ptr_array_new_with_free_func (cell_free);
  for (unsigned i = 0; i < n_panels; i++) {
    g_autofree char *key = g_strdup_printf ("panel-%u", i + 1);
    g_ptr_array_add (visit->cells, make_cell (key, range, hours));
  }
  return visit;
}

static void
visit_free (void *visit)
{
  shot_visit_free (visit);
}

static ShotPlan *
read_plan (void)
{
  static const char text[] =
      "title: Daily\ngrafana: {address: https://g.example}\ndashboards: [a]\n";
  g_autoptr (GError) error = NULL;
  ShotPlan          *plan = shot_plan_read_text ("daily.yaml", text, strlen (text), &error);

  g_assert_no_error (error);
  return plan;
}

static void
test_report (void)
{
  ShotDashboard         first = { .uid = (char *) "a", .title = (char *) "Eins\n\033[31m二" };
  ShotDashboard         second = { .uid = (char *) "b", .title = (char *) "Zwei" };
  g_autoptr (ShotPlan)  plan = read_plan ();
  g_autoptr (GPtrArray) visits = g_ptr_array_new_with_free_func (visit_free);
  g_autoptr (GPtrArray) notes = g_ptr_array_new ();

  g_ptr_array_add (visits, make_visit (&first, "&var-r=eu&var-r=%E5%8D%8E", "last 1h", 1, 3));
  g_ptr_array_add (visits, make_visit (&first, "&var-r=us", "last 1h", 1, 3));
  g_ptr_array_add (visits, make_visit (&second, "", "gestern", 24, 1));
  g_ptr_array_add (visits, make_visit (&first, "&var-r=us", "昨天", 24, 2));
  g_autofree char *text = shot_check_report_make_text (plan, visits, NOON + 1000);
  g_assert_cmpstr (
      text, ==,
      "Daily, as of 2026-01-01 20:00:01 Asia/Shanghai\n"
      "\n"
      "Eins  [31m二 (a): 3 panels\n"
      "  last 1h  2026-01-01 19:00 to 2026-01-01 20:00  3 × 2 = 6 pictures\n"
      "  昨天     2025-12-31 20:00 to 2026-01-01 20:00  2 pictures\n"
      "  with r=eu,华\n"
      "       r=us\n"
      "\n"
      "Zwei (b): 1 panel\n"
      "  gestern  2025-12-31 20:00 to 2026-01-01 20:00  1 picture\n"
      "\n"
      "2 dashboards, 4 panels, 3 ranges, 2 sets of variables: 9 pictures in 4 visits\n");

  g_autofree char     *json = shot_check_report_make_json (plan, visits, NOON, notes);
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  JsonObject          *root = json_node_get_object (node);
  JsonArray           *dashboards = json_object_get_array_member (root, "dashboards");
  JsonObject          *one = json_array_get_object_element (dashboards, 0);
  JsonArray           *sets = json_object_get_array_member (one, "variables");
  JsonArray *values = json_object_get_array_member (json_array_get_object_element (sets, 0), "r");
  g_assert_cmpint (json_object_get_int_member (root, "pictures"), ==, 9);
  g_assert_cmpint (json_object_get_int_member (root, "visits"), ==, 4);
  g_assert_cmpuint (json_array_get_length (dashboards), ==, 2);
  g_assert_cmpint (json_object_get_int_member (one, "pictures"), ==, 8);
  g_assert_cmpuint (json_array_get_length (sets), ==, 2);
  g_assert_cmpstr (json_array_get_string_element (values, 1), ==, "华");
}

static void
test_plain (void)
{
  static const struct {
    const char *text;
    unsigned    most;
    const char *plain;
    unsigned    width;
  } rows[] = {
    { "abc", 3, "abc", 3 },
    { "abcd", 3, "ab…", 3 },
    { "数据", 4, "数据", 4 },
    { "数据库", 5, "数据…", 5 },
    { "a\n\tb\033[1m", 20, "a  b [1m", 8 },
    { "\xe2\x80\xae"
      "abc",
      9, "abc", 3 },
    { "\xff", 9, "\xef\xbf\xbd", 1 },
    { "", 9, "", 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *plain = shot_plain_make (rows[i].text, rows[i].most);
    g_assert_cmpstr (plain, ==, rows[i].plain);
    g_assert_cmpuint (shot_plain_get_width (plain), ==, rows[i].width);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check-report/report", test_report);
  g_test_add_func ("/check-report/plain", test_plain);
  return g_test_run ();
}
