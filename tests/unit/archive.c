#include "config.h"

#include "archive.h"

#include <glib/gstdio.h>
#include <string.h>

#include "archive-fixture.h"
#include "error.h"

static void
test_run (void)
{
  g_autoptr (GError)      error = NULL;
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (3);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");

  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  g_assert_no_error (error);
  g_assert_cmpint (run->id, ==, 1);
  g_assert_cmpstr (run->name, ==, "daily-20261125-081500");

  g_autoptr (ShotRun) found = shot_archive_find_run (archive, "latest:daily", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->plan_text, ==, run->plan_text);
  g_assert_cmpuint (found->n_cells, ==, 3);
  g_assert_cmpuint (found->n_pending, ==, 3);
  g_assert_true (found->is_interrupted);

  int fd = shot_archive_lock_plan (archive, "daily", &error);
  g_assert_no_error (error);
  g_assert_true (shot_archive_is_plan_locked (archive, "daily"));
  g_assert_cmpint (shot_archive_lock_plan (archive, "daily", &error), ==, -1);
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_BUSY);
  g_clear_error (&error);
  g_close (fd, NULL);
  g_assert_false (shot_archive_is_plan_locked (archive, "daily"));
  fixture_remove (folder);
}

static void
test_cell (void)
{
  g_autoptr (GError)      error = NULL;
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (3);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");

  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  fixture_capture (archive, cells->pdata[1], "a picture");
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, 2, &error);
  g_assert_no_error (error);
  g_assert_cmpint (cell->state, ==, SHOT_CELL_CAPTURED);
  g_autoptr (GBytes) back = shot_archive_get_object (archive, cell->picture, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), "a picture", 9);

  ShotCellFilter        filter = { .run_id = run->id, .limit = 10, .text = "PANEL 1" };
  unsigned              total = 0;
  g_autoptr (GPtrArray) list = shot_archive_list_cells (archive, &filter, &total, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpuint (total, ==, 1);

  ShotVerdict verdict = { .cell_id = 2, .kind = SHOT_VERDICT_OK, .note = (char *) "fine" };
  verdict.user = verdict.origin = (char *) "x";
  g_assert_true (shot_archive_set_verdict (archive, &verdict, 0, &error));
  g_assert_false (shot_archive_set_verdict (archive, &verdict, 0, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_true (shot_archive_finish_run (archive, run->id, NULL, &error));

  g_autoptr (ShotRun) found = shot_archive_get_run (archive, run->id, &error);
  g_assert_cmpuint (found->n_verdicts[SHOT_VERDICT_OK], ==, 1);
  g_assert_cmpuint (found->n_pending, ==, 2);
  g_autoptr (GArray) events = shot_archive_list_events (archive, 0, 100, &error);
  g_assert_cmpuint (events->len, ==, 4);
  g_assert_cmpint (shot_archive_get_last_event_id (archive), ==, 4);
  fixture_remove (folder);
}

static void
test_sign (void)
{
  g_autoptr (GError)      error = NULL;
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autofree char        *first = fixture_sign (archive, "daily", 3);
  g_autofree char        *second = fixture_sign (archive, "daily", 2);
  g_autofree char        *text = shot_archive_get_manifest (archive, 2, &error);
  g_autofree char        *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  ShotVerdict             verdict = { .cell_id = 1, .kind = SHOT_VERDICT_OK };
  g_autoptr (ShotCell)    cell = shot_archive_get_cell (archive, 1, &error);

  g_assert_cmpstr (sum, ==, second);
  g_assert_nonnull (strstr (text, first));
  g_assert_false (shot_archive_set_verdict (archive, &verdict, 1, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (shot_archive_record_cell (archive, cell, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (shot_archive_set_change (archive, cell, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (shot_archive_reopen_run (archive, 1, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/archive/run", test_run);
  g_test_add_func ("/archive/cell", test_cell);
  g_test_add_func ("/archive/sign", test_sign);
  return g_test_run ();
}
