/* run-work.c: what a run asks of the archive */
#include "config.h"

#include "run-private.h"

#include "archive-fixture.h"

#define MORNING_MS INT64_C (1795593600000) /* 25 November 2026, 08:00 UTC */

/* The cell that comes of asking for the range. (transfer full) */
static ShotCell *
add_range (ShotArchive *archive, int64_t cell_id, const char *label, int64_t to_ms)
{
  g_autoptr (GError)    error = NULL;
  RunOpening           *opening = g_new0 (RunOpening, 1);
  g_autoptr (GPtrArray) cells = NULL;

  opening->kind = OPEN_CAPTURE;
  opening->lock_fd = -1;
  opening->cell_id = cell_id;
  opening->label = g_strdup (label);
  opening->from_ms = MORNING_MS;
  opening->to_ms = to_ms;
  opening->user = g_strdup ("rita");
  shot_run_open_work (archive, opening, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (opening->cells->len, ==, 1);
  ShotCell *cell = shot_cell_copy (opening->cells->pdata[0]);
  shot_run_opening_free (opening);
  return cell;
}

static void
test_labels (void)
{
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (1);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");
  g_autoptr (GError)      error = NULL;

  g_free (run->timezone);
  run->timezone = g_strdup ("Asia/Shanghai");
  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  g_assert_true (shot_archive_finish_run (archive, run->id, NULL, &error));
  int64_t              id = ((ShotCell *) cells->pdata[0])->id;
  g_autoptr (ShotCell) named = add_range (archive, id, "the outage", MORNING_MS + 60000);
  g_autoptr (ShotCell) none = add_range (archive, id, NULL, MORNING_MS + 60000);
  g_autoptr (ShotCell) empty = add_range (archive, id, "", MORNING_MS + 61000);
  g_autoptr (ShotCell) far = add_range (archive, id, NULL, INT64_C (1) << 52);
  g_assert_cmpstr (named->range, ==, "the outage");
  g_assert_cmpstr (none->range, ==, "2026-11-25T16:00 to 2026-11-25T16:01");
  g_assert_cmpstr (empty->range, ==, "2026-11-25T16:00 to 2026-11-25T16:01:01");
  g_assert_cmpstr (far->range, ==, "2026-11-25T16:00 to 4503599627370496");
  g_assert_cmpstr (none->key, ==, "ops/panel-0/2026-11-25T16:00 to 2026-11-25T16:01/{}");
  g_assert_cmpstr (none->added_by, ==, "rita");
  g_clear_pointer (&archive, shot_archive_close);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-work/labels", test_labels);
  return g_test_run ();
}
