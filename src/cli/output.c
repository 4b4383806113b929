#include "config.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

struct _ShotOutput {
  char *name;      /* (owned): as it was asked for */
  char *path;      /* (owned) (nullable): symbolic links followed; NULL for stdout */
  bool  is_direct; /* no plain file */
};

static gboolean
fail (const char *name, int code, GError **error)
{
  const char *cure = "give -o a file in a folder that you may write to";

  if (code == EISDIR)
    cure = "give -o a file, not a folder";
  else if (code == ENOSPC || code == EDQUOT)
    cure = "free some space";
  else if (code == EPIPE)
    cure = "the reader has closed the pipe";
  g_autofree char *shown = g_filename_display_name (name);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cannot write %s: %s: %s", shown,
               g_strerror (code), cure);
  return FALSE;
}

static char *
make_temporary_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_strdup_printf (".panelshot-%08x.tmp", g_random_int ());

  return g_build_filename (folder, name, NULL);
}

/* With the permissions that any new file gets. -1 and errno. */
static int
open_temporary (const char *path)
{
  return g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static gboolean
probe (ShotOutput *self, GError **error)
{
  struct stat status;

  if (stat (self->path, &status) == 0 && !S_ISREG (status.st_mode)) {
    if (S_ISDIR (status.st_mode))
      return fail (self->name, EISDIR, error);
    self->is_direct = true;
    return access (self->path, W_OK) == 0 ? TRUE : fail (self->name, errno, error);
  }

  g_autofree char *temporary = make_temporary_path (self->path);
  int              fd = open_temporary (temporary);
  if (fd < 0)
    return fail (self->name, errno, error);
  close (fd);
  g_unlink (temporary);
  return TRUE;
}

ShotOutput *
shot_output_new (const char *path, bool is_text, GError **error)
{
  g_autoptr (ShotOutput) self = g_new0 (ShotOutput, 1);

  self->name = g_strdup (path != NULL ? path : "-");
  if (g_str_equal (self->name, "-")) {
    self->is_direct = true;
    if (is_text || !isatty (STDOUT_FILENO))
      return g_steal_pointer (&self);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "a picture is not written to a terminal: give -o FILE, or pipe it somewhere");
    return NULL;
  }
  if (*self->name == '\0') {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "-o is empty: give -o FILE, or - for stdout");
    return NULL;
  }

  /* A link keeps being one; what it points to is replaced. */
  char *real = realpath (self->name, NULL);
  self->path = g_strdup (real != NULL ? real : self->name);
  free (real);
  return probe (self, error) ? g_steal_pointer (&self) : NULL;
}

void
shot_output_free (ShotOutput *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

bool
shot_output_is_stdout (const ShotOutput *self)
{
  return self->path == NULL;
}

bool
shot_output_is_file (const ShotOutput *self)
{
  return !self->is_direct;
}

const char *
shot_output_get_name (const ShotOutput *self)
{
  return self->name;
}

/* 0 or an errno. */
static int
write_all (int fd, GBytes *bytes)
{
  size_t      left = 0;
  const char *at = g_bytes_get_data (bytes, &left);

  while (left > 0) {
    ssize_t written = write (fd, at, left);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return errno;
    at += written;
    left -= (size_t) written;
  }
  return 0;
}

static gboolean
write_direct (ShotOutput *self, GBytes *bytes, GError **error)
{
  int fd = self->path != NULL ? g_open (self->path, O_WRONLY | O_CLOEXEC, 0) : STDOUT_FILENO;

  if (fd < 0)
    return fail (self->name, errno, error);

  int code = write_all (fd, bytes);
  if (self->path != NULL)
    close (fd);
  return code == 0 ? TRUE : fail (self->name, code, error);
}

gboolean
shot_output_write (ShotOutput *self, GBytes *bytes, GError **error)
{
  return self->is_direct ? write_direct (self, bytes, error)
                         : shot_output_write_file (self->path, self->name, bytes, error);
}

gboolean
shot_output_write_file (const char *path, const char *name, GBytes *bytes, GError **error)
{
  g_autofree char *temporary = make_temporary_path (path);
  int              fd = open_temporary (temporary);
  if (fd < 0)
    return fail (name, errno, error);

  int code = write_all (fd, bytes);
  if (code == 0 && fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0 && g_rename (temporary, path) != 0)
    code = errno;
  if (code == 0)
    return TRUE;
  g_unlink (temporary);
  return fail (name, code, error);
}
