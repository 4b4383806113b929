#include "config.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "error.h"
#include "log.h"
#include "options.h"
#include "origin.h"
#include "output.h"
#include "pool.h"
#include "progress.h"
#include "report.h"
#include "timezone.h"

/* As GOption leaves them: texts are bytes as typed, NULL when absent. */
typedef struct {
  char    *output;          /* (owned) */
  char    *width;           /* (owned) */
  char    *height;          /* (owned) */
  char    *scale;           /* (owned) */
  char    *timeout;         /* (owned) */
  char    *timezone;        /* (owned) */
  char    *language;        /* (owned) */
  char    *wait_for;        /* (owned) */
  char    *quiet_ms;        /* (owned) */
  char    *token_file;      /* (owned) */
  char    *jwt_file;        /* (owned) */
  char    *jwt_header;      /* (owned) */
  char    *render_key;      /* (owned) */
  char    *render_key_file; /* (owned) */
  char    *domain;          /* (owned) */
  char    *ca_file;         /* (owned) */
  char   **headers;         /* (owned) */
  gboolean full_page;
  gboolean allow_insecure;
  gboolean json;
  gboolean verbose;
  gboolean help;
} Options;

/* A running command. */
typedef struct {
  GMainLoop    *loop;        /* (owned) */
  GCancellable *cancellable; /* (owned) */
  ShotPool     *pool;        /* (owned) */
  ShotProgress *progress;    /* (owned) (nullable) */
  ShotResult   *result;      /* (owned) (nullable) */
  GError       *error;       /* (owned) (nullable) */
} Run;

static const char usage[] =
    "Usage: panelshot render URL [-o FILE] [OPTIONS]      (defaults in parentheses)\n"
    "Secrets, also from PANELSHOT_TOKEN, _JWT, _RENDER_KEY, go to URL's origin only.\n";

static void
options_clear (Options *self)
{
  char *const texts[] = { self->output,     self->width,           self->height,   self->scale,
                          self->timeout,    self->timezone,        self->language, self->wait_for,
                          self->quiet_ms,   self->token_file,      self->jwt_file, self->jwt_header,
                          self->render_key, self->render_key_file, self->domain,   self->ca_file };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (self->headers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* Without its closing row, for which the caller leaves room. */
#define N_ENTRIES 22

static void
fill_entries (Options *o, GOptionEntry *out_entries)
{
#define TEXT(long, short, field, argument, help)                     \
  {                                                                  \
    long, short, 0, G_OPTION_ARG_FILENAME, &o->field, help, argument \
  }
#define FLAG(long, short, field, help)                       \
  {                                                          \
    long, short, 0, G_OPTION_ARG_NONE, &o->field, help, NULL \
  }
  const GOptionEntry entries[N_ENTRIES] = {
    TEXT ("output", 'o', output, "FILE", "where to write, - for stdout"),
    TEXT ("width", 0, width, "N", "CSS pixels (1000)"),
    TEXT ("height", 0, height, "N", "CSS pixels (500); -1 as --full-page"),
    FLAG ("full-page", 0, full_page, "as tall as the content"),
    TEXT ("scale", 0, scale, "N", "device pixels per CSS pixel, 0.1 to 4 (1)"),
    TEXT ("timeout", 0, timeout, "TIME", "seconds, or 1m30s (60)"),
    TEXT ("timezone", 0, timezone, "NAME", "such as Asia/Shanghai"),
    TEXT ("language", 0, language, "LIST", "such as zh-CN,en;q=0.8"),
    TEXT ("wait-for", 0, wait_for, "SELECTOR", "wait until this element is there"),
    TEXT ("quiet-ms", 0, quiet_ms, "N", "no change for so long is settled (100)"),
    TEXT ("token-file", 0, token_file, "FILE", "sent as Authorization: Bearer"),
    TEXT ("jwt-file", 0, jwt_file, "FILE", "sent in the --jwt-header"),
    TEXT ("jwt-header", 0, jwt_header, "NAME", "(X-JWT-Assertion)"),
    TEXT ("render-key-file", 0, render_key_file, "FILE", "Grafana's render key cookie"),
    TEXT ("render-key", 0, render_key, "KEY", "likewise, hidden from process lists"),
    TEXT ("domain", 0, domain, "HOST", "of the render key (the URL's)"),
    { "header", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->headers,
      "sent to the URL's origin; may be repeated", "'N: V'" },
    FLAG ("allow-insecure", 0, allow_insecure, "accept any TLS certificate"),
    TEXT ("ca-file", 0, ca_file, "FILE", "PEM of your own authorities"),
    FLAG ("json", 0, json, "tell the result as JSON (see the manual)"),
    FLAG ("verbose", 'v', verbose, "log every step to stderr"),
    FLAG ("help", 'h', help, "this text"),
  };
#undef TEXT
#undef FLAG

  memcpy (out_entries, entries, sizeof entries);
}

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, message);
  return FALSE;
}

static gboolean
read_picture (const Options *options, ShotJob *job, GError **error)
{
  bool is_minus_one = g_strcmp0 (options->height, "-1") == 0;
  bool is_full_page = options->full_page || is_minus_one;
  int  quiet_ms = job->quiet_ms;

  if (!shot_options_read_int ("--width", options->width, 1, SHOT_JOB_MAX_SIDE, &job->width, error))
    return FALSE;
  if (is_full_page)
    job->height = shot_job_first_height (job->width);
  if (!is_minus_one && !shot_options_read_int ("--height", options->height, 1, SHOT_JOB_MAX_SIDE,
                                               &job->height, error))
    return FALSE;
  if (!shot_options_read_double ("--scale", options->scale, SHOT_JOB_MIN_SCALE, SHOT_JOB_MAX_SCALE,
                                 &job->scale, error) ||
      !shot_options_read_int ("--quiet-ms", options->quiet_ms, 0, 60000, &quiet_ms, error) ||
      !shot_options_read_duration ("--timeout", options->timeout, &job->timeout_ms, error))
    return FALSE;
  job->quiet_ms = quiet_ms;
  shot_job_add_picture (job, is_full_page ? SHOT_PICTURE_FULL_PAGE : SHOT_PICTURE_VIEWPORT, NULL);
  return TRUE;
}

static gboolean
read_texts (const Options *options, ShotJob *job, GError **error)
{
  g_autoptr (GError) cause = NULL;

  job->timezone = shot_timezone_normalize (options->timezone, &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--timezone: ");
    return FALSE;
  }
  job->language = g_strdup (options->language);
  job->wait_for = g_strdup (options->wait_for);
  job->domain = g_strdup (options->domain);
  job->allow_insecure = options->allow_insecure;
  job->ca_pem = shot_options_read_ca (options->ca_file, error);
  return options->ca_file == NULL || job->ca_pem != NULL;
}

static gboolean
read_render_key (const Options *options, ShotJob *job, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (options->render_key != NULL && options->render_key_file != NULL)
    return fail (error, "--render-key and --render-key-file: give one of them");
  if (options->render_key != NULL && *options->render_key == '\0')
    return fail (error, "--render-key is empty: give the key, or leave the option out");
  if (options->render_key != NULL)
    job->render_key = shot_secret_new (options->render_key);
  else
    job->render_key = shot_options_read_secret (options->render_key_file, "PANELSHOT_RENDER_KEY",
                                                &cause);
  if (cause == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--render-key-file: ");
  return FALSE;
}

static gboolean
read_credentials (const Options *options, ShotJob *job, GError **error)
{
  const char *jwt_name = options->jwt_header != NULL ? options->jwt_header : "X-JWT-Assertion";
  g_autoptr (GError) cause = NULL;

  g_autoptr (ShotSecret) token = shot_options_read_secret (options->token_file, "PANELSHOT_TOKEN",
                                                           &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--token-file: ");
    return FALSE;
  }
  g_autoptr (ShotSecret) jwt = shot_options_read_secret (options->jwt_file, "PANELSHOT_JWT",
                                                         &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "--jwt-file: ");
    return FALSE;
  }
  if (options->jwt_header != NULL && jwt == NULL)
    return fail (error, "--jwt-header has nothing to carry: give --jwt-file or PANELSHOT_JWT");

  if (token != NULL) {
    g_autofree char       *text = g_strconcat ("Bearer ", shot_secret_reveal (token), NULL);
    g_autoptr (ShotSecret) value = shot_secret_new (text);
    explicit_bzero (text, strlen (text));
    shot_job_add_header (job, job->uri, "Authorization", value);
  }
  if (jwt != NULL)
    shot_job_add_header (job, job->uri, jwt_name, jwt);
  return TRUE;
}

static gboolean
read_headers (const Options *options, ShotJob *job, GError **error)
{
  for (char **header = options->headers; header != NULL && *header != NULL; header++) {
    char *colon = strchr (*header, ':');
    if (colon == NULL)
      return fail (error, "--header wants 'Name: value', with a colon between the two");

    g_autofree char       *name = g_strndup (*header, (size_t) (colon - *header));
    g_autofree char       *text = g_strdup (colon + 1);
    g_autoptr (ShotSecret) value = shot_secret_new (g_strstrip (text));
    explicit_bzero (*header, strlen (*header));
    shot_job_add_header (job, job->uri, g_strstrip (name), value);
  }
  return TRUE;
}

/* (transfer full) */
static ShotJob *
make_job (const Options *options, const char *uri, GError **error)
{
  /* Headers belong to an origin, so the address comes first. */
  if (!shot_job_check_uri (uri, error))
    return NULL;

  g_autoptr (ShotJob) job = shot_job_new (uri);
  if (!read_picture (options, job, error) || !read_texts (options, job, error) ||
      !read_render_key (options, job, error) || !read_credentials (options, job, error) ||
      !read_headers (options, job, error) || !shot_job_check (job, error))
    return NULL;
  return g_steal_pointer (&job);
}

static void
rendered_cb (GObject *source, GAsyncResult *async_result, void *user_data)
{
  Run *run = user_data;

  shot_pool_render_finish (run->pool, async_result, &run->result, &run->error);
  g_main_loop_quit (run->loop);
}

static void
progress_cb (const char *job_id, ShotStage stage, void *user_data)
{
  Run *run = user_data;

  shot_progress_set_stage (run->progress, stage);
}

/* The first asks, the second does not wait for the engine any more. */
static gboolean
interrupt_cb (void *user_data)
{
  Run *run = user_data;

  if (g_cancellable_is_cancelled (run->cancellable))
    g_main_loop_quit (run->loop);
  g_cancellable_cancel (run->cancellable);
  return G_SOURCE_CONTINUE;
}

/* Takes @job. */
static gboolean
run_job (Run *run, ShotJob *job, GLogLevelFlags log_level, GError **error)
{
  ShotPoolOptions options = { .max_jobs = 1, .max_queue = 1, .log_level = log_level };
  unsigned        interrupt = g_unix_signal_add (SIGINT, interrupt_cb, run);
  unsigned        terminate = g_unix_signal_add (SIGTERM, interrupt_cb, run);

  run->loop = g_main_loop_new (NULL, FALSE);
  run->cancellable = g_cancellable_new ();
  run->pool = shot_pool_new (&options);
  run->progress = log_level < G_LOG_LEVEL_MESSAGE ? shot_progress_start () : NULL;
  shot_pool_set_progress_func (run->pool, progress_cb, run);
  shot_pool_render_async (run->pool, job, run->cancellable, rendered_cb, run);
  g_main_loop_run (run->loop);
  g_clear_pointer (&run->progress, shot_progress_stop);
  g_source_remove (interrupt);
  g_source_remove (terminate);

  if (run->error != NULL) {
    g_propagate_error (error, g_steal_pointer (&run->error));
    return FALSE;
  }
  if (run->result == NULL || g_cancellable_is_cancelled (run->cancellable)) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_CANCELLED, "cancelled");
    return FALSE;
  }
  return TRUE;
}

static void
run_clear (Run *run)
{
  shot_pool_free (run->pool);
  shot_result_free (run->result);
  g_clear_error (&run->error);
  g_clear_object (&run->cancellable);
  g_clear_pointer (&run->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gboolean
render (Run *run, const Options *options, const char *uri, ShotOutput *output, GError **error)
{
  GLogLevelFlags level = options->verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL;
  ShotJob       *job = make_job (options, uri, error);

  if (job == NULL || !run_job (run, job, level, error))
    return FALSE;

  g_autoptr (GBytes) bytes = shot_picture_get_bytes (run->result->pictures->pdata[0], error);
  return bytes != NULL && shot_output_write (output, bytes, error);
}

static int
tell (const Options *options, const ShotOutput *output, const ShotResult *result,
      const GError *error)
{
  bool to_stderr = output != NULL && shot_output_is_stdout (output);

  if (options->json) {
    g_autofree char *json = shot_report_make_json (output != NULL ? shot_output_get_name (output)
                                                                  : "",
                                                   result, error);
    fprintf (to_stderr ? stderr : stdout, "%s\n", json);
    if (error != NULL && to_stderr)
      return shot_error_get_exit_status (shot_error_classify (error));
  }
  if (error != NULL)
    return shot_cli_fail (error);
  /* Quiet for scripts, unless the picture may not be what they think. */
  if (!options->json && (result->flags != 0 || isatty (STDERR_FILENO))) {
    g_autofree char *line = shot_report_make_line (shot_output_get_name (output), result);
    fprintf (stderr, "panelshot: %s\n", line);
  }
  return 0;
}

int
shot_command_render (int argc, char **argv)
{
  g_auto (Options)   options = { 0 };
  g_auto (Run)       run = { 0 };
  GOptionEntry       entries[N_ENTRIES + 1] = { 0 };
  g_autofree char  **original = g_memdup2 (argv, ((size_t) argc + 1) * sizeof *argv);
  g_autoptr (GError) error = NULL;

  fill_entries (&options, entries);
  gboolean is_parsed = shot_options_parse (entries, "render", &argc, &argv, &error);
  shot_options_hide (original, "--render-key");
  shot_options_hide (original, "--header");
  if (!is_parsed)
    return shot_cli_fail (error);
  if (options.help) {
    shot_options_print_help (entries, usage, "");
    return 0;
  }
  if (argc != 2) {
    fail (&error, argc < 2 ? "render wants an address: see `panelshot render --help`"
                           : "render wants one address; quote it if it holds & or blanks");
    return shot_cli_fail (error);
  }

  shot_log_init (options.verbose ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_autoptr (ShotOutput) output = shot_output_new (options.output, &error);
  if (output != NULL)
    render (&run, &options, argv[1], output, &error);
  return tell (&options, output, run.result, error);
}
