#include "config.h"

#include "origin.h"

#include <arpa/inet.h>
#include <string.h>

/* WebKit has parsed the address by the URL standard before it reaches us, but the front sees
 * what people type; the flags make GUri as forgiving about characters, not about structure. */
#define PARSE_FLAGS (G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE)

/* Browsers take "\" for "/" and drop tabs and line ends, GUri does neither; where the two would
 * disagree about the host, nothing is an origin. */
static gboolean
is_ambiguous (const char *uri)
{
  const char *slashes = strstr (uri, "//");
  size_t      end = slashes != NULL ? (size_t) (slashes + 2 - uri) : 0;

  end += strcspn (uri + end, "/?#");
  for (size_t i = 0; i < end; i++) {
    if ((unsigned char) uri[i] <= 0x20 || uri[i] == 0x7f || uri[i] == '\\')
      return TRUE;
  }
  return FALSE;
}

/* Lower case; IPv6 as browsers shorten it, in brackets. (transfer full) */
static char *
normalize_host (const char *host)
{
  struct in6_addr address;
  char            text[INET6_ADDRSTRLEN];

  if (strchr (host, ':') == NULL)
    return g_ascii_strdown (host, -1);
  if (inet_pton (AF_INET6, host, &address) == 1 &&
      inet_ntop (AF_INET6, &address, text, sizeof text) != NULL)
    return g_strdup_printf ("[%s]", text);

  g_autofree char *lower = g_ascii_strdown (host, -1);
  return g_strdup_printf ("[%s]", lower);
}

char *
shot_origin_from_uri (const char *uri)
{
  if (is_ambiguous (uri))
    return NULL;

  g_autoptr (GUri) parsed = g_uri_parse (uri, PARSE_FLAGS, NULL);
  if (parsed == NULL)
    return NULL;

  const char *scheme = g_uri_get_scheme (parsed);
  const char *host = g_uri_get_host (parsed);
  int         port = g_uri_get_port (parsed);
  int         default_port = 0;

  if (g_ascii_strcasecmp (scheme, "http") == 0)
    default_port = 80;
  else if (g_ascii_strcasecmp (scheme, "https") == 0)
    default_port = 443;
  else
    return NULL;
  if (host == NULL || *host == '\0')
    return NULL;

  g_autofree char *lower_scheme = g_ascii_strdown (scheme, -1);
  g_autofree char *plain_host = normalize_host (host);
  return g_strdup_printf ("%s://%s:%d", lower_scheme, plain_host, port > 0 ? port : default_port);
}

gboolean
shot_origin_matches (const char *origin, const char *uri)
{
  g_autofree char *other = shot_origin_from_uri (uri);

  return other != NULL && g_str_equal (origin, other);
}
