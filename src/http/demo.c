#include "config.h"

#include <string.h>

#include "demo-api.h"
#include "demo-resources.h"
#include "media-type.h"
#include "server-private.h"

#define PREFIX "/demo/"
#define API "api/"

/* Dashboards and panels are one page, which reads its own address. */
static const char *
get_name (const char *rest)
{
  if (*rest == '\0' || g_str_has_prefix (rest, "d/") || g_str_has_prefix (rest, "d-solo/"))
    return "index.html";
  return rest;
}

/* What the page asks as a Grafana's would, and whoever inspects it. */
static bool
answer_api (SoupServerMessage *message, const char *path)
{
  const char            *text = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) query = text != NULL ? soup_form_decode (text) : NULL;
  unsigned               status = 0;
  char                  *answer = shot_demo_api_answer (path, query, &status);

  if (answer == NULL)
    return false;
  soup_server_message_set_status (message, status, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "X-Content-Type-Options", "nosniff");
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, answer,
                                    strlen (answer));
  return true;
}

bool
shot_server_handle_demo (ShotServer *self, SoupServerMessage *message, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  if (g_str_equal (path, "/demo")) {
    soup_server_message_set_redirect (message, 302, PREFIX);
    return true;
  }
  if (!g_str_has_prefix (path, PREFIX))
    return false;

  if (g_str_has_prefix (path, PREFIX API))
    return answer_api (message, path + strlen (PREFIX API));

  const char        *name = get_name (path + strlen (PREFIX));
  g_autofree char   *inside = g_strconcat ("/panelshot/demo/", name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (shot_demo_get_resource (), inside,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes == NULL)
    return false;
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", shot_media_type_get (name));
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Content-Security-Policy",
                                "default-src 'none'; script-src 'self'; style-src 'self'; "
                                "img-src 'self' data:; connect-src 'self'");
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
  soup_message_body_complete (soup_server_message_get_response_body (message));
  return true;
}
