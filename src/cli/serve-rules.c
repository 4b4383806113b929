/* serve-rules.c: from settings to what requests may say */
#include "config.h"

#include "serve-settings.h"

#include <string.h>

#include "error.h"
#include "options.h"
#include "request.h"
#include "timezone.h"

static int
get_int (const ShotSettings *settings, const char *key)
{
  return (int) shot_settings_get_int (settings, key);
}

static int
get_ms (const ShotSettings *settings, const char *key)
{
  return (int) shot_settings_get_duration (settings, key);
}

/* No limit, written as -1 or 0, is -1. */
static int
get_most (const ShotSettings *settings, const char *key)
{
  int most = get_int (settings, key);

  return most > 0 ? most : -1;
}

static void
read_sizes (const ShotSettings *settings, ShotRequestRules *rules)
{
  const char *missing = shot_settings_get_text (settings, "api.missing-height");

  rules->default_width = get_int (settings, "browser.default-width");
  rules->default_height = get_int (settings, "browser.default-height");
  rules->is_tall_by_default = g_str_equal (missing, "full-page");
  rules->min_width = get_int (settings, "browser.min-width");
  rules->min_height = get_int (settings, "browser.min-height");
  rules->max_width = get_most (settings, "browser.max-width");
  rules->max_height = get_most (settings, "browser.max-height");
  rules->default_scale = shot_settings_get_double (settings, "browser.page-scale-factor");
  rules->max_scale = MIN (shot_settings_get_double (settings, "browser.max-page-scale-factor"),
                          SHOT_JOB_MAX_SCALE);
  rules->default_zoom = shot_settings_get_double (settings, "browser.page-zoom-level");
  rules->is_portrait = shot_settings_get_bool (settings, "browser.portrait");
}

static void
read_readiness (const ShotSettings *settings, ShotRequestRules *rules)
{
  rules->quiet_ms = get_ms (settings, "browser.readiness.quiet");
  rules->patience = (ShotPatience){
    .prior_wait_ms = get_ms (settings, "browser.readiness.prior-wait"),
    .limit_ms = get_ms (settings, "browser.readiness.timeout"),
    .ignores_queries = shot_settings_get_bool (settings, "browser.readiness.disable-query-wait"),
    .ignores_network = shot_settings_get_bool (settings, "browser.readiness.disable-network-wait"),
    .ignores_mutations = shot_settings_get_bool (settings,
                                                 "browser.readiness.disable-dom-hashcode-wait"),
    .ignores_reports = shot_settings_get_bool (settings, "browser.force-polling-mode"),
    .query_limit_ms = get_ms (settings, "browser.readiness.give-up-on-all-queries"),
    .network_limit_ms = get_ms (settings, "browser.readiness.network-idle-timeout"),
    .mutation_limit_ms = get_ms (settings, "browser.readiness.dom-hashcode-timeout"),
  };
}

static void
read_headers (const ShotSettings *settings, ShotRequestRules *rules)
{
  const GPtrArray *pairs = shot_settings_get_secrets (settings, "browser.header");

  for (unsigned i = 0; pairs != NULL && i < pairs->len; i++) {
    const char            *text = shot_secret_reveal (pairs->pdata[i]);
    const char            *equals = strchr (text, '=');
    g_autofree char       *name = g_strndup (text, (size_t) (equals - text));
    g_autoptr (ShotSecret) value = shot_secret_new (equals + 1);
    shot_request_rules_add_header (rules, name, value);
  }
}

static gboolean
read_files (const ShotSettings *settings, ShotRequestRules *rules, GError **error)
{
  const char        *ca_file = shot_settings_get_text (settings, "target.ca-file");
  const char        *certificate = shot_settings_get_text (settings, "target.client-certificate");
  const char        *key = shot_settings_get_text (settings, "target.client-key");
  g_autoptr (GError) cause = NULL;
  g_autofree char   *ca_name = shot_serve_settings_describe (settings, "target.ca-file");
  g_autofree char   *name = shot_serve_settings_describe (settings, "target.client-certificate");

  rules->ca_pem = shot_options_read_ca (ca_name, ca_file, &cause);
  if (cause == NULL && certificate != NULL)
    rules->client_pem = shot_options_read_pair (name, certificate, key, &cause);
  if (cause == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static gboolean
read_values (const ShotSettings *settings, ShotRequestRules *rules, GError **error)
{
  const char        *encoding = shot_settings_get_text (settings, "api.default-encoding");
  g_autoptr (GError) cause = NULL;

  rules->timezone = shot_timezone_normalize (shot_settings_get_text (settings, "browser.timezone"),
                                             &cause);
  if (cause != NULL) {
    g_propagate_prefixed_error (error, g_steal_pointer (&cause), "browser.timezone: ");
    return FALSE;
  }
  shot_encoding_from_name (encoding, &rules->default_encoding);
  rules->default_timeout_ms = shot_settings_get_duration (settings, "render.timeout");
  rules->max_timeout_ms = shot_settings_get_duration (settings, "render.max-timeout");
  rules->urgent_timeout_ms = shot_settings_get_duration (settings, "render.urgent-timeout");
  rules->allow_expressions = shot_settings_get_bool (settings, "api.allow-expressions");
  rules->max_body_bytes = (size_t) get_int (settings, "api.max-body") * 1024;
  rules->language = g_strdup (shot_settings_get_text (settings, "browser.language"));
  rules->user_agent = g_strdup (shot_settings_get_text (settings, "browser.user-agent"));
  rules->allow_insecure = shot_settings_get_bool (settings, "target.insecure");
  read_sizes (settings, rules);
  read_readiness (settings, rules);
  read_headers (settings, rules);
  return read_files (settings, rules, error);
}

/* What each request would be refused for belongs to the start. */
static gboolean
check (const ShotRequestRules *rules, GError **error)
{
  g_autoptr (ShotQuery) query = shot_query_new ("parameter");
  g_autoptr (ShotJob)   job = NULL;

  shot_query_add (query, "url", "url", "http://localhost/");
  job = shot_request_make_job (query, SHOT_REQUEST_RENDER, rules, NULL, error);
  if (job != NULL && shot_job_check (job, error))
    return TRUE;
  g_prefix_error (error, "with the settings of browser.*, a request that names nothing fails: ");
  return FALSE;
}

gboolean
shot_serve_settings_make_plain_rules (const ShotSettings *self, ShotRequestRules *out_rules,
                                      GError **error)
{
  g_auto (ShotRequestRules) rules = { 0 };

  shot_request_rules_init (&rules);
  if (!read_values (self, &rules, error) || !check (&rules, error))
    return FALSE;
  *out_rules = rules;
  memset (&rules, 0, sizeof rules);
  return TRUE;
}

gboolean
shot_serve_settings_make_rules (const ShotSettings *self, ShotRequestRules *out_rules,
                                GError **error)
{
  ShotRequestRules rules = { 0 };

  if (!shot_serve_settings_make_plain_rules (self, &rules, error))
    return FALSE;
  if (shot_serve_settings_add_overrides (self, &rules, error)) {
    *out_rules = rules;
    return TRUE;
  }
  shot_request_rules_clear (&rules);
  return FALSE;
}
