#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>

#include "archive-fixture.h"
#include "error.h"
#include "migrations.h"
#include "people.h"
#include "verify.h"

#define NOBODY 65534

typedef struct {
  char *folder;
  char *path; /* of the database */
} Fixture;

static void
set_up (Fixture *self, const void *data)
{
  self->folder = fixture_make_folder ();
  self->path = g_build_filename (self->folder, "archive.db", NULL);
}

static void
tear_down (Fixture *self, const void *data)
{
  fixture_remove (self->folder);
  g_free (self->folder);
  g_free (self->path);
}

static void
expect_clean (const char *folder)
{
  ShotVerifyOptions            options = { 0 };
  g_autoptr (GError)           error = NULL;
  g_autoptr (ShotArchive)      archive = shot_archive_open (folder, SHOT_ARCHIVE_READ, &error);
  g_autoptr (ShotVerifyReport) report = NULL;

  g_assert_no_error (error);
  report = shot_archive_verify (archive, &options, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < report->problems->len; i++)
    g_test_message ("%s", (char *) report->problems->pdata[i]);
  g_assert_cmpint (report->n_problems, ==, 0);
}

static char *
sum_file (const char *path)
{
  g_autofree char *bytes = NULL;
  size_t           length = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, length);
}

static unsigned
count_files (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  unsigned         n = 0;

  while (directory != NULL && g_dir_read_name (directory) != NULL)
    n++;
  return n;
}

/* ---- Versions */

static const ShotMigration steps[] = {
  { "CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1)" },
  { "ALTER TABLE one ADD COLUMN b TEXT; UPDATE one SET b = 'x'" },
};
static const ShotMigration broken[] = {
  { "CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1)" },
  { "ALTER TABLE one ADD COLUMN b TEXT; UPDATE one SET a = 2; INSERT INTO nothing VALUES (1)" },
};

static int64_t
read_int (ShotDatabase *database, const char *sql)
{
  int64_t            value = -1;
  g_autoptr (GError) error = NULL;

  shot_database_read_int (database, sql, &value, &error);
  g_assert_no_error (error);
  return value;
}

static void
test_migrations (Fixture *self, const void *data)
{
  g_autoptr (GError)       error = NULL;
  g_autofree char         *backups = g_build_filename (self->folder, "backups", NULL);
  g_autoptr (ShotDatabase) database = shot_database_open (
      self->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &error);

  g_assert_true (shot_migrations_run (database, steps, 1, backups, &error));
  g_assert_cmpint (read_int (database, "PRAGMA user_version"), ==, 1);
  g_assert_cmpuint (count_files (self->folder, "backups"), ==, 0);

  /* A step that fails leaves all as it was, and a copy from before. */
  g_assert_false (shot_migrations_run (database, broken, 2, backups, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "it is left as it was"));
  g_clear_error (&error);
  g_assert_cmpint (read_int (database, "PRAGMA user_version"), ==, 1);
  g_assert_cmpint (read_int (database, "SELECT a FROM one"), ==, 1);
  g_assert_cmpint (read_int (database, "SELECT count(*) FROM pragma_table_info('one')"), ==, 1);
  g_assert_cmpuint (count_files (self->folder, "backups"), ==, 1);

  g_assert_true (shot_migrations_run (database, steps, 2, backups, &error));
  g_assert_cmpint (read_int (database, "PRAGMA user_version"), ==, 2);
  g_assert_cmpint (read_int (database, "SELECT b = 'x' FROM one"), ==, 1);
  g_assert_cmpuint (count_files (self->folder, "backups"), ==, 2);
  g_assert_true (shot_migrations_run (database, steps, 2, backups, &error));
  g_assert_cmpuint (count_files (self->folder, "backups"), ==, 2);

  g_assert_false (shot_migrations_run (database, steps, 1, backups, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "of a newer panelshot"));
}

/* Neither mode touches it. */
static void
expect_refused (Fixture *self, const char *text)
{
  static const ShotArchiveMode modes[] = { SHOT_ARCHIVE_WRITE, SHOT_ARCHIVE_READ };
  g_autofree char             *before = sum_file (self->path);

  for (size_t i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (shot_archive_open (self->folder, modes[i], &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, text));
  }
  g_autofree char *after = sum_file (self->path);
  g_assert_cmpstr (before, ==, after);
}

static void
execute (Fixture *self, const char *sql)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotDatabase) database = shot_database_open (
      self->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &error);

  shot_database_execute (database, sql, &error);
  g_assert_no_error (error);
}

static void
test_strange (Fixture *self, const void *data)
{
  execute (self, "CREATE TABLE somebody (a)");
  expect_refused (self, "some other program's database");
  g_assert_true (
      g_file_set_contents (self->path, "not a database at all, but quite long", -1, NULL));
  expect_refused (self, "not a database");
}

static void
test_newer (Fixture *self, const void *data)
{
  g_autofree char *head = NULL;

  {
    g_autoptr (ShotArchive) archive = fixture_open (self->folder);
    head = fixture_sign (archive, "daily", 2);
  }
  execute (self, "PRAGMA user_version = 1000");
  expect_refused (self, "of a newer panelshot");
}

static void
test_damaged (Fixture *self, const void *data)
{
  g_autofree char *bytes = NULL;
  size_t           length = 0;

  {
    g_autoptr (ShotArchive) archive = fixture_open (self->folder);
    g_autofree char        *head = fixture_sign (archive, "daily", 20);
  }
  g_assert_true (g_file_get_contents (self->path, &bytes, &length, NULL));
  memset (bytes + length / 2, 0x5a, length / 4);
  g_assert_true (g_file_set_contents (self->path, bytes, (gssize) length, NULL));
  expect_refused (self, "put a backup in its place");
}

static void
unpack (const char *zip_path, const char *folder)
{
  zip_t *zip = zip_open (zip_path, ZIP_RDONLY, NULL);

  g_assert_nonnull (zip);
  for (zip_int64_t i = 0; i < zip_get_num_entries (zip, 0); i++) {
    zip_stat_t status;
    g_assert_cmpint (zip_stat_index (zip, (zip_uint64_t) i, 0, &status), ==, 0);
    g_autofree char *path = g_build_filename (folder, status.name, NULL);
    g_autofree char *parent = g_path_get_dirname (path);
    g_autofree char *bytes = g_malloc (status.size);
    zip_file_t      *file = zip_fopen_index (zip, (zip_uint64_t) i, 0);
    g_assert_cmpint (zip_fread (file, bytes, status.size), ==, status.size);
    zip_fclose (file);
    g_mkdir_with_parents (parent, 0700);
    g_assert_true (g_file_set_contents (path, bytes, (gssize) status.size, NULL));
  }
  zip_discard (zip);
}

/* What earlier releases wrote, and what its sign-off printed then. */
static const struct {
  const char *name;
  const char *head;
} versions[] = {
  { "v1.zip", "a720ff0eaa26def91e6085a404e19d762eb0dc6bc0c791d202beb1b2b58cda00" },
};

static void
check_version (const char *folder, const char *head)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (ShotArchive)      archive = fixture_open (folder);
  ShotVerifyOptions            options = { .head = head };
  g_autoptr (ShotVerifyReport) report = shot_archive_verify (archive, &options, &error);
  g_autoptr (ShotRun)          weekly = shot_archive_find_run (archive, "latest:weekly", &error);
  g_autoptr (ShotSecret)       password = shot_secret_new ("correct horse");
  g_autoptr (ShotUser) user = shot_people_check_password (archive, "ann", password, "::1", &error);

  g_assert_no_error (error);
  g_assert_cmpint (report->n_problems, ==, 0);
  g_assert_cmpint (report->n_proven, ==, 1);
  g_assert_cmpuint (weekly->n_verdicts[SHOT_VERDICT_ABNORMAL], ==, 1);
  g_assert_cmpint (user->role, ==, SHOT_ROLE_ADMIN);
}

static void
test_old (Fixture *self, const void *data)
{
  /* A migration without an archive from before it is not tested. */
  g_assert_cmpuint (shot_n_migrations, ==, G_N_ELEMENTS (versions));
  for (size_t i = 0; i < G_N_ELEMENTS (versions); i++) {
    g_autofree char *zip_path = g_build_filename (SHOT_TEST_ARCHIVES, versions[i].name, NULL);
    g_autofree char *folder = g_build_filename (self->folder, versions[i].name, NULL);
    unpack (zip_path, folder);
    check_version (folder, versions[i].head);
    g_assert_cmpuint (count_files (folder, "backups"), ==, i + 1 < shot_n_migrations);
  }
}

/* ---- Disks */

static void
limit_files (rlim_t bytes)
{
  struct rlimit limit;

  getrlimit (RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

/* What a full disk looks like from here: writes fail, all that was there before stays. */
static void
test_full (Fixture *self, const void *data)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = fixture_open (self->folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (2);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");
  g_autofree char        *large = g_strnfill (400000, 'x');
  g_autoptr (GBytes)      picture = g_bytes_new (large, 400000);
  g_autoptr (GPtrArray)   many = fixture_make_cells (3000);
  g_autoptr (ShotRun)     other = fixture_make_run ("other");
  ShotCell               *cell = NULL;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  fixture_capture (archive, cells->pdata[0], "a picture");
  cell = cells->pdata[1];
  cell->state = SHOT_CELL_CAPTURED;

  limit_files (300000);
  g_assert_false (shot_archive_record_cell (archive, cell, picture, NULL, NULL, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "make room"));
  g_clear_error (&error);
  g_assert_null (cell->picture);
  g_assert_false (shot_archive_begin_run (archive, other, many, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_clear_error (&error);
  limit_files (RLIM_INFINITY);

  expect_clean (self->folder);
  g_assert_true (shot_archive_record_cell (archive, cell, picture, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (shot_archive_begin_run (archive, other, many, &error));
  expect_clean (self->folder);
}

static void
give_away (const char *path, mode_t folder_mode, mode_t file_mode)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char      *name = NULL;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    give_away (child, folder_mode, file_mode);
  }
  if (getuid () == 0)
    g_assert_cmpint (chown (path, NOBODY, NOBODY), ==, 0);
  g_assert_cmpint (chmod (path, directory != NULL ? folder_mode : file_mode), ==, 0);
}

/* The superuser may write anywhere: then as nobody. */
static void
test_read_only (Fixture *self, const void *data)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotCell)    cell = NULL;
  g_autoptr (GBytes)      picture = NULL;
  g_autoptr (ShotArchive) archive = NULL;

  {
    g_autoptr (ShotArchive) first = fixture_open (self->folder);
    g_autofree char        *head = fixture_sign (first, "daily", 2);
  }
  give_away (self->folder, 0500, 0400);
  if (getuid () == 0)
    g_assert_cmpint (seteuid (NOBODY), ==, 0);
  archive = shot_archive_open (self->folder, SHOT_ARCHIVE_READ, &error);
  g_assert_no_error (error);
  cell = shot_archive_get_cell (archive, 1, &error);
  picture = shot_archive_get_object (archive, cell->picture, &error);
  g_assert_no_error (error);
  g_assert_false (shot_archive_finish_run (archive, 1, NULL, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_clear_error (&error);
  expect_clean (self->folder);
  g_assert_null (shot_archive_open (self->folder, SHOT_ARCHIVE_WRITE, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "Permission denied"));
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  give_away (self->folder, 0700, 0600);
}

/* ---- Processes */

/* Captures what is pending, and says so after each. Never returns. */
static void
capture_all (const char *folder, int fd, const char *prefix)
{
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  ShotCellFilter          filter = { .run_id = 1, .filter = SHOT_CELLS_PENDING, .limit = 5000 };
  g_autoptr (GPtrArray)   cells = shot_archive_list_cells (archive, &filter, NULL, NULL);

  for (unsigned i = 0; i < cells->len; i++) {
    g_autofree char *picture = g_strdup_printf ("%s %u", prefix, i);
    fixture_capture (archive, cells->pdata[i], picture);
    if (write (fd, "x", 1) != 1)
      _exit (1);
  }
  _exit (0);
}

static unsigned
count_pending (const char *folder)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = shot_archive_open (folder, SHOT_ARCHIVE_READ, &error);
  g_autoptr (ShotRun)     run = shot_archive_get_run (archive, 1, &error);

  g_assert_no_error (error);
  return run->n_pending;
}

static void
begin_run (const char *folder, unsigned n)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = fixture_open (folder);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (n);
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");

  shot_archive_begin_run (archive, run, cells, &error);
  g_assert_no_error (error);
}

static void
test_killed (Fixture *self, const void *data)
{
  unsigned before = 120;

  begin_run (self->folder, before);
  for (unsigned round = 0; round < 8; round++) {
    int      ends[2];
    char     done[64];
    unsigned wanted = (unsigned) g_test_rand_int_range (1, 12);
    unsigned n = 0;
    g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
    pid_t child = fork ();
    if (child == 0)
      capture_all (self->folder, ends[1], "picture");
    close (ends[1]);
    while (n < wanted) {
      ssize_t got = read (ends[0], done, 1);
      g_assert_cmpint (got, ==, 1);
      n++;
    }
    kill (child, SIGKILL);
    g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
    close (ends[0]);

    expect_clean (self->folder);
    unsigned pending = count_pending (self->folder);
    /* What was said to be kept is; at most what was under way is not. */
    g_assert_cmpuint (pending, <=, before - wanted);
    before = pending;
  }
}

static void
test_two_writers (Fixture *self, const void *data)
{
  pid_t children[2];
  int   null_fd = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  begin_run (self->folder, 40);
  for (unsigned i = 0; i < 2; i++) {
    children[i] = fork ();
    if (children[i] == 0)
      capture_all (self->folder, null_fd, i == 0 ? "one" : "two");
  }
  for (unsigned i = 0; i < 2; i++) {
    int status = 0;
    g_assert_cmpint (waitpid (children[i], &status, 0), ==, children[i]);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  }
  close (null_fd);
  expect_clean (self->folder);
  g_assert_cmpuint (count_pending (self->folder), ==, 0);
}

/* ---- Clocks */

static void
test_clock_set_back (Fixture *self, const void *data)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = fixture_open (self->folder);
  g_autoptr (GPtrArray)   ahead_cells = fixture_make_cells (1);
  g_autoptr (GPtrArray)   cells = fixture_make_cells (1);
  g_autoptr (ShotRun)     ahead = fixture_make_run ("daily");
  g_autoptr (ShotRun)     run = fixture_make_run ("daily");
  ShotRunFilter           filter = { .state = -1, .limit = 10 };

  ahead->started_ms += 86400000;
  ahead->now_ms = ahead->started_ms;
  g_assert_true (shot_archive_begin_run (archive, ahead, ahead_cells, &error));
  fixture_capture (archive, ahead_cells->pdata[0], "tomorrow");
  g_assert_true (shot_archive_begin_run (archive, run, cells, &error));
  fixture_capture (archive, cells->pdata[0], "today");

  /* Neither is lost, and what was before is told by the time that was looked at. */
  g_autoptr (GPtrArray) runs = shot_archive_list_runs (archive, &filter, &error);
  g_assert_cmpuint (runs->len, ==, 2);
  g_autoptr (ShotCell) before = shot_archive_find_same_cell (archive, ahead_cells->pdata[0], 0, 0,
                                                             &error);
  g_assert_cmpint (before->run_id, ==, run->id);
  g_assert_null (shot_archive_find_same_cell (archive, cells->pdata[0], 0, 0, &error));
  g_assert_no_error (error);
  expect_clean (self->folder);
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
  add_test ("/archive-faults/migrations", test_migrations);
  add_test ("/archive-faults/old", test_old);
  add_test ("/archive-faults/strange", test_strange);
  add_test ("/archive-faults/newer", test_newer);
  add_test ("/archive-faults/damaged", test_damaged);
  add_test ("/archive-faults/full", test_full);
  add_test ("/archive-faults/read-only", test_read_only);
  add_test ("/archive-faults/killed", test_killed);
  add_test ("/archive-faults/two-writers", test_two_writers);
  add_test ("/archive-faults/clock-set-back", test_clock_set_back);
  return g_test_run ();
}
