/* webext.c: runs inside WebKit's web process
 *
 * Every request of the page passes here on its way to the network process, redirects, workers
 * and images included. WebSocket handshakes do not, and service workers are switched off.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>
#include <sys/resource.h>
#include <webkit/webkit-web-process-extension.h>

#include "rules.h"

G_MODULE_EXPORT void
webkit_web_process_extension_initialize_with_user_data (WebKitWebProcessExtension *extension,
                                                        GVariant                  *user_data);

/* What the whole process goes by. */
typedef struct {
  ShotRules *rules; /* (owned) */
} Extension;

static gboolean
send_request_cb (WebKitWebPage *page, WebKitURIRequest *request, WebKitURIResponse *redirected_from,
                 void *data)
{
  Extension          *self = data;
  SoupMessageHeaders *headers = webkit_uri_request_get_http_headers (request);

  if (headers != NULL)
    shot_rules_apply (self->rules, webkit_uri_request_get_uri (request), headers);
  return FALSE;
}

/* In kB, from a line such as "RssAnon:     1234 kB". */
static int64_t
read_own_memory (void)
{
  g_autofree char *text = NULL;
  const char      *line = g_file_get_contents ("/proc/self/status", &text, NULL, NULL)
                              ? strstr (text, "\nRssAnon:")
                              : NULL;

  return line != NULL ? g_ascii_strtoll (line + strlen ("\nRssAnon:"), NULL, 10) * 1024 : 0;
}

static GVariant *
tell_vitals (void)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_SELF, &usage);
  int64_t seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
  int64_t us = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  return g_variant_new ("(xx)", read_own_memory (), seconds * G_USEC_PER_SEC + us);
}

static gboolean
message_cb (WebKitWebPage *page, WebKitUserMessage *message, void *data)
{
  Extension  *self = data;
  const char *name = webkit_user_message_get_name (message);
  GVariant   *answer = NULL;

  if (g_strcmp0 (name, SHOT_RULES_CHANGED) == 0) {
    shot_rules_free (self->rules);
    self->rules = shot_rules_new (webkit_user_message_get_parameters (message));
  } else if (g_strcmp0 (name, SHOT_RULES_VITALS) == 0) {
    answer = tell_vitals ();
  } else {
    return FALSE;
  }
  webkit_user_message_send_reply (message, webkit_user_message_new (name, answer));
  return TRUE;
}

static void
page_created_cb (WebKitWebProcessExtension *extension, WebKitWebPage *page, void *data)
{
  g_signal_connect (page, "send-request", G_CALLBACK (send_request_cb), data);
  g_signal_connect (page, "user-message-received", G_CALLBACK (message_cb), data);
}

void
webkit_web_process_extension_initialize_with_user_data (WebKitWebProcessExtension *extension,
                                                        GVariant                  *user_data)
{
  /* In a sandbox it is another than the engine's; WebKit itself only logs that it went without. */
  g_autofree char *namespace = g_file_read_link ("/proc/self/ns/mnt", NULL);
  Extension *self = g_new0 (Extension, 1); /* lives as long as the process */

  self->rules = shot_rules_new (user_data);
  g_signal_connect (extension, "page-created", G_CALLBACK (page_created_cb), self);
  webkit_web_process_extension_send_message_to_context (
      extension,
      webkit_user_message_new (SHOT_RULES_STARTED,
                               g_variant_new_string (namespace != NULL ? namespace : "")),
      NULL, NULL, NULL);
}
