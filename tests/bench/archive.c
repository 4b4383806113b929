/* archive.c: how quick an archive of many cells answers, and how quick it is verified
 *
 *   bench-archive FOLDER CELLS REPEATS
 *
 * Fills FOLDER, which must be empty, with CELLS cells: one run of 10,000, the others of 250. 2,000 files of
 * 64 KiB stand for the pictures. Prints lines "NAME\tMS\tMS…", and
 * "verify\tBYTES\tMS…".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "archive-private.h"
#include "objects.h"
#include "verify.h"

#define LARGE_RUN 10000
#define SMALL_RUN 250
#define FILES 2000
#define FILE_BYTES 65536
#define HOUR_MS INT64_C (3600000)

static char *hashes[FILES];

static void
set (char **text, char *value)
{
  g_free (*text);
  *text = value;
}

static void
make_files (ShotArchive *archive)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (GError)       error = NULL;
  g_autoptr (GRand)        random = g_rand_new_with_seed (1);

  shot_archive_begin (archive, &transaction, &error);
  for (unsigned i = 0; i < FILES; i++) {
    guint32 *data = g_new (guint32, FILE_BYTES / 4);
    for (unsigned j = 0; j < FILE_BYTES / 4; j++)
      data[j] = g_rand_int (random);
    g_autoptr (GBytes) bytes = g_bytes_new_take (data, FILE_BYTES);
    hashes[i] = shot_object_store (archive->folder, bytes, &error);
    g_assert_no_error (error);
    shot_object_insert (archive, hashes[i], FILE_BYTES, &error);
  }
  shot_archive_commit (archive, &transaction, &error);
  g_assert_no_error (error);
}

static ShotCell *
make_cell (const ShotRun *run, unsigned i)
{
  static const char *const ranges[] = { "last 1h", "yesterday", "this week so far" };
  ShotCell                *cell = shot_cell_new ();

  cell->run_id = run->id;
  cell->position = i;
  set (&cell->dashboard_uid, g_strdup_printf ("dashboard-%u", i / 40));
  set (&cell->dashboard_title, g_strdup_printf ("Service %u / overview and saturation", i / 40));
  set (&cell->panel_key, g_strdup_printf ("panel-%u", i % 40));
  set (&cell->panel_title, g_strdup_printf ("Requests per second, 99th percentile %u", i % 40));
  set (&cell->panel_kind, g_strdup ("timeseries"));
  set (&cell->row, g_strdup ("Traffic"));
  set (&cell->range, g_strdup (ranges[i % 3]));
  set (&cell->variables, g_strdup ("{\"instance\":[\"node-17:9100\"],\"job\":[\"node\"]}"));
  set (&cell->key,
       shot_cell_make_key (cell->dashboard_uid, cell->panel_key, cell->range, cell->variables));
  set (&cell->timings,
       g_strdup ("{\"queued\":12,\"opening\":410,\"settling\":820,\"capturing\":95}"));
  set (&cell->renderer, g_strdup ("panelshot 5.0.0 (local)"));
  set (&cell->picture, g_strdup (hashes[(run->id * 7 + i) % FILES]));
  set (&cell->reason, g_strdup (i % 9 == 0 ? "mean 4.1× last week" : ""));
  set (&cell->flag_detail, g_strdup (i % 20 == 0 ? "query timed out after 30 s" : ""));
  cell->state = SHOT_CELL_CAPTURED;
  cell->flags = i % 20 == 0 ? SHOT_CELL_FLAG_QUERY_ERROR : 0;
  cell->score = (double) (i * 37 % 100) / 100;
  cell->from_ms = run->now_ms - HOUR_MS;
  cell->to_ms = run->now_ms;
  return cell;
}

static void
make_run (ShotArchive *archive, unsigned number, unsigned n_cells)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotRun)      run = shot_run_new ();

  run->started_ms = run->now_ms = INT64_C (1700000000000) + number * HOUR_MS;
  run->state = SHOT_RUN_DONE;
  set (&run->plan, g_strdup_printf ("plan-%u", number % 5));
  set (&run->uid, g_uuid_string_random ());
  set (&run->name, g_strdup_printf ("run-%u", number));
  set (&run->home_name, g_strdup (run->name));
  shot_archive_begin (archive, &transaction, &error);
  shot_archive_insert_run (archive, run, &error);
  for (unsigned i = 0; i < n_cells; i++) {
    g_autoptr (ShotCell) cell = make_cell (run, i);
    shot_archive_insert_cell (archive, cell, run->now_ms, &error);
    g_assert_no_error (error);
  }
  shot_archive_commit (archive, &transaction, &error);
  g_assert_no_error (error);
}

typedef void (*Work) (ShotArchive *archive);

static void
list_runs (ShotArchive *archive)
{
  ShotRunFilter         filter = { .state = -1, .limit = 50 };
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, NULL);

  g_assert_cmpuint (runs->len, >, 0);
}

/* Of the run of 10,000. */
static void
list_some (ShotArchive *archive, ShotCellFilter filter)
{
  unsigned              total = 0;
  g_autoptr (GPtrArray) cells = NULL;

  filter.limit = 200;
  cells = shot_archive_list_cells (archive, &filter, &total, NULL);
  g_assert_cmpuint (cells->len, >, 0);
  g_assert_cmpuint (total, >=, cells->len);
}

static void
list_cells (ShotArchive *archive)
{
  list_some (archive, (ShotCellFilter){ .run_id = 1, .is_worst_first = true });
}

static void
filter_cells (ShotArchive *archive)
{
  list_some (archive, (ShotCellFilter){ .run_id = 1,
                                        .filter = SHOT_CELLS_UNCONFIRMED | SHOT_CELLS_CHANGED,
                                        .is_worst_first = true });
}

static void
filter_text (ShotArchive *archive)
{
  list_some (archive, (ShotCellFilter){ .run_id = 1, .text = "PERCENTILE 39" });
}

static void
last_page (ShotArchive *archive)
{
  list_some (archive, (ShotCellFilter){ .run_id = 1, .offset = LARGE_RUN - 200 });
}

static void
history (ShotArchive *archive)
{
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, 5, NULL);

  list_some (archive, (ShotCellFilter){ .key = cell->key });
}

static void
same_cell (ShotArchive *archive)
{
  g_autoptr (ShotCell) cell = shot_archive_get_cell (archive, LARGE_RUN + SMALL_RUN + 5, NULL);
  g_autoptr (ShotCell) before = shot_archive_find_same_cell (archive, cell, 0, 0, NULL);

  g_assert_nonnull (before);
}

static void
summary (ShotArchive *archive)
{
  ShotArchiveSummary all = { 0 };

  shot_archive_get_summary (archive, &all, NULL);
  g_free (all.head);
}

static void
open_again (ShotArchive *archive)
{
  g_autoptr (ShotArchive) other = shot_archive_open (archive->folder, SHOT_ARCHIVE_READ, NULL);

  g_assert_nonnull (other);
}

static void
verify (ShotArchive *archive, bool is_quick)
{
  ShotVerifyOptions            options = { .is_quick = is_quick };
  g_autoptr (ShotVerifyReport) report = shot_archive_verify (archive, &options, NULL);

  g_assert_cmpint (report->n_problems, ==, 0);
}

static void
verify_rows (ShotArchive *archive)
{
  verify (archive, true);
}

static void
verify_all (ShotArchive *archive)
{
  verify (archive, false);
}

static const struct {
  const char *name;
  Work        work;
} works[] = {
  { "list runs", list_runs },     { "list cells", list_cells }, { "filter", filter_cells },
  { "text filter", filter_text }, { "last page", last_page },   { "history", history },
  { "previous cell", same_cell }, { "summary", summary },       { "open", open_again },
  { "verify rows", verify_rows },
};

static double
time_once (Work work, ShotArchive *archive)
{
  int64_t began = g_get_monotonic_time ();

  work (archive);
  return (double) (g_get_monotonic_time () - began) / 1000;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = shot_archive_open (argv[1], SHOT_ARCHIVE_WRITE, &error);
  unsigned                n_cells = (unsigned) g_ascii_strtoull (argv[2], NULL, 10);
  unsigned                repeats = (unsigned) g_ascii_strtoull (argv[3], NULL, 10);

  g_assert_no_error (error);
  make_files (archive);
  make_run (archive, 0, LARGE_RUN);
  for (unsigned i = 1; LARGE_RUN + i * SMALL_RUN <= n_cells; i++)
    make_run (archive, i, SMALL_RUN);
  for (size_t i = 0; i < G_N_ELEMENTS (works); i++) {
    g_print ("%s", works[i].name);
    for (unsigned j = 0; j < repeats; j++)
      g_print ("\t%.3f", time_once (works[i].work, archive));
    g_print ("\n");
  }
  g_print ("verify\t%u", FILES * FILE_BYTES);
  for (unsigned j = 0; j < 3; j++)
    g_print ("\t%.1f", time_once (verify_all, archive));
  g_print ("\n");
  return 0;
}
