/* webext.c: runs inside WebKit's web process
 *
 * Every request of the page passes here on its way to the network process, redirects, workers
 * and images included. WebSocket handshakes do not, and service workers are switched off.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <webkit/webkit-web-process-extension.h>

#include "rules.h"

G_MODULE_EXPORT void
webkit_web_process_extension_initialize_with_user_data (WebKitWebProcessExtension *extension,
                                                        GVariant                  *user_data);

static gboolean
send_request_cb (WebKitWebPage *page, WebKitURIRequest *request, WebKitURIResponse *redirected_from,
                 void *data)
{
  SoupMessageHeaders *headers = webkit_uri_request_get_http_headers (request);

  if (headers != NULL)
    shot_rules_apply (data, webkit_uri_request_get_uri (request), headers);
  return FALSE;
}

static void
page_created_cb (WebKitWebProcessExtension *extension, WebKitWebPage *page, void *data)
{
  g_signal_connect (page, "send-request", G_CALLBACK (send_request_cb), data);
}

void
webkit_web_process_extension_initialize_with_user_data (WebKitWebProcessExtension *extension,
                                                        GVariant                  *user_data)
{
  /* In a sandbox it is another than the engine's; WebKit itself only logs that it went without. */
  g_autofree char *namespace = g_file_read_link ("/proc/self/ns/mnt", NULL);

  /* Lives as long as the process. */
  g_signal_connect (extension, "page-created", G_CALLBACK (page_created_cb),
                    shot_rules_new (user_data));
  webkit_web_process_extension_send_message_to_context (
      extension,
      webkit_user_message_new ("started",
                               g_variant_new_string (namespace != NULL ? namespace : "")),
      NULL, NULL, NULL);
}
