#include "config.h"

#include "activity.h"

#include <string.h>

#include "clock.h"
#include "facts.h"
#include "mask.h"

#define MAX_LABEL_LENGTH 120

/* What is asked for more often than so is a poll, and says nothing about the panels. */
#define POLL_COUNT 3
#define MAX_SEEN 2000

/* What a header claims beyond this is no length. */
#define MAX_ANSWER_BYTES (UINT64_C (1) << 40)

struct _ShotActivity {
  WebKitWebView     *view;      /* (borrowed) */
  GArray            *requests;  /* (owned) (element-type ShotOpenRequest), beside resources */
  GPtrArray         *resources; /* (owned) (element-type WebKitWebResource) */
  int64_t            changed_ms;
  int64_t            work_changed_ms;
  GHashTable        *seen; /* (owned) (element-type utf8 → count): labels of this document */
  int64_t            fetched_bytes[SHOT_N_FETCHES];
  unsigned           n_fetched[SHOT_N_FETCHES];
  ShotActivityEvents events;
  void              *user_data; /* (borrowed) */
};

static void
open_request_clear (void *data)
{
  g_free (((ShotOpenRequest *) data)->label);
}

/* Whether Grafana waits for the answer before it draws: its API and its own files, but for the
 * streams of Grafana Live, which never end. */
static bool
is_data_label (const char *label)
{
  static const char *const parts[] = { "/api/", "/apis/", "/public/" };

  if (strstr (label, "/api/live/") != NULL)
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (strstr (label, parts[i]) != NULL)
      return true;
  }
  return false;
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
note_change (ShotActivity *self, const ShotOpenRequest *open)
{
  int count = GPOINTER_TO_INT (g_hash_table_lookup (self->seen, open->label));

  self->changed_ms = shot_clock_now_ms ();
  if (open->is_data || count <= POLL_COUNT)
    self->work_changed_ms = self->changed_ms;
}

static void
forget (ShotActivity *self, WebKitWebResource *resource)
{
  unsigned index;

  g_signal_handlers_disconnect_by_data (resource, self);
  if (!g_ptr_array_find (self->resources, resource, &index))
    return;
  note_change (self, &g_array_index (self->requests, ShotOpenRequest, index));
  g_array_remove_index (self->requests, index);
  g_ptr_array_remove_index (self->resources, index);
}

static void
count_answer (ShotActivity *self, WebKitURIResponse *response)
{
  ShotFetch fetch = shot_facts_classify (webkit_uri_response_get_mime_type (response));
  uint64_t  length = webkit_uri_response_get_content_length (response);

  self->n_fetched[fetch]++;
  self->fetched_bytes[fetch] += (int64_t) MIN (length, MAX_ANSWER_BYTES);
}

static void
finished_cb (WebKitWebResource *resource, void *data)
{
  ShotActivity      *self = data;
  WebKitURIResponse *response = webkit_web_resource_get_response (resource);
  g_autofree char   *uri = g_strdup (webkit_web_resource_get_uri (resource));
  unsigned           status = response != NULL ? webkit_uri_response_get_status_code (response) : 0;

  if (response != NULL)
    count_answer (self, response);
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
  ShotOpenRequest open = { .started_ms = shot_clock_now_ms () };

  /* Local data takes no time that the document's own changes would not show. */
  if (!g_str_has_prefix (uri, "http:") && !g_str_has_prefix (uri, "https:"))
    return;
  open.label = make_label (uri, webkit_uri_request_get_http_method (request));
  open.is_data = is_data_label (open.label);
  g_array_append_val (self->requests, open);
  g_ptr_array_add (self->resources, g_object_ref (resource));
  int count = GPOINTER_TO_INT (g_hash_table_lookup (self->seen, open.label)) + 1;
  if (count > 1 || g_hash_table_size (self->seen) < MAX_SEEN)
    g_hash_table_insert (self->seen, g_strdup (open.label), GINT_TO_POINTER (count));
  note_change (self, &open);
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
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
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
  self->work_changed_ms = 0;
  g_hash_table_remove_all (self->seen);
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
  g_hash_table_unref (self->seen);
  g_free (self);
}

void
shot_activity_fill (ShotActivity *self, ShotSignals *signals)
{
  signals->requests = (const ShotOpenRequest *) (void *) self->requests->data;
  signals->n_requests = self->requests->len;
  signals->network_changed_ms = self->changed_ms;
  signals->work_changed_ms = self->work_changed_ms;
}

void
shot_activity_fill_fetched (const ShotActivity *self, ShotResult *result)
{
  memcpy (result->fetched_bytes, self->fetched_bytes, sizeof self->fetched_bytes);
  memcpy (result->n_fetched, self->n_fetched, sizeof self->n_fetched);
}
