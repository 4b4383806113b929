/* serve-parts.c: from settings to what the server is made of */
#include "config.h"

#include <string.h>

#include "error.h"
#include "serve-settings.h"

static ShotTokens *
make_tokens (const ShotSettings *self, GError **error)
{
  g_autoptr (ShotTokens) tokens = shot_tokens_new ();
  const GPtrArray       *secrets = shot_settings_get_secrets (self, "server.auth-token");
  const char *const     *paths = shot_settings_get_list (self, "server.auth-token-file");
  bool has_own = shot_settings_get_layer (self, "server.auth-token") > SHOT_LAYER_DEFAULT;

  for (; *paths != NULL; paths++) {
    if (!shot_tokens_add_file (tokens, *paths, error)) {
      g_prefix_error (error, "%s: ", shot_settings_get_origin (self, "server.auth-token-file"));
      return NULL;
    }
  }
  /* Whoever names a file of tokens does not mean Grafana's default as well. */
  for (unsigned i = 0; (has_own || shot_tokens_is_empty (tokens)) && i < secrets->len; i++)
    shot_tokens_add_list (tokens, shot_secret_reveal (secrets->pdata[i]));
  return g_steal_pointer (&tokens);
}

static ShotCredentials *
make_credentials (const ShotSettings *self, GError **error)
{
  static const struct {
    const char *key;
    gboolean (*add) (ShotCredentials *self, const char *text, GError **error);
  } rules[] = {
    { "target.token-for", shot_credentials_add_token_rule },
    { "target.jwt-header-for", shot_credentials_add_jwt_rule },
    { "target.forward-header", shot_credentials_add_forwarded },
  };
  g_autoptr (ShotCredentials) credentials = shot_credentials_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (rules); i++) {
    const char *const *text = shot_settings_get_list (self, rules[i].key);
    for (; *text != NULL; text++) {
      if (rules[i].add (credentials, *text, error))
        continue;
      g_autofree char *origin = shot_settings_describe_origin (self, rules[i].key);
      g_prefix_error (error, "%s (%s): ", rules[i].key, origin);
      return NULL;
    }
  }
  return g_steal_pointer (&credentials);
}

static gboolean
make_allow (const ShotSettings *self, ShotServeParts *parts, GError **error)
{
  const char *const *targets = shot_settings_get_list (self, "target.allow");

  parts->allow_texts = g_ptr_array_new_with_free_func (g_free);
  for (; *targets != NULL; targets++)
    g_ptr_array_add (parts->allow_texts, g_strdup (*targets));
  parts->allow = shot_allow_parse (parts->allow_texts, error);
  if (parts->allow != NULL)
    return TRUE;
  g_autofree char *origin = shot_settings_describe_origin (self, "target.allow");
  g_prefix_error (error, "target.allow (%s): ", origin);
  return FALSE;
}

static gboolean
make_certificate (const ShotSettings *self, ShotServeParts *parts, GError **error)
{
  const char         *certificate = shot_settings_get_text (self, "server.certificate-file");
  const char         *key = shot_settings_get_text (self, "server.key-file");
  const char         *name = shot_settings_get_text (self, "server.min-tls-version");
  GTlsProtocolVersion version;

  if (certificate == NULL && key == NULL)
    return TRUE;
  if (!shot_certificate_read_version (name, &version, error))
    return FALSE;
  parts->certificate = shot_certificate_new (certificate, key, version, error);
  return parts->certificate != NULL;
}

gboolean
shot_serve_settings_make_parts (const ShotSettings *self, ShotServeParts *out_parts, GError **error)
{
  g_auto (ShotServeParts) parts = { 0 };

  parts.tokens = make_tokens (self, error);
  if (parts.tokens == NULL)
    return FALSE;
  parts.credentials = make_credentials (self, error);
  if (parts.credentials == NULL || !shot_serve_settings_make_rules (self, &parts.rules, error) ||
      !make_allow (self, &parts, error) || !make_certificate (self, &parts, error))
    return FALSE;
  *out_parts = parts;
  memset (&parts, 0, sizeof parts);
  return TRUE;
}

char **
shot_serve_settings_make_engine_arguments (const ShotSettings *self, unsigned slots)
{
  static const struct {
    const char *key;
    const char *option;
    bool        is_duration;
  } numbers[] = {
    { "render.page-visits", "page-visits", false },
    { "render.page-age", "page-age-ms", true },
    { "render.page-idle", "page-idle-ms", true },
    { "render.page-memory", "page-memory-mib", false },
  };
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  g_ptr_array_add (all, g_strdup_printf ("--slots=%u", slots));
  g_ptr_array_add (all, g_strdup_printf ("--isolation=%s",
                                         shot_settings_get_text (self, "render.isolation")));
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++) {
    int64_t value = numbers[i].is_duration ? shot_settings_get_duration (self, numbers[i].key)
                                           : shot_settings_get_int (self, numbers[i].key);
    g_ptr_array_add (all, g_strdup_printf ("--%s=%" G_GINT64_FORMAT, numbers[i].option, value));
  }
  if (shot_settings_get_bool (self, "render.live"))
    g_ptr_array_add (all, g_strdup ("--live"));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

void
shot_serve_settings_read_fleet_rules (const ShotSettings *self, ShotFleetRules *out_rules)
{
  *out_rules = (ShotFleetRules){
    .max_pages = (unsigned) shot_settings_get_int (self, "engine.max-pages"),
    .max_age_ms = shot_settings_get_duration (self, "engine.max-age"),
    .max_memory_bytes = shot_settings_get_int (self, "engine.max-memory") * 1024 * 1024,
    .idle_ms = shot_settings_get_duration (self, "engine.idle-timeout"),
  };
}

void
shot_serve_parts_clear (ShotServeParts *self)
{
  shot_tokens_free (self->tokens);
  shot_credentials_free (self->credentials);
  shot_request_rules_clear (&self->rules);
  g_clear_pointer (&self->allow_texts, g_ptr_array_unref);
  shot_allow_unref (self->allow);
  shot_certificate_free (self->certificate);
  *self = (ShotServeParts){ 0 };
}
