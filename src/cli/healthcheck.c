#include "config.h"

#include "client.h"
#include "commands.h"
#include "error.h"
#include "options.h"
#include "serve-settings.h"

#define TIMEOUT_MS 5000

typedef struct {
  GMainLoop *loop;  /* (borrowed) */
  GError    *error; /* (owned) (nullable) */
} Check;

static const char usage[] =
    "Usage: panelshot healthcheck [--url URL] [OPTIONS OF serve]\n"
    "Asks /healthz of the server that runs here with these settings (flags,\n"
    "environment, file), for at most 5 seconds. Says nothing when all is well.\n\n";

static const char tail[] =
    "\nThe certificate of a server on this machine is not verified.\n"
    "Exit status: 0 well, 4 no answer in time, 5 not reachable, 6 it is not well.\n";

static void
answered_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Check *self = user_data;

  shot_client_ask_finish (result, &self->error);
  g_main_loop_quit (self->loop);
}

static gboolean
is_loopback (const char *uri)
{
  g_autoptr (GUri)         parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  const char              *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;
  g_autoptr (GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return g_strcmp0 (host, "localhost") == 0;
}

static int
check (const char *uri)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError)    error = NULL;
  Check                 self = { .loop = loop };

  shot_client_ask_async (uri, is_loopback (uri), TIMEOUT_MS, answered_cb, &self);
  g_main_loop_run (loop);
  error = self.error;
  if (error == NULL)
    return 0;
  g_prefix_error (&error, "%s: ", uri);
  return shot_cli_fail (error);
}

int
shot_command_healthcheck (int argc, char **argv)
{
  g_autofree char   *uri = NULL;
  gboolean           help = FALSE;
  const GOptionEntry entries[] = {
    { "url", 0, 0, G_OPTION_ARG_STRING, &uri, "ask this address instead", "URL" },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "this text", NULL },
    { 0 },
  };
  g_autoptr (GError)       error = NULL;
  g_autoptr (ShotSettings) settings = NULL;

  if (!shot_options_parse_some (entries, "healthcheck", &argc, &argv, &error))
    return shot_cli_fail (error);
  if (help) {
    shot_options_print_help (entries, usage, tail);
    return 0;
  }
  settings = shot_serve_settings_load (&argc, argv, &error);
  if (settings == NULL)
    return shot_cli_fail (error);
  if (argc > 1) {
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "healthcheck takes options only: see `panelshot healthcheck --help`");
    return shot_cli_fail (error);
  }
  if (uri == NULL) {
    g_autofree char *server = shot_serve_settings_make_uri (settings);
    uri = g_strconcat (server, "/healthz", NULL);
  }
  return check (uri);
}
