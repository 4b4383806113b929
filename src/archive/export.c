#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "archive-private.h"
#include "error.h"
#include "manifest.h"
#include "objects.h"
#include "pruned.h"
#include "transfer.h"

static const char readme[] =
    "Runs of an inspection, as panelshot has archived them.\n"
    "\n"
    "  sha256sum -c SHA256SUMS      proves that no file was changed since the export\n"
    "  sha256sum runs/*/manifest.json\n"
    "                               of a run that was signed off: the head that sign-off printed.\n"
    "                               Compare it with one that was kept elsewhere\n"
    "  panelshot archive import FILE.zip\n"
    "                               puts the runs into an archive\n"
    "\n"
    "runs/N/manifest.json names for each panel the files in objects/ (picture, thumbnail, data,\n"
    "panelJson) by their SHA-256, and holds every verdict.\n";

typedef struct {
  ShotArchive               *archive; /* (borrowed) */
  const ShotTransferOptions *options; /* (borrowed) */
  zip_t                     *zip;     /* (owned) (nullable) */
  GHashTable                *seen;    /* (owned) (element-type utf8): hashes that are in it */
  GString                   *sums;    /* (owned) */
  ShotTransferReport         report;
} Export;

static void
export_clear (Export *self)
{
  if (self->zip != NULL)
    zip_discard (self->zip);
  g_hash_table_unref (self->seen);
  g_string_free (self->sums, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Export, export_clear)

static gboolean
fail_zip (Export *self, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot write the export: %s",
               zip_strerror (self->zip));
  return FALSE;
}

/* @source: (transfer full) */
static gboolean
add_source (Export *self, const char *name, zip_source_t *source, int32_t method, GError **error)
{
  zip_int64_t index = source != NULL ? zip_file_add (self->zip, name, source, ZIP_FL_ENC_UTF_8)
                                     : -1;

  if (index < 0) {
    zip_source_free (source);
    return fail_zip (self, error);
  }
  if (zip_set_file_compression (self->zip, (zip_uint64_t) index, method, 0) != 0)
    return fail_zip (self, error);
  return TRUE;
}

/* @text: (transfer full) */
static gboolean
add_text (Export *self, const char *name, char *text, bool is_summed, GError **error)
{
  size_t           length = strlen (text);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, (gssize) length);
  /* The source frees it with free(), which is GLib's as well since 2.46. */
  zip_source_t *source = zip_source_buffer (self->zip, text, length, 1);

  if (source == NULL)
    g_free (text);
  if (is_summed)
    g_string_append_printf (self->sums, "%s  %s\n", sum, name);
  return add_source (self, name, source, ZIP_CM_DEFLATE, error);
}

/* An export that cannot be verified later is of no use to anybody. */
static gboolean
check_object (const char *path, const char *hash, int64_t *out_size, GError **error)
{
  g_autofree char *found = shot_object_hash_file (path, out_size, error);

  if (found == NULL)
    return FALSE;
  if (g_str_equal (found, hash))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
               "\"%s\" is not what it was: `panelshot archive verify` tells more", path);
  return FALSE;
}

static gboolean
add_object (Export *self, const char *hash, const char *ending, GError **error)
{
  int64_t size = 0;

  if (hash == NULL || !g_hash_table_add (self->seen, g_strdup (hash)))
    return TRUE;

  g_autofree char *path = shot_object_get_path (self->archive->folder, hash);
  g_autofree char *name = g_strconcat ("objects/", hash, ending, NULL);
  if (!check_object (path, hash, &size, error))
    return FALSE;
  self->report.n_files++;
  self->report.n_bytes += size;
  g_string_append_printf (self->sums, "%s  %s\n", hash, name);
  return add_source (self, name, zip_source_file (self->zip, path, 0, -1), ZIP_CM_STORE, error);
}

static gboolean
add_cell (Export *self, const ShotCell *cell, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
    return FALSE;
  return add_object (self, cell->picture, ".png", error) &&
         add_object (self, cell->thumbnail, ".webp", error) &&
         add_object (self, cell->data, ".csv.gz", error) &&
         add_object (self, cell->panel_json, ".json.gz", error);
}

static gboolean
add_cells (Export *self, int64_t run_id, GError **error)
{
  g_autofree char          *sql = g_strconcat ("SELECT ", shot_cell_columns,
                                               " FROM cells WHERE run_id = ? ORDER BY position", NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->archive->database, sql);
  ShotStep                  step;

  shot_statement_add_int (query, run_id);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    g_autoptr (ShotCell) cell = shot_archive_read_cell (query);
    self->report.n_cells++;
    /* A file that another cell needs may still be there, but this one gave it up. */
    if (cell->state != SHOT_CELL_PRUNED && !add_cell (self, cell, error))
      return FALSE;
  }
  return step == SHOT_STEP_DONE;
}

static gboolean
add_run (Export *self, int64_t run_id, GError **error)
{
  g_autoptr (ShotRun)    run = shot_archive_get_run (self->archive, run_id, error);
  g_autoptr (ShotPruned) pruned = NULL;
  g_autofree char       *text = NULL;

  if (run == NULL)
    return FALSE;
  text = run->state == SHOT_RUN_SIGNED ? shot_archive_get_manifest (self->archive, run_id, error)
                                       : shot_manifest_write (self->archive, run, "", error);
  pruned = text != NULL ? shot_pruned_find (self->archive, run_id, error) : NULL;
  if (pruned == NULL)
    return FALSE;

  int64_t          number = ++self->report.n_runs;
  g_autofree char *folder = g_strdup_printf ("runs/%" G_GINT64_FORMAT, number);
  g_autofree char *manifest_name = g_strconcat (folder, "/manifest.json", NULL);
  g_autofree char *pruned_name = g_strconcat (folder, "/pruned.json", NULL);
  if (!add_text (self, manifest_name, g_steal_pointer (&text), true, error))
    return FALSE;
  if (!shot_pruned_is_empty (pruned) &&
      !add_text (self, pruned_name, shot_pruned_to_text (pruned), true, error))
    return FALSE;
  return add_cells (self, run_id, error);
}

static void
progress_cb (zip_t *zip, double share, void *user_data)
{
  const Export *self = user_data;

  if (self->options->progress != NULL)
    self->options->progress ((int64_t) (share * (double) self->report.n_bytes),
                             self->report.n_bytes, self->options->progress_data);
}

static int
cancel_cb (zip_t *zip, void *user_data)
{
  const Export *self = user_data;

  return self->options->cancellable != NULL &&
         g_cancellable_is_cancelled (self->options->cancellable);
}

static gboolean
write_zip (Export *self, GError **error)
{
  /* Files are read here. */
  zip_register_progress_callback_with_state (self->zip, 0.01, progress_cb, NULL, self);
  zip_register_cancel_callback_with_state (self->zip, cancel_cb, NULL, self);
  if (zip_close (self->zip) == 0) {
    self->zip = NULL;
    return TRUE;
  }
  if (!g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
    fail_zip (self, error);
  return FALSE;
}

static gboolean
fill (Export *self, const GArray *run_ids, GError **error)
{
  for (unsigned i = 0; i < run_ids->len; i++) {
    if (!add_run (self, g_array_index (run_ids, int64_t, i), error))
      return FALSE;
  }
  return add_text (self, "README.txt", g_strdup (readme), true, error) &&
         add_text (self, "SHA256SUMS", g_strdup (self->sums->str), false, error);
}

static zip_t *
create (const char *path, GError **error)
{
  int    code = 0;
  zip_t *zip = zip_open (path, ZIP_CREATE | ZIP_EXCL, &code);

  if (zip != NULL)
    return zip;
  zip_error_t cause;
  zip_error_init_with_code (&cause, code);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cannot create \"%s\": %s: name another file",
               path, zip_error_strerror (&cause));
  zip_error_fini (&cause);
  return NULL;
}

gboolean
shot_archive_export (ShotArchive *archive, const GArray *run_ids, const char *path,
                     const ShotTransferOptions *options, ShotTransferReport *out_report,
                     GError **error)
{
  g_auto (Export) self = { archive, options, NULL,
                           g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                           g_string_new (NULL) };
  int             lock = shot_archive_lock_files (archive, false, error);

  if (lock < 0)
    return FALSE;

  self.zip = create (path, error);
  gboolean is_done = self.zip != NULL && fill (&self, run_ids, error) && write_zip (&self, error);
  close (lock);
  if (is_done)
    *out_report = self.report;
  return is_done;
}
