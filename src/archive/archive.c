#include "config.h"

#include "archive.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive-private.h"
#include "error.h"
#include "migrations.h"

#define MAX_READ_CHECK_BYTES (8 * 1024 * 1024)

static const char *const folders[] = { "objects", "locks", "backups" };

int64_t
shot_archive_now_ms (void)
{
  return g_get_real_time () / 1000;
}

char *
shot_archive_get_path (const ShotArchive *self, const char *part)
{
  return g_build_filename (self->folder, part, NULL);
}

static gboolean
fail_file (const char *doing, const char *path, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "%s \"%s\": %s", doing, path,
               g_strerror (errno));
  return FALSE;
}

/* A file that is there is not opened: closing it would give away the locks that SQLite holds on it
 * for the other connections of this process, and then another process, taking itself for the last
 * one, removes the log that these still write. */
static gboolean
make_file (const char *path)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    return errno == EEXIST && faccessat (AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
  close (fd);
  return TRUE;
}

/* Creates what is missing; readable by nobody else. */
static gboolean
make_folders (const char *folder, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = g_build_filename (folder, folders[i], NULL);
    if (g_mkdir_with_parents (path, 0700) != 0)
      return fail_file ("cannot create the archive's folder", path, error);
  }

  const char *const files[] = { "archive.db", SHOT_ARCHIVE_CHANGED };
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (folder, files[i], NULL);
    if (!make_file (path))
      return fail_file ("cannot write the archive's file", path, error);
  }
  return TRUE;
}

static gboolean
check_sound (ShotDatabase *database, GError **error)
{
  g_autoptr (ShotStatement) check = shot_statement_new (database, "PRAGMA quick_check(1)");
  g_autofree char          *answer = NULL;

  if (shot_statement_step (check, error) != SHOT_STEP_ROW) {
    if (error == NULL || *error == NULL)
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "the archive's database does not answer");
    return FALSE;
  }
  answer = shot_statement_get_text (check);
  if (g_strcmp0 (answer, "ok") == 0)
    return TRUE;
  g_strdelimit (answer, "\r\n", ' ');
  g_set_error (
      error, SHOT_ERROR, SHOT_ERROR_STORAGE,
      "the archive's database is damaged (%s): put a backup in its place, and keep this file",
      answer);
  return FALSE;
}

/* FULL: in WAL mode NORMAL would keep the database whole after a power cut, but forget the last
 * commits; a cell or a verdict that was told to be stored has to stay. */
static gboolean
set_up (ShotDatabase *database, ShotArchiveMode mode, GError **error)
{
  if (mode == SHOT_ARCHIVE_WRITE &&
      !shot_database_execute (database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
                              error))
    return FALSE;
  return shot_database_execute (database,
                                "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;"
                                "PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456",
                                error);
}

/* A folder that may not be written has no room for the index of the log: SQLite then reads the file
 * alone, which is right when the log holds nothing. */
static ShotDatabase *
open_immutable (const char *path, GError **error)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *escaped = g_uri_escape_string (path, "/", TRUE);
  g_autofree char *uri = g_strdup_printf ("file:%s?immutable=1", escaped);
  struct stat      status;

  if (stat (log, &status) == 0 && status.st_size > 0) {
    g_set_error (
        error, SHOT_ERROR, SHOT_ERROR_STORAGE,
        "the archive's last changes are in \"%s\", which can be read only where the folder "
        "may be written: copy the folder, and open the copy",
        log);
    return NULL;
  }
  return shot_database_open (uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
}

static ShotDatabase *
open_database (const char *path, ShotArchiveMode mode, GError **error)
{
  g_autofree char         *folder = g_path_get_dirname (path);
  g_autoptr (ShotDatabase) database = NULL;
  int64_t                  version = 0;

  if (mode == SHOT_ARCHIVE_WRITE)
    return shot_database_open (path, SQLITE_OPEN_READWRITE, error);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND,
                 "there is no archive in it: name its folder with --archive, or capture a run");
    return NULL;
  }
  if (faccessat (AT_FDCWD, folder, W_OK, AT_EACCESS) != 0)
    return open_immutable (path, error);
  database = shot_database_open (path, SQLITE_OPEN_READWRITE, NULL);
  if (database == NULL)
    database = shot_database_open (path, SQLITE_OPEN_READONLY, error);
  if (database == NULL ||
      !shot_database_read_int (database, "PRAGMA user_version", &version, error))
    return NULL;
  return g_steal_pointer (&database);
}

/* Nothing is written to what is damaged. Who only reads does not wait for a large archive: SQLite tells
 * when it meets a damaged page, and verify looks at all of them. */
static bool
is_to_be_checked (ShotArchive *self)
{
  g_autofree char *path = shot_archive_get_path (self, "archive.db");
  struct stat      status;

  return self->mode == SHOT_ARCHIVE_WRITE || stat (path, &status) != 0 ||
         status.st_size <= MAX_READ_CHECK_BYTES;
}

static gboolean
bring_up_to_date (ShotArchive *self, GError **error)
{
  g_autofree char *backups = shot_archive_get_path (self, "backups");
  unsigned         version = 0;

  if (!shot_migrations_check (self->database, shot_n_migrations, &version, error))
    return FALSE;
  if (version > 0 && is_to_be_checked (self) && !check_sound (self->database, error))
    return FALSE;
  if (self->mode == SHOT_ARCHIVE_WRITE)
    return set_up (self->database, self->mode, error) &&
           shot_migrations_run (self->database, shot_migrations, shot_n_migrations, backups, error);
  if (version < shot_n_migrations) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
                 "the archive is of an older panelshot: `panelshot archive verify --repair` brings "
                 "it up to date");
    return FALSE;
  }
  return set_up (self->database, self->mode, error) &&
         shot_database_execute (self->database, "PRAGMA query_only = ON", error);
}

ShotArchive *
shot_archive_open (const char *folder, ShotArchiveMode mode, GError **error)
{
  g_autoptr (ShotArchive) self = g_new0 (ShotArchive, 1);

  self->folder = g_canonicalize_filename (folder, NULL);
  self->mode = mode;
  if (mode == SHOT_ARCHIVE_WRITE && !make_folders (self->folder, error))
    return NULL;

  g_autofree char *path = shot_archive_get_path (self, "archive.db");
  self->database = open_database (path, mode, error);
  if (self->database == NULL || !bring_up_to_date (self, error)) {
    g_prefix_error (error, "%s: ", self->folder);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
shot_archive_close (ShotArchive *self)
{
  if (self == NULL)
    return;
  shot_database_close (self->database);
  g_free (self->folder);
  g_free (self);
}

gboolean
shot_archive_begin (ShotArchive *self, ShotTransaction *transaction, GError **error)
{
  if (self->mode == SHOT_ARCHIVE_WRITE)
    return shot_transaction_begin (transaction, self->database, error);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "the archive is open for reading only");
  return FALSE;
}

gboolean
shot_archive_commit (ShotArchive *self, ShotTransaction *transaction, GError **error)
{
  g_autofree char *changed = shot_archive_get_path (self, SHOT_ARCHIVE_CHANGED);

  if (!shot_transaction_commit (transaction, error))
    return FALSE;
  /* After the commit: whoever is woken by this sees it. */
  utimensat (AT_FDCWD, changed, NULL, 0);
  return TRUE;
}

gboolean
shot_archive_fail_missing (const char *what, int64_t id, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "the archive has no %s %" G_GINT64_FORMAT,
               what, id);
  return FALSE;
}

/* A plan's name may hold anything. */
static char *
get_lock_path (ShotArchive *self, const char *plan)
{
  static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  bool is_safe = *plan != '\0' && strlen (plan) <= 64 && strspn (plan, safe) == strlen (plan);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, plan, -1);
  g_autofree char *name = g_strdup_printf ("plan-%s", is_safe ? plan : hash);

  return g_build_filename (self->folder, "locks", name, NULL);
}

int
shot_archive_lock_plan (ShotArchive *self, const char *plan, GError **error)
{
  g_autofree char *path = get_lock_path (self, plan);
  int              fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  /* Of the open file, not of the process: another thread's closing does not end it. */
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  if (fd < 0) {
    fail_file ("cannot write", path, error);
    return -1;
  }
  if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
    return fd;
  if (errno == EAGAIN || errno == EACCES)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_BUSY,
                 "another process captures a run of plan \"%s\": wait until it is done", plan);
  else
    fail_file ("cannot lock", path, error);
  close (fd);
  return -1;
}

bool
shot_archive_is_plan_locked (ShotArchive *self, const char *plan)
{
  g_autofree char *path = get_lock_path (self, plan);
  int              fd = open (path, O_RDONLY | O_CLOEXEC);
  struct flock     lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
  bool             is_locked = false;

  if (fd < 0)
    return false;
  is_locked = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);
  return is_locked;
}

int
shot_archive_lock_files (ShotArchive *self, bool is_exclusive, GError **error)
{
  g_autofree char *path = shot_archive_get_path (self, "locks/files");
  int              fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct flock     lock = { .l_type = is_exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

  /* Nobody removes anything where nobody may write. */
  if (fd < 0 && !is_exclusive && (errno == EROFS || errno == EACCES))
    return open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    fail_file ("cannot write", path, error);
    return -1;
  }
  if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
    return fd;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_BUSY, "%s: try again when it is done",
               is_exclusive ? "a backup or an export is being made" : "somebody is pruning");
  close (fd);
  return -1;
}

char *
shot_archive_get_note (ShotArchive *self, const char *name)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->database,
                                                        "SELECT text FROM notes WHERE name = ?");

  shot_statement_add_text (query, name);
  return shot_statement_step (query, NULL) == SHOT_STEP_ROW ? shot_statement_get_text (query)
                                                            : NULL;
}

gboolean
shot_archive_set_note (ShotArchive *self, const char *name, const char *text, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database, "INSERT INTO notes (name, text) VALUES (?, ?)"
                      " ON CONFLICT (name) DO UPDATE SET text = excluded.text");

  shot_statement_add_text (insert, name);
  shot_statement_add_text (insert, text);
  return shot_archive_begin (self, &transaction, error) && shot_statement_run (insert, error) &&
         shot_archive_commit (self, &transaction, error);
}
