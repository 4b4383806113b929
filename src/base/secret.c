#include "config.h"

#include "secret.h"

#include <string.h>

#include "error.h"

#define MAX_FILE_BYTES (16 * 1024)

struct _ShotSecret {
  gatomicrefcount refs;
  size_t          length;
  char           *text; /* (owned) */
};

ShotSecret *
shot_secret_new (const char *text)
{
  ShotSecret *self = g_new0 (ShotSecret, 1);

  g_atomic_ref_count_init (&self->refs);
  self->length = strlen (text);
  self->text = g_strdup (text);
  return self;
}

ShotSecret *
shot_secret_ref (ShotSecret *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
shot_secret_unref (ShotSecret *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  explicit_bzero (self->text, self->length);
  g_free (self->text);
  g_free (self);
}

const char *
shot_secret_reveal (const ShotSecret *self)
{
  return self->text;
}

gboolean
shot_secret_equal (const ShotSecret *self, const char *text)
{
  size_t                 length = strlen (text);
  volatile unsigned char difference = self->length != length;

  for (size_t i = 0; i < length; i++)
    difference |= (unsigned char) text[i] ^
                  (unsigned char) self->text[self->length ? i % self->length : 0];
  return difference == 0;
}

ShotSecret *
shot_secret_read_file (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  size_t           length = 0;

  if (!g_file_get_contents (path, &text, &length, error)) {
    g_prefix_error (error, "cannot read the token file: ");
    if (error != NULL) {
      (*error)->domain = SHOT_ERROR;
      (*error)->code = SHOT_ERROR_USAGE;
    }
    return NULL;
  }

  ShotSecret *secret = NULL;
  if (length > MAX_FILE_BYTES) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "token file \"%s\" holds %" G_GSIZE_FORMAT
                 " bytes: give a file with nothing but the token",
                 path, length);
  } else {
    char *line = g_strstrip (text);
    line[strcspn (line, "\r\n")] = '\0';
    g_strchomp (line);
    if (*line == '\0')
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                   "token file \"%s\" is empty: put the token on its first line", path);
    else
      secret = shot_secret_new (line);
  }
  explicit_bzero (text, length);
  return secret;
}
