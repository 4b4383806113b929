/* main.c: panelshot-engine, the process that holds GTK and WebKit
 *
 * Started by the front with one end of a socket pair; takes jobs from it until it closes. Every
 * visit runs on the one main loop; the display has its own thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <EGL/egl.h>
#include <gtk/gtk.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <webkit/webkit.h>

#include "browser.h"
#include "display.h"
#include "error.h"
#include "link.h"
#include "log.h"
#include "page.h"
#include "paths.h"
#include "rundir.h"

#define JAVASCRIPT_RAM_BYTES "268435456"

typedef struct {
  ShotRundir  *rundir;        /* (owned) */
  ShotDisplay *display;       /* (owned) */
  ShotBrowser *browser;       /* (owned) */
  ShotLink    *link;          /* (owned) */
  GHashTable  *visits;        /* (owned) (element-type utf8 GCancellable): by job id */
  char        *extension_dir; /* (owned) */
  GMainLoop   *loop;          /* (owned) */
} Engine;

typedef struct {
  Engine *engine; /* (borrowed) */
  char   *id;     /* (owned) */
} Visit;

/* As they come from the front; the defaults are for those who start an engine by hand. */
typedef struct {
  int      link_fd;
  char    *log_level; /* (owned) */
  int      slots;
  char    *isolation; /* (owned) */
  int      page_visits;
  int64_t  page_age_ms;
  int64_t  page_idle_ms;
  int      page_memory_mib;
  gboolean live;
} Options;

/* --- messages ---------------------------------------------------------------------------- */

static JsonObject *
new_message (const char *type)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "type", type);
  return message;
}

/* Takes @message. At the start and at the end there is nobody to tell. */
static void
send_message (Engine *self, JsonObject *message, const int *fds, unsigned n_fds)
{
  g_autoptr (GError) error = NULL;

  if (self->link != NULL && !shot_link_send (self->link, message, fds, n_fds, &error))
    g_warning ("cannot answer the front: %s", error->message);
  json_object_unref (message);
}

static void
send_hello (Engine *self)
{
  static const char *const sandbox_names[] = {
    [SHOT_SANDBOX_UNKNOWN] = "unknown",
    [SHOT_SANDBOX_ON] = "on",
    [SHOT_SANDBOX_OFF] = "off",
  };
  g_autofree char *version = g_strdup_printf ("%u.%u.%u", webkit_get_major_version (),
                                              webkit_get_minor_version (),
                                              webkit_get_micro_version ());
  JsonObject      *message = new_message ("hello");

  json_object_set_string_member (message, "webkit", version);
  json_object_set_string_member (message, "sandbox",
                                 sandbox_names[shot_browser_get_sandbox (self->browser)]);
  json_object_set_int_member (message, "pid", getpid ());
  send_message (self, message, NULL, 0);
}

static void
slots_changed_cb (const ShotBrowserSlots *slots, void *data)
{
  Engine     *self = data;
  JsonObject *message = new_message ("slots");

  json_object_set_int_member (message, "cold", slots->cold);
  json_object_set_int_member (message, "warm", slots->warm);
  json_object_set_int_member (message, "resident", slots->resident);
  json_object_set_int_member (message, "busy", slots->busy);
  send_message (self, message, NULL, 0);
}

static void
sandbox_changed_cb (ShotSandbox sandbox, void *data)
{
  if (sandbox == SHOT_SANDBOX_OFF)
    g_warning ("WebKit's sandbox is off: user namespaces are refused here (see panelshot doctor)");
  else
    g_message ("WebKit's sandbox is on");
  send_hello (data);
}

static void
send_failed (Engine *self, const char *id, const char *cause, const GError *error,
             const ShotResult *result)
{
  JsonObject *message = new_message ("failed");

  json_object_set_string_member (message, "id", id);
  json_object_set_string_member (message, "code",
                                 shot_error_get_name (shot_error_classify (error)));
  if (cause != NULL)
    json_object_set_string_member (message, "cause", cause);
  g_autofree char *text = g_utf8_make_valid (error->message, -1);
  json_object_set_string_member (message, "message", text);
  if (result != NULL)
    json_object_set_object_member (message, "result", shot_result_to_json (result));
  send_message (self, message, NULL, 0);
}

static void
send_done (Engine *self, const ShotResult *result)
{
  JsonObject *message = new_message ("done");
  int         fds[SHOT_LINK_MAX_FDS];
  unsigned    n = MIN (result->pictures->len, SHOT_LINK_MAX_FDS);

  for (unsigned i = 0; i < n; i++)
    fds[i] = ((ShotPicture *) g_ptr_array_index (result->pictures, i))->fd;
  json_object_set_string_member (message, "id", result->id);
  json_object_set_object_member (message, "result", shot_result_to_json (result));
  send_message (self, message, fds, n);
}

static void
stage_cb (ShotPage *page, int stage, void *data)
{
  Visit      *visit = data;
  JsonObject *message = new_message ("stage");

  json_object_set_string_member (message, "id", visit->id);
  json_object_set_string_member (message, "stage", shot_stage_get_name (stage));
  send_message (visit->engine, message, NULL, 0);
}

static void
pictures_cb (ShotPage *page, ShotResult *part, void *data)
{
  Visit *visit = data;

  for (unsigned first = 0; first < part->pictures->len; first += SHOT_RESULT_PART) {
    unsigned    n = MIN (part->pictures->len - first, SHOT_RESULT_PART);
    int         fds[2 * SHOT_RESULT_PART];
    unsigned    n_fds = 0;
    JsonObject *message = new_message ("pictures");
    json_object_set_string_member (message, "id", visit->id);
    json_object_set_array_member (message, "pictures",
                                  shot_result_get_part (part, first, n, fds, &n_fds));
    send_message (visit->engine, message, fds, n_fds);
  }
}

static void
progressed_cb (ShotPage *page, unsigned n_done, unsigned n_all, void *data)
{
  Visit      *visit = data;
  JsonObject *message = new_message ("stage");

  json_object_set_string_member (message, "id", visit->id);
  json_object_set_string_member (message, "stage", shot_stage_get_name (SHOT_STAGE_CAPTURING));
  json_object_set_int_member (message, "n", n_done);
  json_object_set_int_member (message, "of", n_all);
  send_message (visit->engine, message, NULL, 0);
}

static void
visited_cb (GObject *source, GAsyncResult *async_result, void *data)
{
  Visit                 *visit = data;
  g_autoptr (ShotResult) result = NULL;
  g_autoptr (GError)     error = NULL;

  g_signal_handlers_disconnect_by_data (source, visit);
  if (shot_page_visit_finish (SHOT_PAGE (source), async_result, &result, &error))
    send_done (visit->engine, result);
  else
    send_failed (visit->engine, visit->id, shot_page_get_cause (SHOT_PAGE (source)), error, result);
  g_hash_table_remove (visit->engine->visits, visit->id);
  shot_rundir_sweep (visit->engine->rundir);
  g_free (visit->id);
  g_free (visit);
}

static void
take_job (Engine *self, JsonObject *message)
{
  g_autoptr (GError) error = NULL;
  JsonNode          *node = json_object_get_member (message, "job");
  ShotJob           *job = NULL;

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    job = shot_job_from_json (json_node_get_object (node), &error);
  if (job == NULL) {
    g_critical ("the front sent a job that cannot be read: %s",
                error != NULL ? error->message : "no job in it");
    return;
  }

  Visit                   *visit = g_new0 (Visit, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (ShotPage)     page = shot_page_new (self->browser, job);
  visit->engine = self;
  visit->id = g_strdup (job->id);
  g_hash_table_insert (self->visits, g_strdup (job->id), g_object_ref (cancellable));
  g_signal_connect (page, "stage-changed", G_CALLBACK (stage_cb), visit);
  g_signal_connect (page, "pictures", G_CALLBACK (pictures_cb), visit);
  g_signal_connect (page, "progressed", G_CALLBACK (progressed_cb), visit);
  shot_page_visit_async (page, cancellable, visited_cb, visit);
}

static void
message_cb (JsonObject *message, int *fds, unsigned n_fds, void *data)
{
  Engine     *self = data;
  const char *type = json_object_get_string_member_with_default (message, "type", "");

  if (g_str_equal (type, "job")) {
    take_job (self, message);
  } else if (g_str_equal (type, "ping")) {
    JsonObject *pong = new_message ("pong");
    json_object_set_int_member (pong, "n",
                                json_object_get_int_member_with_default (message, "n", 0));
    send_message (self, pong, NULL, 0);
  } else if (g_str_equal (type, "cancel")) {
    GCancellable *cancellable = g_hash_table_lookup (
        self->visits, json_object_get_string_member_with_default (message, "id", ""));
    if (cancellable != NULL)
      g_cancellable_cancel (cancellable);
  }
}

static void
closed_cb (const GError *error, void *data)
{
  Engine *self = data;

  if (error != NULL)
    g_warning ("the link to the front broke: %s", error->message);
  g_main_loop_quit (self->loop);
}

/* --- start ------------------------------------------------------------------------------- */

/* Mesa's software driver and the compiler in it take 25 MiB of a process that draws nothing with them.
 * libEGL looks for drivers once, so it finds none here; the processes of pages, which need one for
 * WebGL, look for themselves. Before there is any thread. */
static void
leave_graphics_out (void)
{
  static const char variable[] = "__EGL_VENDOR_LIBRARY_FILENAMES";
  g_autofree char  *own = g_strdup (g_getenv (variable));

  g_setenv (variable, "/dev/null", TRUE);
  eglQueryString (EGL_NO_DISPLAY, EGL_EXTENSIONS);
  if (own != NULL)
    g_setenv (variable, own, TRUE);
  else
    g_unsetenv (variable);
}

/* The environment of GTK and WebKit, and of the processes that WebKit starts. Before there is any
 * thread: setenv() and getenv() know no lock. */
static void
prepare_environment (Engine *self)
{
  const char *folder = shot_rundir_get_path (self->rundir);

  /* Nothing is written outside our own folder, no bus is asked, no other display is found. */
  static const char *const folders[] = { "HOME",           "XDG_RUNTIME_DIR",
                                         "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
                                         "XDG_DATA_HOME",  "XDG_STATE_HOME",
                                         "TMPDIR" };
  static const struct {
    const char *name, *value;
  } settings[] = {
    { "GDK_BACKEND", "wayland" },
    { "GSK_RENDERER", "cairo" },
    { "GTK_A11Y", "none" },
    { "NO_AT_BRIDGE", "1" },
    { "GTK_USE_PORTAL", "0" },
    { "GSETTINGS_BACKEND", "memory" },
    { "GIO_USE_VFS", "local" },
    { "GTK_THEME", "Adwaita" },
    { "DBUS_SESSION_BUS_ADDRESS", "disabled:" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++)
    g_setenv (folders[i], folder, TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (settings); i++)
    g_setenv (settings[i].name, settings[i].value, TRUE);
  /* What JavaScript takes for the machine's memory: its heap grows by it. Measured with two callers:
   * 500 MiB in place of 830 for all processes, for 5 % more time. */
  g_setenv ("JSC_forceRAMSize", JAVASCRIPT_RAM_BYTES, FALSE);
  g_setenv ("WAYLAND_DISPLAY", SHOT_DISPLAY_SOCKET_NAME, TRUE);
  g_unsetenv ("DISPLAY");
  g_unsetenv ("WAYLAND_SOCKET");
}

static const ShotBrowserEvents browser_events = { sandbox_changed_cb, slots_changed_cb };

static gboolean
start (Engine *self, const Options *options, GError **error)
{
  g_autofree char *extension_dir = shot_paths_get_extension_dir ();

  self->rundir = shot_rundir_new (error);
  if (self->rundir == NULL)
    return FALSE;
  prepare_environment (self);
  leave_graphics_out ();
  self->display = shot_display_start (shot_rundir_get_path (self->rundir), error);
  if (self->display == NULL)
    return FALSE;
  if (!gtk_init_check ()) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                         "GTK does not start on the engine's own display");
    return FALSE;
  }
  if (!g_file_test (extension_dir, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "the web-process extension is missing (%s): install panelshot again",
                 extension_dir);
    return FALSE;
  }
  self->extension_dir = g_steal_pointer (&extension_dir);
  const ShotBrowserOptions browser = {
    .slot = {
      .extension_dir = self->extension_dir,
      .folder = shot_rundir_get_path (self->rundir),
      .page_visits = (unsigned) MAX (options->page_visits, 0),
      .page_age_ms = options->page_age_ms,
      .page_idle_ms = options->page_idle_ms,
      .page_memory_bytes = (int64_t) options->page_memory_mib << 20,
    },
    .n_slots = (unsigned) MAX (options->slots, 1),
    .is_isolated = g_strcmp0 (options->isolation, "process") == 0,
    .has_live = options->live,
  };
  self->browser = shot_browser_new (&browser, &browser_events, self);
  return TRUE;
}

static void
stop (Engine *self)
{
  g_clear_pointer (&self->link, shot_link_free);
  g_clear_pointer (&self->browser, shot_browser_free);
  g_clear_pointer (&self->visits, g_hash_table_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->extension_dir, g_free);
  /* Last: GDK ends the process if it gets to see that its display is gone. */
  g_clear_pointer (&self->display, shot_display_stop);
}

static gboolean
read_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "link-fd", 0, 0, G_OPTION_ARG_INT, &options->link_fd, "Descriptor of the link", "N" },
    { "log-level", 0, 0, G_OPTION_ARG_STRING, &options->log_level, "Least severe level", "LEVEL" },
    { "slots", 0, 0, G_OPTION_ARG_INT, &options->slots, "Visits at a time", "N" },
    { "isolation", 0, 0, G_OPTION_ARG_STRING, &options->isolation, "origin or process", "NAME" },
    { "page-visits", 0, 0, G_OPTION_ARG_INT, &options->page_visits, "To one page", "N" },
    { "page-age-ms", 0, 0, G_OPTION_ARG_INT64, &options->page_age_ms, "Of a page", "N" },
    { "page-idle-ms", 0, 0, G_OPTION_ARG_INT64, &options->page_idle_ms, "Then it goes", "N" },
    { "page-memory-mib", 0, 0, G_OPTION_ARG_INT, &options->page_memory_mib, "Of a process", "N" },
    { "live", 0, 0, G_OPTION_ARG_NONE, &options->live, "Let pages open live connections", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "- panelshot's engine; started by panelshot, not by hand");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->link_fd >= 0)
    return TRUE;
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                       "--link-fd is missing: this program is started by panelshot");
  return FALSE;
}

static void
run (Engine *self, const Options *options)
{
  self->link = shot_link_new (options->link_fd, message_cb, closed_cb, self);
  send_hello (self);
  g_main_loop_run (self->loop);
}

int
main (int argc, char **argv)
{
  GLogLevelFlags      level = G_LOG_LEVEL_WARNING;
  g_autoptr (GError)  error = NULL;
  const struct rlimit no_core = { 0, 0 };
  Options             options = {
                .link_fd = -1,
                .slots = 1,
                .page_visits = 200,
                .page_age_ms = 10 * 60 * 1000,
                .page_idle_ms = 2 * 60 * 1000,
                .page_memory_mib = 512,
  };

  /* Tokens live in this process: no core file may hold them. */
  setrlimit (RLIMIT_CORE, &no_core);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (!read_options (&options, &argc, &argv, &error)) {
    g_printerr ("panelshot-engine: %s\n", error->message);
    return shot_error_get_exit_status (SHOT_ERROR_USAGE);
  }
  if (options.log_level != NULL)
    shot_log_level_from_string (options.log_level, &level);
  shot_log_init (level, "engine");

  Engine self = { 0 };
  self.loop = g_main_loop_new (NULL, FALSE);
  self.visits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  int status = 0;
  if (start (&self, &options, &error)) {
    run (&self, &options);
  } else {
    g_critical ("%s", error->message);
    status = shot_error_get_exit_status (SHOT_ERROR_ENGINE);
  }
  stop (&self);
  shot_rundir_free (self.rundir);
  g_free (options.log_level);
  g_free (options.isolation);
  return status;
}
