#include "config.h"

#include "encoding.h"

static const struct {
  const char *name;
  const char *mime_type;
} table[SHOT_N_ENCODINGS] = {
  [SHOT_ENCODING_PNG] = { "png", "image/png" },
  [SHOT_ENCODING_JPEG] = { "jpeg", "image/jpeg" },
  [SHOT_ENCODING_WEBP] = { "webp", "image/webp" },
  [SHOT_ENCODING_PDF] = { "pdf", "application/pdf" },
  [SHOT_ENCODING_CSV] = { "csv", "text/csv" },
  [SHOT_ENCODING_JSON] = { "json", "application/json" },
};

const char *
shot_encoding_get_name (ShotEncoding encoding)
{
  g_return_val_if_fail (encoding < SHOT_N_ENCODINGS, "unknown");
  return table[encoding].name;
}

const char *
shot_encoding_get_mime_type (ShotEncoding encoding)
{
  g_return_val_if_fail (encoding < SHOT_N_ENCODINGS, "application/octet-stream");
  return table[encoding].mime_type;
}

gboolean
shot_encoding_from_name (const char *name, ShotEncoding *out_encoding)
{
  if (g_ascii_strcasecmp (name, "jpg") == 0)
    name = "jpeg";
  for (int i = 0; i < SHOT_N_ENCODINGS; i++) {
    if (g_ascii_strcasecmp (name, table[i].name) == 0) {
      *out_encoding = i;
      return TRUE;
    }
  }
  return FALSE;
}

bool
shot_encoding_is_image (ShotEncoding encoding)
{
  return encoding <= SHOT_ENCODING_WEBP;
}
