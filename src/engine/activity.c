#include "config.h"

#include "activity.h"

#include "mask.h"

#define DATA_QUERY_PATH "/api/ds/query"
#define MAX_LABEL_LENGTH 120

struct _ShotActivity {
  WebKitWebView     *view;      /* (borrowed) */
  GArray            *requests;  /* (owned) (element-type ShotOpenRequest), beside resources */
  GPtrArray         *resources; /* (owned) (element-type WebKitWebResource) */
  int64_t            changed_ms;
  ShotActivityEvents events;
  void              *user_data; /* (borrowed) */
};

static void
open_request_clear (void *data)
{
  g_free (((ShotOpenRequest *) data)->label);
}

static int64_t
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* "POST /api/ds/query": the path alone, since queries are long and may hold secrets. */
static char *
make_label (const char *uri, const char *method)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                         NULL);
  g_autofree char *masked = shot_mask_uri (parsed != NULL ? g_uri_get_path (parsed) : uri);

  return g_strdup_printf ("%s %.*s", method != NULL ? method : "GET", MAX_LABEL_LENGTH, masked);
}

static void
forget (ShotActivity *self, WebKitWebResource *resource)
{
  unsigned index;

  g_signal_handlers_disconnect_by_data (resource, self);
  if (!g_ptr_array_find (self->resources, resource, &index))
    return;
  self->changed_ms = now_ms ();
  g_array_remove_index (self->requests, index);
  g_ptr_array_remove_index (self->resources, index);
}

static void
finished_cb (WebKitWebResource *resource, void *data)
{
  ShotActivity      *self = data;
  WebKitURIResponse *response = webkit_web_resource_get_response (resource);
  g_autofree char   *uri = g_strdup (webkit_web_resource_get_uri (resource));
  unsigned           status = response != NULL ? webkit_uri_response_get_status_code (response) : 0;

  forget (self, resource);
  self->events.answered (uri, status, self->user_data);
  self->events.changed (self->user_data);
}

static void
failed_cb (WebKitWebResource *resource, GError *error, void *data)
{
  finished_cb (resource, data);
}

static void
tls_failed_cb (WebKitWebResource *resource, GTlsCertificate *certificate,
               GTlsCertificateFlags flags, void *data)
{
  ShotActivity *self = data;

  self->events.tls_failed (certificate, webkit_web_resource_get_uri (resource), self->user_data);
}

static void
started_cb (WebKitWebView *view, WebKitWebResource *resource, WebKitURIRequest *request, void *data)
{
  ShotActivity   *self = data;
  const char     *uri = webkit_uri_request_get_uri (request);
  ShotOpenRequest open = { .started_ms = now_ms () };

  /* Local data takes no time that the document's own changes would not show. */
  if (!g_str_has_prefix (uri, "http:") && !g_str_has_prefix (uri, "https:"))
    return;
  open.label = make_label (uri, webkit_uri_request_get_http_method (request));
  open.is_data = strstr (open.label, DATA_QUERY_PATH) != NULL;
  g_array_append_val (self->requests, open);
  g_ptr_array_add (self->resources, g_object_ref (resource));
  self->changed_ms = open.started_ms;
  g_signal_connect (resource, "finished", G_CALLBACK (finished_cb), self);
  g_signal_connect (resource, "failed", G_CALLBACK (failed_cb), self);
  g_signal_connect (resource, "failed-with-tls-errors", G_CALLBACK (tls_failed_cb), self);
  self->events.changed (self->user_data);
}

ShotActivity *
shot_activity_new (WebKitWebView *view, const ShotActivityEvents *events, void *user_data)
{
  ShotActivity *self = g_new0 (ShotActivity, 1);

  self->view = view;
  self->events = *events;
  self->user_data = user_data;
  self->requests = g_array_new (FALSE, FALSE, sizeof (ShotOpenRequest));
  g_array_set_clear_func (self->requests, open_request_clear);
  self->resources = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (view, "resource-load-started", G_CALLBACK (started_cb), self);
  return self;
}

void
shot_activity_reset (ShotActivity *self)
{
  for (unsigned i = 0; i < self->resources->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->resources, i), self);
  g_array_set_size (self->requests, 0);
  g_ptr_array_set_size (self->resources, 0);
  self->changed_ms = 0;
}

void
shot_activity_free (ShotActivity *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  shot_activity_reset (self);
  g_array_unref (self->requests);
  g_ptr_array_unref (self->resources);
  g_free (self);
}

void
shot_activity_fill (ShotActivity *self, ShotSignals *signals)
{
  signals->requests = (const ShotOpenRequest *) (void *) self->requests->data;
  signals->n_requests = self->requests->len;
  signals->network_changed_ms = self->changed_ms;
}
