#include "config.h"

#include "report-bundle.h"

#include <string.h>
#include <zip.h>

#include "error.h"
#include "report-html.h"
#include "report-markdown.h"

#define MIB (1024 * 1024)
/* Of one panel, and of all: until it is written, the data is in memory. */
#define MAX_DATA_BYTES (64 * MIB)
#define MAX_ALL_BYTES (512 * MIB)

typedef struct {
  zip_t     *zip;
  GPtrArray *kept;    /* (owned) (element-type GBytes): libzip reads them when it closes */
  GString   *sums;    /* (owned) */
  size_t     n_bytes; /* of what is kept */
} Bundle;

static gboolean
fail (zip_t *zip, const char *path, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot write the report to %s: %s", path,
               zip_strerror (zip));
  return FALSE;
}

/* Takes @source, whose SHA-256 is @sum. */
static bool
add_source (Bundle *self, const char *name, zip_source_t *source, const char *sum, int method)
{
  if (source == NULL)
    return false;
  zip_int64_t index = zip_file_add (self->zip, name, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free (source);
    return false;
  }
  zip_set_file_compression (self->zip, (zip_uint64_t) index, method, 0);
  g_string_append_printf (self->sums, "%s  %s\n", sum, name);
  return true;
}

/* Takes @bytes. */
static bool
add (Bundle *self, const char *name, GBytes *bytes)
{
  size_t           length = 0;
  const void      *data = g_bytes_get_data (bytes, &length);
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  g_ptr_array_add (self->kept, bytes);
  self->n_bytes += length;
  return add_source (self, name, zip_source_buffer (self->zip, data, length, 0), sum,
                     ZIP_CM_DEFAULT);
}

/* Its name is its sum, it is compressed as it is, and thousands would fill the memory: libzip reads the
 * file when its turn comes. */
static bool
add_picture (Bundle *self, const char *name, ShotArchive *archive, const char *hash)
{
  g_autofree char *path = shot_archive_find_object (archive, hash);

  return add_source (self, name, zip_source_file (self->zip, path, 0, 0), hash, ZIP_CM_STORE);
}

static gboolean
refuse (const char *what, unsigned most, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
               "%s is larger than %u MiB: `panelshot archive export` takes it as it is", what,
               most);
  return FALSE;
}

static GBytes *
decompress (GBytes *bytes, GError **error)
{
  g_autoptr (GZlibDecompressor) plain = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream)      source = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GInputStream)      stream = g_converter_input_stream_new (source, G_CONVERTER (plain));
  g_autoptr (GByteArray)        all = g_byte_array_new ();
  g_autofree guint8            *piece = g_malloc (MIB);
  gssize                        n = 0;

  while ((n = g_input_stream_read (stream, piece, MIB, NULL, error)) > 0) {
    g_byte_array_append (all, piece, (unsigned) n);
    if (all->len > MAX_DATA_BYTES) {
      refuse ("the data of a panel", MAX_DATA_BYTES / MIB, error);
      return NULL;
    }
  }
  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&all)) : NULL;
}

static gboolean
add_cell (Bundle *self, ShotArchive *archive, const ShotCell *cell, GError **error)
{
  if (cell->state != SHOT_CELL_CAPTURED || cell->picture == NULL)
    return TRUE;

  g_autofree char *picture_name = shot_report_model_make_file_name (cell, ".png");
  g_autofree char *picture_path = g_strconcat ("pictures/", picture_name, NULL);
  bool             is_added = add_picture (self, picture_path, archive, cell->picture);
  if (!is_added || cell->data == NULL)
    return is_added;

  g_autofree char   *data_name = shot_report_model_make_file_name (cell, ".csv");
  g_autofree char   *data_path = g_strconcat ("data/", data_name, NULL);
  g_autoptr (GBytes) packed = shot_archive_get_object (archive, cell->data, error);
  GBytes            *data = packed != NULL ? decompress (packed, error) : NULL;
  if (data == NULL || !add (self, data_path, data))
    return FALSE;
  return self->n_bytes <= MAX_ALL_BYTES ||
         refuse ("the data of the run", MAX_ALL_BYTES / MIB, error);
}

static gboolean
add_documents (Bundle *self, const ShotReportModel *model, ShotArchive *archive,
               ShotLanguage language, GError **error)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  char                     *text = shot_report_markdown_make (model, language, true);

  if (!add (self, "report.md", g_bytes_new_take (text, strlen (text))))
    return FALSE;
  if (!shot_report_html_write (model, archive, language, SHOT_PICTURES_FILES, stream, error) ||
      !g_output_stream_close (stream, NULL, error))
    return FALSE;
  return add (self, "report.html",
              g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (stream)));
}

static gboolean
fill (Bundle *self, const ShotReportModel *model, ShotArchive *archive, ShotLanguage language,
      GError **error)
{
  if (!add_documents (self, model, archive, language, error))
    return FALSE;
  for (unsigned i = 0; i < model->cells->len; i++) {
    if (!add_cell (self, archive, model->cells->pdata[i], error))
      return FALSE;
  }

  char *sums = g_strdup (self->sums->str);
  return add (self, "SHA256SUMS", g_bytes_new_take (sums, strlen (sums)));
}

gboolean
shot_report_bundle_write (const ShotReportModel *model, ShotArchive *archive, ShotLanguage language,
                          const char *path, GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GString)   sums = g_string_new (NULL);
  Bundle                self = { .kept = kept, .sums = sums };
  GError               *cause = NULL;
  int                   code = 0;

  self.zip = zip_open (path, ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (self.zip == NULL) {
    zip_error_t reason;
    zip_error_init_with_code (&reason, code);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot write the report to %s: %s", path,
                 zip_error_strerror (&reason));
    zip_error_fini (&reason);
    return FALSE;
  }
  if (!fill (&self, model, archive, language, &cause)) {
    if (cause != NULL)
      g_propagate_error (error, cause);
    else
      fail (self.zip, path, error);
    zip_discard (self.zip);
    return FALSE;
  }
  if (zip_close (self.zip) != 0) {
    fail (self.zip, path, error);
    zip_discard (self.zip);
    return FALSE;
  }
  return TRUE;
}
