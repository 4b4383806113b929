#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "commands.h"
#include "errand.h"
#include "error.h"
#include "log.h"
#include "options.h"
#include "paths.h"
#include "pool.h"
#include "probe.h"
#include "serve-settings.h"
#include "timezone.h"

#define WIDTH 320
#define HEIGHT 240
#define SCALE 2
#define TIMEZONE "Asia/Shanghai"
#define LANGUAGE "zh-CN"
#define TIMEOUT_MS 60000
#define LEAST_SHM_BYTES (64 * 1024 * 1024)

typedef enum {
  STATUS_OK,
  STATUS_WARN,
  STATUS_FAIL,
} Status;

typedef struct {
  Status      status;
  const char *name;   /* static */
  char       *detail; /* (owned) */
  char       *cure;   /* (owned) (nullable) */
} Check;

typedef struct {
  GPtrArray  *checks; /* (owned) (element-type Check) */
  bool        has_engine_failed;
  bool        has_failed;
  ShotErrand  errand;
  ShotPool   *pool;   /* (owned) */
  ShotProbe  *probe;  /* (owned) (nullable) */
  ShotResult *result; /* (owned) (nullable) */
  GError     *error;  /* (owned) (nullable) */
} Doctor;

static const char usage[] =
    "Usage: panelshot doctor [OPTIONS]\n"
    "Renders a page of its own, looks at what a render needs, leaves nothing behind.\n\n";

static const char *const status_names[] = { "ok", "warn", "fail" };

static void
check_free (void *data)
{
  Check *check = data;

  g_free (check->detail);
  g_free (check->cure);
  g_free (check);
}

static void
doctor_clear (Doctor *self)
{
  shot_pool_free (self->pool);
  shot_probe_free (self->probe);
  shot_result_free (self->result);
  g_clear_error (&self->error);
  shot_errand_clear (&self->errand);
  g_clear_pointer (&self->checks, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Doctor, doctor_clear)

/* Takes @detail. @cure is left out when all is well. */
static void
add (Doctor *self, Status status, const char *name, char *detail, const char *cure)
{
  Check *check = g_new0 (Check, 1);

  check->status = status;
  check->name = name;
  check->detail = detail;
  check->cure = status != STATUS_OK ? g_strdup (cure) : NULL;
  self->has_failed |= status == STATUS_FAIL;
  g_ptr_array_add (self->checks, check);
}

static void
check_program (Doctor *self)
{
  g_autofree char *engine = shot_paths_get_engine ();
  bool             is_there = access (engine, X_OK) == 0;

  add (self, STATUS_OK, "panelshot", g_strdup (SHOT_VERSION), NULL);
  self->has_engine_failed |= !is_there;
  add (self, is_there ? STATUS_OK : STATUS_FAIL, "engine program",
       is_there ? g_strdup (engine) : g_strdup_printf ("%s: %s", engine, g_strerror (errno)),
       "install panelshot again, or set PANELSHOT_ENGINE");
}

static void
check_folder (Doctor *self, const char *name, const char *path, Status otherwise, const char *cure)
{
  g_autofree char *file = g_strdup_printf ("%s/panelshot-XXXXXX", path);
  int              fd = g_mkstemp_full (file, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0) {
    add (self, otherwise, name, g_strdup_printf ("%s: %s", path, g_strerror (errno)), cure);
    return;
  }
  close (fd);
  g_unlink (file);
  add (self, STATUS_OK, name, g_strdup_printf ("%s is writable", path), NULL);
}

static void
check_folders (Doctor *self)
{
  struct statvfs shm = { 0 };

  check_folder (self, "runtime folder", g_get_user_runtime_dir (), STATUS_WARN,
                "set XDG_RUNTIME_DIR to a folder of this user with mode 0700");
  check_folder (self, "temporary folder", g_get_tmp_dir (), STATUS_FAIL,
                "set TMPDIR to a folder that this user may write to");
  check_folder (self, "/dev/shm", "/dev/shm", STATUS_FAIL,
                "mount a tmpfs there; containers: --shm-size=256m");
  if (statvfs ("/dev/shm", &shm) != 0)
    return;
  uint64_t bytes = (uint64_t) shm.f_bavail * shm.f_frsize;
  if (bytes < LEAST_SHM_BYTES)
    add (self, STATUS_WARN, "/dev/shm size",
         g_strdup_printf ("only %" G_GUINT64_FORMAT " MiB are free", bytes / 1024 / 1024),
         "enlarge it; containers: --shm-size=256m");
}

static void
check_timezones (Doctor *self)
{
  bool is_there = g_file_test ("/usr/share/zoneinfo/" TIMEZONE, G_FILE_TEST_EXISTS) ||
                  g_getenv ("TZDIR") != NULL;

  add (self, is_there ? STATUS_OK : STATUS_WARN, "time zones",
       g_strdup (is_there ? "the database is there" : "/usr/share/zoneinfo has no zones"),
       "install tzdata; without it, wrong names are not noticed");
}

/* As a server without flags would have them: doctor is asked where the server runs. */
static void
check_settings (Doctor *self)
{
  int                      argc = 1;
  char                    *argv[] = { NULL, NULL };
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = shot_serve_settings_load (&argc, argv, &error);
  g_auto (ShotServeParts)  parts = { 0 };

  if (settings == NULL || !shot_serve_settings_make_parts (settings, &parts, &error)) {
    add (self, STATUS_FAIL, "settings", g_strdup (error->message),
         "correct it: `panelshot serve` does not start with this");
    return;
  }

  bool is_open = shot_serve_settings_is_wide (settings) && shot_tokens_has_default (parts.tokens);
  const char *address = shot_settings_get_text (settings, "server.addr");
  add (self, is_open ? STATUS_WARN : STATUS_OK, "settings",
       is_open ? g_strdup_printf ("anybody who reaches %s may render: the token is \"-\"", address)
               : g_strdup_printf ("serve would listen on %s", address),
       "set AUTH_TOKEN here and renderer_token in Grafana");
}

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  Doctor *self = user_data;

  shot_pool_render_finish (self->pool, async_result, &self->result, &self->error);
  shot_errand_done (&self->errand);
}

static ShotJob *
make_job (const char *uri)
{
  ShotJob *job = shot_job_new (uri);

  job->width = WIDTH;
  job->height = HEIGHT;
  job->scale = SCALE;
  job->timeout_ms = TIMEOUT_MS;
  job->timezone = g_strdup (TIMEZONE);
  job->language = g_strdup (LANGUAGE);
  job->wait_for = g_strdup (SHOT_PROBE_WAIT_FOR);
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return job;
}

static void
run_probe (Doctor *self, GLogLevelFlags log_level)
{
  ShotPoolOptions options = { .max_jobs = 1, .max_queue = 1, .log_level = log_level };

  shot_errand_init (&self->errand);
  self->pool = shot_pool_new (&options);
  self->probe = shot_probe_new (&self->error);
  if (self->probe == NULL)
    return;

  shot_errand_catch_signals (&self->errand, SHOT_ERRAND_LEAVES);
  shot_pool_render_async (self->pool, make_job (shot_probe_get_uri (self->probe)), NULL,
                          self->errand.cancellable, rendered_cb, self);
  shot_errand_wait (&self->errand);
  shot_errand_release_signals (&self->errand);
}

static void
check_engine (Doctor *self)
{
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  if (status.fleet.webkit == NULL) {
    self->has_engine_failed = true;
    add (self, STATUS_FAIL, "engine",
         g_strdup_printf ("it did not start%s%s", *status.fleet.last_line != '\0' ? ": " : "",
                          status.fleet.last_line),
         "its last words may tell; run again with --verbose for all of them");
    return;
  }
  add (self, STATUS_OK, "WebKit", g_strdup (status.fleet.webkit), NULL);
  add (self, STATUS_OK, "display", g_strdup ("the engine's own, no X11 or Wayland is needed"),
       NULL);
  add (self, g_str_equal (status.fleet.sandbox, "on") ? STATUS_OK : STATUS_WARN, "sandbox",
       g_strdup_printf ("WebKit's is %s", status.fleet.sandbox),
       "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1, in containers a seccomp "
       "profile that permits them; until then render only pages that you trust");
}

static void
check_render (Doctor *self)
{
  ShotPoolStatus status;

  /* What failed is the start, and that has been said. */
  shot_pool_get_status (self->pool, &status);
  if (status.fleet.webkit == NULL)
    return;
  if (self->error != NULL || self->result == NULL) {
    self->has_engine_failed = true;
    add (self, STATUS_FAIL, "test render",
         g_strdup (self->error != NULL ? self->error->message : "stopped"),
         "run again with --verbose, which logs every step");
    return;
  }

  const ShotPicture *picture = self->result->pictures->pdata[0];
  int64_t            total_us = 0;
  bool is_right = picture->width == WIDTH * SCALE && picture->height == HEIGHT * SCALE;
  for (int i = 0; i < SHOT_N_STAGES; i++)
    total_us += self->result->stage_us[i];
  add (self, is_right ? STATUS_OK : STATUS_FAIL, "test render",
       g_strdup_printf ("%d x %d pixels in %.1f s, engine start included", picture->width,
                        picture->height, (double) total_us / G_USEC_PER_SEC),
       "the size is not the one asked for: report this as a bug");
}

static void
check_glyph (Doctor *self, const char *name, const char *found, const char *cure)
{
  bool is_missing = g_str_equal (found, "missing");

  add (self, is_missing ? STATUS_WARN : STATUS_OK, name,
       g_strdup (is_missing ? "drawn as empty boxes" : "drawn"), cure);
}

static void
check_findings (Doctor *self)
{
  const ShotProbeFindings *findings = self->probe != NULL ? shot_probe_get_findings (self->probe)
                                                          : NULL;

  if (findings == NULL)
    return;
  check_glyph (self, "Latin letters", findings->latin, "install fonts: fonts-dejavu-core");
  check_glyph (self, "Chinese characters", findings->chinese, "install fonts: fonts-noto-cjk");
  check_glyph (self, "emoji", findings->emoji, "install fonts: fonts-noto-color-emoji");
  add (self, g_str_equal (findings->timezone, TIMEZONE) ? STATUS_OK : STATUS_FAIL,
       "time zone of pages", g_strdup_printf ("%s, asked for " TIMEZONE, findings->timezone),
       "report this as a bug");
  add (self, g_str_has_prefix (findings->language, "zh") ? STATUS_OK : STATUS_WARN,
       "language of pages", g_strdup_printf ("%s, asked for " LANGUAGE, findings->language),
       "report this as a bug");
}

static void
print_lines (const Doctor *self)
{
  for (unsigned i = 0; i < self->checks->len; i++) {
    const Check *check = self->checks->pdata[i];
    printf ("%-4s  %s: %s\n", status_names[check->status], check->name, check->detail);
    if (check->cure != NULL)
      printf ("      > %s\n", check->cure);
  }
}

static void
print_json (const Doctor *self)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);
  JsonArray             *checks = json_array_new ();

  for (unsigned i = 0; i < self->checks->len; i++) {
    const Check *check = self->checks->pdata[i];
    JsonObject  *element = json_object_new ();
    json_object_set_string_member (element, "status", status_names[check->status]);
    json_object_set_string_member (element, "name", check->name);
    json_object_set_string_member (element, "detail", check->detail);
    if (check->cure != NULL)
      json_object_set_string_member (element, "cure", check->cure);
    json_array_add_object_element (checks, element);
  }
  json_object_set_boolean_member (object, "ok", !self->has_failed);
  json_object_set_array_member (object, "checks", checks);
  json_node_set_object (root, object);
  g_autofree char *text = json_to_string (root, TRUE);
  printf ("%s\n", text);
}

static int
get_status (const Doctor *self)
{
  if (g_cancellable_is_cancelled (self->errand.cancellable))
    return shot_error_get_exit_status (SHOT_ERROR_CANCELLED);
  if (self->has_engine_failed)
    return shot_error_get_exit_status (SHOT_ERROR_ENGINE);
  return self->has_failed ? 1 : 0;
}

int
shot_command_doctor (int argc, char **argv)
{
  gboolean           json = FALSE;
  gboolean           verbose = FALSE;
  gboolean           help = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "tell the findings as JSON", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "log every step to stderr", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "this text", NULL },
    { 0 },
  };
  g_auto (Doctor)    doctor = { 0 };
  g_autoptr (GError) error = NULL;

  if (!shot_options_parse (entries, "doctor", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (help) {
    shot_options_print_help (entries, usage,
                             "\nExit status: 0 fine (perhaps with warnings), 10 the engine does "
                             "not work,\n1 anything else failed.\n");
    return 0;
  }
  if (argc > 1) {
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "doctor takes options only: see `panelshot doctor --help`");
    return shot_cli_fail (error);
  }

  GLogLevelFlags level = verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL;
  shot_log_init (level, NULL);
  doctor.checks = g_ptr_array_new_with_free_func (check_free);
  check_program (&doctor);
  check_folders (&doctor);
  check_timezones (&doctor);
  check_settings (&doctor);
  run_probe (&doctor, level);
  check_engine (&doctor);
  check_render (&doctor);
  check_findings (&doctor);
  if (json)
    print_json (&doctor);
  else
    print_lines (&doctor);
  return get_status (&doctor);
}
