#include "config.h"

#include "bundle.h"

#include <stdbool.h>
#include <string.h>
#include <zip.h>

#include "disposition.h"
#include "error.h"

void
shot_bundle_part_free (void *part)
{
  ShotBundlePart *self = part;

  if (self == NULL)
    return;
  g_free (self->file_name);
  g_free (self->mime_type);
  g_free (self->size);
  g_bytes_unref (self->bytes);
  g_free (self);
}

static void
add_text (GPtrArray *pieces, char *text)
{
  g_ptr_array_add (pieces, g_bytes_new_take (text, strlen (text)));
}

GPtrArray *
shot_bundle_make_multipart (const GPtrArray *parts, const char *boundary)
{
  GPtrArray *pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (unsigned i = 0; i < parts->len; i++) {
    const ShotBundlePart *part = parts->pdata[i];
    g_autofree char      *disposition = shot_disposition_format (part->file_name);
    g_autofree char      *size = NULL;
    if (part->size != NULL)
      size = g_strdup_printf ("X-Panelshot-Size: %s\r\n", part->size);
    add_text (pieces, g_strdup_printf ("%s--%s\r\nContent-Type: %s\r\nContent-Disposition: %s\r\n"
                                       "Content-Length: %" G_GSIZE_FORMAT "\r\n%s\r\n",
                                       i > 0 ? "\r\n" : "", boundary, part->mime_type, disposition,
                                       g_bytes_get_size (part->bytes), size != NULL ? size : ""));
    g_ptr_array_add (pieces, g_bytes_ref (part->bytes));
  }
  add_text (pieces, g_strdup_printf ("\r\n--%s--\r\n", boundary));
  return pieces;
}

/* The archive owns the source once it has been added. */
static bool
add_file (zip_t *archive, const ShotBundlePart *part)
{
  size_t        length = 0;
  const void   *data = g_bytes_get_data (part->bytes, &length);
  zip_source_t *source = zip_source_buffer (archive, data, length, 0);
  zip_int64_t   index = -1;

  if (source == NULL)
    return false;
  index = zip_file_add (archive, part->file_name, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free (source);
    return false;
  }
  return zip_set_file_compression (archive, (zip_uint64_t) index, ZIP_CM_STORE, 0) == 0;
}

static bool
write_archive (zip_source_t *memory, const GPtrArray *parts)
{
  zip_t *archive = zip_open_from_source (memory, ZIP_TRUNCATE, NULL);

  if (archive == NULL)
    return false;
  /* The caller's reference outlives the archive's own. */
  zip_source_keep (memory);
  for (unsigned i = 0; i < parts->len; i++) {
    if (!add_file (archive, parts->pdata[i])) {
      zip_discard (archive);
      return false;
    }
  }
  if (zip_close (archive) == 0)
    return true;
  zip_discard (archive);
  return false;
}

static GBytes *
read_back (zip_source_t *memory)
{
  zip_stat_t       status;
  g_autofree char *data = NULL;

  if (zip_source_stat (memory, &status) != 0 || zip_source_open (memory) != 0)
    return NULL;
  data = g_malloc (status.size);
  bool is_whole = zip_source_read (memory, data, status.size) == (zip_int64_t) status.size;
  zip_source_close (memory);
  return is_whole ? g_bytes_new_take (g_steal_pointer (&data), status.size) : NULL;
}

GBytes *
shot_bundle_make_zip (const GPtrArray *parts, GError **error)
{
  zip_source_t *memory = zip_source_buffer_create (NULL, 0, 0, NULL);
  GBytes       *bytes = NULL;

  if (memory != NULL && write_archive (memory, parts))
    bytes = read_back (memory);
  if (memory != NULL)
    zip_source_free (memory);
  if (bytes == NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "cannot put the pictures into an archive: ask for multipart/mixed instead");
  return bytes;
}
