#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "archive-fixture.h"
#include "error.h"
#include "prune.h"
#include "transfer.h"
#include "verify.h"

#define YEAR_MS (INT64_C (365) * 86400000)

typedef struct {
  char        *folder;
  char        *other; /* another folder */
  ShotArchive *archive;
} Fixture;

static void
set_up (Fixture *self, const void *data)
{
  self->folder = fixture_make_folder ();
  self->other = fixture_make_folder ();
  self->archive = fixture_open (self->folder);
}

static void
tear_down (Fixture *self, const void *data)
{
  shot_archive_close (self->archive);
  fixture_remove (self->folder);
  fixture_remove (self->other);
  g_free (self->folder);
  g_free (self->other);
}

static ShotVerifyReport *
verify (ShotArchive *archive, const char *head)
{
  ShotVerifyOptions  options = { .head = head };
  g_autoptr (GError) error = NULL;
  ShotVerifyReport  *report = shot_archive_verify (archive, &options, &error);

  g_assert_no_error (error);
  return report;
}

static void
expect_clean (ShotArchive *archive, const char *head)
{
  g_autoptr (ShotVerifyReport) report = verify (archive, head);

  for (unsigned i = 0; i < report->problems->len; i++)
    g_test_message ("%s", (char *) report->problems->pdata[i]);
  g_assert_cmpint (report->n_problems, ==, 0);
}

static void
expect_problem (ShotArchive *archive, const char *head, const char *text)
{
  g_autoptr (ShotVerifyReport) report = verify (archive, head);
  bool                         is_found = false;

  for (unsigned i = 0; i < report->problems->len; i++) {
    g_test_message ("%s", (char *) report->problems->pdata[i]);
    is_found |= strstr (report->problems->pdata[i], text) != NULL;
  }
  g_assert_true (is_found);
}

/* As another program would, which knows nothing of ours. */
static int
execute (Fixture *self, const char *sql)
{
  g_autofree char *path = g_build_filename (self->folder, "archive.db", NULL);
  sqlite3         *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  int result = sqlite3_exec (db, sql, NULL, NULL, NULL);
  if (result != SQLITE_OK)
    g_test_message ("%s: %s", sql, sqlite3_errmsg (db));
  sqlite3_close (db);
  return result;
}

static void
test_clean (Fixture *self, const void *data)
{
  g_autofree char             *first = fixture_sign (self->archive, "daily", 3);
  g_autofree char             *second = fixture_sign (self->archive, "daily", 2);
  g_autoptr (ShotVerifyReport) report = verify (self->archive, second);

  g_assert_cmpint (report->n_problems, ==, 0);
  g_assert_cmpint (report->n_runs, ==, 2);
  g_assert_cmpint (report->n_signed, ==, 2);
  g_assert_cmpint (report->n_cells, ==, 5);
  g_assert_cmpint (report->n_files, ==, 3 * 5 + 1);
  g_assert_cmpint (report->n_proven, ==, 2);
  g_assert_cmpstr (report->head, ==, second);
  expect_clean (self->archive, first);
  expect_problem (self->archive, "0123456789abcdef0123", "no signed run has the head");
}

static void
test_sealed_rows (Fixture *self, const void *data)
{
  static const char *const refused[] = {
    "UPDATE runs SET failure = 'x'",
    "UPDATE runs SET state = 1",
    "DELETE FROM runs",
    "UPDATE cells SET flags = 1",
    "UPDATE cells SET verdict_note = 'x'",
    "UPDATE cells SET state = 0",
    "UPDATE cells SET picture = thumbnail",
    "DELETE FROM cells",
    ("INSERT OR REPLACE INTO cells SELECT id, run_id, position, 0, 0, 0, 0, key, 0, '', '', '', '', 0,"
     " '', '', '', '', 0, 0, '', 0, 0, 1, '', '', '', '', NULL, NULL, 0, 0, NULL, NULL, NULL, 0, 0, '',"
     " '', 0, NULL, '', 0, 0, 0, 0, 0, '', '', '', 0 FROM cells"),
    ("INSERT INTO verdicts (cell_id, revision, kind, severity, note, user, origin, at_ms)"
     " VALUES (1, 2, 1, 0, '', '', '', 0)"),
    "UPDATE verdicts SET note = 'x'",
    "DELETE FROM verdicts",
    "UPDATE seals SET head = 'x'",
    "DELETE FROM seals",
    "DELETE FROM objects",
  };
  g_autofree char *head = fixture_sign (self->archive, "daily", 2);

  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_cmpint (execute (self, refused[i]), ==, SQLITE_CONSTRAINT);
  expect_clean (self->archive, head);
}

/* Before a run is signed, too, what was said stays said, and nothing slips into one that is. */
static void
test_open_rows (Fixture *self, const void *data)
{
  static const char *const refused[] = {
    "UPDATE cells SET run_id = 1, position = 7 WHERE run_id = 2",
    "INSERT OR REPLACE INTO verdicts (cell_id, revision, kind, severity, note, user, origin, at_ms)"
    " VALUES (3, 1, 1, 0, 'never said', 'ann', '', 0)",
    "INSERT OR REPLACE INTO verdicts (id, cell_id, revision, kind, severity, note, user, origin,"
    " at_ms) SELECT 100 + id, cell_id, revision, 1, 0, 'never said', user, '', 0 FROM verdicts"
    " WHERE cell_id = 3",
  };
  g_autoptr (GError)    error = NULL;
  g_autofree char      *head = fixture_sign (self->archive, "daily", 2);
  g_autoptr (GPtrArray) cells = fixture_make_cells (1);
  g_autoptr (ShotRun)   open = fixture_make_run ("daily");
  ShotVerdict           verdict = { .cell_id = 3, .kind = SHOT_VERDICT_ABNORMAL };

  g_assert_true (shot_archive_begin_run (self->archive, open, cells, &error));
  fixture_capture (self->archive, cells->pdata[0], "open");
  verdict.note = verdict.user = verdict.origin = (char *) "ann";
  g_assert_true (shot_archive_set_verdict (self->archive, &verdict, 0, &error));
  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_cmpint (execute (self, refused[i]), ==, SQLITE_CONSTRAINT);
  expect_clean (self->archive, head);
}

/* A picture that was put away by hand is not one that retention took. */
static void
test_false_pruning (Fixture *self, const void *data)
{
  g_autofree char *head = fixture_sign (self->archive, "daily", 2);

  g_assert_cmpint (execute (self, "UPDATE cells SET state = 3 WHERE id = 2"), ==, SQLITE_OK);
  expect_problem (self->archive, head, "were pruned before their time, or by nobody");
  g_assert_cmpint (execute (self, "INSERT INTO prunings (run_id, at_ms, by, rule, n_cells)"
                                  " SELECT id, started_ms + 1000, 'ann', 'because', 1 FROM runs"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, head, "were pruned before their time, or by nobody");
  g_assert_cmpint (execute (self, "UPDATE prunings SET at_ms = at_ms + 1000"), ==,
                   SQLITE_CONSTRAINT);
}

/* Rows that the seal does not have, and that people see. */
static void
test_beside_seal (Fixture *self, const void *data)
{
  g_autofree char *head = fixture_sign (self->archive, "daily", 2);

  g_assert_cmpint (execute (self, "DROP TRIGGER runs_sealed; DROP TRIGGER cells_sealed;"
                                  "UPDATE runs SET name = 'daily-20261124-081500'"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, head, "it was given another name");
  g_assert_cmpint (execute (self, "UPDATE runs SET name = home_name;"
                                  "UPDATE cells SET run_now_ms = run_now_ms - 86400000"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, head, "it stands at another time in the history");
}

static void
test_tampered (Fixture *self, const void *data)
{
  g_autofree char *first = fixture_sign (self->archive, "daily", 2);
  g_autofree char *second = fixture_sign (self->archive, "daily", 2);

  g_assert_cmpint (execute (self, "DROP TRIGGER IF EXISTS cells_sealed;"
                                  "UPDATE cells SET flag_detail = 'x' WHERE id = 2"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, NULL, "cell 1: it was changed after the run was signed");
  expect_problem (self->archive, second, "does not prove this archive");
  g_assert_cmpint (execute (self, "UPDATE cells SET flag_detail = '' WHERE id = 2"), ==, SQLITE_OK);
  expect_clean (self->archive, second);
  g_assert_cmpint (execute (self,
                            "DROP TRIGGER runs_sealed; UPDATE runs SET title = 'x' WHERE id = 2"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, NULL, "what is known of the run was changed");
}

static void
test_chain (Fixture *self, const void *data)
{
  g_autofree char *first = fixture_sign (self->archive, "daily", 1);
  g_autofree char *second = fixture_sign (self->archive, "daily", 1);

  /* The last one taken away as if it had never been: only the head kept elsewhere tells. */
  g_assert_cmpint (execute (self, "DROP TRIGGER seals_kept; DROP TRIGGER runs_sealed;"
                                  "DELETE FROM seals WHERE run_id = 2;"
                                  "UPDATE runs SET state = 1, signed_by = NULL, signed_from = NULL,"
                                  " sign_comment = NULL, signed_ms = 0, head = NULL WHERE id = 2"),
                   ==, SQLITE_OK);
  expect_clean (self->archive, first);
  expect_problem (self->archive, second, "no signed run has the head");
}

/* One taken away from the middle, and what follows it made to look as if it came from elsewhere. */
static void
test_chain_middle (Fixture *self, const void *data)
{
  g_autofree char *first = fixture_sign (self->archive, "daily", 1);
  g_autofree char *second = fixture_sign (self->archive, "daily", 1);
  g_autofree char *third = fixture_sign (self->archive, "daily", 1);

  expect_clean (self->archive, third);
  g_assert_cmpint (execute (self,
                            "DROP TRIGGER seals_kept; DROP TRIGGER seals_fixed;"
                            "DROP TRIGGER runs_kept; DROP TRIGGER cells_kept;"
                            "DROP TRIGGER verdicts_kept; DELETE FROM seals WHERE run_id = 2;"
                            "DELETE FROM verdicts WHERE cell_id = 2;"
                            "DELETE FROM cells WHERE run_id = 2; DELETE FROM runs WHERE id = 2"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, NULL, "the chain is broken before head");
  g_assert_cmpint (execute (self, "UPDATE seals SET is_own = 0 WHERE run_id = 3"), ==, SQLITE_OK);
  expect_clean (self->archive, first);
  expect_problem (self->archive, third, "does not prove this archive: the run before it");
}

static void
damage (Fixture *self, bool is_removed)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (ShotCell) cell = shot_archive_get_cell (self->archive, 1, &error);
  g_autofree char     *prefix = g_strndup (cell->picture, 2);
  g_autofree char *path = g_build_filename (self->folder, "objects", prefix, cell->picture, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
  if (!is_removed)
    g_assert_true (g_file_set_contents (path, "daily-2026!", 11, NULL));
}

static void
test_files (Fixture *self, const void *data)
{
  g_autofree char *head = fixture_sign (self->archive, "daily", 2);
  g_autofree char *path = g_build_filename (self->folder, "objects", "ab", NULL);
  g_autofree char *strange = g_build_filename (path, "notes.txt", NULL);
  g_autofree char *unused = g_build_filename (
      path, "ab00000000000000000000000000000000000000000000000000000000000000", NULL);

  g_mkdir_with_parents (path, 0700);
  g_assert_true (g_file_set_contents (unused, "x", 1, NULL));
  expect_clean (self->archive, head);
  g_autoptr (ShotVerifyReport) report = verify (self->archive, NULL);
  g_assert_cmpint (report->n_unused, ==, 1);
  g_assert_true (g_file_set_contents (strange, "x", 1, NULL));
  expect_problem (self->archive, NULL, "notes.txt\" is not of the archive");
  damage (self, false);
  expect_problem (self->archive, NULL, "is not what it was: of run daily-20261125-081500, cell 0");
  damage (self, true);
  expect_problem (self->archive, NULL, "is missing: of run daily-20261125-081500, cell 0");
}

/* What a crash leaves: told, and removed on demand once nobody can be at it any more. */
static void
test_unfinished (Fixture *self, const void *data)
{
  ShotVerifyOptions     options = { .has_repair = true };
  g_autoptr (GError)    error = NULL;
  g_autofree char      *path = g_build_filename (self->folder, "objects", "ab", NULL);
  g_autofree char      *young = g_build_filename (path, ".new-young", NULL);
  g_autofree char      *old = g_build_filename (path, ".new-old", NULL);
  const struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

  g_mkdir_with_parents (path, 0700);
  g_assert_true (g_file_set_contents (young, "x", 1, NULL));
  g_assert_true (g_file_set_contents (old, "x", 1, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, old, times, 0), ==, 0);
  g_autoptr (ShotVerifyReport) told = verify (self->archive, NULL);
  g_assert_cmpint (told->n_unfinished, ==, 1);
  g_assert_cmpint (told->n_problems + told->n_removed, ==, 0);
  g_autoptr (ShotVerifyReport) report = shot_archive_verify (self->archive, &options, &error);
  g_assert_cmpint (report->n_removed, ==, 1);
  g_assert_true (g_file_test (young, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (old, G_FILE_TEST_EXISTS));
}

/* Whoever has tampered with the database must not end the one that looks. */
static void
test_strange_hash (Fixture *self, const void *data)
{
  g_autofree char *head = fixture_sign (self->archive, "daily", 2);

  g_assert_cmpint (execute (self, "INSERT INTO objects (hash, size, created_ms)"
                                  " VALUES ('../' || substr (hex (zeroblob (40)), 1, 61), 1, 1)"),
                   ==, SQLITE_OK);
  expect_problem (self->archive, head, "is missing: no cell needs it");
}

static void
test_prune (Fixture *self, const void *data)
{
  g_autoptr (GError)    error = NULL;
  g_autofree char      *head = fixture_sign (self->archive, "daily", 2);
  g_autoptr (ShotCell)  first = shot_archive_get_cell (self->archive, 1, &error);
  g_autoptr (GPtrArray) cells = fixture_make_cells (1);
  g_autoptr (ShotRun)   kept = fixture_make_run ("kept");
  int64_t               later = kept->started_ms + YEAR_MS;
  ShotPruneOptions      options = { "ann", later, true };
  ShotPruneReport       report = { 0 };

  /* A run that is kept for ever has the same picture as one of the other. */
  g_assert_true (shot_archive_begin_run (self->archive, kept, cells, &error));
  fixture_capture (self->archive, cells->pdata[0], "daily-20261125-081500 0");
  g_assert_true (shot_archive_finish_run (self->archive, kept->id, NULL, &error));

  g_assert_true (shot_archive_prune (self->archive, &options, &report, &error));
  g_assert_cmpint (report.n_runs, ==, 1);
  g_assert_cmpint (report.n_cells, ==, 2);
  g_assert_cmpint (report.n_files, ==, 3);
  g_autoptr (ShotCell) untouched = shot_archive_get_cell (self->archive, 2, &error);
  g_assert_cmpint (untouched->state, ==, SHOT_CELL_CAPTURED);

  options.is_dry = false;
  g_assert_true (shot_archive_prune (self->archive, &options, &report, &error));
  g_assert_no_error (error);
  g_autoptr (ShotCell) pruned = shot_archive_get_cell (self->archive, 2, &error);
  g_assert_cmpint (pruned->state, ==, SHOT_CELL_PRUNED);
  g_assert_null (shot_archive_get_object (self->archive, pruned->picture, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "by ann: plan daily keeps pictures for 1 days"));
  g_clear_error (&error);
  g_autofree char *told = shot_archive_describe_pruning (self->archive, 1, &error);
  g_assert_true (g_str_has_prefix (told, "2 cells, on 2027-11-25 08:15 UTC by ann: plan daily"));
  g_assert_null (shot_archive_describe_pruning (self->archive, kept->id, &error));
  g_autoptr (GBytes) shared = shot_archive_get_object (self->archive, first->picture, &error);
  g_assert_no_error (error);

  expect_clean (self->archive, head);
  g_autoptr (ShotVerifyReport) verified = verify (self->archive, head);
  g_assert_cmpint (verified->n_pruned, ==, 3);
  g_assert_true (shot_archive_prune (self->archive, &options, &report, &error));
  g_assert_cmpint (report.n_files, ==, 0);

  /* The same picture, captured once more, is there again. */
  g_autoptr (ShotRun)   again = fixture_make_run ("kept");
  g_autoptr (GPtrArray) more = fixture_make_cells (1);
  g_assert_true (shot_archive_begin_run (self->archive, again, more, &error));
  fixture_capture (self->archive, more->pdata[0], "daily-20261125-081500 1");
  expect_clean (self->archive, head);
}

static char *
export_all (Fixture *self, unsigned n)
{
  g_autoptr (GError)  error = NULL;
  g_autoptr (GArray)  ids = g_array_new (FALSE, FALSE, sizeof (int64_t));
  char               *path = g_build_filename (self->other, "export.zip", NULL);
  ShotTransferOptions options = { 0 };
  ShotTransferReport  report = { 0 };

  for (int64_t id = 1; id <= n; id++)
    g_array_append_val (ids, id);
  shot_archive_export (self->archive, ids, path, &options, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpint (report.n_runs, ==, n);
  return path;
}

static gboolean
import (ShotArchive *archive, const char *path, GError **error)
{
  ShotTransferOptions options = { 0 };
  ShotTransferReport  report = { 0 };

  return shot_archive_import (archive, path, &options, &report, NULL, error);
}

static void
test_transfer (Fixture *self, const void *data)
{
  g_autoptr (GError)    error = NULL;
  g_autofree char      *head = fixture_sign (self->archive, "daily", 2);
  g_autoptr (GPtrArray) cells = fixture_make_cells (2);
  g_autoptr (ShotRun)   open = fixture_make_run ("<script>../\"\n"
                                                   "日报");
  ShotPruneOptions      options = { "ann", open->started_ms + YEAR_MS, false };
  ShotPruneReport       pruned = { 0 };
  g_autofree char      *folder = g_build_filename (self->other, "second", NULL);

  g_assert_true (shot_archive_begin_run (self->archive, open, cells, &error));
  g_assert_null (strchr (open->name, '/'));
  fixture_capture (self->archive, cells->pdata[0], "daily-20261125-081500 0");
  g_assert_true (shot_archive_prune (self->archive, &options, &pruned, &error));

  g_autofree char        *path = export_all (self, 2);
  g_autoptr (ShotArchive) second = fixture_open (folder);
  g_autofree char        *own = fixture_sign (second, "daily", 1);
  g_assert_true (import (second, path, &error));
  g_assert_no_error (error);
  expect_clean (second, head);
  expect_clean (second, own);

  g_autoptr (ShotRun) run = shot_archive_get_run (second, 2, &error);
  g_assert_cmpstr (run->name, ==, "daily-20261125-081500-2");
  g_assert_cmpstr (run->head, ==, head);
  g_assert_cmpint (run->state, ==, SHOT_RUN_SIGNED);
  g_assert_cmpuint (run->n_verdicts[SHOT_VERDICT_OK], ==, 2);
  g_autoptr (ShotCell) cell = shot_archive_get_cell (second, 4, &error);
  g_autoptr (GBytes)   picture = shot_archive_get_object (second, cell->picture, &error);
  g_assert_no_error (error);
  g_assert_false (import (second, path, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT);
  g_clear_error (&error);

  /* And from there to a third, with what is known of the pruning. */
  g_autofree char        *last = g_build_filename (self->other, "third", NULL);
  g_autofree char        *again = g_build_filename (self->other, "again.zip", NULL);
  g_autoptr (ShotArchive) third = fixture_open (last);
  g_autoptr (GArray)      ids = g_array_new (FALSE, FALSE, sizeof (int64_t));
  ShotTransferOptions     plain = { 0 };
  ShotTransferReport      report = { 0 };
  g_array_append_val (ids, run->id);
  g_assert_true (shot_archive_export (second, ids, again, &plain, &report, &error));
  g_assert_true (import (third, again, &error));
  g_assert_no_error (error);
  expect_clean (third, head);
}

/* The export with one file's bytes changed, or another file put in, or one left out. */
static char *
forge (const char *path, const char *name, const char *text)
{
  char            *forged = g_strconcat (path, ".forged", NULL);
  g_autofree char *bytes = NULL;
  size_t           length = 0;
  zip_t           *zip = NULL;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (forged, bytes, (gssize) length, NULL));
  zip = zip_open (forged, 0, NULL);
  g_assert_nonnull (zip);
  if (text == NULL)
    g_assert_cmpint (zip_delete (zip, (zip_uint64_t) zip_name_locate (zip, name, 0)), ==, 0);
  else
    g_assert_cmpint (zip_file_add (zip, name, zip_source_buffer (zip, text, strlen (text), 0),
                                   ZIP_FL_OVERWRITE),
                     >=, 0);
  g_assert_cmpint (zip_close (zip), ==, 0);
  return forged;
}

static void
expect_refused (ShotArchive *archive, const char *path, const char *name, const char *text,
                const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *forged = forge (path, name, text);

  g_assert_false (import (archive, forged, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, why));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_forged (Fixture *self, const void *data)
{
  g_autoptr (GError)           error = NULL;
  g_autofree char             *head = fixture_sign (self->archive, "daily", 2);
  g_autofree char             *path = export_all (self, 1);
  g_autofree char             *folder = g_build_filename (self->other, "second", NULL);
  g_autoptr (ShotArchive)      second = fixture_open (folder);
  g_autoptr (ShotCell)         cell = shot_archive_get_cell (self->archive, 1, &error);
  g_autofree char             *picture = g_strdup_printf ("objects/%s.png", cell->picture);
  g_autoptr (ShotVerifyReport) report = NULL;

  expect_refused (second, path, "runs/1/manifest.json", "{}", "was changed after the export");
  expect_refused (second, path, "runs/1/manifest.json", NULL, "not in the zip");
  expect_refused (second, path, picture, "another picture", "was changed after the export");
  expect_refused (second, path, picture, NULL, "not in the zip");
  expect_refused (second, path, "../../evil\n", "x", "is no file of an export");
  expect_refused (second, path, "objects/../../x.png", "x", "is no file of an export");
  expect_refused (second, path, "/etc/passwd", "x", "is no file of an export");
  expect_refused (second, path, "runs/01/manifest.json", "x", "is no file of an export");
  expect_refused (second, path, "runs/2/pruned.json", "x", "not in SHA256SUMS");
  expect_refused (second, path, "SHA256SUMS", NULL, "no SHA256SUMS");
  expect_refused (second, path, "SHA256SUMS", "x\n", "is not what sha256sum reads");
  g_assert_false (import (second, "/etc/passwd", &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (import (second, "/nonexistent.zip", &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  /* Nothing of all that is left. */
  report = verify (second, NULL);
  g_assert_cmpint (report->n_files + report->n_unused + report->n_runs + report->n_problems, ==, 0);
}

/* What would be looked at with every cell, and is no JSON of ours. */
static void
test_deep_import (Fixture *self, const void *data)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (GPtrArray)   cells = fixture_make_cells (1);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");
  ShotCell               *cell = cells->pdata[0];
  g_autofree char        *folder = g_build_filename (self->other, "second", NULL);
  g_autoptr (ShotArchive) second = fixture_open (folder);

  g_free (cell->variables);
  cell->variables = g_strnfill (100000, '[');
  g_assert_true (shot_archive_begin_run (self->archive, run, cells, &error));
  g_autofree char *path = export_all (self, 1);
  g_assert_false (import (second, path, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "variables"));
}

static void
test_backup (Fixture *self, const void *data)
{
  g_autoptr (GError)  error = NULL;
  g_autofree char    *head = fixture_sign (self->archive, "daily", 2);
  g_autofree char    *folder = g_build_filename (self->other, "copy", NULL);
  ShotTransferOptions options = { 0 };
  ShotTransferReport  report = { 0 };

  g_assert_true (shot_archive_backup (self->archive, folder, &options, &report, &error));
  g_assert_no_error (error);
  g_assert_cmpint (report.n_files, ==, 7);
  g_assert_cmpint (report.n_linked, ==, 7);
  g_autofree char *second = fixture_sign (self->archive, "daily", 1);
  g_assert_true (shot_archive_backup (self->archive, folder, &options, &report, &error));
  g_assert_cmpint (report.n_files, ==, 3);
  g_assert_cmpint (report.n_runs, ==, 2);

  g_autoptr (ShotArchive) copy = shot_archive_open (folder, SHOT_ARCHIVE_READ, &error);
  g_assert_no_error (error);
  expect_clean (copy, second);
  g_assert_false (shot_archive_backup (self->archive, self->folder, &options, &report, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
  g_clear_error (&error);
  g_assert_false (shot_archive_backup (self->archive, "/etc", &options, &report, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
}

static void
add_test (const char *path, void (*run) (Fixture *self, const void *data))
{
  g_test_add (path, Fixture, NULL, set_up, run, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("/archive-proof/clean", test_clean);
  add_test ("/archive-proof/sealed-rows", test_sealed_rows);
  add_test ("/archive-proof/open-rows", test_open_rows);
  add_test ("/archive-proof/false-pruning", test_false_pruning);
  add_test ("/archive-proof/beside-seal", test_beside_seal);
  add_test ("/archive-proof/tampered", test_tampered);
  add_test ("/archive-proof/chain", test_chain);
  add_test ("/archive-proof/chain-middle", test_chain_middle);
  add_test ("/archive-proof/files", test_files);
  add_test ("/archive-proof/unfinished", test_unfinished);
  add_test ("/archive-proof/strange-hash", test_strange_hash);
  add_test ("/archive-proof/prune", test_prune);
  add_test ("/archive-proof/transfer", test_transfer);
  add_test ("/archive-proof/forged", test_forged);
  add_test ("/archive-proof/deep-import", test_deep_import);
  add_test ("/archive-proof/backup", test_backup);
  return g_test_run ();
}
