#include "config.h"

#include "openapi-resources.h"
#include "server-private.h"

void
shot_server_handle_openapi (ShotServer *self, SoupServerMessage *message, const char *query)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes)  bytes = g_resource_lookup_data (shot_openapi_get_resource (),
                                                      "/panelshot/openapi/openapi.json",
                                                      G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (headers, "Content-Type", "application/json");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
  soup_message_body_complete (soup_server_message_get_response_body (message));
}
