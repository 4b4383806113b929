#include "config.h"

#include "request-rules.h"

#include <string.h>

#define DEFAULT_MAX_SIDE 3000
#define DEFAULT_MAX_BODY_BYTES (1024 * 1024)

typedef struct {
  GRegex          *pattern; /* (owned) */
  ShotRequestRules rules;
} ShotRulesOverride;

static void
header_free (void *data)
{
  ShotRulesHeader *header = data;

  g_free (header->name);
  shot_secret_unref (header->value);
  g_free (header);
}

static void
override_free (void *data)
{
  ShotRulesOverride *override = data;

  g_regex_unref (override->pattern);
  shot_request_rules_clear (&override->rules);
  g_free (override);
}

void
shot_request_rules_init (ShotRequestRules *self)
{
  *self = (ShotRequestRules){
    .default_width = SHOT_JOB_DEFAULT_WIDTH,
    .default_height = SHOT_JOB_DEFAULT_HEIGHT,
    .min_width = 1,
    .min_height = 1,
    .max_width = DEFAULT_MAX_SIDE,
    .max_height = DEFAULT_MAX_SIDE,
    .default_scale = 1,
    .max_scale = SHOT_JOB_MAX_SCALE,
    .default_zoom = 1,
    .default_encoding = SHOT_ENCODING_PNG,
    .default_timeout_ms = SHOT_JOB_DEFAULT_TIMEOUT_MS,
    .max_timeout_ms = SHOT_JOB_MAX_TIMEOUT_MS,
    .quiet_ms = SHOT_JOB_DEFAULT_QUIET_MS,
    .max_body_bytes = DEFAULT_MAX_BODY_BYTES,
    .headers = g_ptr_array_new_with_free_func (header_free),
    .overrides = g_ptr_array_new_with_free_func (override_free),
  };
}

void
shot_request_rules_clear (ShotRequestRules *self)
{
  g_free (self->timezone);
  g_free (self->language);
  g_free (self->user_agent);
  g_free (self->ca_pem);
  shot_secret_unref (self->client_pem);
  g_clear_pointer (&self->headers, g_ptr_array_unref);
  g_clear_pointer (&self->overrides, g_ptr_array_unref);
  memset (self, 0, sizeof *self);
}

void
shot_request_rules_add_header (ShotRequestRules *self, const char *name, ShotSecret *value)
{
  ShotRulesHeader *header = g_new0 (ShotRulesHeader, 1);

  header->name = g_strdup (name);
  header->value = shot_secret_ref (value);
  g_ptr_array_add (self->headers, header);
}

void
shot_request_rules_add_override (ShotRequestRules *self, GRegex *pattern, ShotRequestRules *rules)
{
  ShotRulesOverride *override = g_new0 (ShotRulesOverride, 1);

  override->pattern = g_regex_ref (pattern);
  override->rules = *rules;
  memset (rules, 0, sizeof *rules);
  g_ptr_array_add (self->overrides, override);
}

const ShotRequestRules *
shot_request_rules_find (const ShotRequestRules *self, const char *uri)
{
  for (unsigned i = 0; i < self->overrides->len; i++) {
    const ShotRulesOverride *override = self->overrides->pdata[i];
    if (g_regex_match (override->pattern, uri, 0, NULL))
      return &override->rules;
  }
  return self;
}

void
shot_request_rules_apply (const ShotRequestRules *self, ShotJob *job)
{
  job->quiet_ms = self->quiet_ms;
  job->patience = self->patience;
  g_free (job->user_agent);
  job->user_agent = g_strdup (self->user_agent);
  job->allow_insecure = self->allow_insecure;
  g_free (job->ca_pem);
  job->ca_pem = g_strdup (self->ca_pem);
  shot_secret_unref (job->client_pem);
  job->client_pem = self->client_pem != NULL ? shot_secret_ref (self->client_pem) : NULL;
  for (unsigned i = 0; i < self->headers->len; i++) {
    const ShotRulesHeader *header = self->headers->pdata[i];
    shot_job_add_header (job, job->uri, header->name, header->value);
  }
}
