#include "config.h"

#include "watched.h"

#include <string.h>

#include "error.h"
#include "stamp.h"

#define MAX_FILE_BYTES (16 * 1024)

struct _ShotWatched {
  char      *path;    /* (owned) */
  GPtrArray *secrets; /* (owned) (element-type ShotSecret) */
  ShotStamp  stamp;
};

static void
secret_unref (void *data)
{
  shot_secret_unref (data);
}

static GPtrArray *
split (char *text)
{
  GPtrArray *secrets = g_ptr_array_new_with_free_func (secret_unref);
  char      *rest = NULL;

  for (char *line = strtok_r (text, "\r\n", &rest); line != NULL;
       line = strtok_r (NULL, "\r\n", &rest)) {
    g_strstrip (line);
    if (*line != '\0')
      g_ptr_array_add (secrets, shot_secret_new (line));
  }
  return secrets;
}

/* (transfer full) */
static GPtrArray *
read_secrets (const char *path, GError **error)
{
  g_autofree char   *text = NULL;
  size_t             length = 0;
  g_autoptr (GError) cause = NULL;

  if (!g_file_get_contents (path, &text, &length, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "cannot read the token file: %s: name a file that this user may read",
                 cause->message);
    return NULL;
  }
  g_autoptr (GPtrArray) secrets = NULL;
  if (length <= MAX_FILE_BYTES)
    secrets = split (text);
  explicit_bzero (text, length);
  if (secrets == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "token file \"%s\" holds %" G_GSIZE_FORMAT " bytes: leave only tokens in it", path,
                 length);
    return NULL;
  }
  if (secrets->len == 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "token file \"%s\" is empty: put the token on its first line", path);
    return NULL;
  }
  return g_steal_pointer (&secrets);
}

ShotWatched *
shot_watched_new (const char *path, GError **error)
{
  g_autoptr (ShotWatched) self = g_new0 (ShotWatched, 1);

  self->path = g_strdup (path);
  shot_stamp_take (&self->stamp, path);
  self->secrets = read_secrets (path, error);
  return self->secrets != NULL ? g_steal_pointer (&self) : NULL;
}

void
shot_watched_free (ShotWatched *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_clear_pointer (&self->secrets, g_ptr_array_unref);
  g_free (self);
}

GPtrArray *
shot_watched_get (ShotWatched *self)
{
  if (!shot_stamp_has_changed (&self->stamp, self->path))
    return self->secrets;
  shot_stamp_take (&self->stamp, self->path);

  g_autoptr (GError) error = NULL;
  GPtrArray         *secrets = read_secrets (self->path, &error);
  if (secrets == NULL) {
    g_warning ("%s; the tokens read before stay in force", error->message);
    return self->secrets;
  }
  g_message ("token file %s has changed and was read again", self->path);
  g_ptr_array_unref (self->secrets);
  self->secrets = secrets;
  return self->secrets;
}
