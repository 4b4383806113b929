#include "config.h"

#include "run-match.h"

#include <string.h>

#include "renderer-private.h"
#include "result.h"

static ShotShot *
make_shot (const char *key, const char *status, bool has_picture)
{
  ShotShot *shot = g_new0 (ShotShot, 1);

  shot->key = g_strdup (key);
  shot->title = g_strdup_printf ("Title of %s", key);
  shot->row = g_strdup ("");
  shot->kind = g_strdup ("stat");
  shot->status = g_strdup (status);
  shot->message = g_strdup (*status != '\0' ? "the message" : "");
  shot->threshold = g_strdup ("");
  shot->failure = has_picture ? NULL : g_strdup ("it is on a tab");
  shot->picture = has_picture ? g_bytes_new_static ("P", 1) : NULL;
  shot->width = 1000;
  shot->height = 500;
  return shot;
}

static ShotShots *
make_shots (const char *flags)
{
  static const char *const keys[] = { "panel-1", "panel-4", "panel-4-clone-1",
                                      "panel-10-clone-1/grid-item-11/panel-11", "panel-40" };
  ShotShots               *shots = g_new0 (ShotShots, 1);

  shots->shots = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_shot_free);
  shots->flags = g_strdup (flags);
  shots->timings = g_strdup ("{}");
  shots->renderer = g_strdup ("panelshot 5.0.0 (local)");
  shots->duration_ms = 1234;
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    g_ptr_array_add (shots->shots, make_shot (keys[i], i == 0 ? "no_data" : "ok", i != 4));
  return shots;
}

static void
set (char **text, const char *to)
{
  g_free (*text);
  *text = g_strdup (to);
}

static ShotCell *
make_cell (const char *panel_key, const char *range, const char *variables)
{
  ShotCell *cell = shot_cell_new ();

  set (&cell->dashboard_uid, "uid");
  set (&cell->dashboard_title, "The Dashboard");
  set (&cell->panel_key, panel_key);
  set (&cell->panel_title, "CPU of $host");
  set (&cell->range, range);
  set (&cell->variables, variables);
  set (&cell->timezone, "UTC");
  cell->from_ms = 1000;
  cell->to_ms = 2000;
  cell->width = 1000;
  cell->height = 500;
  cell->scale = 1;
  g_free (cell->key);
  cell->key = shot_cell_make_key ("uid", panel_key, range, variables);
  return cell;
}

static void
test_keys (void)
{
  static const struct {
    const char *key;
    int64_t     id;
    unsigned    clone;
  } rows[] = {
    { "panel-4", 4, 0 },
    { "panel-4-clone-12", 4, 12 },
    { "panel-10-clone-1/grid-item-11/panel-11", 11, 1 },
    { "panel-", -1, 0 },
    { "panel-4x", -1, 0 },
    { "grid-item-4", -1, 0 },
    { "", -1, 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_cmpint (shot_run_match_get_id (rows[i].key), ==, rows[i].id);
    g_assert_cmpuint (shot_run_match_get_clone (rows[i].key), ==, rows[i].clone);
  }
}

/* By number and place, whatever Grafana calls its copies. */
static void
test_find (void)
{
  static const struct {
    const char *cell;
    bool        is_narrow;
    const char *shot; /* NULL: none */
  } rows[] = {
    { "panel-4", false, "panel-4" },
    { "panel-4-clone-1", false, "panel-4-clone-1" },
    { "panel-4-clone-2", false, NULL },
    { "panel-4-clone-2", true, "panel-4" },
    { "panel-11", false, "panel-10-clone-1/grid-item-11/panel-11" },
    { "panel-2", false, NULL },
  };
  g_autoptr (ShotShots) shots = make_shots ("");

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (ShotCell) cell = make_cell (rows[i].cell, "last 1h", "{}");
    const ShotShot      *shot = shot_run_match_find (shots, cell, rows[i].is_narrow);
    g_assert_cmpstr (shot != NULL ? shot->key : NULL, ==, rows[i].shot);
  }
}

static void
test_apply (void)
{
  g_autoptr (ShotShots) shots = make_shots ("incomplete,still_moving");
  g_autoptr (ShotCell)  empty = make_cell ("panel-1", "last 1h", "{}");
  g_autoptr (ShotCell)  lost = make_cell ("panel-40", "last 1h", "{}");
  g_autoptr (ShotCell)  gone = make_cell ("panel-2", "last 1h", "{}");

  shot_run_match_apply (empty, shots, shots->shots->pdata[0]);
  g_assert_cmpint (empty->state, ==, SHOT_CELL_CAPTURED);
  /* That some other panel has no picture says nothing of this one. */
  g_assert_cmpuint (empty->flags, ==, SHOT_CELL_FLAG_NO_DATA | SHOT_CELL_FLAG_DOUBTFUL);
  g_assert_cmpstr (empty->flag_detail, ==, "the message; still_moving");
  g_assert_cmpstr (empty->panel_title, ==, "Title of panel-1");
  g_assert_cmpint (empty->duration_ms, ==, 1234);

  shot_run_match_apply (lost, shots, shots->shots->pdata[4]);
  g_assert_cmpint (lost->state, ==, SHOT_CELL_FAILED);
  g_assert_cmpstr (lost->failure, ==, "it is on a tab");
  g_assert_cmpuint (lost->flags, ==, 0);

  shot_run_match_apply (gone, shots, NULL);
  g_assert_cmpint (gone->state, ==, SHOT_CELL_FAILED);
  g_assert_cmpuint (gone->flags, ==, SHOT_CELL_FLAG_GONE);
}

static void
test_only (void)
{
  static const struct {
    const char *only[3];
    bool        is_wanted;
  } rows[] = {
    { { NULL }, true },
    { { "dashboard=uid", NULL }, true },
    { { "dashboard=the *", NULL }, true },
    { { "dashboard=other", NULL }, false },
    { { "panel=4", NULL }, true },
    { { "panel=panel-4-clone-1", NULL }, true },
    { { "panel=cpu*", NULL }, true },
    { { "panel=5", "panel=4", NULL }, true },
    { { "panel=4", "range=yesterday", NULL }, false },
    { { "panel=4", "range=last*", NULL }, true },
  };
  g_autoptr (ShotCell) cell = make_cell ("panel-4-clone-1", "last 1h", "{}");
  const char *const    wrong[] = { "row=x", NULL };
  const char *const    nothing[] = { "panel=", NULL };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_true (shot_run_match_is_wanted (cell, rows[i].only) == rows[i].is_wanted);
  g_assert_false (shot_run_match_check_only (wrong, NULL));
  g_assert_false (shot_run_match_check_only (nothing, NULL));
  g_assert_true (shot_run_match_check_only (rows[9].only, NULL));
}

static GPtrArray *
make_cells (const char *const (*places)[3], size_t n_places)
{
  GPtrArray *cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);

  for (size_t i = 0; i < n_places; i++)
    g_ptr_array_add (cells, make_cell (places[i][0], places[i][1], places[i][2]));
  return cells;
}

static ShotVisit *
make_visit (const char *address, GPtrArray *cells)
{
  ShotVisit *visit = g_new0 (ShotVisit, 1);

  visit->address = g_strdup (address);
  visit->width = 1000;
  visit->height = 500;
  visit->scale = 1;
  visit->cells = cells;
  return visit;
}

/* What is left of a run goes into the visits of the plan; what the plan does not say any more, by
 * itself. */
static void
test_join (void)
{
  static const char *const planned[][3] = { { "panel-1", "last 1h", "{}" },
                                            { "panel-4", "last 1h", "{\"host\":[\"a\"]}" },
                                            { "panel-4-clone-1", "last 1h",
                                              "{\"host\":[\"b\"]}" } };
  static const char *const left[][3] = { { "panel-4-clone-1", "last 1h", "{\"host\":[\"b\"]}" },
                                         { "panel-9", "last 1h", "{}" },
                                         { "panel-8", "last 1h", "{}" } };
  GPtrArray            *visits = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_visit_free);
  g_autoptr (GPtrArray) cells = make_cells (left, G_N_ELEMENTS (left));

  g_ptr_array_add (visits, make_visit ("http://a", make_cells (planned, G_N_ELEMENTS (planned))));
  visits = shot_run_match_join (visits, cells);
  g_assert_cmpuint (cells->len, ==, 0);
  g_assert_cmpuint (visits->len, ==, 2);
  const ShotVisit *first = visits->pdata[0];
  const ShotVisit *second = visits->pdata[1];
  g_assert_cmpstr (first->address, ==, "http://a");
  g_assert_cmpuint (first->cells->len, ==, 1);
  g_assert_cmpstr (((ShotCell *) first->cells->pdata[0])->panel_key, ==, "panel-4-clone-1");
  g_assert_cmpstr (second->address, ==, "");
  g_assert_cmpuint (second->cells->len, ==, 2);
  g_ptr_array_unref (visits);
}

static void
test_address (void)
{
  g_autoptr (ShotCell) cell = make_cell ("panel-4", "last 1h",
                                         "{\"a b\":[\"x&y\",\"华东\"],\"host\":[\"1\"]}");
  char                 url[] = "/d/uid/slug";
  ShotDashboard        dashboard = { .url = url };
  g_autofree char     *address = shot_run_match_make_address ("https://g", 3, &dashboard, cell);

  g_assert_cmpstr (address, ==,
                   "https://g/d/uid/slug?orgId=3&from=1000&to=2000&timezone=utc&"
                   "var-a%20b=x%26y&var-a%20b=%E5%8D%8E%E4%B8%9C&var-host=1&kiosk");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-match/keys", test_keys);
  g_test_add_func ("/run-match/find", test_find);
  g_test_add_func ("/run-match/apply", test_apply);
  g_test_add_func ("/run-match/only", test_only);
  g_test_add_func ("/run-match/join", test_join);
  g_test_add_func ("/run-match/address", test_address);
  return g_test_run ();
}
