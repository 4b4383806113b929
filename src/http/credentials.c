#include "config.h"

#include "credentials.h"

#include <string.h>

#include "error.h"
#include "origin.h"
#include "watched.h"

typedef struct {
  char        *origin; /* (owned) */
  char        *name;   /* (owned) */
  const char  *prefix; /* static */
  ShotWatched *file;   /* (owned) */
} Rule;

struct _ShotCredentials {
  GPtrArray *rules;     /* (owned) (element-type Rule) */
  GPtrArray *forwarded; /* (owned) (element-type utf8), NULL at its end */
};

static void
rule_free (void *data)
{
  Rule *rule = data;

  g_free (rule->origin);
  g_free (rule->name);
  shot_watched_free (rule->file);
  g_free (rule);
}

ShotCredentials *
shot_credentials_new (void)
{
  ShotCredentials *self = g_new0 (ShotCredentials, 1);

  self->rules = g_ptr_array_new_with_free_func (rule_free);
  self->forwarded = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->forwarded, NULL);
  return self;
}

void
shot_credentials_free (ShotCredentials *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->rules);
  g_ptr_array_unref (self->forwarded);
  g_free (self);
}

/* Whether a job may carry a header of this name at all: asked of shot_job_check(). */
static gboolean
check_name (const char *name, GError **error)
{
  g_autoptr (ShotJob)    job = shot_job_new ("http://localhost/");
  g_autoptr (ShotSecret) value = shot_secret_new ("x");

  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  shot_job_add_header (job, job->uri, name, value);
  return shot_job_check (job, error);
}

static gboolean
add_rule (ShotCredentials *self, const char *origin, const char *name, const char *prefix,
          const char *path, GError **error)
{
  g_autofree char *normal = shot_origin_from_uri (origin);

  if (normal == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "\"%s\" is no origin: give one such as https://grafana.example", origin);
    return FALSE;
  }
  if (!check_name (name, error))
    return FALSE;

  g_autoptr (ShotWatched) file = shot_watched_new (path, error);
  if (file == NULL)
    return FALSE;

  Rule *rule = g_new0 (Rule, 1);
  rule->origin = g_steal_pointer (&normal);
  rule->name = g_strdup (name);
  rule->prefix = prefix;
  rule->file = g_steal_pointer (&file);
  g_ptr_array_add (self->rules, rule);
  return TRUE;
}

gboolean
shot_credentials_add_token_rule (ShotCredentials *self, const char *rule, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (rule, "=", 2);

  if (g_strv_length (parts) != 2 || *parts[1] == '\0') {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "--token-for wants ORIGIN=FILE, such as https://grafana.example=/etc/token");
    return FALSE;
  }
  return add_rule (self, parts[0], "Authorization", "Bearer ", parts[1], error);
}

gboolean
shot_credentials_add_jwt_rule (ShotCredentials *self, const char *rule, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (rule, "=", 2);
  g_auto (GStrv) header = NULL;

  if (g_strv_length (parts) == 2)
    header = g_strsplit (parts[1], ":", 2);
  if (header == NULL || g_strv_length (header) != 2 || *header[1] == '\0') {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "--jwt-header-for wants ORIGIN=NAME:FILE, such as "
                 "https://grafana.example=X-JWT-Assertion:/etc/jwt");
    return FALSE;
  }
  return add_rule (self, parts[0], header[0], "", header[1], error);
}

gboolean
shot_credentials_add_forwarded (ShotCredentials *self, const char *name, GError **error)
{
  if (!check_name (name, error)) {
    g_prefix_error (error, "--forward-header: ");
    return FALSE;
  }
  g_ptr_array_insert (self->forwarded, (int) self->forwarded->len - 1, g_strdup (name));
  return TRUE;
}

void
shot_credentials_replace (ShotCredentials *self, ShotCredentials *other)
{
  ShotCredentials old = *self;

  *self = *other;
  *other = old;
  shot_credentials_free (other);
}

const char *const *
shot_credentials_get_forwarded (ShotCredentials *self)
{
  return (const char *const *) self->forwarded->pdata;
}

void
shot_credentials_apply (ShotCredentials *self, ShotJob *job)
{
  for (unsigned i = 0; i < self->rules->len; i++) {
    Rule *rule = self->rules->pdata[i];
    if (!shot_origin_matches (rule->origin, job->uri))
      continue;

    ShotSecret            *secret = shot_watched_get (rule->file)->pdata[0];
    g_autofree char       *text = g_strconcat (rule->prefix, shot_secret_reveal (secret), NULL);
    g_autoptr (ShotSecret) value = shot_secret_new (text);
    explicit_bzero (text, strlen (text));
    shot_job_add_header (job, job->uri, rule->name, value);
  }
}
