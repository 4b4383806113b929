#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "error.h"
#include "objects.h"
#include "verify-private.h"

/* How many rows are read at a time: no read transaction stays open while files are read. */
#define ROWS 512
#define UNFINISHED_PREFIX ".new-"
/* Younger ones may be somebody's who is at it. */
#define UNFINISHED_AGE_S 3600

typedef struct {
  char    hash[65];
  int64_t size;
  bool    is_pruned;
  bool    is_removed;
  /* What was found. */
  bool    is_there;
  char   *found; /* (owned) (nullable): the hash of what it holds */
  int64_t found_size;
} Row;

static void
row_clear (void *data)
{
  g_free (((Row *) data)->found);
}

static GArray *
read_rows (ShotVerify *self, const char *after, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->archive->database,
      "SELECT hash, size, pruned_ms, is_removed FROM objects WHERE hash > ?"
      " ORDER BY hash LIMIT ?");
  g_autoptr (GArray) rows = g_array_sized_new (FALSE, TRUE, sizeof (Row), ROWS);
  ShotStep           step;

  g_array_set_clear_func (rows, row_clear);
  shot_statement_add_text (query, after);
  shot_statement_add_int (query, ROWS);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    Row              row = { 0 };
    g_autofree char *hash = shot_statement_get_text (query);
    g_strlcpy (row.hash, hash, sizeof row.hash);
    row.size = shot_statement_get_int (query);
    row.is_pruned = shot_statement_get_int (query) != 0;
    row.is_removed = shot_statement_get_int (query) != 0;
    g_array_append_val (rows, row);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&rows) : NULL;
}

/* Which cell suffers, for the message. (transfer full) */
static char *
name_user (ShotVerify *self, const char *hash)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->archive->database,
      "SELECT runs.name, cells.position FROM cells JOIN runs ON runs.id = run_id"
      " WHERE ?1 IN (picture, thumbnail, data, panel_json) LIMIT 1");

  shot_statement_add_text (query, hash);
  if (shot_statement_step (query, NULL) != SHOT_STEP_ROW)
    return g_strdup ("no cell needs it");
  g_autofree char *run = shot_statement_get_text (query);
  return g_strdup_printf ("of run %s, cell %" G_GINT64_FORMAT, run, shot_statement_get_int (query));
}

/* Somebody may have pruned it since the row was read. */
static bool
is_pruned_now (ShotVerify *self, const char *hash)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->archive->database, "SELECT pruned_ms FROM objects WHERE hash = ?");

  shot_statement_add_text (query, hash);
  return shot_statement_step (query, NULL) == SHOT_STEP_ROW && shot_statement_get_int (query) != 0;
}

static void
remove_left_over (ShotVerify *self, const char *hash)
{
  g_autofree char          *path = shot_object_get_path (self->archive->folder, hash);
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->archive->database,
      "UPDATE objects SET is_removed = 1 WHERE hash = ? AND pruned_ms <> 0");

  shot_statement_add_text (update, hash);
  if (!shot_archive_begin (self->archive, &transaction, NULL) || !is_pruned_now (self, hash))
    return;
  if (g_unlink (path) == 0 || errno == ENOENT) {
    self->report->n_removed++;
    if (shot_statement_run (update, NULL))
      shot_transaction_commit (&transaction, NULL);
  }
}

static void
judge_pruned (ShotVerify *self, const Row *row)
{
  self->report->n_pruned++;
  if (row->is_there && self->options->has_repair)
    remove_left_over (self, row->hash);
  else if (row->is_there)
    shot_verify_add (self,
                     "file %.16s… was pruned and is still there: run `panelshot archive prune`"
                     " again",
                     row->hash);
}

static void
judge (ShotVerify *self, const Row *row)
{
  if (row->is_pruned) {
    judge_pruned (self, row);
    return;
  }
  self->report->n_files++;
  self->report->n_bytes += row->found_size;

  bool is_right = row->is_there && row->found_size == row->size &&
                  (row->found == NULL || g_str_equal (row->found, row->hash));
  if (is_right)
    return;
  if (!row->is_there && is_pruned_now (self, row->hash)) {
    self->report->n_files--;
    self->report->n_pruned++;
    return;
  }
  g_autofree char *user = name_user (self, row->hash);
  shot_verify_add (self, "file %.16s… is %s: %s", row->hash,
                   row->is_there ? "not what it was" : "missing", user);
}

/* In a thread of a pool: two files at a time keep both the disk and a processor busy. */
static void
look_at (void *data, void *user_data)
{
  Row              *row = data;
  const ShotVerify *self = user_data;
  g_autofree char  *path = shot_archive_find_object (self->archive, row->hash);
  struct stat       status;

  /* Nothing of ours is called so. */
  if (path == NULL)
    return;
  row->is_there = lstat (path, &status) == 0;
  if (!row->is_there || row->is_pruned)
    return;
  row->found_size = status.st_size;
  if (self->options->is_quick)
    return;
  row->found = shot_object_hash_file (path, &row->found_size, NULL);
  if (row->found == NULL)
    row->found = g_strdup ("unreadable");
}

static int64_t
count_bytes (ShotVerify *self)
{
  int64_t bytes = 0;

  shot_database_read_int (self->archive->database, "SELECT bytes FROM totals", &bytes, NULL);
  return bytes;
}

static gboolean
check_named (ShotVerify *self, GError **error)
{
  g_autofree char *after = g_strdup ("");
  int64_t          all_bytes = count_bytes (self);
  unsigned         n = 0;

  do {
    g_autoptr (GArray) rows = read_rows (self, after, error);
    if (rows == NULL || g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
      return FALSE;
    n = rows->len;
    GThreadPool *pool = g_thread_pool_new (look_at, self, 2, TRUE, NULL);
    for (unsigned i = 0; i < n; i++)
      g_thread_pool_push (pool, &g_array_index (rows, Row, i), NULL);
    g_thread_pool_free (pool, FALSE, TRUE);
    for (unsigned i = 0; i < n; i++)
      judge (self, &g_array_index (rows, Row, i));
    if (n > 0) {
      g_free (after);
      after = g_strdup (g_array_index (rows, Row, n - 1).hash);
    }
    if (self->options->progress != NULL)
      self->options->progress (self->report->n_bytes, all_bytes, self->options->progress_data);
  } while (n == ROWS);
  return TRUE;
}

static bool
has_row (ShotVerify *self, const char *hash)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database,
                                                        "SELECT 1 FROM objects WHERE hash = ?");

  shot_statement_add_text (query, hash);
  return shot_statement_step (query, NULL) == SHOT_STEP_ROW;
}

static void
judge_unfinished (ShotVerify *self, const char *path)
{
  struct stat status;

  if (lstat (path, &status) != 0 ||
      g_get_real_time () / G_USEC_PER_SEC - status.st_mtime < UNFINISHED_AGE_S)
    return;
  self->report->n_unfinished++;
  if (self->options->has_repair && g_unlink (path) == 0)
    self->report->n_removed++;
}

/* Files that no row names do no harm, but take room. */
static void
check_folder (ShotVerify *self, const char *folder, const char *prefix)
{
  g_autofree char *path = g_build_filename (folder, prefix, NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char      *name = NULL;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    if (g_str_has_prefix (name, UNFINISHED_PREFIX))
      judge_unfinished (self, child);
    else if (!shot_object_is_hash (name) || strncmp (name, prefix, 2) != 0)
      shot_verify_add (self, "\"objects/%s/%s\" is not of the archive: move it away", prefix, name);
    else if (!has_row (self, name))
      self->report->n_unused++;
  }
}

static void
check_unnamed (ShotVerify *self)
{
  g_autofree char *folder = shot_archive_get_path (self->archive, "objects");

  for (unsigned i = 0; i < 256; i++) {
    char prefix[3];
    g_snprintf (prefix, sizeof prefix, "%02x", i);
    check_folder (self, folder, prefix);
  }
}

gboolean
shot_verify_files (ShotVerify *self, GError **error)
{
  if (!check_named (self, error))
    return FALSE;
  check_unnamed (self);
  return TRUE;
}
