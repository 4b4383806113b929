#include "config.h"

#include "rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

#define PREFIX "panelshot-"
#define LOCK_NAME "lock"
#define MAX_OPEN_FOLDERS 16

/* Where WebKit has bubblewrap tell about the processes inside, for portals that nobody here asks. */
#define NOTES_FOLDER ".flatpak"
#define NOTE_NAME "bwrapinfo.json"
#define NOTE_PID "\"child-pid\":"

struct _ShotRundir {
  char *path;    /* (owned) */
  int   lock_fd; /* held for as long as the engine lives */
};

static int
remove_entry_cb (const char *path, const struct stat *info, int type, struct FTW *position)
{
  remove (path);
  return 0;
}

/* Physical walk: a link inside is removed, never followed. */
static void
remove_tree (const char *path)
{
  nftw (path, remove_entry_cb, MAX_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

static int
lock_folder (const char *path, int extra_flags)
{
  g_autofree char *lock_path = g_build_filename (path, LOCK_NAME, NULL);
  int              fd = open (lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | extra_flags, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0) {
    close (fd);
    return -1;
  }
  return fd;
}

/* Only folders of our own user whose lock nobody holds. A folder without a lock file is one
 * that is being made right now, or not ours. */
static void
remove_stale (const char *base)
{
  g_autoptr (GDir) dir = g_dir_open (base, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    struct stat info;

    if (!g_str_has_prefix (name, PREFIX))
      continue;
    g_autofree char *path = g_build_filename (base, name, NULL);
    if (lstat (path, &info) != 0 || !S_ISDIR (info.st_mode) || info.st_uid != getuid ())
      continue;
    int fd = lock_folder (path, 0);
    if (fd < 0)
      continue;
    g_debug ("removing %s, left behind by an engine that was killed", path);
    remove_tree (path);
    close (fd);
  }
}

static const char *
pick_base (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");

  if (runtime != NULL && g_path_is_absolute (runtime) && g_access (runtime, W_OK | X_OK) == 0)
    return runtime;
  /* Not g_get_tmp_dir(), which keeps its answer: what WebKit makes of TMPDIR later belongs into our
   * folder. */
  const char *temporary = g_getenv ("TMPDIR");
  return temporary != NULL && *temporary != '\0' ? temporary : "/tmp";
}

ShotRundir *
shot_rundir_new (GError **error)
{
  const char      *base = pick_base ();
  g_autofree char *path = g_build_filename (base, PREFIX "XXXXXX", NULL);

  remove_stale (base);
  if (g_mkdtemp_full (path, 0700) == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                 "cannot make a private folder in %s (%s): set TMPDIR to a writable one", base,
                 g_strerror (errno));
    return NULL;
  }
  int lock_fd = lock_folder (path, O_CREAT);
  if (lock_fd < 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot lock %s: %s", path,
                 g_strerror (errno));
    remove_tree (path);
    return NULL;
  }

  ShotRundir *self = g_new0 (ShotRundir, 1);
  self->path = g_steal_pointer (&path);
  self->lock_fd = lock_fd;
  return self;
}

void
shot_rundir_free (ShotRundir *self)
{
  if (self == NULL)
    return;
  remove_tree (self->path);
  close (self->lock_fd);
  g_free (self->path);
  g_free (self);
}

const char *
shot_rundir_get_path (ShotRundir *self)
{
  return self->path;
}

char *
shot_rundir_make_folder (const char *parent)
{
  g_autofree char *path = g_build_filename (parent, "part-XXXXXX", NULL);

  if (g_mkdtemp_full (path, 0700) != NULL)
    return g_steal_pointer (&path);
  g_warning ("cannot make a folder in %s: %s", parent, g_strerror (errno));
  return NULL;
}

void
shot_rundir_remove_folder (const char *path)
{
  remove_tree (path);
}

/* Only if the note says so: one that is being written says nothing yet. */
static bool
has_ended (const char *note_path)
{
  g_autofree char *note = NULL;

  if (!g_file_get_contents (note_path, &note, NULL, NULL))
    return false;
  const char *found = strstr (note, NOTE_PID);
  uint64_t    pid = found != NULL ? g_ascii_strtoull (found + strlen (NOTE_PID), NULL, 10) : 0;

  return pid > 0 && pid <= INT_MAX && kill ((pid_t) pid, 0) != 0 && errno == ESRCH;
}

void
shot_rundir_sweep (ShotRundir *self)
{
  g_autofree char *notes = g_build_filename (self->path, NOTES_FOLDER, NULL);
  g_autoptr (GDir) dir = g_dir_open (notes, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *folder = g_build_filename (notes, name, NULL);
    g_autofree char *note_path = g_build_filename (folder, NOTE_NAME, NULL);

    if (has_ended (note_path))
      remove_tree (folder);
  }
}
