#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "archive-private.h"
#include "error.h"
#include "manifest.h"
#include "objects.h"
#include "pruned.h"
#include "transfer.h"
#include "unpack.h"

#define WEEK_MS (INT64_C (7) * 24 * 60 * 60 * 1000)
#define WEEK_TOLERANCE_MS (30 * 60 * 1000)

typedef struct {
  ShotManifest *manifest; /* (owned) */
  ShotPruned   *pruned;   /* (owned) (nullable) */
  char         *text;     /* (owned): of the manifest */
} Incoming;

typedef struct {
  ShotArchive               *archive; /* (borrowed) */
  const ShotTransferOptions *options; /* (borrowed) */
  ShotUnpack                *zip;     /* (owned) (nullable) */
  GPtrArray                 *runs;    /* (owned) (element-type Incoming) */
  GPtrArray         *fresh; /* (owned) (element-type utf8): hashes of files that were not there */
  GHashTable        *sizes; /* (owned): hash -> size of what was unpacked */
  GArray            *ids;   /* (owned) (element-type int64_t) */
  ShotTransferReport report;
} Import;

static void
incoming_free (void *data)
{
  Incoming *self = data;

  shot_manifest_free (self->manifest);
  shot_pruned_free (self->pruned);
  g_free (self->text);
  g_free (self);
}

static void
import_clear (Import *self)
{
  shot_unpack_free (self->zip);
  g_ptr_array_unref (self->runs);
  g_ptr_array_unref (self->fresh);
  g_hash_table_unref (self->sizes);
  g_array_unref (self->ids);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, import_clear)

static gboolean
refuse (GError **error, const char *what, const char *why)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "the import is refused: %s %s", what, why);
  return FALSE;
}

/* An error of a parser says what is wrong; what it means is the same for all of them. */
static gboolean
turn_to_refusal (GError *cause, const char *name, GError **error)
{
  g_autoptr (GError) owned = cause;

  return refuse (error, name, owned->message);
}

/* Only what was captured can have been pruned, once, and by a rule. */
static bool
mark_pruned (ShotManifest *manifest, const ShotPruned *pruned)
{
  for (unsigned i = 0; i < pruned->positions->len; i++) {
    unsigned  position = g_array_index (pruned->positions, unsigned, i);
    ShotCell *cell = position < manifest->cells->len ? manifest->cells->pdata[position] : NULL;
    if (cell == NULL || cell->state != SHOT_CELL_CAPTURED)
      return false;
    cell->state = SHOT_CELL_PRUNED;
  }
  return pruned->positions->len == 0 || pruned->files->len > 0;
}

static gboolean
read_run (Import *self, unsigned number, GError **error)
{
  g_autofree char   *manifest_name = g_strdup_printf ("runs/%u/manifest.json", number);
  g_autofree char   *pruned_name = g_strdup_printf ("runs/%u/pruned.json", number);
  g_autoptr (GBytes) bytes = shot_unpack_read (self->zip, manifest_name, error);
  GError            *cause = NULL;
  Incoming          *run = NULL;

  if (bytes == NULL)
    return FALSE;
  run = g_new0 (Incoming, 1);
  g_ptr_array_add (self->runs, run);
  run->text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  run->manifest = shot_manifest_read (run->text, g_bytes_get_size (bytes), &cause);
  if (run->manifest == NULL)
    return turn_to_refusal (cause, manifest_name, error);
  if (!shot_unpack_has (self->zip, pruned_name))
    return TRUE;
  g_clear_pointer (&bytes, g_bytes_unref);
  bytes = shot_unpack_read (self->zip, pruned_name, error);
  if (bytes == NULL)
    return FALSE;
  run->pruned = shot_pruned_read (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &cause);
  if (run->pruned == NULL)
    return turn_to_refusal (cause, pruned_name, error);
  return mark_pruned (run->manifest, run->pruned) ||
         refuse (error, pruned_name, "is of other cells than those of its run");
}

/* What the rows would not take, or what would mean something else here than where it comes from. */
static gboolean
check_run (const ShotManifest *manifest, GError **error)
{
  const ShotRun *run = manifest->run;
  bool           is_signed = run->state == SHOT_RUN_SIGNED;

  if (!g_uuid_string_is_valid (run->uid) || *run->plan == '\0' || *run->home_name == '\0')
    return refuse (error, "a run", "has no id, no plan or no name");
  if (is_signed != (run->signed_by != NULL) || is_signed != (run->signed_ms != 0) ||
      (!is_signed && *manifest->previous != '\0'))
    return refuse (error, run->home_name, "is half signed");
  if (run->retention_ms < 0)
    return refuse (error, run->home_name, "has a retention below nothing");
  for (unsigned i = 0; i < manifest->cells->len; i++) {
    const ShotCell *cell = manifest->cells->pdata[i];
    if (cell->state == SHOT_CELL_CAPTURED && cell->picture == NULL)
      return refuse (error, run->home_name, "has a captured cell without a picture");
    g_autoptr (JsonObject) variables = shot_record_parse_object (cell->variables);
    if (variables == NULL)
      return refuse (error, run->home_name, "has a cell whose variables are none");
    if (cell->state == SHOT_CELL_PRUNED && run->retention_ms == 0)
      return refuse (error, run->home_name, "keeps pictures for ever, and lacks some");
  }
  return TRUE;
}

static void
add_hashes (const ShotCell *cell, GHashTable *hashes)
{
  const char *all[] = { cell->picture, cell->thumbnail, cell->data, cell->panel_json };

  for (size_t i = 0; i < G_N_ELEMENTS (all); i++) {
    if (all[i] != NULL)
      g_hash_table_add (hashes, (void *) all[i]);
  }
}

/* Every file that a cell names is there, and every file is named by a cell. */
static gboolean
check_files (Import *self, GError **error)
{
  g_autoptr (GHashTable) needed = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray)  there = shot_unpack_list_objects (self->zip);
  GHashTableIter         iter;
  void                  *hash = NULL;

  for (unsigned i = 0; i < self->runs->len; i++) {
    const Incoming *run = self->runs->pdata[i];
    for (unsigned j = 0; j < run->manifest->cells->len; j++) {
      const ShotCell *cell = run->manifest->cells->pdata[j];
      if (cell->state != SHOT_CELL_PRUNED)
        add_hashes (cell, needed);
    }
  }
  g_hash_table_iter_init (&iter, needed);
  while (g_hash_table_iter_next (&iter, &hash, NULL)) {
    if (!shot_unpack_has_object (self->zip, hash))
      return refuse (error, hash, "is named by a cell and is missing");
  }
  for (unsigned i = 0; i < there->len; i++) {
    if (!g_hash_table_contains (needed, there->pdata[i]))
      return refuse (error, there->pdata[i], "is needed by no cell");
  }
  return TRUE;
}

static gboolean
check_new (Import *self, const ShotRun *run, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database,
                                                        "SELECT name FROM runs WHERE uid = ?");

  shot_statement_add_text (query, run->uid);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return FALSE;
  case SHOT_STEP_DONE:
    return TRUE;
  case SHOT_STEP_ROW:
    break;
  }
  g_autofree char *name = shot_statement_get_text (query);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT, "run %s is in this archive already", name);
  return FALSE;
}

static gboolean
read_all (Import *self, GError **error)
{
  g_autoptr (GHashTable) uids = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 1; i <= shot_unpack_get_n_runs (self->zip); i++) {
    if (!read_run (self, i, error))
      return FALSE;

    const Incoming *run = self->runs->pdata[i - 1];
    if (!check_run (run->manifest, error) || !check_new (self, run->manifest->run, error))
      return FALSE;
    if (!g_hash_table_add (uids, run->manifest->run->uid))
      return refuse (error, run->manifest->run->home_name, "is there twice");
  }
  return check_files (self, error);
}

static gboolean
store_object (Import *self, const char *hash, GError **error)
{
  g_autoptr (GBytes) bytes = shot_unpack_read_object (self->zip, hash, error);
  g_autofree char   *path = shot_object_get_path (self->archive->folder, hash);
  bool               was_there = g_file_test (path, G_FILE_TEST_EXISTS);
  g_autofree char   *stored = NULL;

  if (bytes == NULL)
    return FALSE;
  if (!was_there)
    g_ptr_array_add (self->fresh, g_strdup (hash));
  stored = shot_object_store (self->archive->folder, bytes, error);
  if (stored == NULL)
    return FALSE;
  g_hash_table_insert (self->sizes, g_steal_pointer (&stored),
                       GSIZE_TO_POINTER (g_bytes_get_size (bytes)));
  self->report.n_files += !was_there;
  self->report.n_bytes += (int64_t) g_bytes_get_size (bytes);
  return TRUE;
}

static gboolean
store_objects (Import *self, GError **error)
{
  g_autoptr (GPtrArray) hashes = shot_unpack_list_objects (self->zip);

  for (unsigned i = 0; i < hashes->len; i++) {
    if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error) ||
        !store_object (self, hashes->pdata[i], error))
      return FALSE;
    if (self->options->progress != NULL && i % 64 == 0)
      self->options->progress (self->report.n_bytes, shot_unpack_get_n_bytes (self->zip),
                               self->options->progress_data);
  }
  return TRUE;
}

static gboolean
insert_objects (Import *self, GError **error)
{
  GHashTableIter iter;
  void          *hash = NULL;
  void          *size = NULL;

  g_hash_table_iter_init (&iter, self->sizes);
  while (g_hash_table_iter_next (&iter, &hash, &size)) {
    if (!shot_object_insert (self->archive, hash, (int64_t) GPOINTER_TO_SIZE (size), error))
      return FALSE;
  }
  for (unsigned i = 0; i < self->runs->len; i++) {
    const Incoming *run = self->runs->pdata[i];
    if (run->pruned != NULL && !shot_pruned_insert (run->pruned, self->archive, error))
      return FALSE;
  }
  return TRUE;
}

/* Ids of other cells are of another archive: they are found anew. */
static gboolean
link_cell (Import *self, ShotCell *cell, int64_t now_ms, GError **error)
{
  g_autoptr (GError)        cause = NULL;
  g_autoptr (ShotCell)      before = NULL;
  g_autoptr (ShotCell)      week = NULL;
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->archive->database, "UPDATE cells SET previous_id = ?, week_id = ? WHERE id = ?");

  before = shot_archive_find_same_cell (self->archive, cell, 0, 0, &cause);
  if (cause == NULL)
    week = shot_archive_find_same_cell (self->archive, cell, now_ms - WEEK_MS, WEEK_TOLERANCE_MS,
                                        &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  shot_statement_add_int (update, before != NULL ? before->id : 0);
  shot_statement_add_int (update, week != NULL ? week->id : 0);
  shot_statement_add_int (update, cell->id);
  return shot_statement_run (update, error);
}

static gboolean
insert_cell (Import *self, const Incoming *incoming, unsigned i, GError **error)
{
  const ShotRun   *run = incoming->manifest->run;
  ShotCell        *cell = incoming->manifest->cells->pdata[i];
  const GPtrArray *verdicts = incoming->manifest->verdicts->pdata[i];

  cell->run_id = run->id;
  cell->previous_id = 0;
  cell->week_id = 0;
  if (!shot_archive_insert_cell (self->archive, cell, run->now_ms, error))
    return FALSE;
  for (unsigned j = 0; j < verdicts->len; j++) {
    const ShotVerdict *verdict = verdicts->pdata[j];
    if (!shot_archive_write_verdict (self->archive, verdict, cell->id, j + 1, verdict->at_ms,
                                     error))
      return FALSE;
  }
  return link_cell (self, cell, run->now_ms, error);
}

/* Its own name if it is free and can stand in an address; it is as strange as all the rest. */
static char *
choose_name (Import *self, const ShotRun *run, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database,
                                                        "SELECT 1 FROM runs WHERE name = ?");
  bool is_plain = strlen (run->home_name) < 100 && strpbrk (run->home_name, "/\\: \t") == NULL &&
                  *run->home_name != '.';

  for (const char *at = run->home_name; is_plain && *at != '\0'; at++)
    is_plain = !g_ascii_iscntrl (*at);
  shot_statement_add_text (query, run->home_name);
  ShotStep step = shot_statement_step (query, error);
  if (step == SHOT_STEP_FAILED)
    return NULL;
  return step == SHOT_STEP_DONE && is_plain
             ? g_strdup (run->home_name)
             : shot_archive_make_run_name (self->archive, run, error);
}

static gboolean
insert_run (Import *self, const Incoming *incoming, GError **error)
{
  ShotRun *run = incoming->manifest->run;
  bool     is_signed = run->state == SHOT_RUN_SIGNED;

  g_free (run->name);
  run->name = choose_name (self, run, error);
  /* Sealed when all of it is there. */
  run->state = is_signed ? SHOT_RUN_DONE : run->state;
  if (run->name == NULL || !shot_archive_insert_run (self->archive, run, error))
    return FALSE;
  g_array_append_val (self->ids, run->id);
  self->report.n_runs++;
  for (unsigned i = 0; i < incoming->manifest->cells->len; i++) {
    self->report.n_cells++;
    if (!insert_cell (self, incoming, i, error))
      return FALSE;
  }
  if (incoming->pruned != NULL &&
      !shot_pruned_note (incoming->pruned, self->archive, run->id, error))
    return FALSE;
  if (is_signed && !shot_manifest_seal (self->archive, run, incoming->manifest->previous,
                                        incoming->text, false, error))
    return FALSE;
  return shot_archive_add_event (self->archive, "run", run->id, 0, error);
}

static gboolean
insert_all (Import *self, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;

  if (!shot_archive_begin (self->archive, &transaction, error) || !insert_objects (self, error))
    return FALSE;
  for (unsigned i = 0; i < self->runs->len; i++) {
    const Incoming *run = self->runs->pdata[i];
    /* Again: somebody else may be importing the same. */
    if (!check_new (self, run->manifest->run, error) || !insert_run (self, run, error))
      return FALSE;
  }
  return shot_archive_commit (self->archive, &transaction, error);
}

/* Nothing of what was refused stays, unless somebody else has captured the same meanwhile. */
static void
remove_fresh (Import *self)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database,
                                                        "SELECT 1 FROM objects WHERE hash = ?");

  if (!shot_archive_begin (self->archive, &transaction, NULL))
    return;
  for (unsigned i = 0; i < self->fresh->len; i++) {
    const char      *hash = self->fresh->pdata[i];
    g_autofree char *path = shot_object_get_path (self->archive->folder, hash);
    shot_statement_add_text (query, hash);
    if (shot_statement_step (query, NULL) == SHOT_STEP_DONE)
      g_unlink (path);
    shot_statement_run (query, NULL);
  }
}

gboolean
shot_archive_import (ShotArchive *archive, const char *path, const ShotTransferOptions *options,
                     ShotTransferReport *out_report, GArray **out_ids, GError **error)
{
  g_auto (Import) self = {
    .archive = archive,
    .options = options,
    .runs = g_ptr_array_new_with_free_func (incoming_free),
    .fresh = g_ptr_array_new_with_free_func (g_free),
    .sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .ids = g_array_new (FALSE, FALSE, sizeof (int64_t)),
  };
  int lock = -1;

  self.zip = shot_unpack_open (path, error);
  if (self.zip == NULL || !read_all (&self, error))
    return FALSE;
  lock = shot_archive_lock_files (archive, false, error);
  if (lock < 0)
    return FALSE;

  gboolean is_done = store_objects (&self, error) && insert_all (&self, error);
  if (!is_done)
    remove_fresh (&self);
  close (lock);
  if (!is_done)
    return FALSE;
  *out_report = self.report;
  if (out_ids != NULL)
    *out_ids = g_array_ref (self.ids);
  return TRUE;
}
