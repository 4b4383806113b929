#include "config.h"

#include "rundir.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_life (void)
{
  g_autoptr (GError) error = NULL;
  ShotRundir        *rundir = shot_rundir_new (&error);
  struct stat        info;

  g_assert_no_error (error);
  g_autofree char *path = g_strdup (shot_rundir_get_path (rundir));
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);

  g_autofree char *below = g_build_filename (path, "a", "b", NULL);
  g_autofree char *file = g_build_filename (below, "c", NULL);
  g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));
  shot_rundir_free (rundir);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* What a killed engine leaves behind goes with the next start; what lives stays. */
static void
test_killed (void)
{
  int                    pipe_fds[2];
  char                   path[512] = "";
  g_autoptr (ShotRundir) alive = shot_rundir_new (NULL);

  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  pid_t pid = fork ();
  if (pid == 0) {
    ShotRundir *rundir = shot_rundir_new (NULL);
    const char *own = shot_rundir_get_path (rundir);
    if (write (pipe_fds[1], own, strlen (own) + 1) < 0)
      _exit (1);
    raise (SIGKILL);
  }
  g_assert_cmpint (read (pipe_fds[0], path, sizeof path - 1), >, 0);
  waitpid (pid, NULL, 0);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));

  g_autoptr (ShotRundir) next = shot_rundir_new (NULL);
  g_assert_nonnull (next);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (shot_rundir_get_path (alive), G_FILE_TEST_IS_DIR));
}

static void
write_note (const char *folder, const char *name, const char *text)
{
  g_autofree char *below = g_build_filename (folder, ".flatpak", name, NULL);
  g_autofree char *note = g_build_filename (below, "bwrapinfo.json", NULL);

  g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
  g_assert_true (g_file_set_contents (note, text, -1, NULL));
}

static bool
has_note (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, ".flatpak", name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* A note of a process that has ended goes; that of a living one stays, and so does half a note. */
static void
test_sweep (void)
{
  g_autoptr (ShotRundir) rundir = shot_rundir_new (NULL);
  const char            *path = shot_rundir_get_path (rundir);

  shot_rundir_sweep (rundir); /* without any notes */
  pid_t pid = fork ();
  if (pid == 0)
    _exit (0);
  waitpid (pid, NULL, 0);
  g_autofree char *dead = g_strdup_printf ("{\n    \"child-pid\": %d,\n    \"x\": 1\n}", (int) pid);
  g_autofree char *alive = g_strdup_printf ("{\n    \"child-pid\": %d\n}", (int) getpid ());

  write_note (path, "webkit-1-1", dead);
  write_note (path, "webkit-1-2", alive);
  write_note (path, "webkit-1-3", "{");
  shot_rundir_sweep (rundir);
  g_assert_false (has_note (path, "webkit-1-1"));
  g_assert_true (has_note (path, "webkit-1-2"));
  g_assert_true (has_note (path, "webkit-1-3"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rundir/life", test_life);
  g_test_add_func ("/rundir/killed", test_killed);
  g_test_add_func ("/rundir/sweep", test_sweep);
  return g_test_run ();
}
