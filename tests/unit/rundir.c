#include "config.h"

#include "rundir.h"

#include <glib/gstdio.h>
#include <signal.h>
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rundir/life", test_life);
  g_test_add_func ("/rundir/killed", test_killed);
  return g_test_run ();
}
