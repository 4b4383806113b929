#include "config.h"

#include "bundle.h"

#include <locale.h>
#include <string.h>
#include <zip.h>

static GPtrArray *
make_parts (void)
{
  static const struct {
    const char *name;
    const char *type;
    const char *size;
    const char *body;
  } rows[] = {
    { "one.png", "image/png", "640x480@2", "first" },
    { "巡检.jpeg", "image/jpeg", NULL, "--second\r\n" },
  };
  GPtrArray *parts = g_ptr_array_new_with_free_func (shot_bundle_part_free);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    ShotBundlePart *part = g_new0 (ShotBundlePart, 1);
    part->file_name = g_strdup (rows[i].name);
    part->mime_type = g_strdup (rows[i].type);
    part->size = g_strdup (rows[i].size);
    part->bytes = g_bytes_new (rows[i].body, strlen (rows[i].body));
    g_ptr_array_add (parts, part);
  }
  return parts;
}

static void
test_multipart (void)
{
  g_autoptr (GPtrArray) parts = make_parts ();
  g_autoptr (GPtrArray) pieces = shot_bundle_make_multipart (parts, "B");
  g_autoptr (GString)   text = g_string_new (NULL);

  for (unsigned i = 0; i < pieces->len; i++)
    g_string_append_len (text, g_bytes_get_data (pieces->pdata[i], NULL),
                         (gssize) g_bytes_get_size (pieces->pdata[i]));
  g_assert_cmpstr (text->str, ==,
                   "--B\r\nContent-Type: image/png\r\n"
                   "Content-Disposition: attachment; filename=one.png\r\nContent-Length: 5\r\n"
                   "X-Panelshot-Size: 640x480@2\r\n\r\nfirst"
                   "\r\n--B\r\nContent-Type: image/jpeg\r\n"
                   "Content-Disposition: attachment; filename*=utf-8''%E5%B7%A1%E6%A3%80.jpeg\r\n"
                   "Content-Length: 10\r\n\r\n--second\r\n\r\n--B--\r\n");
}

/* Read back by the library itself, in a locale without such characters. */
static void
test_zip (void)
{
  g_autoptr (GPtrArray) parts = make_parts ();
  g_autoptr (GError)    error = NULL;

  setlocale (LC_ALL, "C");
  g_autoptr (GBytes) bytes = shot_bundle_make_zip (parts, &error);
  g_assert_no_error (error);

  size_t        length = 0;
  const void   *data = g_bytes_get_data (bytes, &length);
  zip_source_t *source = zip_source_buffer_create (data, length, 0, NULL);
  zip_t        *archive = zip_open_from_source (source, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
  g_assert_nonnull (archive);
  g_assert_cmpint (zip_get_num_entries (archive, 0), ==, (int) parts->len);
  for (unsigned i = 0; i < parts->len; i++) {
    const ShotBundlePart *part = parts->pdata[i];
    zip_stat_t            status;
    char                  content[64] = { 0 };
    g_assert_cmpint (zip_stat_index (archive, i, 0, &status), ==, 0);
    g_assert_cmpstr (status.name, ==, part->file_name);
    g_assert_cmpint (status.comp_method, ==, ZIP_CM_STORE);
    zip_file_t *file = zip_fopen_index (archive, i, 0);
    zip_int64_t n_read = zip_fread (file, content, sizeof content);
    g_assert_cmpmem (content, n_read, g_bytes_get_data (part->bytes, NULL),
                     g_bytes_get_size (part->bytes));
    zip_fclose (file);
  }
  zip_discard (archive);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bundle/multipart", test_multipart);
  g_test_add_func ("/bundle/zip", test_zip);
  return g_test_run ();
}
