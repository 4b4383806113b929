#include "config.h"

#include "posted.h"

#include <string.h>

#include "mask.h"

#define MAX_TEXT_BYTES 400
#define MAX_RETRY_SECONDS 3600

void
shot_posted_free (ShotPosted *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->timing);
  g_free (self->server);
  g_free (self->text);
  g_free (self);
}

/* What a server means that does not say so itself. */
static ShotError
guess_code (unsigned status)
{
  switch (status) {
  case 400:
  case 411:
  case 413:
  case 415:
    return SHOT_ERROR_USAGE;
  case 401:
    return SHOT_ERROR_UNAUTHORIZED;
  case 403:
    return SHOT_ERROR_REFUSED;
  case 408:
    return SHOT_ERROR_TIMEOUT;
  case 429:
  case 503:
    return SHOT_ERROR_BUSY;
  default:
    return status >= 500 ? SHOT_ERROR_ENGINE : SHOT_ERROR_DOCUMENT;
  }
}

/* Its first line, without what could play tricks in a log or a report. */
static char *
make_text (GBytes *body, unsigned status)
{
  size_t              size = 0;
  const char         *data = g_bytes_get_data (body, &size);
  g_autofree char    *raw = g_strndup (data, MIN (size, MAX_TEXT_BYTES));
  g_autofree char    *valid = g_utf8_make_valid (raw, -1);
  g_autoptr (GString) line = g_string_new (NULL);

  for (const char *at = valid; *at != '\0' && *at != '\n'; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    bool         is_plain = type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT;
    g_string_append_unichar (line, is_plain ? character : ' ');
  }
  g_strstrip (line->str);
  if (*line->str == '\0' || *line->str == '<')
    return g_strdup_printf ("the renderer answered with status %u", status);
  return shot_mask_uri (line->str);
}

static void
read_failure (ShotPosted *self, const ShotWebAnswer *answer)
{
  const char *name = shot_web_answer_get_header (answer, "X-Panelshot-Error");
  unsigned    after_s = shot_web_answer_get_retry_after_s (answer);

  self->text = make_text (self->body, self->status);
  self->code = guess_code (self->status);
  self->retry_after_ms = 1000 * (int64_t) MIN (after_s, MAX_RETRY_SECONDS);
  if (name == NULL)
    return;
  ShotError code = shot_error_from_name (name);
  self->has_code = g_str_equal (shot_error_get_name (code), name);
  if (self->has_code)
    self->code = code;
}

/* "panelshot/5.0.0" as people write it. */
static char *
read_server (const ShotWebAnswer *answer)
{
  const char *text = shot_web_answer_get_header (answer, "Server");

  if (text == NULL || !g_str_has_prefix (text, "panelshot/") || strlen (text) > 40)
    return NULL;
  for (const char *at = text; *at != '\0'; at++) {
    if (!g_ascii_isalnum (*at) && strchr ("/.-+", *at) == NULL)
      return NULL;
  }
  return g_strdelimit (g_strdup (text), "/", ' ');
}

ShotPosted *
shot_posted_new (const ShotWebAnswer *answer)
{
  ShotPosted *self = g_new0 (ShotPosted, 1);

  self->status = answer->status;
  self->body = g_bytes_ref (answer->body);
  self->timing = g_strdup (shot_web_answer_get_header (answer, "Server-Timing"));
  self->server = read_server (answer);
  if (self->status != 200)
    read_failure (self, answer);
  return self;
}
