#include "config.h"

#include "content.h"

#include <string.h>

#include "facts.h"
#include "language.h"
#include "ready.h"

/* --- scripts and settings ---------------------------------------------------------------- */

char *
shot_content_load (const char *name)
{
  g_autofree char   *path = g_strconcat ("/panelshot/page/", name, NULL);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* The placeholder in the file becomes @options. */
static char *
load_script (const char *name, JsonNode *options)
{
  g_autofree char *source = shot_content_load (name);
  GString         *text = g_string_new (source);

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
  g_auto (GStrv) languages = shot_language_list (
      job->language != NULL ? job->language : SHOT_CONTENT_DEFAULT_LANGUAGE);
  JsonBuilder *builder = json_builder_new ();

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

WebKitUserContentManager *
shot_content_new_manager (void)
{
  WebKitUserContentManager *manager = webkit_user_content_manager_new ();
  g_autofree char          *css = shot_content_load ("compat.css");
  WebKitUserStyleSheet     *sheet = webkit_user_style_sheet_new (
          css, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES, WEBKIT_USER_STYLE_LEVEL_USER, NULL, NULL);

  webkit_user_content_manager_add_style_sheet (manager, sheet);
  webkit_user_style_sheet_unref (sheet);
  webkit_user_content_manager_register_script_message_handler (manager, SHOT_AGENT_HANDLER, NULL);
  return manager;
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

void
shot_content_set_scripts (WebKitUserContentManager *manager, const ShotJob *job,
                          const ShotGeometry *geometry)
{
  webkit_user_content_manager_remove_all_scripts (manager);
  add_scale_script (manager, geometry);
  add_language_script (manager, job);
  add_script (manager, "canvas.js", NULL, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES);
  add_script (manager, "fonts.js", NULL, WEBKIT_USER_CONTENT_INJECT_TOP_FRAME);
  add_panels_script (manager, job);
  add_script (manager, "agent.js", agent_options (job), WEBKIT_USER_CONTENT_INJECT_TOP_FRAME);
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

WebKitSettings *
shot_content_new_settings (void)
{
  WebKitSettings *settings = webkit_settings_new_with_settings (
      "enable-page-cache", FALSE, "enable-smooth-scrolling", FALSE, "enable-media-stream", FALSE,
      "enable-back-forward-navigation-gestures", FALSE, "javascript-can-open-windows-automatically",
      FALSE, "javascript-can-access-clipboard", FALSE, "print-backgrounds", TRUE,
      "enable-dns-prefetching", FALSE, NULL);

  /* Measured: without a GPU the accelerated path is the slower one. */
  webkit_settings_set_hardware_acceleration_policy (settings,
                                                    WEBKIT_HARDWARE_ACCELERATION_POLICY_NEVER);
  switch_off_features (settings);
  return settings;
}

void
shot_content_set_settings (WebKitSettings *settings, const ShotJob *job)
{
  /* NULL is WebKit's own. */
  webkit_settings_set_user_agent (settings, job->user_agent);
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

void
shot_content_connect_manners (WebKitWebView *view)
{
  g_signal_connect (view, "script-dialog", G_CALLBACK (script_dialog_cb), NULL);
  g_signal_connect (view, "permission-request", G_CALLBACK (refuse_permission_cb), NULL);
  g_signal_connect (view, "print", G_CALLBACK (ignore_cb), NULL);
  g_signal_connect (view, "run-file-chooser", G_CALLBACK (ignore_cb), NULL);
  g_signal_connect (view, "enter-fullscreen", G_CALLBACK (ignore_cb), NULL);
  g_signal_connect (view, "show-notification", G_CALLBACK (ignore_cb), NULL);
}

/* --- the filter -------------------------------------------------------------------------- */

static void
compiled_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GTask)        task = data;
  GError                  *error = NULL;
  WebKitUserContentFilter *filter = webkit_user_content_filter_store_save_finish (
      WEBKIT_USER_CONTENT_FILTER_STORE (source), result, &error);

  if (filter != NULL)
    g_task_return_pointer (task, filter, (GDestroyNotify) webkit_user_content_filter_unref);
  else
    g_task_return_error (task, error);
}

void
shot_content_compile_filter_async (const char *folder, bool with_live, GAsyncReadyCallback callback,
                                   void *user_data)
{
  g_autoptr (WebKitUserContentFilterStore) store = webkit_user_content_filter_store_new (folder);
  g_autofree char   *text = shot_content_load (with_live ? "filter-live.json" : "filter.json");
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  GTask             *task = g_task_new (NULL, NULL, callback, user_data);

  webkit_user_content_filter_store_save (store, "panelshot", bytes, NULL, compiled_cb, task);
}

WebKitUserContentFilter *
shot_content_compile_filter_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
