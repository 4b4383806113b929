#include "config.h"

#include "media-type.h"

static const struct {
  const char *suffix;
  const char *type;
} types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".json", "application/json" },
  { ".svg", "image/svg+xml" },
  { ".png", "image/png" },
  { ".woff2", "font/woff2" },
};

const char *
shot_media_type_get (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_str_has_suffix (name, types[i].suffix))
      return types[i].type;
  }
  return "application/octet-stream";
}
