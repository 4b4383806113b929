#include "config.h"

#include "serve-settings.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "options.h"

/* What version 3 limits clients to once its limit is switched on. */
#define V3_REQUESTS_PER_SECOND "5"

char *
shot_serve_settings_describe (const ShotSettings *self, const char *key)
{
  g_autofree char *value = shot_settings_show (self, key);
  g_autofree char *origin = shot_settings_describe_origin (self, key);

  return g_strdup_printf ("%s %s (%s)", key, value, origin);
}

static gboolean
fail_pair (const ShotSettings *self, const char *a, const char *what, const char *b, GError **error)
{
  bool has_second = shot_settings_get_origin (self, b) != NULL || shot_settings_is_set (self, b);
  g_autofree char *first = shot_serve_settings_describe (self, a);
  g_autofree char *second = has_second ? shot_serve_settings_describe (self, b)
                                       : g_strconcat (b, ": give both or neither", NULL);

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s %s %s", first, what, second);
  return FALSE;
}

/* Sets @key to @text as if it had been given where @from and, unless NULL, @also were. */
static gboolean
derive (ShotSettings *self, const char *key, const char *text, const char *from, const char *also,
        GError **error)
{
  const char      *a = shot_settings_get_origin (self, from);
  const char      *b = also != NULL ? shot_settings_get_origin (self, also) : NULL;
  ShotLayer        layer = shot_settings_get_layer (self, from);
  g_autofree char *origin = g_strdup (a != NULL ? a : b);

  if (a != NULL && b != NULL) {
    g_free (origin);
    origin = g_strdup_printf ("%s, %s", a, b);
  }
  if (also != NULL)
    layer = MAX (layer, shot_settings_get_layer (self, also));
  return shot_settings_set (self, key, text, layer, origin, error);
}

/* Version 3 has host and port apart. */
static gboolean
resolve_address (ShotSettings *self, GError **error)
{
  const char *host = shot_settings_get_text (self, "server.host");
  int64_t     port = shot_settings_get_int (self, "server.port");
  ShotLayer   layer = MAX (shot_settings_get_layer (self, "server.host"),
                           shot_settings_get_layer (self, "server.port"));

  if (layer == SHOT_LAYER_DEFAULT || (shot_settings_get_layer (self, "server.addr") >= layer))
    return TRUE;
  if (!shot_settings_is_set (self, "server.port"))
    port = 8081;
  if (host == NULL)
    host = "127.0.0.1";

  bool             is_bare_ipv6 = strchr (host, ':') != NULL && *host != '[';
  g_autofree char *address = g_strdup_printf (is_bare_ipv6 ? "[%s]:%" G_GINT64_FORMAT
                                                           : "%s:%" G_GINT64_FORMAT,
                                              host, port);
  return derive (self, "server.addr", address, "server.host", "server.port", error);
}

/* The limits of both generations are one number here. */
static gboolean
resolve_rate_limit (ShotSettings *self, GError **error)
{
  static const char rate[] = "rate-limit.requests-per-second";
  bool              is_given = shot_settings_get_layer (self, rate) > SHOT_LAYER_DEFAULT;

  if (shot_settings_get_bool (self, "rate-limit.disabled") &&
      shot_settings_get_double (self, rate) > 0)
    return fail_pair (self, rate, "contradicts", "rate-limit.disabled", error);
  /* A number from a stronger place than the switch stands. */
  if (!shot_settings_is_set (self, "rate-limit.enabled") ||
      shot_settings_get_layer (self, rate) > shot_settings_get_layer (self, "rate-limit.enabled"))
    return TRUE;
  if (!shot_settings_get_bool (self, "rate-limit.enabled"))
    return derive (self, rate, "0", "rate-limit.enabled", is_given ? rate : NULL, error);
  if (shot_settings_get_bool (self, "rate-limit.disabled"))
    return fail_pair (self, "rate-limit.enabled", "contradicts", "rate-limit.disabled", error);
  return is_given || derive (self, rate, V3_REQUESTS_PER_SECOND, "rate-limit.enabled", NULL, error);
}

gboolean
shot_serve_settings_check_limits (const ShotSettings *self, GError **error)
{
  static const char *const sides[][2] = { { "browser.min-width", "browser.max-width" },
                                          { "browser.min-height", "browser.max-height" } };

  for (size_t i = 0; i < G_N_ELEMENTS (sides); i++) {
    int64_t most = shot_settings_get_int (self, sides[i][1]);
    if (most > 0 && shot_settings_get_int (self, sides[i][0]) > most)
      return fail_pair (self, sides[i][0], "is above", sides[i][1], error);
  }
  if (shot_settings_get_double (self, "browser.page-scale-factor") >
      shot_settings_get_double (self, "browser.max-page-scale-factor"))
    return fail_pair (self, "browser.page-scale-factor", "is above",
                      "browser.max-page-scale-factor", error);
  if (shot_settings_get_duration (self, "render.timeout") >
      shot_settings_get_duration (self, "render.max-timeout"))
    return fail_pair (self, "render.timeout", "is above", "render.max-timeout", error);
  return TRUE;
}

static gboolean
check_companions (const ShotSettings *self, GError **error)
{
  /* A setting, and one without which it is of no use. The client's key may be in the file of its
   * certificate, as curl has it. */
  static const char *const needs[][2] = {
    { "server.certificate-file", "server.key-file" },
    { "server.key-file", "server.certificate-file" },
    { "target.client-key", "target.client-certificate" },
    { "review.plans", "review.archive" },
    { "review.auth-proxy-header", "review.archive" },
    { "review.auth-proxy-header", "review.auth-proxy-trusted" },
  };
  const char *protocol = shot_settings_get_text (self, "server.protocol");
  bool        has_certificate = shot_settings_is_set (self, "server.certificate-file");

  for (size_t i = 0; i < G_N_ELEMENTS (needs); i++) {
    if (shot_settings_is_set (self, needs[i][0]) && !shot_settings_is_set (self, needs[i][1]))
      return fail_pair (self, needs[i][0], "is of no use without", needs[i][1], error);
  }
  if (g_strcmp0 (protocol, "https") == 0 && !has_certificate)
    return fail_pair (self, "server.protocol", "is not possible without", "server.certificate-file",
                      error);
  if (g_strcmp0 (protocol, "http") == 0 && has_certificate)
    return fail_pair (self, "server.protocol", "contradicts", "server.certificate-file", error);
  return TRUE;
}

gboolean
shot_serve_settings_resolve (ShotSettings *self, GError **error)
{
  return resolve_address (self, error) && resolve_rate_limit (self, error) &&
         shot_serve_settings_check_limits (self, error) && check_companions (self, error);
}

static gboolean
read_file (ShotSettings *self, GError **error)
{
  static const char *const places[] = { "panelshot.yaml", "/etc/panelshot/panelshot.yaml" };
  const char              *path = shot_settings_get_text (self, "config");

  if (path != NULL)
    return shot_settings_read_file (self, path, error);
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    if (access (places[i], F_OK) == 0)
      return shot_settings_read_file (self, places[i], error);
  }
  return TRUE;
}

/* What has its flags already. */
static gboolean
read_rest (ShotSettings *self, GError **error)
{
  g_auto (GStrv) environment = g_get_environ ();

  return shot_settings_read_environment (self, environment, error) && read_file (self, error) &&
         shot_serve_settings_resolve (self, error);
}

/* Secrets among the arguments, which everybody on the machine can list. */
static void
hide_arguments (char **argv)
{
  for (const ShotSetting *row = shot_serve_settings_table; row->key != NULL; row++) {
    if (!shot_setting_is_hidden (row))
      continue;
    g_autofree char *all = g_strjoin (" ", row->key, row->names, NULL);
    g_auto (GStrv)   names = g_strsplit (all, " ", -1);
    for (char **name = names; *name != NULL; name++) {
      g_autofree char *option = g_strconcat ("--", *name, NULL);
      shot_options_hide (argv, option);
    }
  }
}

ShotSettings *
shot_serve_settings_load (int *argc, char **argv, GError **error)
{
  g_autoptr (ShotSettings) self = shot_settings_new (shot_serve_settings_table);
  g_autofree char        **original = g_memdup2 (argv, ((size_t) *argc + 1) * sizeof *argv);
  gboolean                 is_read = shot_settings_read_arguments (self, argc, argv, error);

  hide_arguments (original);
  return is_read && read_rest (self, error) ? g_steal_pointer (&self) : NULL;
}

ShotSettings *
shot_serve_settings_reload (const ShotSettings *old, GError **error)
{
  g_autoptr (ShotSettings) self = shot_settings_new (shot_serve_settings_table);

  shot_settings_copy_layer (self, old, SHOT_LAYER_FLAG);
  return read_rest (self, error) ? g_steal_pointer (&self) : NULL;
}

/* The host of server.addr without brackets, "" for all. (transfer full) */
static char *
get_host (const ShotSettings *self, const char **out_port)
{
  const char *address = shot_settings_get_text (self, "server.addr");
  const char *colon = strrchr (address, ':');
  size_t      length = (size_t) (colon - address);

  *out_port = colon + 1;
  if (length >= 2 && *address == '[' && colon[-1] == ']')
    return g_strndup (address + 1, length - 2);
  return g_strndup (address, length);
}

char *
shot_serve_settings_make_uri (const ShotSettings *self)
{
  const char              *port = NULL;
  g_autofree char         *host = get_host (self, &port);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  bool                     is_ipv6 = strchr (host, ':') != NULL;
  bool                     is_secure = shot_settings_is_set (self, "server.certificate-file");
  const char              *asked = host;

  if (*host == '\0' || (address != NULL && g_inet_address_get_is_any (address)))
    asked = is_ipv6 ? "::1" : "127.0.0.1";
  return g_strdup_printf (is_ipv6 ? "%s://[%s]:%s" : "%s://%s:%s", is_secure ? "https" : "http",
                          asked, port);
}

bool
shot_serve_settings_is_wide (const ShotSettings *self)
{
  const char              *port = NULL;
  g_autofree char         *host = get_host (self, &port);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return false;
  return address == NULL || !g_inet_address_get_is_loopback (address);
}

void
shot_serve_settings_print_notices (const ShotSettings *self)
{
  g_auto (GStrv) lines = shot_settings_list_notices (self);

  for (char **line = lines; *line != NULL; line++)
    fprintf (stderr, "panelshot: %s\n", *line);
}
