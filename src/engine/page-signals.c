/* page-signals.c: what WebKit tells of a visit's view */
#include "config.h"

#include "page-private.h"

#include "mask.h"
#include "origin.h"

#define MAX_NAVIGATIONS 24
#define STUPOR_MS 15000
#define MAX_TOLD_REDIRECTS 24
#define MAX_TOLD_BYTES 1024

void
shot_page_note_address (ShotPage *self, const char *uri)
{
  GPtrArray *redirects = self->result->redirects;

  if (uri == NULL || *uri == '\0')
    return;
  g_autofree char *whole = shot_mask_uri (uri);
  g_autofree char *masked = g_utf8_make_valid (whole, MIN (strlen (whole), MAX_TOLD_BYTES));
  /* The first and the last addresses explain a chain; the result must fit into one message. */
  if (redirects->len >= MAX_TOLD_REDIRECTS)
    g_ptr_array_remove_index (redirects, MAX_TOLD_REDIRECTS / 2);
  if (redirects->len == 0 ||
      !g_str_equal (g_ptr_array_index (redirects, redirects->len - 1), masked))
    g_ptr_array_add (redirects, g_strdup (masked));
  g_free (self->result->final_uri);
  self->result->final_uri = g_steal_pointer (&masked);
}

static void
document_started (ShotPage *self)
{
  /* A page that was led has its document. */
  if (self->is_led) {
    shot_page_doubt (self, "it loads another document");
    return;
  }
  self->n_navigations++;
  if (self->n_navigations > MAX_NAVIGATIONS) {
    shot_page_fail (self, SHOT_ERROR_UNREACHABLE,
                    "the page goes from address to address without end: check Grafana's root_url");
    return;
  }
  if (self->state == SHOT_STATE_OPENING)
    return;
  shot_watch_forget (self->watch);
  if (shot_state_may_follow (self->state, SHOT_STATE_OPENING))
    shot_page_set_state (self, SHOT_STATE_OPENING);
}

static void
document_committed (ShotPage *self)
{
  WebKitWebResource *resource = webkit_web_view_get_main_resource (shot_page_get_view (self));
  WebKitURIResponse *response = resource != NULL ? webkit_web_resource_get_response (resource)
                                                 : NULL;
  unsigned           status = response != NULL ? webkit_uri_response_get_status_code (response) : 0;
  GError            *error = NULL;

  /* WebKit shows about:blank instead of a port that browsers never open. */
  if (!g_str_has_prefix (webkit_web_view_get_uri (shot_page_get_view (self)), "http")) {
    shot_page_fail (self, SHOT_ERROR_UNREACHABLE,
                    "cannot reach the address: browsers do not open its port");
    return;
  }
  if (status >= 400) {
    g_autofree char *masked = shot_mask_uri (webkit_web_view_get_uri (shot_page_get_view (self)));
    shot_page_fail (self, SHOT_ERROR_DOCUMENT, "the page was answered with status %u (%s)%s",
                    status, masked,
                    status == 401 || status == 403 ? ": check the token or render key" : "");
    return;
  }
  if (!shot_facts_check_address (self->job->uri,
                                 webkit_web_view_get_uri (shot_page_get_view (self)), &error)) {
    shot_page_finish (self, error);
    return;
  }
  if (!shot_page_check_network (self))
    return;
  if (self->state == SHOT_STATE_OPENING) {
    shot_watch_forget_facts (self->watch);
    shot_page_set_state (self, SHOT_STATE_LOADING);
  }
}

static void
load_changed_cb (WebKitWebView *view, WebKitLoadEvent event, void *data)
{
  ShotPage *self = data;

  shot_page_note_address (self, webkit_web_view_get_uri (view));
  if (event < WEBKIT_LOAD_COMMITTED && !shot_page_may_open (self, webkit_web_view_get_uri (view)))
    return;
  switch (event) {
  case WEBKIT_LOAD_STARTED:
    document_started (self);
    break;
  case WEBKIT_LOAD_REDIRECTED:
    break;
  case WEBKIT_LOAD_COMMITTED:
    document_committed (self);
    break;
  case WEBKIT_LOAD_FINISHED:
    /* A load that was given up ends in OPENING, before there is a document. */
    if (self->state > SHOT_STATE_OPENING)
      shot_watch_set_loaded (self->watch);
    if (self->state == SHOT_STATE_LOADING)
      shot_page_set_state (self, SHOT_STATE_SETTLING);
    break;
  }
  if (!shot_page_is_over (self) && self->state != SHOT_STATE_PLACING)
    shot_page_advance (self);
}

/* Grafana's front end goes to /login by itself, without a new document. */
static void
uri_changed_cb (WebKitWebView *view, GParamSpec *property, void *data)
{
  ShotPage *self = data;
  GError   *error = NULL;

  /* On its way a page that is led goes where nobody wanted to go. */
  if (self->is_led && self->state == SHOT_STATE_OPENING)
    return;
  shot_page_note_address (self, webkit_web_view_get_uri (view));
  if (self->state > SHOT_STATE_OPENING &&
      !shot_facts_check_address (self->job->uri, webkit_web_view_get_uri (view), &error))
    shot_page_finish (self, error);
}

/* Behind a relay GIO speaks of a SOCKS server, of which no one has heard. */
static const char *
describe_failure (const GError *error)
{
  static const struct {
    int         code;
    const char *text;
  } rows[] = {
    { G_IO_ERROR_HOST_UNREACHABLE, "its name is not known, or it does not answer" },
    { G_IO_ERROR_NETWORK_UNREACHABLE, "there is no way to its network" },
    { G_IO_ERROR_CONNECTION_REFUSED, "nothing listens there" },
    { G_IO_ERROR_PROXY_FAILED, "the connection failed, or the proxy did" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_error_matches (error, G_IO_ERROR, rows[i].code))
      return rows[i].text;
  }
  return error->message;
}

static gboolean
load_failed_cb (WebKitWebView *view, WebKitLoadEvent event, const char *uri, GError *error,
                void *data)
{
  ShotPage *self = data;

  /* The page went elsewhere before this answer came; the new document has its own signals. */
  if (g_error_matches (error, WEBKIT_NETWORK_ERROR, WEBKIT_NETWORK_ERROR_CANCELLED))
    return TRUE;
  /* The answer is the file; it is received, not shown. */
  if (shot_page_wants_file (self) &&
      g_error_matches (error, WEBKIT_POLICY_ERROR,
                       WEBKIT_POLICY_ERROR_FRAME_LOAD_INTERRUPTED_BY_POLICY_CHANGE))
    return TRUE;

  if (shot_page_is_refused (self, uri, error))
    return TRUE;
  g_autofree char *masked = shot_mask_uri (uri);
  if (error->domain == WEBKIT_POLICY_ERROR)
    shot_page_fail (self, SHOT_ERROR_DOCUMENT, "there is no document at %s: %s", masked,
                    error->message);
  else
    shot_page_fail (self, SHOT_ERROR_UNREACHABLE, "cannot reach %s: %s", masked,
                    describe_failure (error));
  return TRUE;
}

static gboolean
load_failed_tls_cb (WebKitWebView *view, const char *uri, GTlsCertificate *certificate,
                    GTlsCertificateFlags flags, void *data)
{
  ShotPage        *self = data;
  g_autofree char *masked = shot_mask_uri (uri);

  if (shot_slot_trust (self->slot, certificate, uri, self->job->ca_pem)) {
    webkit_web_view_load_uri (view, self->job->uri);
    return TRUE;
  }
  shot_page_fail (
      self, SHOT_ERROR_UNREACHABLE,
      "the certificate of %s is not trusted%s: give its authority as CA file, or allow insecure",
      masked,
      flags & G_TLS_CERTIFICATE_EXPIRED        ? " (it has expired)"
      : flags & G_TLS_CERTIFICATE_BAD_IDENTITY ? " (it is for another host)"
                                               : "");
  return TRUE;
}

static bool
is_attachment (WebKitURIResponse *answer)
{
  SoupMessageHeaders *headers = webkit_uri_response_get_http_headers (answer);
  g_autofree char    *disposition = NULL;

  return headers != NULL &&
         soup_message_headers_get_content_disposition (headers, &disposition, NULL) &&
         g_ascii_strcasecmp (disposition, "attachment") == 0;
}

/* WebKit would show it as text. */
static bool
is_table (WebKitURIResponse *answer)
{
  return g_strcmp0 (webkit_uri_response_get_mime_type (answer),
                    shot_encoding_get_mime_type (SHOT_ENCODING_CSV)) == 0;
}

static gboolean
decide_policy_cb (WebKitWebView *view, WebKitPolicyDecision *decision,
                  WebKitPolicyDecisionType type, void *data)
{
  ShotPage *self = data;

  if (type == WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION) {
    webkit_policy_decision_ignore (decision);
    return TRUE;
  }
  if (type == WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION)
    return shot_page_decide_navigation (self, WEBKIT_NAVIGATION_POLICY_DECISION (decision));
  if (type != WEBKIT_POLICY_DECISION_TYPE_RESPONSE)
    return FALSE;

  WebKitResponsePolicyDecision *response = WEBKIT_RESPONSE_POLICY_DECISION (decision);
  if (!webkit_response_policy_decision_is_main_frame_main_resource (response))
    return FALSE;
  WebKitURIResponse *answer = webkit_response_policy_decision_get_response (response);
  unsigned           status = webkit_uri_response_get_status_code (answer);
  if (!is_attachment (answer) &&
      webkit_response_policy_decision_is_mime_type_supported (response) &&
      !(shot_page_wants_file (self) && is_table (answer)))
    return FALSE;

  if (shot_page_wants_file (self) && status < 400) {
    webkit_policy_decision_download (decision);
    return TRUE;
  }
  webkit_policy_decision_ignore (decision);
  if (status >= 400)
    shot_page_fail (self, SHOT_ERROR_DOCUMENT, "the page was answered with status %u", status);
  else
    shot_page_fail (self, SHOT_ERROR_DOCUMENT, "the address offers a download (%s), not a page",
                    webkit_uri_response_get_mime_type (answer));
  return TRUE;
}

static void
web_process_terminated_cb (WebKitWebView *view, WebKitWebProcessTerminationReason reason,
                           void *data)
{
  ShotPage *self = data;

  self->cause = reason == WEBKIT_WEB_PROCESS_EXCEEDED_MEMORY_LIMIT ? "web-process" : "web-crash";
  switch (reason) {
  case WEBKIT_WEB_PROCESS_EXCEEDED_MEMORY_LIMIT:
    shot_page_fail (
        data, SHOT_ERROR_ENGINE,
        "the page needs more memory than one page may have: ask for fewer panels or a shorter range");
    break;
  case WEBKIT_WEB_PROCESS_CRASHED:
  case WEBKIT_WEB_PROCESS_TERMINATED_BY_API:
    shot_page_fail (data, SHOT_ERROR_ENGINE,
                    "the web process died while it showed the page: try again");
    break;
  }
}

static gboolean
stupor_cb (void *data)
{
  ShotPage *self = data;

  self->stupor_source = 0;
  self->cause = "web-process";
  shot_page_fail (
      self, SHOT_ERROR_ENGINE,
      "the web process has not responded for %d s: a script of the page keeps it busy, or "
      "it hangs",
      STUPOR_MS / 1000);
  return G_SOURCE_REMOVE;
}

/* WebKit tells after some seconds. A page may be that busy; it is not for long. */
static void
responsive_cb (WebKitWebView *view, GParamSpec *property, ShotPage *self)
{
  g_clear_handle_id (&self->stupor_source, g_source_remove);
  if (!webkit_web_view_get_is_web_process_responsive (view))
    self->stupor_source = g_timeout_add (STUPOR_MS, stupor_cb, self);
}

/* The job's certificate, for the address's own origin. NULL for any other, and when WebKit asks
 * again because the certificate was not taken. (transfer full) (nullable) */
static WebKitCredential *
choose_certificate (ShotPage *self, WebKitAuthenticationRequest *request)
{
  g_autofree char *asked = g_strdup_printf (
      strchr (webkit_authentication_request_get_host (request), ':') != NULL ? "https://[%s]:%u/"
                                                                             : "https://%s:%u/",
      webkit_authentication_request_get_host (request),
      webkit_authentication_request_get_port (request));
  g_autofree char   *own = shot_origin_from_uri (self->job->uri);
  g_autoptr (GError) error = NULL;

  if (self->job->client_pem == NULL || own == NULL || !shot_origin_matches (own, asked) ||
      webkit_authentication_request_is_retry (request))
    return NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (
      shot_secret_reveal (self->job->client_pem), -1, &error);
  if (certificate == NULL) {
    shot_page_fail (self, SHOT_ERROR_USAGE, "the client certificate or its key is unusable: %s",
                    error->message);
    return NULL;
  }
  return webkit_credential_new_for_certificate (certificate, WEBKIT_CREDENTIAL_PERSISTENCE_NONE);
}

static gboolean
authenticate_cb (WebKitWebView *view, WebKitAuthenticationRequest *request, void *data)
{
  ShotPage *self = data;

  if (webkit_authentication_request_get_scheme (request) ==
      WEBKIT_AUTHENTICATION_SCHEME_CLIENT_CERTIFICATE_REQUESTED) {
    WebKitCredential *credential = choose_certificate (self, request);
    webkit_authentication_request_authenticate (request, credential);
    g_clear_pointer (&credential, webkit_credential_free);
    return TRUE;
  }
  webkit_authentication_request_cancel (request);
  if (webkit_authentication_request_is_for_proxy (request))
    shot_page_fail (self, SHOT_ERROR_UNREACHABLE, "the proxy %s asks for a password",
                    webkit_authentication_request_get_host (request));
  else if (self->state == SHOT_STATE_OPENING)
    shot_page_fail (
        self, SHOT_ERROR_DOCUMENT,
        "the page was answered with status 401 and asks for a password (%s): give it a token or render key",
        webkit_authentication_request_get_host (request));
  return TRUE;
}

static void
watch_changed_cb (void *data)
{
  shot_page_advance (data);
}

static void
watch_tls_cb (GTlsCertificate *certificate, const char *uri, void *data)
{
  ShotPage *self = data;

  if (!shot_page_is_over (self) &&
      shot_slot_trust (self->slot, certificate, uri, self->job->ca_pem))
    webkit_web_view_reload (shot_page_get_view (self));
}

void
shot_page_connect_view (ShotPage *self)
{
  WebKitWebView *view = shot_page_get_view (self);

  self->watch = shot_watch_new (view, self->job, watch_changed_cb, watch_tls_cb, self);
  g_signal_connect (view, "load-changed", G_CALLBACK (load_changed_cb), self);
  g_signal_connect (view, "load-failed", G_CALLBACK (load_failed_cb), self);
  g_signal_connect (view, "load-failed-with-tls-errors", G_CALLBACK (load_failed_tls_cb), self);
  g_signal_connect (view, "notify::uri", G_CALLBACK (uri_changed_cb), self);
  g_signal_connect (view, "decide-policy", G_CALLBACK (decide_policy_cb), self);
  g_signal_connect (view, "web-process-terminated", G_CALLBACK (web_process_terminated_cb), self);
  g_signal_connect (view, "notify::is-web-process-responsive", G_CALLBACK (responsive_cb), self);
  g_signal_connect (view, "authenticate", G_CALLBACK (authenticate_cb), self);
}
