#include "config.h"

#include "leader.h"

#include "content.h"
#include "ready.h"

typedef struct {
  ShotLeaderDone done_cb;
  void          *user_data; /* (borrowed) */
} Call;

static void
led_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autofree Call     *call = data;
  g_autoptr (GError)   error = NULL;
  g_autoptr (JSCValue) value = webkit_web_view_call_async_javascript_function_finish (
      WEBKIT_WEB_VIEW (source), result, &error);
  g_autofree char *reason = value != NULL ? jsc_value_to_string (value) : g_strdup (error->message);

  call->done_cb (*reason != '\0' ? reason : NULL, call->user_data);
}

static void
run (WebKitWebView *view, const char *address, const ShotJob *job, ShotLeaderDone done_cb,
     void *user_data)
{
  g_autofree char *script = shot_content_load ("lead.js");
  Call            *call = g_new0 (Call, 1);
  GVariantDict     arguments;

  call->done_cb = done_cb;
  call->user_data = user_data;
  g_variant_dict_init (&arguments, NULL);
  g_variant_dict_insert (&arguments, "address", "s", address);
  g_variant_dict_insert (&arguments, "key", "s", job != NULL ? job->id : "");
  g_variant_dict_insert (&arguments, "waitFor", "s",
                         job != NULL && job->wait_for != NULL ? job->wait_for : "");
  g_variant_dict_insert (&arguments, "timeoutMs", "d", job != NULL ? (double) job->timeout_ms : 0);
  g_variant_dict_insert (&arguments, "longQuietMs", "d",
                         job != NULL ? (double) job->quiet_ms * SHOT_READY_UNPROVEN_FACTOR : 0);
  webkit_web_view_call_async_javascript_function (view, script, -1, g_variant_dict_end (&arguments),
                                                  NULL, NULL, NULL, led_cb, call);
}

void
shot_leader_park_async (WebKitWebView *view, ShotLeaderDone done_cb, void *user_data)
{
  run (view, "", NULL, done_cb, user_data);
}

void
shot_leader_lead_async (WebKitWebView *view, const ShotJob *job, ShotLeaderDone done_cb,
                        void *user_data)
{
  run (view, job->uri, job, done_cb, user_data);
}
