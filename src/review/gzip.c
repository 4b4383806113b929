#include "config.h"

#include "gzip.h"

#include <stdint.h>

#include "error.h"

#define CHUNK_BYTES 32768

/* (transfer full) */
static GBytes *
convert (GBytes *bytes, GConverter *converter, size_t most, GError **error)
{
  g_autoptr (GInputStream) from = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (from, converter);
  g_autoptr (GByteArray)   all = g_byte_array_new ();
  g_autoptr (GError)       cause = NULL;
  g_autofree uint8_t      *chunk = g_malloc (CHUNK_BYTES);
  gssize                   n;

  while ((n = g_input_stream_read (stream, chunk, CHUNK_BYTES, NULL, &cause)) > 0) {
    if (all->len + (size_t) n > most) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE,
                   "what is stored unpacks to more than %" G_GSIZE_FORMAT " bytes", most);
      return NULL;
    }
    g_byte_array_append (all, chunk, (unsigned) n);
  }
  if (n == 0)
    return g_byte_array_free_to_bytes (g_steal_pointer (&all));
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "cannot unpack what is stored: %s",
               cause->message);
  return NULL;
}

GBytes *
shot_gzip_pack (GBytes *bytes, GError **error)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));

  return convert (bytes, converter, G_MAXUINT32, error);
}

GBytes *
shot_gzip_unpack (GBytes *bytes, size_t most, GError **error)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
      g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));

  return convert (bytes, converter, most, error);
}
