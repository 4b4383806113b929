#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "error.h"
#include "log.h"
#include "manual.h"
#include "options.h"
#include "serve-review.h"
#include "serve-settings.h"
#include "server.h"

#define DRAIN_MS 30000

/* Everything that runs, freed in the reverse order of its making. */
typedef struct {
  ShotSettings    *started;  /* (owned): what this process was started with */
  ShotSettings    *settings; /* (owned): as last read */
  ShotServeParts   parts;
  ShotRelay       *relay;     /* (owned) */
  ShotPool        *pool;      /* (owned) */
  ShotTelemetry   *telemetry; /* (owned) */
  ShotServer      *server;    /* (owned) */
  ShotServeReview *review;    /* (owned) (nullable): without an archive */
  GMainLoop       *loop;      /* (owned) */
  bool             is_draining;
  unsigned         n_draining; /* parts that have not ended yet */
  int              ready_fd;
} Service;

static const char usage[] =
    "Usage: panelshot serve [OPTIONS]                (defaults in parentheses)\n"
    "Answers Grafana: [rendering] server_url = http://HOST:8081/render,\n"
    "renderer_token = one of the tokens. Settings come from options, the\n"
    "environment and a file, in this order.\n\n";

static void
service_clear (Service *self)
{
  /* The pool first: what it gives up is answered through the server. */
  shot_pool_free (self->pool);
  shot_server_free (self->server);
  shot_serve_review_free (self->review);
  shot_telemetry_free (self->telemetry);
  shot_relay_free (self->relay);
  shot_serve_parts_clear (&self->parts);
  shot_settings_free (self->settings);
  shot_settings_free (self->started);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Service, service_clear)

static GLogLevelFlags
get_log_level (const ShotSettings *settings)
{
  GLogLevelFlags level = G_LOG_LEVEL_INFO;

  shot_log_level_from_string (shot_settings_get_text (settings, "log.level"), &level);
  return level;
}

static ShotLogFormat
get_log_format (const ShotSettings *settings)
{
  ShotLogFormat format = SHOT_LOG_TEXT;

  shot_log_format_from_string (shot_settings_get_text (settings, "log.format"), &format);
  return format;
}

static gboolean
take_ready_fd (Service *self, GError **error)
{
  self->ready_fd = -1;
  if (!shot_settings_is_set (self->settings, "server.ready-fd"))
    return TRUE;
  self->ready_fd = (int) shot_settings_get_int (self->settings, "server.ready-fd");
  if (fcntl (self->ready_fd, F_GETFD) < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "--ready-fd %d is not open: %s",
                 self->ready_fd, "let the caller open it");
    return FALSE;
  }
  /* The engine must not hold it, or its reader never sees the end. */
  if (self->ready_fd > STDERR_FILENO)
    fcntl (self->ready_fd, F_SETFD, FD_CLOEXEC);
  return TRUE;
}

/* The way out of all that pages ask for. Even without a list, some addresses are refused. */
static gboolean
open_relay (Service *self, GError **error)
{
  const char            *address = shot_settings_get_text (self->settings, "target.proxy");
  g_autoptr (ShotSecret) proxy = address != NULL ? shot_secret_new (address) : NULL;
  const ShotRelayOptions options = {
    .allow = self->parts.allow,
    .proxy = proxy,
    .no_proxy = shot_settings_get_list (self->settings, "target.no-proxy"),
  };

  self->relay = shot_relay_new (&options, error);
  return self->relay != NULL;
}

static gboolean
configure (Service *self, GError **error)
{
  return shot_serve_settings_make_parts (self->settings, &self->parts, error) &&
         open_relay (self, error) && take_ready_fd (self, error);
}

static void
log_notices (const ShotSettings *settings)
{
  g_auto (GStrv) lines = shot_settings_list_notices (settings);

  for (char **line = lines; *line != NULL; line++)
    g_warning ("%s", *line);
}

/* What was read anew against what was in force, and against what only a start changes. */
static void
log_changes (const Service *self, const ShotSettings *fresh)
{
  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    bool is_reloadable = (row->traits & SHOT_SETTING_RELOADABLE) != 0;
    if (row->notice != NULL)
      continue;
    if (is_reloadable && !shot_settings_is_same (self->settings, fresh, row->key))
      g_message ("%s has changed", row->key);
    else if (!is_reloadable && !shot_settings_is_same (self->started, fresh, row->key))
      g_warning ("%s has changed: this takes a restart", row->key);
  }
}

/* rate-limit.max-limit is what version 5 had in place of a queue: it bounds both together. */
static ShotPoolOptions
make_pool_options (const ShotSettings *settings)
{
  unsigned        most = (unsigned) shot_settings_get_int (settings, "rate-limit.max-limit");
  ShotPoolOptions options = {
    .max_jobs = (unsigned) shot_settings_get_int (settings, "render.concurrency"),
    .max_queue = (unsigned) shot_settings_get_int (settings, "render.queue"),
    .log_level = get_log_level (settings),
  };

  shot_serve_settings_read_fleet_rules (settings, &options.rules);
  if (!shot_settings_get_bool (settings, "rate-limit.disabled"))
    options.min_render_bytes = shot_settings_get_int (settings,
                                                      "rate-limit.min-memory-per-browser");
  if (options.max_jobs == 0)
    options.max_jobs = MAX (2, g_get_num_processors ());
  if (most > 0 && !shot_settings_get_bool (settings, "rate-limit.disabled")) {
    options.max_jobs = MIN (options.max_jobs, most);
    options.max_queue = MIN (options.max_queue, most - options.max_jobs);
  }
  return options;
}

/* As version 5 reckons: one more browser, and something to spare. */
static int64_t
get_min_free_bytes (const ShotSettings *settings)
{
  if (shot_settings_get_bool (settings, "rate-limit.disabled"))
    return 0;
  return shot_settings_get_int (settings, "rate-limit.min-memory-per-browser") +
         shot_settings_get_int (settings, "rate-limit.headroom");
}

/* What a reload changes, from @fresh; nothing of it can fail. */
static void
take_over (Service *self, const ShotSettings *fresh, ShotServeParts *parts)
{
  ShotPoolOptions limits = make_pool_options (fresh);
  g_auto (GStrv)  arguments = shot_serve_settings_make_engine_arguments (fresh, limits.max_jobs);

  shot_tokens_replace (self->parts.tokens, g_steal_pointer (&parts->tokens));
  shot_credentials_replace (self->parts.credentials, g_steal_pointer (&parts->credentials));
  shot_request_rules_clear (&self->parts.rules);
  self->parts.rules = parts->rules;
  memset (&parts->rules, 0, sizeof parts->rules);
  shot_log_set_level (limits.log_level);
  shot_log_set_format (get_log_format (fresh));
  shot_pool_set_log_level (self->pool, limits.log_level);
  shot_pool_set_limits (self->pool, limits.max_jobs, limits.max_queue);
  shot_pool_set_min_render_bytes (self->pool, limits.min_render_bytes);
  shot_pool_set_rules (self->pool, &limits.rules);
  shot_pool_set_engine_arguments (self->pool, (const char *const *) arguments);
  shot_server_set_min_free_bytes (self->server, get_min_free_bytes (fresh));
  shot_server_set_limits (self->server,
                          shot_settings_get_double (fresh, "rate-limit.requests-per-second"),
                          (unsigned) shot_settings_get_int (fresh, "rate-limit.burst"));
}

/* All or nothing: with one mistake, what was in force stays. Renders that run are not touched. */
static void
apply_reload (Service *self)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) fresh = shot_serve_settings_reload (self->settings, &error);
  g_auto (ShotServeParts)  parts = { 0 };

  /* The certificate in force last: it is swapped where it is read. */
  if (fresh == NULL || !shot_serve_settings_make_parts (fresh, &parts, &error) ||
      !shot_server_reload_tls (self->server, &error)) {
    g_warning ("the settings were not read again, the old ones stay: %s", error->message);
    return;
  }
  log_changes (self, fresh);
  if (!shot_settings_is_same (self->settings, fresh, "log.level"))
    g_message ("the engine that runs keeps its log level until it is replaced");
  take_over (self, fresh, &parts);
  shot_settings_free (self->settings);
  self->settings = g_steal_pointer (&fresh);
  g_message ("the settings were read again");
}

static void
tell_ready (Service *self)
{
  g_autofree char *line = g_strdup_printf ("%u\n", shot_server_get_port (self->server));

  g_message ("panelshot " SHOT_VERSION " is listening on %s",
             shot_server_get_address (self->server));
  if (!shot_server_is_loopback (self->server) && shot_tokens_has_default (self->parts.tokens))
    g_warning ("anybody who reaches %s may render: the token is Grafana's default \"-\"; set "
               "AUTH_TOKEN here and renderer_token in Grafana",
               shot_server_get_address (self->server));
  if (self->ready_fd < 0)
    return;
  if (write (self->ready_fd, line, strlen (line)) < 0)
    g_warning ("cannot write to --ready-fd: %s", g_strerror (errno));
  if (self->ready_fd > STDERR_FILENO)
    close (self->ready_fd);
}

/* Where review.url does not say otherwise. (transfer full) */
static char *
make_page_uri (const Service *self)
{
  g_autofree char *uri = shot_serve_settings_make_uri (self->settings);
  char            *colon = strrchr (uri, ':');

  /* The port that the system has chosen, if it was to choose. */
  *colon = '\0';
  return g_strdup_printf ("%s:%u", uri, shot_server_get_port (self->server));
}

static void
tell_link (Service *self)
{
  g_autofree char *uri = make_page_uri (self);

  if (self->review != NULL)
    shot_serve_review_print_link (self->review, uri);
}

static void
end_part (Service *self)
{
  if (--self->n_draining > 0)
    return;
  g_message ("all is done, good bye");
  g_main_loop_quit (self->loop);
}

static void
drained_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Service *self = user_data;

  shot_server_drain_finish (self->server, result);
  end_part (self);
}

static void
review_stopped_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Service *self = user_data;

  shot_serve_review_stop_finish (self->review, result);
  end_part (self);
}

static gboolean
signal_cb (void *user_data)
{
  Service *self = user_data;

  if (self->is_draining) {
    g_message ("told to stop once more: stopping at once");
    g_main_loop_quit (self->loop);
    return G_SOURCE_CONTINUE;
  }
  self->is_draining = true;
  g_message ("told to stop: no more renders, what runs has %d s", DRAIN_MS / 1000);
  self->n_draining = 1;
  if (self->review != NULL) {
    self->n_draining++;
    shot_serve_review_stop_async (self->review, review_stopped_cb, self);
  }
  shot_server_drain_async (self->server, DRAIN_MS, drained_cb, self);
  return G_SOURCE_CONTINUE;
}

static void
fill_counts (ShotTelemetryStatus *out_status, const ShotPoolStatus *status)
{
  const ShotPoolSlots *slots = &status->fleet.slots;

  G_STATIC_ASSERT (SHOT_POOL_N_ENDS < SHOT_TELEMETRY_MAX_COUNTS &&
                   SHOT_POOL_N_CHANGES < SHOT_TELEMETRY_MAX_COUNTS &&
                   SHOT_N_CAUSES < SHOT_TELEMETRY_MAX_COUNTS &&
                   SHOT_N_LANES < SHOT_TELEMETRY_MAX_COUNTS);
  for (int i = 0; i < SHOT_POOL_N_ENDS; i++)
    out_status->ends[i] = (ShotTelemetryCount){ shot_pool_end_get_name (i), status->fleet.ends[i] };
  for (int i = 0; i < SHOT_POOL_N_CHANGES; i++)
    out_status->changes[i] = (ShotTelemetryCount){ shot_pool_change_get_name (i),
                                                   status->fleet.changes[i] };
  for (int i = 0; i < SHOT_N_CAUSES; i++)
    out_status->retries[i] = (ShotTelemetryCount){ shot_cause_get_name (i), status->retries[i] };
  for (int i = 0; i < SHOT_N_LANES; i++)
    out_status->lanes[i] = (ShotTelemetryCount){ shot_lane_get_name (i), status->lanes[i] };
  if (!status->fleet.has_slots)
    return;
  out_status->slot_states[0] = (ShotTelemetryCount){ "cold", slots->cold };
  out_status->slot_states[1] = (ShotTelemetryCount){ "warm", slots->warm };
  out_status->slot_states[2] = (ShotTelemetryCount){ "resident", slots->resident };
  out_status->slot_states[3] = (ShotTelemetryCount){ "busy", slots->busy };
}

static void
fill_status (ShotTelemetryStatus *out_status, void *user_data)
{
  Service       *self = user_data;
  ShotPoolStatus status;

  shot_pool_get_status (self->pool, &status);
  out_status->queued = status.queued;
  out_status->running = status.running;
  out_status->slots = status.max_jobs;
  out_status->max_queued = status.max_queue;
  out_status->webkit = status.fleet.webkit;
  out_status->wait_seconds = status.wait_seconds;
  out_status->engine_pages = status.fleet.pages;
  out_status->engine_age_seconds = (double) status.fleet.age_ms / 1000;
  out_status->render_bytes = status.render_bytes;
  G_STATIC_ASSERT (SHOT_FLEET_MAX_PIDS <= SHOT_TELEMETRY_MAX_ENGINES);
  memcpy (out_status->engines, status.fleet.pids, sizeof status.fleet.pids);
  fill_counts (out_status, &status);
}

static gboolean
hangup_cb (void *user_data)
{
  apply_reload (user_data);
  return G_SOURCE_CONTINUE;
}

static ShotServerOptions
make_server_options (const Service *self)
{
  return (ShotServerOptions){
    .pool = self->pool,
    .tokens = self->parts.tokens,
    .credentials = self->parts.credentials,
    .rules = &self->parts.rules,
    .allow = self->parts.allow,
    .allow_texts = self->parts.allow_texts,
    .relay = self->relay,
    .telemetry = self->telemetry,
    .has_demo = shot_settings_get_bool (self->settings, "server.demo"),
    .min_free_bytes = get_min_free_bytes (self->settings),
    .silent_paths = shot_settings_get_list (self->started, "api.silence-request-log-path"),
    .certificate = self->parts.certificate,
    .max_connections = (unsigned) shot_settings_get_int (self->settings, "server.max-connections"),
    .requests_per_second = shot_settings_get_double (self->settings,
                                                     "rate-limit.requests-per-second"),
    .burst = (unsigned) shot_settings_get_int (self->settings, "rate-limit.burst"),
    .has_self_render = shot_settings_get_bool (self->settings, "server.self-render"),
    .mount = self->review != NULL ? shot_serve_review_get_mount (self->review) : NULL,
  };
}

static gboolean
run (Service *self, GError **error)
{
  ShotPoolOptions pool_options = make_pool_options (self->settings);
  g_auto (GStrv)  arguments = shot_serve_settings_make_engine_arguments (self->settings,
                                                                         pool_options.max_jobs);

  pool_options.engine_arguments = (const char *const *) arguments;
  /* The port first: a second instance should not even start an engine. */
  self->loop = g_main_loop_new (NULL, FALSE);
  self->pool = shot_pool_new (&pool_options);
  self->telemetry = shot_telemetry_new (fill_status, self);
  if (shot_settings_is_set (self->settings, "review.archive")) {
    self->review = shot_serve_review_new (self->settings, self->pool, error);
    if (self->review == NULL)
      return FALSE;
  }
  ShotServerOptions server_options = make_server_options (self);
  self->server = shot_server_new (&server_options);
  if (!shot_server_listen (self->server, shot_settings_get_text (self->settings, "server.addr"),
                           error))
    return FALSE;
  /* On demand it is not there before somebody wants it. */
  if (pool_options.rules.idle_ms == 0)
    shot_pool_start (self->pool);
  g_unix_signal_add (SIGTERM, signal_cb, self);
  g_unix_signal_add (SIGINT, signal_cb, self);
  g_unix_signal_add (SIGHUP, hangup_cb, self);
  tell_link (self);
  tell_ready (self);
  g_main_loop_run (self->loop);
  return TRUE;
}

static void
print_help (bool is_full)
{
  g_autofree char *text = is_full ? shot_manual_make_full_help (shot_serve_settings_table)
                                  : shot_manual_make_help (shot_serve_settings_table);

  g_print ("%s%s%s", usage, text,
           is_full ? "" : "Options marked * may be repeated; --help-all lists all options.\n");
}

int
shot_command_serve (int argc, char **argv)
{
  gboolean           help = FALSE;
  gboolean           help_all = FALSE;
  const GOptionEntry entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, NULL, NULL },
    { "help-all", 0, 0, G_OPTION_ARG_NONE, &help_all, NULL, NULL },
    { 0 },
  };
  g_auto (Service)   service = { 0 };
  g_autoptr (GError) error = NULL;

  if (!shot_options_parse_some (entries, "serve", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (help || help_all) {
    print_help (help_all);
    return 0;
  }
  service.settings = shot_serve_settings_load (&argc, argv, &error);
  if (service.settings != NULL && argc > 1)
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "serve takes options only: see `panelshot serve --help`");
  signal (SIGPIPE, SIG_IGN);
  if (error != NULL || !configure (&service, &error))
    return shot_cli_fail (error);
  service.started = shot_settings_copy (service.settings);
  shot_log_init (get_log_level (service.settings), NULL);
  shot_log_set_format (get_log_format (service.settings));
  log_notices (service.settings);
  return run (&service, &error) ? 0 : shot_cli_fail (error);
}
