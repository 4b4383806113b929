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
#include "options.h"
#include "server.h"

#define DEFAULT_LISTEN "127.0.0.1:8081"
#define DRAIN_MS 30000

typedef struct {
  char    *listen;      /* (owned) */
  char   **tokens;      /* (owned) */
  char   **token_files; /* (owned) */
  char   **token_rules; /* (owned) */
  char   **jwt_rules;   /* (owned) */
  char   **forwarded;   /* (owned) */
  char    *timeout;     /* (owned) */
  char    *concurrency; /* (owned) */
  char    *queue;       /* (owned) */
  char    *ca_file;     /* (owned) */
  char    *log_level;   /* (owned) */
  char    *ready_fd;    /* (owned) */
  gboolean allow_insecure;
  gboolean demo;
  gboolean help;
} Options;

/* Everything that runs, freed in the reverse order of its making. */
typedef struct {
  ShotTokens      *tokens;      /* (owned) */
  ShotCredentials *credentials; /* (owned) */
  char            *ca_pem;      /* (owned) (nullable) */
  ShotPool        *pool;        /* (owned) */
  ShotServer      *server;      /* (owned) */
  GMainLoop       *loop;        /* (owned) */
  bool             is_draining;
  int64_t          timeout_ms;
  GLogLevelFlags   log_level;
  int              concurrency;
  int              queue;
  int              ready_fd;
} Service;

static const char usage[] =
    "Usage: panelshot serve [OPTIONS]\n"
    "Answers Grafana: [rendering] server_url = http://HOST:8081/render,\n"
    "renderer_token = one of the tokens (also AUTH_TOKEN, apart by commas).\n\n";

static void
options_clear (Options *self)
{
  char *const  texts[] = { self->listen,  self->timeout,   self->concurrency, self->queue,
                           self->ca_file, self->log_level, self->ready_fd };
  char **const lists[] = { self->tokens, self->token_files, self->token_rules, self->jwt_rules,
                           self->forwarded };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    g_strfreev (lists[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
service_clear (Service *self)
{
  /* The pool first: what it gives up is answered through the server. */
  shot_pool_free (self->pool);
  shot_server_free (self->server);
  shot_tokens_free (self->tokens);
  shot_credentials_free (self->credentials);
  g_free (self->ca_pem);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Service, service_clear)

#define N_ENTRIES 15

static void
fill_entries (Options *o, GOptionEntry *out_entries)
{
#define TEXT(long, field, argument, help)                        \
  {                                                              \
    long, 0, 0, G_OPTION_ARG_FILENAME, &o->field, help, argument \
  }
#define LIST(long, field, argument, help)                              \
  {                                                                    \
    long, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->field, help, argument \
  }
  const GOptionEntry entries[N_ENTRIES] = {
    TEXT ("listen", listen, "ADDR:PORT", "(" DEFAULT_LISTEN "); :8081 is all"),
    LIST ("auth-token", tokens, "TOKEN", "* who may ask, in X-Auth-Token (-)"),
    LIST ("auth-token-file", token_files, "FILE", "* one token a line"),
    TEXT ("timeout", timeout, "TIME", "of requests that name none (60)"),
    TEXT ("concurrency", concurrency, "N", "renders at once (processors)"),
    TEXT ("queue", queue, "N", "renders that may wait (32)"),
    LIST ("token-for", token_rules, "ORIGIN=FILE", "* Bearer token for pages of ORIGIN"),
    LIST ("jwt-header-for", jwt_rules, "ORIGIN=NAME:FILE", "* JWT in header NAME, likewise"),
    LIST ("forward-header", forwarded, "NAME", "* pass on this header of the caller"),
    { "allow-insecure", 0, 0, G_OPTION_ARG_NONE, &o->allow_insecure, "accept any TLS certificate",
      NULL },
    TEXT ("ca-file", ca_file, "FILE", "PEM of your own authorities"),
    { "demo", 0, 0, G_OPTION_ARG_NONE, &o->demo, "serve sample dashboards under /demo/", NULL },
    TEXT ("log-level", log_level, "LEVEL", "debug, info, warning, error (info)"),
    TEXT ("ready-fd", ready_fd, "N", "write the port there once listening"),
    { "help", 'h', 0, G_OPTION_ARG_NONE, &o->help, "this text", NULL },
  };
#undef TEXT
#undef LIST

  memcpy (out_entries, entries, sizeof entries);
}

static gboolean
read_tokens (Service *self, const Options *options, GError **error)
{
  const char *environment = g_getenv ("AUTH_TOKEN");

  self->tokens = shot_tokens_new ();
  for (char **token = options->tokens; token != NULL && *token != NULL; token++) {
    if (shot_tokens_add_list (self->tokens, *token) == 0) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                   "--auth-token is empty: give a token, or leave the option out");
      return FALSE;
    }
    explicit_bzero (*token, strlen (*token));
  }
  for (char **path = options->token_files; path != NULL && *path != NULL; path++) {
    if (!shot_tokens_add_file (self->tokens, *path, error)) {
      g_prefix_error (error, "--auth-token-file: ");
      return FALSE;
    }
  }
  if (environment != NULL)
    shot_tokens_add_list (self->tokens, environment);
  if (shot_tokens_is_empty (self->tokens))
    shot_tokens_add_list (self->tokens, SHOT_TOKENS_DEFAULT);
  return TRUE;
}

static gboolean
read_credentials (Service *self, const Options *options, GError **error)
{
  const struct {
    char **list;
    gboolean (*add) (ShotCredentials *self, const char *text, GError **error);
  } lists[] = {
    { options->token_rules, shot_credentials_add_token_rule },
    { options->jwt_rules, shot_credentials_add_jwt_rule },
    { options->forwarded, shot_credentials_add_forwarded },
  };

  self->credentials = shot_credentials_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++) {
    for (char **text = lists[i].list; text != NULL && *text != NULL; text++) {
      if (!lists[i].add (self->credentials, *text, error))
        return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_numbers (Service *self, const Options *options, GError **error)
{
  self->timeout_ms = SHOT_JOB_DEFAULT_TIMEOUT_MS;
  self->log_level = G_LOG_LEVEL_INFO;
  self->queue = SHOT_POOL_DEFAULT_QUEUE;
  self->ready_fd = -1;
  if (!shot_options_read_duration ("--timeout", options->timeout, &self->timeout_ms, error) ||
      !shot_options_read_int ("--concurrency", options->concurrency, 1, 64, &self->concurrency,
                              error) ||
      !shot_options_read_int ("--queue", options->queue, 0, 10000, &self->queue, error) ||
      !shot_options_read_int ("--ready-fd", options->ready_fd, 1, 65535, &self->ready_fd, error) ||
      !shot_options_read_level (options->log_level, &self->log_level, error))
    return FALSE;
  if (self->ready_fd >= 0 && fcntl (self->ready_fd, F_GETFD) < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "--ready-fd %d is not open: %s",
                 self->ready_fd, "let the caller open it");
    return FALSE;
  }
  /* The engine must not hold it, or its reader never sees the end. */
  if (self->ready_fd > STDERR_FILENO)
    fcntl (self->ready_fd, F_SETFD, FD_CLOEXEC);
  return TRUE;
}

static gboolean
configure (Service *self, const Options *options, GError **error)
{
  self->ca_pem = shot_options_read_ca (options->ca_file, error);
  if (options->ca_file != NULL && self->ca_pem == NULL)
    return FALSE;
  return read_numbers (self, options, error) && read_tokens (self, options, error) &&
         read_credentials (self, options, error);
}

static void
tell_ready (Service *self)
{
  g_autofree char *line = g_strdup_printf ("%u\n", shot_server_get_port (self->server));

  g_message ("panelshot " SHOT_VERSION " is listening on %s",
             shot_server_get_address (self->server));
  if (!shot_server_is_loopback (self->server) && shot_tokens_has_default (self->tokens))
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

static void
drained_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Service *self = user_data;

  shot_server_drain_finish (self->server, result);
  g_message ("all is done, good bye");
  g_main_loop_quit (self->loop);
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
  g_message ("told to stop: no more connections, what runs has %d s", DRAIN_MS / 1000);
  shot_server_drain_async (self->server, DRAIN_MS, drained_cb, self);
  return G_SOURCE_CONTINUE;
}

static gboolean
run (Service *self, const Options *options, GError **error)
{
  ShotPoolOptions   pool_options = { .max_jobs = (unsigned) self->concurrency,
                                     .max_queue = (unsigned) self->queue,
                                     .log_level = self->log_level };
  ShotServerOptions server_options = { .tokens = self->tokens,
                                       .credentials = self->credentials,
                                       .timeout_ms = self->timeout_ms,
                                       .allow_insecure = options->allow_insecure,
                                       .ca_pem = self->ca_pem,
                                       .has_demo = options->demo };
  const char       *address = options->listen != NULL ? options->listen : DEFAULT_LISTEN;

  /* The port first: a second instance should not even start an engine. */
  self->loop = g_main_loop_new (NULL, FALSE);
  self->pool = shot_pool_new (&pool_options);
  server_options.pool = self->pool;
  self->server = shot_server_new (&server_options);
  if (!shot_server_listen (self->server, address, error))
    return FALSE;
  shot_pool_start (self->pool);
  g_unix_signal_add (SIGTERM, signal_cb, self);
  g_unix_signal_add (SIGINT, signal_cb, self);
  tell_ready (self);
  g_main_loop_run (self->loop);
  return TRUE;
}

int
shot_command_serve (int argc, char **argv)
{
  g_auto (Options)   options = { 0 };
  g_auto (Service)   service = { 0 };
  GOptionEntry       entries[N_ENTRIES + 1] = { 0 };
  g_autofree char  **original = g_memdup2 (argv, ((size_t) argc + 1) * sizeof *argv);
  g_autoptr (GError) error = NULL;

  fill_entries (&options, entries);
  gboolean is_parsed = shot_options_parse (entries, "serve", &argc, &argv, &error);
  shot_options_hide (original, "--auth-token");
  if (!is_parsed)
    return shot_cli_fail (error);
  if (options.help) {
    shot_options_print_help (entries, usage, "Options marked * may be repeated.\n");
    return 0;
  }
  if (argc > 1) {
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "serve takes options only: see `panelshot serve --help`");
    return shot_cli_fail (error);
  }
  signal (SIGPIPE, SIG_IGN);
  if (!configure (&service, &options, &error))
    return shot_cli_fail (error);
  shot_log_init (service.log_level, NULL);
  return run (&service, &options, &error) ? 0 : shot_cli_fail (error);
}
