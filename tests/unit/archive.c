#include "config.h"

#include "archive.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

static unsigned
count (ShotArchive *archive, ShotCellFilter filter)
{
  g_autoptr (GError)    error = NULL;
  unsigned              total = 0;
  g_autoptr (GPtrArray) cells = NULL;

  filter.limit = 1;
  cells = shot_archive_list_cells (archive, &filter, &total, &error);
  g_assert_no_error (error);
  return total;
}

static void
set_text (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

/* Twenty cells: 0 pending, 1 failed, 2 with a query error, 3 changed, 4 abnormal, 5 as strange as may be. */
static void
make_mixed (ShotArchive *archive, GPtrArray *cells)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (ShotRun) run = fixture_make_run ("daily");
  ShotVerdict         verdict = { .kind = SHOT_VERDICT_ABNORMAL, .severity = SHOT_SEVERITY_HIGH };
  ShotCell           *strange = cells->pdata[5];

  set_text (&strange->panel_title, "<script>alert(1)</script>../\xe2\x80\xae磁盘 100%_");
  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  for (unsigned i = 1; i < cells->len; i++) {
    ShotCell *cell = cells->pdata[i];
    cell->flags = i == 2 ? SHOT_CELL_FLAG_QUERY_ERROR : 0;
    if (i != 1)
      fixture_capture (archive, cell, cell->key);
  }
  ShotCell *failed = cells->pdata[1];
  failed->state = SHOT_CELL_FAILED;
  set_text (&failed->failure, "Timed out");
  g_assert_true (shot_archive_record_cell (archive, failed, NULL, NULL, NULL, NULL, &error));
  ShotCell *changed = cells->pdata[3];
  changed->score = 0.8;
  set_text (&changed->reason, "3 series gone");
  g_assert_true (shot_archive_set_change (archive, changed, &error));
  verdict.cell_id = ((ShotCell *) cells->pdata[4])->id;
  verdict.note = (char *) "Looks Odd";
  g_assert_true (shot_archive_set_verdict (archive, &verdict, 0, &error));
  g_assert_cmpuint (verdict.revision, ==, 1);
}

static void
test_filters (void)
{
  static const struct {
    unsigned    filter;
    const char *text;
    unsigned    count;
  } rows[] = {
    { 0, NULL, 20 },
    { 0, "", 20 },
    { SHOT_CELLS_PENDING, NULL, 1 },
    { SHOT_CELLS_FAILED, NULL, 1 },
    { SHOT_CELLS_FLAGGED, NULL, 2 },
    { SHOT_CELLS_CHANGED, NULL, 1 },
    { SHOT_CELLS_ABNORMAL, NULL, 1 },
    { SHOT_CELLS_UNCONFIRMED, NULL, 19 },
    { SHOT_CELLS_UNCONFIRMED | SHOT_CELLS_FLAGGED, NULL, 2 },
    { SHOT_CELLS_ABNORMAL | SHOT_CELLS_FAILED, NULL, 0 },
    { 0, "timed OUT", 1 },
    { 0, "series", 1 },
    { 0, "looks odd", 1 },
    { 0, "磁盘", 1 },
    { 0, "%_", 1 },
    { 0, "%", 1 },
    { 0, "' OR 1=1 --", 0 },
    { 0, "OPERATIONS", 20 },
  };
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (20);
  ShotCellFilter          worst = { .run_id = 1, .limit = 4, .is_worst_first = true };
  g_autoptr (GPtrArray)   found = NULL;
  /* The one that is missing, the one that is broken, the one that changed, then as planned. */
  static const unsigned order[] = { 1, 2, 3, 0 };

  make_mixed (archive, cells);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    ShotCellFilter filter = { .run_id = 1, .filter = rows[i].filter, .text = rows[i].text };
    g_assert_cmpuint (count (archive, filter), ==, rows[i].count);
  }
  found = shot_archive_list_cells (archive, &worst, NULL, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpuint (((ShotCell *) found->pdata[i])->position, ==, order[i]);

  g_autoptr (ShotRun) run = shot_archive_get_run (archive, 1, NULL);
  g_assert_cmpuint (run->n_flagged, ==, 2);
  g_assert_cmpuint (run->n_failed, ==, 1);
  g_assert_cmpuint (run->n_changed, ==, 1);
  unsigned n = 0;
  g_assert_true (shot_archive_reopen_run (archive, 1, &n, NULL));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (count (archive, (ShotCellFilter){ .run_id = 1, .filter = SHOT_CELLS_PENDING }),
                    ==, 2);
  fixture_remove (folder);
}

static void
test_verdicts (void)
{
  g_autoptr (GError)      error = NULL;
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (20);
  ShotCellFilter          filter = { .run_id = 1, .filter = SHOT_CELLS_UNCONFIRMED };
  ShotVerdict             ok = { .kind = SHOT_VERDICT_OK, .severity = SHOT_SEVERITY_LOW };
  ShotVerdict             undo = { .cell_id = 5, .kind = SHOT_VERDICT_NONE };
  g_autofree char        *long_note = g_strnfill (20000, 'x');

  make_mixed (archive, cells);
  g_assert_false (shot_archive_set_verdicts (archive, &filter, 18, &ok, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_cmpuint (count (archive, filter), ==, 19);
  g_assert_true (shot_archive_set_verdicts (archive, &filter, 19, &ok, &error));
  g_assert_cmpuint (count (archive, filter), ==, 0);

  g_assert_true (shot_archive_set_verdict (archive, &undo, 1, &error));
  g_assert_cmpuint (undo.revision, ==, 2);
  g_autoptr (GPtrArray) list = shot_archive_list_verdicts (archive, 5, &error);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpstr (((ShotVerdict *) list->pdata[0])->note, ==, "Looks Odd");
  g_assert_cmpint (((ShotVerdict *) list->pdata[0])->severity, ==, SHOT_SEVERITY_HIGH);
  g_assert_cmpuint (count (archive, filter), ==, 1);

  undo.note = long_note;
  g_assert_false (shot_archive_set_verdict (archive, &undo, 2, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_clear_error (&error);
  g_assert_false (shot_archive_sign_run (archive, 1, "ann", "::1", "", 19, true, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_clear_error (&error);
  g_assert_true (shot_archive_finish_run (archive, 1, NULL, &error));
  g_assert_false (shot_archive_sign_run (archive, 1, "ann", "::1", "", 18, true, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (shot_archive_sign_run (archive, 1, "ann", "::1", "", 19, false, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_clear_error (&error);
  g_assert_true (shot_archive_sign_run (archive, 1, "ann", "::1", "", 19, true, NULL, &error));
  fixture_remove (folder);
}

static void
test_history (void)
{
  g_autoptr (GError)      error = NULL;
  g_autofree char        *folder = fixture_make_folder ();
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (ShotCell)    last = NULL;

  for (unsigned i = 0; i < 9; i++) {
    g_autoptr (GPtrArray) cells = fixture_make_cells (1);
    g_autoptr (ShotRun)   run = fixture_make_run ("daily");
    run->now_ms += i * INT64_C (86400000);
    run->started_ms = run->now_ms;
    g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
    if (i != 7)
      fixture_capture (archive, cells->pdata[0], run->name);
    g_clear_pointer (&last, shot_cell_free);
    last = shot_cell_copy (cells->pdata[0]);
  }
  ShotCellFilter        filter = { .key = last->key, .limit = 3 };
  g_autoptr (GPtrArray) history = shot_archive_list_cells (archive, &filter, NULL, &error);
  g_assert_cmpint (((ShotCell *) history->pdata[0])->run_id, ==, 9);
  filter.before_id = ((ShotCell *) history->pdata[2])->id;
  g_autoptr (GPtrArray) older = shot_archive_list_cells (archive, &filter, NULL, &error);
  g_assert_cmpint (((ShotCell *) older->pdata[0])->run_id, ==, 6);

  /* The run before has nothing to compare with: the one before that. */
  g_autoptr (ShotCell) before = shot_archive_find_same_cell (archive, last, 0, 0, &error);
  g_assert_cmpint (before->run_id, ==, 7);
  g_autoptr (ShotCell) week = shot_archive_find_same_cell (archive, last,
                                                           last->to_ms + INT64_C (86400000), 1000,
                                                           &error);
  g_assert_cmpint (week->run_id, ==, 2);
  g_assert_null (shot_archive_find_same_cell (archive, last, 1, 1000, &error));
  g_assert_no_error (error);

  ShotRunFilter         runs = { .state = -1, .limit = 4, .before_id = 6 };
  g_autoptr (GPtrArray) page = shot_archive_list_runs (archive, &runs, &error);
  g_assert_cmpuint (page->len, ==, 4);
  g_assert_cmpint (((ShotRun *) page->pdata[0])->id, ==, 5);
  fixture_remove (folder);
}

/* Opened twice in one process, as a server does, and then looked at by another process. */
static void
test_locks_stay (void)
{
  g_autoptr (GError)      error = NULL;
  g_autofree char        *folder = fixture_make_folder ();
  g_autofree char        *path = g_build_filename (folder, "archive.db", NULL);
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");
  g_autoptr (GPtrArray)   cells = fixture_make_cells (3);
  g_autoptr (ShotArchive) other = fixture_open (folder);
  int                     status = -1;

  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  g_assert_no_error (error);
  pid_t child = fork ();
  if (child == 0) {
    /* Where SQLite's readers have their lock. */
    struct flock lock = {
      .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510
    };
    int fd = open (path, O_RDWR | O_CLOEXEC);
    _exit (fd >= 0 && fcntl (fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/archive/run", test_run);
  g_test_add_func ("/archive/locks-stay", test_locks_stay);
  g_test_add_func ("/archive/cell", test_cell);
  g_test_add_func ("/archive/sign", test_sign);
  g_test_add_func ("/archive/filters", test_filters);
  g_test_add_func ("/archive/verdicts", test_verdicts);
  g_test_add_func ("/archive/history", test_history);
  return g_test_run ();
}
