#include "config.h"

#include "proxy.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

static const struct {
  const char *scheme;
  const char *meant; /* GIO's name: it always leaves the look-up to a socks5 proxy */
  int         port;
} kinds[] = {
  { "http", "http", 80 },        { "https", "https", 443 },   { "socks5", "socks5", 1080 },
  { "socks5h", "socks5", 1080 }, { "socks", "socks5", 1080 },
};

static bool
is_empty (const char *text)
{
  return text == NULL || *text == '\0';
}

/* (transfer full) (nullable) */
static char *
write_uri (GUri *uri)
{
  const char *path = g_uri_get_path (uri);
  int         port = g_uri_get_port (uri);

  if (is_empty (g_uri_get_host (uri)) || port == 0 || g_uri_get_query (uri) != NULL ||
      g_uri_get_fragment (uri) != NULL || (*path != '\0' && !g_str_equal (path, "/")))
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_equal (g_uri_get_scheme (uri), kinds[i].scheme))
      return g_uri_join (G_URI_FLAGS_ENCODED, kinds[i].meant, g_uri_get_userinfo (uri),
                         g_uri_get_host (uri), port > 0 ? port : kinds[i].port, "", NULL, NULL);
  }
  return NULL;
}

ShotSecret *
shot_proxy_parse (const char *text, GError **error)
{
  bool             has_scheme = strstr (text, "://") != NULL;
  g_autofree char *whole = g_strconcat (has_scheme ? "" : "http://", text, NULL);
  g_autoptr (GUri) uri = g_uri_parse (whole, G_URI_FLAGS_ENCODED, NULL);
  g_autofree char *written = uri != NULL ? write_uri (uri) : NULL;
  ShotSecret      *proxy = NULL;

  if (written != NULL) {
    proxy = shot_secret_new (written);
    explicit_bzero (written, strlen (written));
  } else {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "want http://, https:// or socks5://, then user:password@ if the proxy wants them "
                 "(with / and the like as %%2F), then host:port");
  }
  explicit_bzero (whole, strlen (whole));
  return proxy;
}

char *
shot_proxy_mask (const char *text)
{
  const char *scheme = strstr (text, "://");
  const char *start = scheme != NULL ? scheme + strlen ("://") : text;
  const char *at = strrchr (start, '@');

  if (at == NULL)
    return g_strdup (text);
  return g_strdup_printf ("%.*s***%s", (int) (start - text), text, at);
}

gboolean
shot_proxy_check (const char *text, GError **error)
{
  g_autoptr (ShotSecret) proxy = shot_proxy_parse (text, error);

  return proxy != NULL;
}
