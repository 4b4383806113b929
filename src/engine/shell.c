#include "config.h"

#include "shell.h"

#include "content.h"
#include "display.h"
#include "rules.h"

/* A page beyond this is ended by WebKit, and the visit fails with a clear error. */
#define WEB_PROCESS_LIMIT_MB 2048
#define MEMORY_POLL_SECONDS 1.0

/* The window shows a corner of the view: GTK would paint all of a page-sized window again for each
 * frame, although no one ever looks at it, and can do so up to 32,767 pixels only. */
#define PORTHOLE_SIDE 1

struct _ShotShell {
  const char            *extension_dir; /* (borrowed) */
  const ShotShellEvents *events;        /* (borrowed) */
  void                  *user_data;     /* (borrowed) */
  int                    output_scale;
  unsigned               n_started;
  GVariant              *rules;   /* (owned): of the web process's extension */
  WebKitWebContext      *context; /* (owned) */
  GtkWindow             *window;  /* (owned by GTK) */
  WebKitWebView         *view;    /* (borrowed): lives in the window */
};

typedef struct {
  ShotShellDone done_cb;
  void         *user_data; /* (borrowed) */
} Call;

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
  g_variant_builder_add (
      &builder, "{sv}", SHOT_RULES_ACCEPT_LANGUAGE,
      g_variant_new_string (job->language != NULL ? job->language : SHOT_CONTENT_DEFAULT_LANGUAGE));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
initialize_extensions_cb (WebKitWebContext *context, ShotShell *self)
{
  webkit_web_context_set_web_process_extensions_directory (context, self->extension_dir);
  webkit_web_context_set_web_process_extensions_initialization_user_data (context, self->rules);
}

static gboolean
message_cb (WebKitWebContext *context, WebKitUserMessage *message, ShotShell *self)
{
  GVariant *parameters = webkit_user_message_get_parameters (message);

  if (g_strcmp0 (webkit_user_message_get_name (message), SHOT_RULES_STARTED) != 0)
    return FALSE;
  self->n_started++;
  self->events->started (self->n_started, g_variant_get_string (parameters, NULL), self->user_data);
  return TRUE;
}

static WebKitWebContext *
make_context (ShotShell *self, const ShotJob *job)
{
  g_autoptr (WebKitMemoryPressureSettings) memory = webkit_memory_pressure_settings_new ();

  webkit_memory_pressure_settings_set_memory_limit (memory, WEB_PROCESS_LIMIT_MB);
  webkit_memory_pressure_settings_set_kill_threshold (memory, 1.0);
  webkit_memory_pressure_settings_set_poll_interval (memory, MEMORY_POLL_SECONDS);
  WebKitWebContext *context = g_object_new (WEBKIT_TYPE_WEB_CONTEXT, "time-zone-override",
                                            job->timezone, "memory-pressure-settings", memory,
                                            NULL);
  /* The sandbox sees system folders only; an extension in a build folder must be let in. */
  webkit_web_context_add_path_to_sandbox (context, self->extension_dir, TRUE);
  g_signal_connect (context, "initialize-web-process-extensions",
                    G_CALLBACK (initialize_extensions_cb), self);
  g_signal_connect (context, "user-message-received", G_CALLBACK (message_cb), self);
  return context;
}

static void
placed_cb (ShotShell *self)
{
  self->events->placed (self->user_data);
}

static void
make_window (ShotShell *self)
{
  GtkWidget *porthole = gtk_scrolled_window_new ();

  self->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_decorated (self->window, FALSE);
  gtk_window_set_title (self->window, shot_display_scale_title (self->output_scale));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (porthole), GTK_POLICY_EXTERNAL,
                                  GTK_POLICY_EXTERNAL);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (porthole), GTK_WIDGET (self->view));
  gtk_window_set_child (self->window, porthole);
  gtk_window_set_default_size (self->window, PORTHOLE_SIDE, PORTHOLE_SIDE);
  gtk_window_present (self->window);
}

ShotShell *
shot_shell_new (const char *extension_dir, WebKitNetworkSession *session,
                WebKitUserContentFilter *filter, const ShotJob *job, int output_scale,
                const ShotShellEvents *events, void *user_data)
{
  g_autoptr (WebKitUserContentManager) manager = shot_content_new_manager ();
  g_autoptr (WebKitSettings)           settings = shot_content_new_settings ();
  ShotShell                           *self = g_new0 (ShotShell, 1);

  self->extension_dir = extension_dir;
  self->events = events;
  self->user_data = user_data;
  self->output_scale = output_scale;
  self->rules = describe_rules (job);
  self->context = make_context (self, job);
  if (filter != NULL)
    webkit_user_content_manager_add_filter (manager, filter);
  self->view = g_object_new (WEBKIT_TYPE_WEB_VIEW, "web-context", self->context, "network-session",
                             session, "user-content-manager", manager, "settings", settings, NULL);
  shot_content_connect_manners (self->view);
  g_signal_connect_swapped (self->view, "notify::scale-factor", G_CALLBACK (placed_cb), self);
  g_signal_connect_data (self->view, "map", G_CALLBACK (placed_cb), self, NULL,
                         G_CONNECT_AFTER | G_CONNECT_SWAPPED);
  make_window (self);
  return self;
}

static gboolean
destroy_window_cb (void *data)
{
  gtk_window_destroy (data);
  return G_SOURCE_REMOVE;
}

void
shot_shell_free (ShotShell *self)
{
  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->view, self);
  webkit_web_view_terminate_web_process (self->view);
  g_idle_add_full (G_PRIORITY_DEFAULT, destroy_window_cb, self->window, NULL);
  g_signal_handlers_disconnect_by_data (self->context, self);
  g_object_unref (self->context);
  g_variant_unref (self->rules);
  g_free (self);
}

WebKitWebView *
shot_shell_get_view (ShotShell *self)
{
  return self->view;
}

bool
shot_shell_is_placed (ShotShell *self)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self->view)) &&
         gtk_widget_get_scale_factor (GTK_WIDGET (self->view)) == self->output_scale;
}

void
shot_shell_set_filter (ShotShell *self, WebKitUserContentFilter *filter)
{
  webkit_user_content_manager_add_filter (webkit_web_view_get_user_content_manager (self->view),
                                          filter);
}

static void
ruled_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autofree Call              *call = data;
  g_autoptr (GError)            error = NULL;
  g_autoptr (WebKitUserMessage) answer = webkit_web_view_send_message_to_page_finish (
      WEBKIT_WEB_VIEW (source), result, &error);

  if (answer == NULL)
    g_debug ("the web process does not take its rules: %s", error->message);
  call->done_cb (answer != NULL, call->user_data);
}

bool
shot_shell_set_rules_async (ShotShell *self, const ShotJob *job, ShotShellDone done_cb,
                            void *user_data)
{
  g_autoptr (GVariant) rules = describe_rules (job);

  if (g_variant_equal (rules, self->rules))
    return false;

  Call *call = g_new0 (Call, 1);
  call->done_cb = done_cb;
  call->user_data = user_data;
  g_variant_unref (self->rules);
  self->rules = g_steal_pointer (&rules);
  webkit_web_view_send_message_to_page (self->view,
                                        webkit_user_message_new (SHOT_RULES_CHANGED, self->rules),
                                        NULL, ruled_cb, call);
  return true;
}
