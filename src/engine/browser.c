#include "config.h"

#include "browser.h"

#include "display.h"
#include "facts.h"
#include "language.h"
#include "netwatch.h"
#include "ready.h"
#include "rules.h"
#include "tls.h"

/* A page beyond this is ended by WebKit, and the visit fails with a clear error. */
#define WEB_PROCESS_LIMIT_MB 2048
#define MEMORY_POLL_SECONDS 1.0

#define MAX_TRUSTED_HOSTS 8

/* What every page sees whose job names no language: WebKit would say "C" with LANG unset, and
 * Intl throws at that. */
#define DEFAULT_LANGUAGE "en-US"

/* The window shows a corner of the view: GTK would paint all of a page-sized window again for each
 * frame, although no one ever looks at it, and can do so up to 32,767 pixels only. */
#define PORTHOLE_SIDE 1

struct _ShotBrowser {
  char              *extension_dir; /* (owned) */
  ShotNetwatch      *netwatch;      /* (owned) */
  ShotSandbox        sandbox;
  ShotSandboxChanged changed_cb;
  void              *user_data; /* (borrowed) */
};

struct _ShotSlot {
  ShotBrowser *browser; /* (borrowed) */
  GVariant    *rules;   /* (owned): for the web process's extension */
  GHashTable  *trusted; /* (owned) (element-type utf8): hosts */
  ShotGeometry geometry;

  WebKitWebContext *context; /* (owned) */
  GtkWindow        *window;  /* (owned by GTK) */
  WebKitWebView    *view;    /* (borrowed): lives in the window */
};

ShotBrowser *
shot_browser_new (const char *extension_dir, ShotSandboxChanged changed_cb, void *user_data)
{
  static const char *const languages[] = { DEFAULT_LANGUAGE, NULL };
  ShotBrowser             *self = g_new0 (ShotBrowser, 1);

  self->extension_dir = g_strdup (extension_dir);
  self->netwatch = shot_netwatch_new ();
  self->changed_cb = changed_cb;
  self->user_data = user_data;
  /* One setting for the whole process, whichever context it is called on. */
  webkit_web_context_set_preferred_languages (webkit_web_context_get_default (), languages);
  return self;
}

void
shot_browser_free (ShotBrowser *self)
{
  if (self == NULL)
    return;
  g_free (self->extension_dir);
  shot_netwatch_free (self->netwatch);
  g_free (self);
}

ShotSandbox
shot_browser_get_sandbox (ShotBrowser *self)
{
  return self->sandbox;
}

unsigned
shot_browser_count_network_deaths (ShotBrowser *self)
{
  return shot_netwatch_count_deaths (self->netwatch);
}

/* --- the web process's side -------------------------------------------------------------- */

static GVariant *
describe_rules (const ShotJob *job)
{
  GVariantBuilder builder, headers;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_init (&headers, G_VARIANT_TYPE ("a(sss)"));
  for (unsigned i = 0; i < job->headers->len; i++) {
    const ShotJobHeader *header = g_ptr_array_index (job->headers, i);
    g_variant_builder_add (&headers, "(sss)", header->origin, header->name,
                           shot_secret_reveal (header->value));
  }
  g_variant_builder_add (&builder, "{sv}", SHOT_RULES_HEADERS, g_variant_builder_end (&headers));
  g_variant_builder_add (&builder, "{sv}", SHOT_RULES_ACCEPT_LANGUAGE,
                         g_variant_new_string (job->language != NULL ? job->language
                                                                     : DEFAULT_LANGUAGE));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
initialize_extensions_cb (WebKitWebContext *context, void *data)
{
  ShotSlot *self = data;

  webkit_web_context_set_web_process_extensions_directory (context, self->browser->extension_dir);
  webkit_web_context_set_web_process_extensions_initialization_user_data (context, self->rules);
}

static gboolean
message_cb (WebKitWebContext *context, WebKitUserMessage *message, void *data)
{
  ShotBrowser *browser = ((ShotSlot *) data)->browser;
  GVariant    *parameters = webkit_user_message_get_parameters (message);

  if (g_strcmp0 (webkit_user_message_get_name (message), "started") != 0)
    return FALSE;
  g_autofree char *own = g_file_read_link ("/proc/self/ns/mnt", NULL);
  const char      *other = g_variant_get_string (parameters, NULL);
  ShotSandbox      sandbox = g_strcmp0 (own, other) != 0 ? SHOT_SANDBOX_ON : SHOT_SANDBOX_OFF;
  if (sandbox != browser->sandbox) {
    browser->sandbox = sandbox;
    browser->changed_cb (sandbox, browser->user_data);
  }
  return TRUE;
}

static WebKitWebContext *
make_context (ShotSlot *self, const ShotJob *job)
{
  g_autoptr (WebKitMemoryPressureSettings) memory = webkit_memory_pressure_settings_new ();

  webkit_memory_pressure_settings_set_memory_limit (memory, WEB_PROCESS_LIMIT_MB);
  webkit_memory_pressure_settings_set_kill_threshold (memory, 1.0);
  webkit_memory_pressure_settings_set_poll_interval (memory, MEMORY_POLL_SECONDS);
  WebKitWebContext *context = g_object_new (WEBKIT_TYPE_WEB_CONTEXT, "time-zone-override",
                                            job->timezone, "memory-pressure-settings", memory,
                                            NULL);
  /* The sandbox sees system folders only; an extension in a build folder must be let in. */
  webkit_web_context_add_path_to_sandbox (context, self->browser->extension_dir, TRUE);
  g_signal_connect (context, "initialize-web-process-extensions",
                    G_CALLBACK (initialize_extensions_cb), self);
  g_signal_connect (context, "user-message-received", G_CALLBACK (message_cb), self);
  return context;
}

/* --- the session ------------------------------------------------------------------------- */

static void
cookie_added_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GError) error = NULL;

  if (!webkit_cookie_manager_add_cookie_finish (WEBKIT_COOKIE_MANAGER (source), result, &error))
    g_warning ("WebKit refused the render key cookie: %s", error->message);
}

/* As the official renderer sets it: session cookie, path "/", nothing else. Bare IPv6 domains are
 * what Grafana sends; libsoup compares hosts without brackets. No domain: the address's host. */
static void
add_render_key (WebKitNetworkSession *session, const ShotJob *job)
{
  g_autoptr (GUri) uri = g_uri_parse (job->uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                      NULL);

  if (job->render_key == NULL || uri == NULL)
    return;

  g_autofree char *domain = g_strdup (job->domain != NULL ? job->domain : g_uri_get_host (uri));
  size_t           length = strlen (domain);
  if (length > 2 && domain[0] == '[' && domain[length - 1] == ']') {
    domain[length - 1] = '\0';
    memmove (domain, domain + 1, length - 1);
  }
  SoupCookie *cookie = soup_cookie_new ("renderKey", shot_secret_reveal (job->render_key), domain,
                                        "/", -1);
  webkit_cookie_manager_add_cookie (webkit_network_session_get_cookie_manager (session), cookie,
                                    NULL, cookie_added_cb, NULL);
  soup_cookie_free (cookie);
}

/* WebKit copies the address, its password included; no more than the relay is lost with it. */
static void
set_relay (WebKitNetworkSession *session, const ShotJob *job)
{
  if (job->relay_uri == NULL)
    return;

  WebKitNetworkProxySettings *settings = webkit_network_proxy_settings_new (
      shot_secret_reveal (job->relay_uri), NULL);
  webkit_network_session_set_proxy_settings (session, WEBKIT_NETWORK_PROXY_MODE_CUSTOM, settings);
  webkit_network_proxy_settings_free (settings);
}

static WebKitNetworkSession *
make_session (const ShotJob *job)
{
  WebKitNetworkSession *session = webkit_network_session_new_ephemeral ();

  webkit_network_session_set_tls_errors_policy (session, job->allow_insecure
                                                             ? WEBKIT_TLS_ERRORS_POLICY_IGNORE
                                                             : WEBKIT_TLS_ERRORS_POLICY_FAIL);
  webkit_network_session_set_itp_enabled (session, FALSE);
  set_relay (session, job);
  add_render_key (session, job);
  return session;
}

/* --- scripts and settings ---------------------------------------------------------------- */

static char *
load_script (const char *name, JsonNode *options)
{
  g_autofree char   *path = g_strconcat ("/panelshot/page/", name, NULL);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  GString           *text = g_string_new_len (g_bytes_get_data (bytes, NULL),
                                              (gssize) g_bytes_get_size (bytes));

  if (options != NULL) {
    g_autofree char *json = json_to_string (options, FALSE);
    g_string_replace (text, "__PANELSHOT__", json, 1);
  }
  return g_string_free (text, FALSE);
}

/* Takes @options. */
static void
add_script (WebKitUserContentManager *manager, const char *name, JsonNode *options,
            WebKitUserContentInjectedFrames frames)
{
  g_autofree char  *source = load_script (name, options);
  WebKitUserScript *script = webkit_user_script_new (source, frames,
                                                     WEBKIT_USER_SCRIPT_INJECT_AT_DOCUMENT_START,
                                                     NULL, NULL);

  webkit_user_content_manager_add_script (manager, script);
  webkit_user_script_unref (script);
  g_clear_pointer (&options, json_node_unref);
}

static JsonNode *
make_node (JsonBuilder *builder)
{
  JsonNode *node = json_builder_get_root (builder);

  g_object_unref (builder);
  return node;
}

static JsonNode *
agent_options (const ShotJob *job)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "key");
  json_builder_add_string_value (builder, job->id);
  json_builder_set_member_name (builder, "longQuietMs");
  json_builder_add_int_value (builder, job->quiet_ms * SHOT_READY_UNPROVEN_FACTOR);
  json_builder_set_member_name (builder, "timeoutMs");
  json_builder_add_int_value (builder, job->timeout_ms);
  json_builder_set_member_name (builder, "waitFor");
  json_builder_add_string_value (builder, job->wait_for != NULL ? job->wait_for : "");
  json_builder_end_object (builder);
  return make_node (builder);
}

static void
add_language_script (WebKitUserContentManager *manager, const ShotJob *job)
{
  g_auto (GStrv) languages = shot_language_list (job->language != NULL ? job->language
                                                                       : DEFAULT_LANGUAGE);
  JsonBuilder   *builder = json_builder_new ();

  if (languages[0] == NULL) {
    g_object_unref (builder);
    return;
  }
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "languages");
  json_builder_begin_array (builder);
  for (unsigned i = 0; languages[i] != NULL; i++)
    json_builder_add_string_value (builder, languages[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  add_script (manager, "language.js", make_node (builder), WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES);
}

static void
add_scale_script (WebKitUserContentManager *manager, const ShotGeometry *geometry)
{
  double scale = shot_geometry_get_device_pixel_ratio (geometry);

  /* WebKit tells the output's by itself. */
  if (geometry->zoom_level == 1)
    return;

  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "scale");
  json_builder_add_double_value (builder, scale);
  json_builder_end_object (builder);
  add_script (manager, "scale.js", make_node (builder), WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES);
}

/* When pictures of each panel come first, the page may lay them out at their size from the start. */
static void
add_panels_script (WebKitUserContentManager *manager, const ShotJob *job)
{
  const ShotPictureWish *wish = g_ptr_array_index (job->pictures, 0);
  int                    width, height;

  if (wish->kind != SHOT_PICTURE_EACH_PANEL || wish->is_grid)
    return;
  shot_job_get_panel_size (job, wish, &width, &height);

  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "width");
  json_builder_add_double_value (builder, width / job->zoom);
  json_builder_set_member_name (builder, "height");
  json_builder_add_double_value (builder, height / job->zoom);
  json_builder_end_object (builder);
  add_script (manager, "panels-early.js", make_node (builder),
              WEBKIT_USER_CONTENT_INJECT_TOP_FRAME);
}

static WebKitUserContentManager *
make_content_manager (ShotSlot *self, const ShotJob *job)
{
  WebKitUserContentManager *manager = webkit_user_content_manager_new ();
  g_autofree char          *css = load_script ("compat.css", NULL);
  WebKitUserStyleSheet     *sheet = webkit_user_style_sheet_new (
          css, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES, WEBKIT_USER_STYLE_LEVEL_USER, NULL, NULL);

  webkit_user_content_manager_add_style_sheet (manager, sheet);
  webkit_user_style_sheet_unref (sheet);
  webkit_user_content_manager_register_script_message_handler (manager, SHOT_AGENT_HANDLER, NULL);
  add_scale_script (manager, &self->geometry);
  add_language_script (manager, job);
  add_script (manager, "canvas.js", NULL, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES);
  add_script (manager, "fonts.js", NULL, WEBKIT_USER_CONTENT_INJECT_TOP_FRAME);
  add_panels_script (manager, job);
  add_script (manager, "agent.js", agent_options (job), WEBKIT_USER_CONTENT_INJECT_TOP_FRAME);
  return manager;
}

static void
switch_off_features (WebKitSettings *settings)
{
  /* Service workers make requests that no extension sees, so they would go without credentials. */
  static const char *const names[] = { "ServiceWorkersEnabled", "WebRTCEnabled" };
  WebKitFeatureList       *features = webkit_settings_get_all_features ();

  for (size_t i = 0; i < webkit_feature_list_get_length (features); i++) {
    WebKitFeature *feature = webkit_feature_list_get (features, i);
    for (size_t j = 0; j < G_N_ELEMENTS (names); j++) {
      if (g_strcmp0 (webkit_feature_get_identifier (feature), names[j]) == 0)
        webkit_settings_set_feature_enabled (settings, feature, FALSE);
    }
  }
  webkit_feature_list_unref (features);
}

static WebKitSettings *
make_settings (const ShotJob *job)
{
  WebKitSettings *settings = webkit_settings_new_with_settings (
      "enable-page-cache", FALSE, "enable-smooth-scrolling", FALSE, "enable-media-stream", FALSE,
      "enable-back-forward-navigation-gestures", FALSE, "javascript-can-open-windows-automatically",
      FALSE, "javascript-can-access-clipboard", FALSE, "print-backgrounds", TRUE,
      "enable-dns-prefetching", FALSE, NULL);

  /* Measured: without a GPU the accelerated path is the slower one. */
  webkit_settings_set_hardware_acceleration_policy (settings,
                                                    WEBKIT_HARDWARE_ACCELERATION_POLICY_NEVER);
  if (job->user_agent != NULL)
    webkit_settings_set_user_agent (settings, job->user_agent);
  switch_off_features (settings);
  return settings;
}

/* --- what a page may ask of a person, when there is none --------------------------------- */

/* alert(), confirm(), prompt() and beforeunload: nobody is there to answer. */
static gboolean
script_dialog_cb (WebKitWebView *view, WebKitScriptDialog *dialog, void *data)
{
  if (webkit_script_dialog_get_dialog_type (dialog) == WEBKIT_SCRIPT_DIALOG_BEFORE_UNLOAD_CONFIRM)
    webkit_script_dialog_confirm_set_confirmed (dialog, TRUE);
  return TRUE;
}

static gboolean
refuse_permission_cb (WebKitWebView *view, WebKitPermissionRequest *request, void *data)
{
  webkit_permission_request_deny (request);
  return TRUE;
}

static gboolean
ignore_cb (void)
{
  return TRUE;
}

static void
connect_manners (WebKitWebView *view)
{
  g_signal_connect (view, "script-dialog", G_CALLBACK (script_dialog_cb), NULL);
  g_signal_connect (view, "permission-request", G_CALLBACK (refuse_permission_cb), NULL);
  g_signal_connect (view, "print", G_CALLBACK (ignore_cb), NULL);
  g_signal_connect (view, "run-file-chooser", G_CALLBACK (ignore_cb), NULL);
  g_signal_connect (view, "enter-fullscreen", G_CALLBACK (ignore_cb), NULL);
  g_signal_connect (view, "show-notification", G_CALLBACK (ignore_cb), NULL);
}

/* --- slots ------------------------------------------------------------------------------- */

ShotSlot *
shot_browser_open_slot (ShotBrowser *self, const ShotJob *job)
{
  ShotSlot *slot = g_new0 (ShotSlot, 1);

  slot->browser = self;
  slot->rules = describe_rules (job);
  slot->trusted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  shot_geometry_init (&slot->geometry, job, job->width, job->height);
  slot->context = make_context (slot, job);

  g_autoptr (WebKitNetworkSession)     session = make_session (job);
  g_autoptr (WebKitUserContentManager) manager = make_content_manager (slot, job);
  g_autoptr (WebKitSettings)           settings = make_settings (job);
  slot->view = g_object_new (WEBKIT_TYPE_WEB_VIEW, "web-context", slot->context, "network-session",
                             session, "user-content-manager", manager, "settings", settings, NULL);
  connect_manners (slot->view);

  slot->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_decorated (slot->window, FALSE);
  gtk_window_set_title (slot->window, shot_display_scale_title (slot->geometry.output_scale));
  GtkWidget *porthole = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (porthole), GTK_POLICY_EXTERNAL,
                                  GTK_POLICY_EXTERNAL);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (porthole), GTK_WIDGET (slot->view));
  gtk_window_set_child (slot->window, porthole);
  gtk_window_set_default_size (slot->window, PORTHOLE_SIDE, PORTHOLE_SIDE);
  shot_slot_resize (slot, job, job->width, job->height);
  return slot;
}

void
shot_slot_free (ShotSlot *self)
{
  if (self == NULL)
    return;
  webkit_web_view_terminate_web_process (self->view);
  gtk_window_destroy (self->window);
  g_signal_handlers_disconnect_by_data (self->context, self);
  g_object_unref (self->context);
  g_variant_unref (self->rules);
  g_hash_table_unref (self->trusted);
  g_free (self);
}

void
shot_slot_show (ShotSlot *self)
{
  gtk_window_present (self->window);
}

WebKitWebView *
shot_slot_get_view (ShotSlot *self)
{
  return self->view;
}

gboolean
shot_slot_is_placed (ShotSlot *self)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self->view)) &&
         gtk_widget_get_scale_factor (GTK_WIDGET (self->view)) == self->geometry.output_scale;
}

void
shot_slot_resize (ShotSlot *self, const ShotJob *job, int width, int height)
{
  shot_geometry_init (&self->geometry, job, width, height);
  webkit_web_view_set_zoom_level (self->view, self->geometry.zoom_level);
  gtk_widget_set_size_request (GTK_WIDGET (self->view), self->geometry.view_width,
                               self->geometry.view_height);
}

const ShotGeometry *
shot_slot_get_geometry (ShotSlot *self)
{
  return &self->geometry;
}

gboolean
shot_slot_trust (ShotSlot *self, GTlsCertificate *certificate, const char *uri, const char *ca_pem)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                         NULL);
  const char      *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;

  /* A host that is trusted already has its reload under way. */
  if (ca_pem == NULL || host == NULL || g_hash_table_contains (self->trusted, host) ||
      g_hash_table_size (self->trusted) >= MAX_TRUSTED_HOSTS ||
      !shot_tls_is_trusted (certificate, uri, ca_pem))
    return FALSE;
  g_hash_table_add (self->trusted, g_strdup (host));
  webkit_network_session_allow_tls_certificate_for_host (
      webkit_web_view_get_network_session (self->view), certificate, host);
  return TRUE;
}
