#include "config.h"

#include "archive-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define STARTED_MS INT64_C (1795594500000)

char *
fixture_make_folder (void)
{
  /* Everything is brought to the disk at once, which a folder in memory makes quick. */
  const char *parent = access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  char       *folder = g_build_filename (parent, "panelshot-archive-XXXXXX", NULL);

  g_assert_nonnull (g_mkdtemp (folder));
  return folder;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char      *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
      remove_tree (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

void
fixture_remove (const char *folder)
{
  remove_tree (folder);
}

ShotArchive *
fixture_open (const char *folder)
{
  g_autoptr (GError) error = NULL;
  ShotArchive       *archive = shot_archive_open (folder, SHOT_ARCHIVE_WRITE, &error);

  g_assert_no_error (error);
  return archive;
}

static void
set (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

ShotRun *
fixture_make_run (const char *plan)
{
  ShotRun *run = shot_run_new ();

  set (&run->plan, plan);
  set (&run->title, "Daily rounds");
  set (&run->plan_text, "grafana: http://grafana.example\n");
  set (&run->grafana, "http://grafana.example");
  set (&run->trigger, "cli");
  set (&run->timezone, "UTC");
  set (&run->version, "5.0.0");
  run->started_ms = STARTED_MS;
  run->now_ms = STARTED_MS;
  return run;
}

static void
cell_free (void *cell)
{
  shot_cell_free (cell);
}

GPtrArray *
fixture_make_cells (unsigned n)
{
  GPtrArray *cells = g_ptr_array_new_with_free_func (cell_free);

  for (unsigned i = 0; i < n; i++) {
    ShotCell *cell = shot_cell_new ();
    set (&cell->dashboard_uid, "ops");
    set (&cell->dashboard_title, "Operations");
    set (&cell->range, "last 1h");
    g_free (cell->panel_key);
    cell->panel_key = g_strdup_printf ("panel-%u", i);
    g_free (cell->panel_title);
    cell->panel_title = g_strdup_printf ("Panel %u", i);
    set (&cell->panel_kind, "timeseries");
    g_free (cell->key);
    cell->key = shot_cell_make_key ("ops", cell->panel_key, "last 1h", "{}");
    cell->from_ms = STARTED_MS - 3600000;
    cell->to_ms = STARTED_MS;
    g_ptr_array_add (cells, cell);
  }
  return cells;
}

void
fixture_capture (ShotArchive *archive, ShotCell *cell, const char *picture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) picture_bytes = g_bytes_new (picture, strlen (picture));
  g_autofree char   *small = g_strconcat ("small ", picture, NULL);
  g_autoptr (GBytes) thumbnail = g_bytes_new (small, strlen (small));
  g_autofree char   *numbers = g_strconcat ("data ", picture, NULL);
  g_autoptr (GBytes) data = g_bytes_new (numbers, strlen (numbers));
  g_autoptr (GBytes) panel = g_bytes_new_static ("{}", 2);

  cell->state = SHOT_CELL_CAPTURED;
  cell->picture_width = 1000;
  cell->picture_height = 500;
  cell->attempts = 1;
  cell->captured_ms = STARTED_MS + 1000;
  shot_archive_record_cell (archive, cell, picture_bytes, thumbnail, data, panel, &error);
  g_assert_no_error (error);
}

char *
fixture_sign (ShotArchive *archive, const char *plan, unsigned n)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) cells = fixture_make_cells (n);
  g_autoptr (ShotRun)   run = fixture_make_run (plan);
  ShotVerdict           verdict = { .kind = SHOT_VERDICT_OK };
  ShotCellFilter        filter = { 0 };
  char                 *head = NULL;

  run->retention_ms = 86400000;
  shot_archive_begin_run (archive, run, cells, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < n; i++) {
    g_autofree char *picture = g_strdup_printf ("%s %u", run->name, i);
    fixture_capture (archive, cells->pdata[i], picture);
  }
  shot_archive_finish_run (archive, run->id, NULL, &error);
  g_assert_no_error (error);
  verdict.note = verdict.user = verdict.origin = (char *) "ann";
  filter.run_id = run->id;
  shot_archive_set_verdicts (archive, &filter, n, &verdict, &error);
  g_assert_no_error (error);
  shot_archive_sign_run (archive, run->id, "ann", "::1", "all is well", n, false, &head, &error);
  g_assert_no_error (error);
  return head;
}
