#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive-private.h"
#include "error.h"
#include "migrations.h"
#include "objects.h"
#include "transfer.h"

static gboolean
fail_file (const char *doing, const char *path, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "%s \"%s\": %s", doing, path,
               g_strerror (errno));
  return FALSE;
}

/* Nothing of somebody else's is written over. */
static gboolean
check_target (ShotArchive *self, const char *folder, GError **error)
{
  g_autofree char *database_path = g_build_filename (folder, "archive.db", NULL);
  g_autofree char *inside = g_strconcat (self->folder, "/", NULL);
  g_autoptr (GDir) directory = g_dir_open (folder, 0, NULL);
  unsigned         version = 0;

  if (g_str_equal (folder, self->folder) || g_str_has_prefix (folder, inside)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "\"%s\" is in the archive itself: name another folder", folder);
    return FALSE;
  }
  if (directory == NULL || g_dir_read_name (directory) == NULL)
    return TRUE;

  g_autoptr (ShotDatabase) database = g_file_test (database_path, G_FILE_TEST_IS_REGULAR)
                                          ? shot_database_open (database_path, SQLITE_OPEN_READONLY,
                                                                NULL)
                                          : NULL;
  if (database != NULL && shot_migrations_check (database, shot_n_migrations, &version, NULL))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "\"%s\" holds something else: name a new folder, or that of an earlier backup",
               folder);
  return FALSE;
}

static gboolean
make_folders (const char *folder, GError **error)
{
  static const char *const names[] = { "objects", "locks", "backups" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    if (g_mkdir_with_parents (path, 0700) != 0)
      return fail_file ("cannot create", path, error);
  }
  return TRUE;
}

static gboolean
copy_object (ShotArchive *self, const char *hash, const char *folder, ShotTransferReport *report,
             GError **error)
{
  g_autofree char *source = shot_object_get_path (self->folder, hash);
  g_autofree char *target = shot_object_get_path (folder, hash);
  g_autofree char *directory = g_path_get_dirname (target);

  if (g_mkdir_with_parents (directory, 0700) != 0)
    return fail_file ("cannot create", directory, error);
  if (link (source, target) == 0) {
    report->n_linked++;
    return TRUE;
  }

  g_autoptr (GBytes) bytes = shot_archive_get_object (self, hash, error);
  g_autofree char   *stored = bytes != NULL ? shot_object_store (folder, bytes, error) : NULL;
  if (stored == NULL)
    return FALSE;
  if (g_str_equal (stored, hash))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
               "\"%s\" is not what it was: `panelshot archive verify` tells more", source);
  return FALSE;
}

static bool
is_there (const char *folder, const char *hash, int64_t size)
{
  g_autofree char *path = shot_object_get_path (folder, hash);
  struct stat      status;

  return lstat (path, &status) == 0 && S_ISREG (status.st_mode) && status.st_size == size;
}

/* Those that the copied database names: what is captured meanwhile is for the next backup. */
static gboolean
copy_objects (ShotArchive *self, ShotDatabase *copy, const char *folder,
              const ShotTransferOptions *options, ShotTransferReport *report, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      copy, "SELECT hash, size, (SELECT n_objects FROM totals) FROM objects WHERE pruned_ms = 0");
  int64_t  n = 0;
  ShotStep step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    g_autofree char *hash = shot_statement_get_text (query);
    int64_t          size = shot_statement_get_int (query);
    int64_t          all = shot_statement_get_int (query);
    if (g_cancellable_set_error_if_cancelled (options->cancellable, error))
      return FALSE;
    if (!is_there (folder, hash, size)) {
      if (!copy_object (self, hash, folder, report, error))
        return FALSE;
      report->n_files++;
      report->n_bytes += size;
    }
    if (options->progress != NULL && ++n % 256 == 0)
      options->progress (n, all, options->progress_data);
  }
  return step == SHOT_STEP_DONE;
}

static gboolean
count_rows (ShotDatabase *copy, ShotTransferReport *report, GError **error)
{
  return shot_database_read_int (copy, "SELECT count(*) FROM runs", &report->n_runs, error) &&
         shot_database_read_int (copy, "SELECT coalesce (sum (n_cells), 0) FROM runs",
                                 &report->n_cells, error);
}

/* A log of the earlier backup must not be taken for the new one's. */
static gboolean
put_in_place (const char *fresh, const char *folder, GError **error)
{
  static const char *const endings[] = { "-wal", "-shm", "" };
  g_autofree char         *path = g_build_filename (folder, "archive.db", NULL);
  int                      fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  for (size_t i = 0; i + 1 < G_N_ELEMENTS (endings); i++) {
    g_autofree char *log = g_strconcat (path, endings[i], NULL);
    g_unlink (log);
  }
  /* Files first, then the database that names them. */
  bool is_done = fd >= 0 && syncfs (fd) == 0 && g_rename (fresh, path) == 0 && fsync (fd) == 0;
  if (!is_done)
    fail_file ("cannot write", path, error);
  if (fd >= 0)
    close (fd);
  return is_done;
}

static gboolean
make_copy (ShotArchive *self, const char *folder, const char *fresh,
           const ShotTransferOptions *options, ShotTransferReport *report, GError **error)
{
  g_autoptr (ShotDatabase) copy = NULL;

  g_unlink (fresh);
  if (!shot_database_copy (self->database, fresh, error))
    return FALSE;
  copy = shot_database_open (fresh, SQLITE_OPEN_READONLY, error);
  return copy != NULL && count_rows (copy, report, error) &&
         copy_objects (self, copy, folder, options, report, error);
}

gboolean
shot_archive_backup (ShotArchive *self, const char *folder, const ShotTransferOptions *options,
                     ShotTransferReport *out_report, GError **error)
{
  g_autofree char   *target = g_canonicalize_filename (folder, NULL);
  g_autofree char   *fresh = g_build_filename (target, "archive.db.new", NULL);
  ShotTransferReport report = { 0 };
  int                lock = -1;

  if (!check_target (self, target, error) || !make_folders (target, error))
    return FALSE;
  lock = shot_archive_lock_files (self, false, error);
  if (lock < 0)
    return FALSE;

  gboolean is_done = make_copy (self, target, fresh, options, &report, error) &&
                     put_in_place (fresh, target, error);
  if (!is_done)
    g_unlink (fresh);
  close (lock);
  if (is_done)
    *out_report = report;
  return is_done;
}
