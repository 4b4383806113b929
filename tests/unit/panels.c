#include "config.h"

#include "panels.h"

#include <math.h>
#include <string.h>

static ShotJob *
make_job (double scale, double zoom)
{
  ShotJob *job = shot_job_new ("http://g/d/x");

  job->scale = scale;
  job->zoom = zoom;
  shot_job_add_picture (job, SHOT_PICTURE_EACH_PANEL, NULL);
  return job;
}

/* @n panels of this size. */
static ShotPanelList *
make_list (unsigned n, double width, double height)
{
  g_autoptr (GString) text = g_string_new ("{\"opened\":0,\"panels\":[");

  for (unsigned i = 0; i < n; i++)
    g_string_append_printf (
        text,
        "%s{\"key\":\"panel-%u\",\"isThere\":true,\"x\":1,\"y\":2,\"width\":%d.5,"
        "\"height\":%d}",
        i > 0 ? "," : "", i, (int) width, (int) height);
  g_string_append (text, "]}");
  return shot_panels_parse (text->str);
}

/* A choice of them keeps their order, and their places in the page's own list. */
static void
test_choose (void)
{
  static const struct {
    const char *wanted;
    const char *key;
    bool        is_it;
  } rows[] = {
    { "panel-4", "panel-4", true },
    { "panel-4", "panel-4-clone-1", true },
    { "panel-4", "panel-44", false },
    { "panel-4", "panel-10-clone-1/grid-item-4/panel-4", true },
    { "panel-4", "panel-10-clone-1/panel-4-clone-2", true },
    { "panel-4", "eu$panel-4", true },
    { "panel-4", "eu$web$panel-4", true },
    { "panel-10", "panel-10-clone-1/panel-4", false },
    { "panel-4-clone-1", "panel-4", false },
    { "panel-4-clone-1", "panel-4-clone-10", false },
    { "eu$panel-4", "eu$panel-4", true },
    { "eu$panel-4", "us$panel-4", false },
    { "", "panel-4", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s, %s", rows[i].wanted, rows[i].key);
    g_assert_true (shot_panels_stands_for (rows[i].wanted, rows[i].key) == rows[i].is_it);
  }

  g_autoptr (ShotPanelList) list = make_list (12, 100, 50);
  g_autoptr (ShotJob)       job = make_job (1, 1);
  ShotPictureWish          *wish = job->pictures->pdata[0];
  shot_panels_choose (list, NULL);
  g_assert_cmpuint (list->boxes->len, ==, 12);
  shot_picture_wish_add_panel (wish, "panel-9");
  shot_picture_wish_add_panel (wish, "panel-1");
  shot_picture_wish_add_panel (wish, "panel-99");
  shot_panels_choose (list, wish->panels);
  g_assert_cmpuint (list->boxes->len, ==, 2);
  g_assert_cmpuint (list->n_all, ==, 2);
  const ShotPanelBox *last = list->boxes->pdata[1];
  g_assert_cmpstr (last->panel->key, ==, "panel-9");
  g_assert_cmpuint (last->panel->order, ==, 10);
  g_assert_cmpuint (last->index, ==, 9);
  g_autoptr (ShotPanelPlan) plan = shot_panels_plan (list, job, wish);
  g_autofree char          *json = shot_panels_plan_to_json (plan);
  g_assert_true (g_str_has_prefix (json, "{\"places\":[[1,"));
  g_assert_nonnull (strstr (json, "],[9,"));
}

/* What the page says of the dashboard and of its panels' status, if it does. */
static void
test_status (void)
{
  g_autoptr (ShotPanelList) list = shot_panels_parse (
      "{\"dashboard\":{\"uid\":\"abc\",\"title\":\"A\\nB\",\"version\":7},\"panels\":["
      "{\"key\":\"a\",\"status\":\"error\",\"message\":\"no\\u0000 table\",\"threshold\":\"x\"},"
      "{\"key\":\"b\",\"status\":\"fine\",\"message\":5}]}");
  g_autoptr (ShotPanelList) other = shot_panels_parse (
      "{\"dashboard\":[],\"panels\":[{\"status\":null}]}");

  g_assert_cmpstr (list->dashboard->key, ==, "abc");
  g_assert_cmpstr (list->dashboard->title, ==, "A B");
  g_assert_cmpint (list->dashboard_version, ==, 7);
  const ShotPanel *first = ((ShotPanelBox *) list->boxes->pdata[0])->panel;
  const ShotPanel *second = ((ShotPanelBox *) list->boxes->pdata[1])->panel;
  g_assert_cmpstr (first->status, ==, "error");
  g_assert_cmpstr (first->threshold, ==, "x");
  g_assert_cmpstr (second->status, ==, "");
  g_assert_cmpstr (second->message, ==, "");
  g_assert_cmpstr (other->dashboard->key, ==, "");
  g_assert_cmpint (other->dashboard_version, ==, 0);
}

static void
test_parse (void)
{
  g_autoptr (ShotPanelList) list = shot_panels_parse (
      "{\"opened\":2,\"all\":7,\"panels\":["
      "{\"key\":\"panel-1\",\"title\":\"T\",\"row\":\"R\",\"plugin\":\"stat\",\"gridX\":12,"
      "\"gridY\":-3,\"gridWidth\":6,\"gridHeight\":1e12,\"isThere\":true,\"x\":-5.5,\"y\":1e99,"
      "\"width\":100,\"height\":-1},"
      "{\"key\":7,\"title\":null,\"isThere\":0,\"failure\":\"it is \\ud800 gone\"},"
      "{}]}");
  g_assert_nonnull (list);
  g_assert_cmpuint (list->n_opened, ==, 2);
  g_assert_cmpuint (list->n_all, ==, 7);
  g_assert_cmpuint (list->boxes->len, ==, 3);

  const ShotPanelBox *first = list->boxes->pdata[0];
  g_assert_true (first->is_there);
  g_assert_cmpuint (first->panel->order, ==, 1);
  g_assert_cmpstr (first->panel->plugin, ==, "stat");
  g_assert_cmpint (first->panel->grid_x, ==, 12);
  g_assert_cmpint (first->panel->grid_y, ==, 0);
  g_assert_cmpint (first->panel->grid_height, ==, SHOT_PANEL_MAX_GRID);
  g_assert_cmpfloat (first->x, ==, -5.5);
  g_assert_cmpfloat (first->y, <=, 1000000);
  g_assert_cmpfloat (first->height, ==, 0);

  for (unsigned i = 1; i < 3; i++) {
    const ShotPanelBox *other = list->boxes->pdata[i];
    g_assert_false (other->is_there);
    g_assert_cmpstr (other->panel->key, ==, "");
    g_assert_nonnull (other->panel->failure);
    g_assert_true (g_utf8_validate (other->panel->failure, -1, NULL));
  }
}

static void
test_nonsense (void)
{
  static const char *const rows[] = {
    "",
    "null",
    "[]",
    "{}",
    "{\"panels\":{}}",
    "{\"panels\":[1]}",
    "{\"panels\":[[]]}",
    "{\"panels\":[{\"a\":[1]}]}",
    "{\"panels\":[",
    "\"panels\"",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_null (shot_panels_parse (rows[i]));

  g_autoptr (ShotPanelList) many = make_list (SHOT_JOB_MAX_PANELS + 20, 10, 10);
  g_assert_cmpuint (many->boxes->len, ==, SHOT_JOB_MAX_PANELS);
  g_assert_cmpuint (many->n_all, ==, SHOT_JOB_MAX_PANELS);
}

/* Whatever the scale, places begin at whole pixels, do not touch, and fit into their views. */
static void
check_plan (const ShotPanelPlan *plan, const ShotJob *job, unsigned n)
{
  double ratio = job->scale * job->zoom;

  g_assert_cmpuint (plan->n_places, ==, n);
  for (unsigned i = 0; i < n; i++) {
    const ShotPanelPlace *place = &plan->places[i];
    const ShotPanelBatch *batch = &g_array_index (plan->batches, ShotPanelBatch, place->batch);
    g_assert_cmpfloat (fabs (place->css_y * ratio - place->y), <, 1e-3);
    g_assert_cmpfloat (fabs (place->css_x * ratio - place->x), <, 1e-3);
    g_assert_cmpint (place->y, >=, batch->top);
    g_assert_cmpint (place->y + place->height, <=, batch->top + batch->height);
    g_assert_cmpint (place->x + place->width, <=, shot_job_device_pixels (plan->width, job->scale));
    if (i == 0 || plan->places[i - 1].batch != place->batch)
      continue;
    const ShotPanelPlace *before = &plan->places[i - 1];
    g_assert_true (place->y >= before->y + before->height ||
                   (place->y == before->y && place->x >= before->x + before->width));
  }
  for (unsigned i = 0; i < plan->batches->len; i++) {
    int height = shot_panels_get_view_height (plan, i, job);
    g_assert_cmpint (shot_job_device_pixels (height, job->scale), >=,
                     g_array_index (plan->batches, ShotPanelBatch, i).height);
    g_assert_cmpint (shot_job_device_pixels (height, job->scale), <=, SHOT_GEOMETRY_MAX_SIDE);
  }
}

static void
test_sizes (void)
{
  static const double scales[] = { 0.1, 0.5, 0.77, 1, 1.25, 2, 3.7, 4 };
  static const double zooms[] = { 0.25, 1, 1.5, 5 };

  for (size_t s = 0; s < G_N_ELEMENTS (scales); s++) {
    for (size_t z = 0; z < G_N_ELEMENTS (zooms); z++) {
      g_autoptr (ShotJob)       job = make_job (scales[s], zooms[z]);
      ShotPictureWish          *wish = job->pictures->pdata[0];
      g_autoptr (ShotPanelList) list = make_list (70, 300, 200);
      g_autoptr (ShotPanelPlan) plan = shot_panels_plan (list, job, wish);
      check_plan (plan, job, 70);
      g_assert_cmpint (plan->places[3].width, ==, shot_job_device_pixels (1000, scales[s]));
      g_assert_cmpint (plan->places[3].height, ==, shot_job_device_pixels (500, scales[s]));
      g_assert_cmpfloat (fabs (plan->places[3].css_width - 1000 / zooms[z]), <, 1e-6);
    }
  }
}

static void
test_batches (void)
{
  g_autoptr (ShotJob)       job = make_job (1, 1);
  ShotPictureWish          *wish = job->pictures->pdata[0];
  g_autoptr (ShotPanelList) list = make_list (30, 300, 200);
  g_autoptr (ShotPanelPlan) one = shot_panels_plan (list, job, wish);
  g_assert_cmpuint (one->batches->len, ==, 1);
  g_assert_cmpint (g_array_index (one->batches, ShotPanelBatch, 0).height, ==, 15000);

  /* Less may be held at a time: more views, each panel whole. */
  job->max_pixels = 4 * 1000 * 500 + 5000;
  g_autoptr (ShotPanelPlan) several = shot_panels_plan (list, job, wish);
  g_assert_cmpuint (several->batches->len, ==, 8);
  check_plan (several, job, 30);

  /* One alone may be as large as any picture. */
  wish->width = 8000;
  wish->height = 8000;
  job->max_pixels = SHOT_JOB_DEFAULT_MAX_PIXELS;
  g_autoptr (ShotPanelPlan) large = shot_panels_plan (list, job, wish);
  g_assert_cmpuint (large->batches->len, ==, 30);
  check_plan (large, job, 30);
}

static void
test_grid (void)
{
  g_autoptr (ShotJob)       job = make_job (1.25, 1);
  ShotPictureWish          *wish = job->pictures->pdata[0];
  g_autoptr (ShotPanelList) list = make_list (9, 400, 300);
  ShotPanelBox             *box = list->boxes->pdata[2];

  wish->is_grid = true;
  box->width = 2000; /* wider than the view */
  ((ShotPanelBox *) list->boxes->pdata[3])->height = 90000;
  ((ShotPanelBox *) list->boxes->pdata[4])->is_there = false;
  ((ShotPanelBox *) list->boxes->pdata[5])->is_taken = true;
  ((ShotPanelBox *) list->boxes->pdata[6])->width = 0;
  g_autoptr (ShotPanelPlan) plan = shot_panels_plan (list, job, wish);
  for (unsigned i = 2; i < 7; i++)
    g_assert_cmpint (plan->places[i].width, ==, 0);
  g_assert_cmpint (plan->places[0].width, ==, 501);
  g_assert_cmpint (plan->places[0].height, ==, 375);
  g_assert_cmpint (plan->places[1].x, ==, 501);
  g_assert_cmpint (plan->places[1].y, ==, 0);
  g_assert_cmpint (plan->places[7].y, ==, 375);

  g_autofree char *json = shot_panels_plan_to_json (plan);
  g_assert_true (g_str_has_prefix (json, "{\"places\":[[0,0.0,0.0,400.5,300.0],[1,"));
  g_assert_null (strstr (json, "[2,"));

  /* One that would not take the size asked for stands among those that do. */
  wish->is_grid = false;
  box->width = 300;
  box->panel->is_cut_out = true;
  g_autoptr (ShotPanelPlan) mixed = shot_panels_plan (list, job, wish);
  g_assert_cmpint (mixed->places[2].width, ==, 375);
  g_assert_cmpint (mixed->places[0].width, ==, 1250);
}

static void
test_in_place (void)
{
  g_autoptr (ShotJob)       job = make_job (1, 1);
  g_autoptr (ShotPanelList) list = make_list (3, 400, 300);
  g_autoptr (ShotPanelPlan) plan = shot_panels_plan (list, job, job->pictures->pdata[0]);
  ShotPanelBox              box = { .is_there = true, .y = 1000, .width = 1000, .height = 500 };

  g_assert_true (shot_panels_is_in_place (plan, 2, &box));
  g_assert_false (shot_panels_is_in_place (plan, 1, &box));
  box.height = 501;
  g_assert_false (shot_panels_is_in_place (plan, 2, &box));
  box.height = 500;
  box.is_there = false;
  g_assert_false (shot_panels_is_in_place (plan, 2, &box));

  g_autoptr (ShotPanelList) same = make_list (3, 1, 1);
  g_autoptr (ShotPanelList) other = make_list (2, 400, 300);
  g_assert_true (shot_panels_are_equal (list, same));
  g_assert_false (shot_panels_are_equal (list, other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/panels/parse", test_parse);
  g_test_add_func ("/panels/nonsense", test_nonsense);
  g_test_add_func ("/panels/sizes", test_sizes);
  g_test_add_func ("/panels/batches", test_batches);
  g_test_add_func ("/panels/grid", test_grid);
  g_test_add_func ("/panels/in-place", test_in_place);
  g_test_add_func ("/panels/choose", test_choose);
  g_test_add_func ("/panels/status", test_status);
  return g_test_run ();
}
