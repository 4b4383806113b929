#include "config.h"

#include "database.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "error.h"

/* How long a writer waits for another process's transaction: the largest is an import. */
#define BUSY_TIMEOUT_MS 30000
/* Statements whose text depends on a filter are many, though each is small. */
#define MAX_KEPT 200
#define PAGES_PER_STEP 1024

struct _ShotDatabase {
  sqlite3    *handle;
  GHashTable *kept; /* (owned): text -> sqlite3_stmt, at rest */
};

struct _ShotStatement {
  ShotDatabase *database; /* (borrowed) */
  char         *sql;      /* (owned) */
  sqlite3_stmt *handle;   /* (nullable): could not be prepared */
  int           next_parameter;
  int           next_column;
  int           failure; /* SQLITE_OK, or what binding ended with */
};

static void
finalize (void *handle)
{
  sqlite3_finalize (handle);
}

/* "İ" and "ß" and 中 alike: what people type is found whatever its case. */
static void
fold_text (sqlite3_context *context, int n, sqlite3_value **values)
{
  const char *text = (const char *) sqlite3_value_text (values[0]);

  if (text == NULL) {
    sqlite3_result_null (context);
    return;
  }
  sqlite3_result_text (context, g_utf8_casefold (text, -1), -1, g_free);
}

ShotDatabase *
shot_database_open (const char *path, int flags, GError **error)
{
  g_autoptr (ShotDatabase) self = g_new0 (ShotDatabase, 1);

  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, finalize);
  if (sqlite3_open_v2 (path, &self->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
    shot_database_fail (self, "cannot open the archive", error);
    return NULL;
  }
  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, BUSY_TIMEOUT_MS);
  /* An archive may come from a stranger: its schema calls nothing but what is harmless. */
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_create_function (self->handle, "shot_fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                           fold_text, NULL, NULL);
  return g_steal_pointer (&self);
}

void
shot_database_close (ShotDatabase *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kept);
  if (sqlite3_close (self->handle) != SQLITE_OK)
    g_critical ("a statement of the archive was left open");
  g_free (self);
}

gboolean
shot_database_fail (ShotDatabase *self, const char *doing, GError **error)
{
  int         extended = sqlite3_extended_errcode (self->handle);
  const char *message = sqlite3_errmsg (self->handle);
  const char *cure = "";
  ShotError   code = SHOT_ERROR_STORAGE;

  switch (extended & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    code = SHOT_ERROR_BUSY;
    cure = ": another process is writing; try again";
    break;
  case SQLITE_FULL:
    cure = ": make room, then try again; nothing is lost";
    break;
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
    cure = ": give this user the right to write there";
    break;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    cure = ": put a backup in its place, and keep this file";
    break;
  default:
    break;
  }
  /* Triggers say no in our words. */
  if (extended == SQLITE_CONSTRAINT_TRIGGER)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "%s", message);
  else
    g_set_error (error, SHOT_ERROR, code, "%s: %s%s", doing, message, cure);
  return FALSE;
}

gboolean
shot_database_execute (ShotDatabase *self, const char *sql, GError **error)
{
  if (sqlite3_exec (self->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  return shot_database_fail (self, "the archive", error);
}

gboolean
shot_database_read_int (ShotDatabase *self, const char *sql, int64_t *out_value, GError **error)
{
  g_autoptr (ShotStatement) statement = shot_statement_new (self, sql);
  ShotStep                  step = shot_statement_step (statement, error);

  if (step == SHOT_STEP_FAILED)
    return FALSE;
  if (step == SHOT_STEP_ROW)
    *out_value = shot_statement_get_int (statement);
  return TRUE;
}

int64_t
shot_database_get_last_id (ShotDatabase *self)
{
  return sqlite3_last_insert_rowid (self->handle);
}

int
shot_database_get_changes (ShotDatabase *self)
{
  return sqlite3_changes (self->handle);
}

ShotStatement *
shot_statement_new (ShotDatabase *database, const char *sql)
{
  ShotStatement *self = g_new0 (ShotStatement, 1);
  void          *key = NULL;
  void          *handle = NULL;

  self->database = database;
  self->next_parameter = 1;
  if (g_hash_table_steal_extended (database->kept, sql, &key, &handle)) {
    self->sql = key;
    self->handle = handle;
    return self;
  }
  self->sql = g_strdup (sql);
  self->failure = sqlite3_prepare_v3 (database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &self->handle, NULL);
  return self;
}

void
shot_statement_free (ShotStatement *self)
{
  if (self == NULL)
    return;

  GHashTable *kept = self->database->kept;
  if (self->handle != NULL) {
    sqlite3_reset (self->handle);
    sqlite3_clear_bindings (self->handle);
  }
  if (self->handle != NULL && g_hash_table_size (kept) < MAX_KEPT &&
      !g_hash_table_contains (kept, self->sql)) {
    g_hash_table_insert (kept, g_steal_pointer (&self->sql), self->handle);
  } else {
    sqlite3_finalize (self->handle);
    g_free (self->sql);
  }
  g_free (self);
}

static void
note_failure (ShotStatement *self, int result)
{
  if (self->failure == SQLITE_OK)
    self->failure = result;
}

void
shot_statement_add_int (ShotStatement *self, int64_t value)
{
  if (self->handle != NULL)
    note_failure (self, sqlite3_bind_int64 (self->handle, self->next_parameter++, value));
}

void
shot_statement_add_real (ShotStatement *self, double value)
{
  if (self->handle != NULL)
    note_failure (self, sqlite3_bind_double (self->handle, self->next_parameter++, value));
}

void
shot_statement_add_text (ShotStatement *self, const char *text)
{
  /* Titles and messages of strangers, too: what comes out again is UTF-8. */
  g_autofree char *valid = text != NULL && !g_utf8_validate (text, -1, NULL)
                               ? g_utf8_make_valid (text, -1)
                               : NULL;

  if (self->handle != NULL)
    note_failure (self, sqlite3_bind_text (self->handle, self->next_parameter++,
                                           valid != NULL ? valid : text, -1, SQLITE_TRANSIENT));
}

void
shot_statement_add_bytes (ShotStatement *self, GBytes *bytes)
{
  size_t      size = 0;
  const void *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  if (self->handle != NULL)
    note_failure (self, sqlite3_bind_blob64 (self->handle, self->next_parameter++, data, size,
                                             SQLITE_TRANSIENT));
}

ShotStep
shot_statement_step (ShotStatement *self, GError **error)
{
  if (self->handle == NULL || self->failure != SQLITE_OK) {
    shot_database_fail (self->database, "the archive", error);
    return SHOT_STEP_FAILED;
  }
  g_assert (self->next_parameter == sqlite3_bind_parameter_count (self->handle) + 1);

  self->next_column = 0;
  switch (sqlite3_step (self->handle)) {
  case SQLITE_ROW:
    return SHOT_STEP_ROW;
  case SQLITE_DONE:
    return SHOT_STEP_DONE;
  default:
    shot_database_fail (self->database, "the archive", error);
    return SHOT_STEP_FAILED;
  }
}

gboolean
shot_statement_run (ShotStatement *self, GError **error)
{
  ShotStep step = SHOT_STEP_ROW;

  while (step == SHOT_STEP_ROW)
    step = shot_statement_step (self, error);
  if (self->handle != NULL)
    sqlite3_reset (self->handle);
  self->next_parameter = 1;
  return step == SHOT_STEP_DONE;
}

int64_t
shot_statement_get_int (ShotStatement *self)
{
  return sqlite3_column_int64 (self->handle, self->next_column++);
}

double
shot_statement_get_real (ShotStatement *self)
{
  return sqlite3_column_double (self->handle, self->next_column++);
}

char *
shot_statement_get_text (ShotStatement *self)
{
  return g_strdup ((const char *) sqlite3_column_text (self->handle, self->next_column++));
}

GBytes *
shot_statement_get_bytes (ShotStatement *self)
{
  int         column = self->next_column++;
  const void *data = sqlite3_column_blob (self->handle, column);
  int         size = sqlite3_column_bytes (self->handle, column);

  if (sqlite3_column_type (self->handle, column) == SQLITE_NULL)
    return NULL;
  return g_bytes_new (data, (size_t) size);
}

gboolean
shot_transaction_begin (ShotTransaction *self, ShotDatabase *database, GError **error)
{
  g_autoptr (ShotStatement) begin = shot_statement_new (database, "BEGIN IMMEDIATE");

  g_assert (self->database == NULL);
  if (!shot_statement_run (begin, error))
    return FALSE;
  self->database = database;
  return TRUE;
}

gboolean
shot_transaction_commit (ShotTransaction *self, GError **error)
{
  g_autoptr (ShotStatement) commit = shot_statement_new (self->database, "COMMIT");

  if (!shot_statement_run (commit, error))
    return FALSE;
  self->database = NULL;
  return TRUE;
}

void
shot_transaction_clear (ShotTransaction *self)
{
  /* A full disk may have rolled it back already. */
  if (self->database != NULL && !sqlite3_get_autocommit (self->database->handle))
    shot_database_execute (self->database, "ROLLBACK", NULL);
  self->database = NULL;
}

static gboolean
copy_pages (ShotDatabase *self, ShotDatabase *target, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (target->handle, "main", self->handle, "main");

  if (backup == NULL)
    return shot_database_fail (target, "cannot copy the database", error);

  int result = SQLITE_OK;
  while (result == SQLITE_OK)
    result = sqlite3_backup_step (backup, PAGES_PER_STEP);
  sqlite3_backup_finish (backup);
  if (result != SQLITE_DONE)
    return shot_database_fail (target, "cannot copy the database", error);
  return TRUE;
}

static gboolean
sync_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd >= 0 && fsync (fd) == 0) {
    close (fd);
    return TRUE;
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot write \"%s\": %s", path,
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return FALSE;
}

static gboolean
copy_into (ShotDatabase *self, const char *path, GError **error)
{
  g_autoptr (ShotDatabase) target = shot_database_open (path, SQLITE_OPEN_READWRITE, error);
  /* One read transaction for all pages: others' writes would start the copy anew each time. */
  bool is_outer = sqlite3_get_autocommit (self->handle) == 0;

  if (target == NULL)
    return FALSE;
  if (!is_outer && !shot_database_execute (self, "BEGIN; SELECT 1 FROM sqlite_schema", error))
    return FALSE;

  gboolean is_copied = copy_pages (self, target, error);
  if (!is_outer)
    shot_database_execute (self, "COMMIT", NULL);
  /* The copy is one file, which opens from read-only media, too. */
  return is_copied && shot_database_execute (target, "PRAGMA journal_mode = DELETE", error);
}

gboolean
shot_database_copy (ShotDatabase *self, const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot create \"%s\": %s", path,
                 g_strerror (errno));
    return FALSE;
  }
  close (fd);
  if (copy_into (self, path, error) && sync_file (path, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}
