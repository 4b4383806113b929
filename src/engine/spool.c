#include "config.h"

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "memory-file.h"

struct _ShotSpool {
  char *folder; /* (owned) */
  char *path;   /* (owned) */
};

ShotSpool *
shot_spool_new (GError **error)
{
  /* The engine has made its run folder the user's runtime folder. */
  g_autofree char *folder = g_build_filename (g_get_user_runtime_dir (), "spool-XXXXXX", NULL);

  if (g_mkdtemp_full (folder, 0700) == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot make a folder for the file: %s",
                 g_strerror (errno));
    return NULL;
  }

  ShotSpool *self = g_new0 (ShotSpool, 1);
  self->path = g_build_filename (folder, "file", NULL);
  self->folder = g_steal_pointer (&folder);
  return self;
}

void
shot_spool_free (ShotSpool *self)
{
  if (self == NULL)
    return;

  /* WebKit writes under another name first, which stays when it is stopped half way. */
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char      *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}

const char *
shot_spool_get_path (ShotSpool *self)
{
  return self->path;
}

/* --- collecting -------------------------------------------------------------------------- */

static gboolean
copy (int from, int to, GCancellable *cancellable, size_t *out_size, GError **error)
{
  const size_t step = 8 << 20;
  size_t       size = 0;
  ssize_t      n;

  while ((n = sendfile (to, from, NULL, step)) != 0) {
    if (n < 0 && errno != EINTR) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot copy the file into memory: %s",
                   g_strerror (errno));
      return FALSE;
    }
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    size += n > 0 ? (size_t) n : 0;
  }
  if (size == 0) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "the file is empty: try again");
    return FALSE;
  }
  *out_size = size;
  return TRUE;
}

static void
collect_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  int     from = GPOINTER_TO_INT (data);
  GError *error = NULL;
  size_t  size_bytes;
  int     fd = shot_memory_file_open (&error);

  if (fd < 0) {
    close (from);
    g_task_return_error (task, error);
    return;
  }
  gboolean is_copied = copy (from, fd, cancellable, &size_bytes, &error);
  close (from);
  if (!is_copied) {
    close (fd);
    g_task_return_error (task, error);
    return;
  }
  shot_memory_file_seal (fd);

  ShotPicture *picture = shot_picture_new ();
  picture->fd = fd;
  picture->size_bytes = size_bytes;
  g_task_return_pointer (task, picture, (GDestroyNotify) shot_picture_free);
}

void
shot_spool_collect_async (ShotSpool *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                          void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  int               from = open (self->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (from < 0) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_ENGINE, "WebKit wrote no file: %s",
                             g_strerror (errno));
    return;
  }
  g_task_set_task_data (task, GINT_TO_POINTER (from), NULL);
  g_task_run_in_thread (task, collect_thread);
}

ShotPicture *
shot_spool_collect_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
