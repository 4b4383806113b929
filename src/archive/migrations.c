#include "config.h"

#include "migrations.h"

#include <glib/gstdio.h>

#include "error.h"

gboolean
shot_migrations_check (ShotDatabase *database, unsigned n_steps, unsigned *out_version,
                       GError **error)
{
  int64_t version = 0;
  int64_t application = 0;
  int64_t n_tables = 0;

  if (!shot_database_read_int (database, "PRAGMA user_version", &version, error) ||
      !shot_database_read_int (database, "PRAGMA application_id", &application, error) ||
      !shot_database_read_int (database, "SELECT count(*) FROM sqlite_schema", &n_tables, error))
    return FALSE;
  if (application != SHOT_APPLICATION_ID && (n_tables > 0 || version != 0)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
                 "archive.db is some other program's database: name a folder of its own");
    return FALSE;
  }
  if (version > (int64_t) n_steps) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
                 "the archive is of a newer panelshot (its version is %" G_GINT64_FORMAT
                 ", this program knows %u): use that one; nothing was changed",
                 version, n_steps);
    return FALSE;
  }
  *out_version = (unsigned) version;
  return TRUE;
}

static gboolean
make_backup (ShotDatabase *database, const char *backups, unsigned version, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char      *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");

  if (g_mkdir_with_parents (backups, 0700) != 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot create \"%s\": %s", backups,
                 g_strerror (errno));
    return FALSE;
  }
  for (unsigned i = 0;; i++) {
    g_autofree char *name = i == 0 ? g_strdup_printf ("archive-v%u-%s.db", version, stamp)
                                   : g_strdup_printf ("archive-v%u-%s-%u.db", version, stamp, i);
    g_autofree char *path = g_build_filename (backups, name, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return shot_database_copy (database, path, error);
  }
}

static gboolean
run_step (ShotDatabase *database, const ShotMigration *steps, unsigned n_steps, unsigned *version,
          GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autofree char         *mark = NULL;
  g_autoptr (GError)       cause = NULL;
  unsigned                 before = *version;

  /* Another process may have been quicker: look again, now that nobody else can. */
  if (!shot_transaction_begin (&transaction, database, error) ||
      !shot_migrations_check (database, n_steps, version, error))
    return FALSE;
  if (*version != before)
    return shot_transaction_commit (&transaction, error);

  mark = g_strdup_printf ("PRAGMA user_version = %u; PRAGMA application_id = %d", before + 1,
                          SHOT_APPLICATION_ID);
  if (!shot_database_execute (database, steps[before].sql, &cause) ||
      !shot_database_execute (database, mark, &cause) ||
      !shot_transaction_commit (&transaction, &cause)) {
    g_set_error (error, SHOT_ERROR, cause->code,
                 "cannot bring the archive from version %u to %u, it is left as it was: %s", before,
                 before + 1, cause->message);
    return FALSE;
  }
  *version = before + 1;
  return TRUE;
}

gboolean
shot_migrations_run (ShotDatabase *database, const ShotMigration *steps, unsigned n_steps,
                     const char *backups, GError **error)
{
  unsigned version = 0;

  if (!shot_migrations_check (database, n_steps, &version, error))
    return FALSE;
  while (version < n_steps) {
    if (version > 0 && !make_backup (database, backups, version, error))
      return FALSE;
    if (!run_step (database, steps, n_steps, &version, error))
      return FALSE;
  }
  return TRUE;
}
