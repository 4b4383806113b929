#include "config.h"

#include "query.h"

#include <string.h>

#include "duration.h"
#include "error.h"
#include "timezone.h"

#define SHOWN_BYTES 40

struct _ShotQuery {
  GHashTable *values; /* (owned) (element-type utf8 utf8) */
};

/* NULL for what is not UTF-8 or not properly encoded. (transfer full) */
static char *
decode (const char *text, size_t length)
{
  g_autofree char *plain = g_strndup (text, length);

  g_strdelimit (plain, "+", ' ');
  g_autofree char *decoded = g_uri_unescape_string (plain, NULL);
  if (decoded == NULL || !g_utf8_validate (decoded, -1, NULL))
    return NULL;
  return g_steal_pointer (&decoded);
}

ShotQuery *
shot_query_parse (const char *text, GError **error)
{
  g_autoptr (ShotQuery) self = g_new0 (ShotQuery, 1);
  g_auto (GStrv)        pairs = g_strsplit (text != NULL ? text : "", "&", -1);

  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (char **pair = pairs; *pair != NULL; pair++) {
    size_t           name_length = strcspn (*pair, "=");
    const char      *rest = *pair + name_length;
    g_autofree char *name = decode (*pair, name_length);
    g_autofree char *value = decode (*rest == '=' ? rest + 1 : rest, strlen (rest));
    if (name == NULL || value == NULL) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                   "invalid request: the query is not valid UTF-8 in percent encoding");
      return NULL;
    }
    if (!g_hash_table_contains (self->values, name))
      g_hash_table_insert (self->values, g_steal_pointer (&name), g_steal_pointer (&value));
  }
  return g_steal_pointer (&self);
}

void
shot_query_free (ShotQuery *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->values, g_hash_table_unref);
  g_free (self);
}

const char *
shot_query_get (const ShotQuery *self, const char *name)
{
  const char *value = g_hash_table_lookup (self->values, name);

  return value != NULL && *value != '\0' ? value : NULL;
}

gboolean
shot_query_check_url (const ShotQuery *self, GError **error)
{
  const char        *url = shot_query_get (self, "url");
  const char        *start = "Invalid URL in query";
  g_autoptr (GError) cause = NULL;

  if (url == NULL || shot_job_check_uri (url, &cause))
    return TRUE;
  /* The official renderer's words, then what to do. */
  if (cause->code == SHOT_ERROR_REFUSED)
    start = g_ascii_strncasecmp (url, "http", 4) == 0 ? "Forbidden query url"
                                                      : "Forbidden query url protocol";
  g_set_error (error, SHOT_ERROR, cause->code, "%s: %s", start, cause->message);
  return FALSE;
}

/* @value is cut for the message: it may be ten thousand characters of anything. */
static gboolean
fail (const char *name, const char *value, const char *wanted, GError **error)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  for (const char *at = value; *at != '\0'; at = g_utf8_next_char (at)) {
    if (shown->len >= SHOWN_BYTES) {
      g_string_append (shown, "…");
      break;
    }
    gunichar character = g_utf8_get_char (at);
    g_string_append_unichar (shown,
                             g_unichar_isprint (character) && character != '"' ? character : '?');
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "invalid '%s' query parameter: \"%s\" (%s)",
               name, shown->str, wanted);
  return FALSE;
}

static gboolean
read_side (const ShotQuery *self, const char *name, int *out_side, GError **error)
{
  const char *text = shot_query_get (self, name);
  guint64     value = 0;

  /* Grafana writes -1 for "no width". */
  if (text == NULL || (g_str_equal (name, "width") && g_str_equal (text, "-1")))
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, SHOT_JOB_MAX_SIDE, &value, NULL)) {
    g_autofree char *wanted = g_strdup_printf ("want a whole number from 1 to %d",
                                               SHOT_JOB_MAX_SIDE);
    return fail (name, text, wanted, error);
  }
  *out_side = (int) value;
  return TRUE;
}

static gboolean
read_size (const ShotQuery *self, ShotJob *job, GError **error)
{
  const char *height = shot_query_get (self, "height");

  if (!read_side (self, "width", &job->width, error))
    return FALSE;
  if (g_strcmp0 (height, "-1") == 0) {
    job->height = shot_job_first_height (job->width);
    shot_job_add_picture (job, SHOT_PICTURE_FULL_PAGE, NULL);
    return TRUE;
  }
  shot_job_add_picture (job, SHOT_PICTURE_VIEWPORT, NULL);
  return read_side (self, "height", &job->height, error);
}

static gboolean
read_scale (const ShotQuery *self, ShotJob *job, GError **error)
{
  const char *text = shot_query_get (self, "deviceScaleFactor");
  char       *end = NULL;

  if (text == NULL)
    return TRUE;

  double value = g_ascii_strtod (text, &end);
  /* strtod takes more than a number: "inf", "nan", "0x1p3", blanks in front. */
  if (strspn (text, "0123456789.") != strlen (text) || *end != '\0' || end == text ||
      value < SHOT_JOB_MIN_SCALE || value > SHOT_JOB_MAX_SCALE) {
    g_autofree char *wanted = g_strdup_printf ("want a number from %g to %g", SHOT_JOB_MIN_SCALE,
                                               SHOT_JOB_MAX_SCALE);
    return fail ("deviceScaleFactor", text, wanted, error);
  }
  job->scale = value;
  return TRUE;
}

static gboolean
read_timeout (const ShotQuery *self, ShotJob *job, GError **error)
{
  const char        *text = shot_query_get (self, "timeout");
  g_autoptr (GError) cause = NULL;

  if (text == NULL || shot_duration_parse (text, SHOT_JOB_MAX_TIMEOUT_MS, &job->timeout_ms, &cause))
    return TRUE;
  return fail ("timeout", text, cause->message, error);
}

static gboolean
read_timezone (const ShotQuery *self, ShotJob *job, GError **error)
{
  const char        *text = shot_query_get (self, "timezone");
  g_autoptr (GError) cause = NULL;

  job->timezone = shot_timezone_normalize (text, &cause);
  if (cause == NULL)
    return TRUE;
  return fail ("timezone", text, "want an IANA name such as Asia/Shanghai, or UTC+hh:mm", error);
}

static gboolean
read_encoding (const ShotQuery *self, GError **error)
{
  const char *text = shot_query_get (self, "encoding");

  /* Empty comes from Grafanas older than PDF, which expect a PNG. */
  if (text == NULL)
    return TRUE;

  g_autofree char *lower = g_ascii_strdown (text, -1);
  g_strstrip (lower);
  if (*lower == '\0' || g_str_equal (lower, "png"))
    return TRUE;
  return fail ("encoding", text, "want png", error);
}

ShotJob *
shot_query_make_job (const ShotQuery *self, const char *language, int64_t default_timeout_ms,
                     GError **error)
{
  const char *url = shot_query_get (self, "url");
  const char *render_key = shot_query_get (self, "renderKey");

  if (url == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "missing 'url' query parameter");
    return NULL;
  }

  g_autoptr (ShotJob) job = shot_job_new (url);
  job->timeout_ms = default_timeout_ms;
  if (!read_encoding (self, error) || !read_size (self, job, error) ||
      !read_scale (self, job, error) || !read_timeout (self, job, error) ||
      !read_timezone (self, job, error))
    return NULL;
  job->domain = g_strdup (shot_query_get (self, "domain"));
  job->language = language != NULL && *language != '\0' ? g_strdup (language) : NULL;
  if (render_key != NULL)
    job->render_key = shot_secret_new (render_key);
  return g_steal_pointer (&job);
}
