#include "config.h"

#include "proctree.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
put (const char *root, int pid, const char *name, const char *text)
{
  g_autofree char *folder = g_strdup_printf ("%s/proc/%d", root, pid);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put_process (const char *root, int pid, int parent, const char *name, int pages, int pss_kib)
{
  g_autofree char *stat = g_strdup_printf ("%d (%s) S %d 1 1 0\n", pid, name, parent);
  g_autofree char *statm = g_strdup_printf ("9999 %d 5 1 0 1 0\n", pages);
  g_autofree char *rollup = g_strdup_printf ("1-2 ---p 0 00:00 0 [rollup]\nRss: 9 kB\n"
                                             "Pss:                %d kB\nPss_Anon: 1 kB\n",
                                             pss_kib);

  put (root, pid, "stat", stat);
  put (root, pid, "statm", statm);
  if (pss_kib >= 0)
    put (root, pid, "smaps_rollup", rollup);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char      *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_remove (path);
}

static void
test_tree (void)
{
  g_autofree char *root = g_dir_make_tmp ("proctree-XXXXXX", NULL);
  const long       page = sysconf (_SC_PAGESIZE);

  put_process (root, 1, 0, "init", 1, 1);
  put_process (root, 10, 1, "panelshot", 100, 300);
  put_process (root, 11, 10, "engine", 200, 700);
  put_process (root, 12, 1, "stranger", 1000, 1000);
  /* A name that looks like the end of the field, a lower number than its parent's, no PSS. */
  put_process (root, 5, 11, "a) S 12 (b", 50, -1);
  put (root, 13, "stat", "13 (zombie) Z 11 1 1 0\n");
  put (root, 14, "stat", "nonsense");
  put (root, 15, "stat", "15 (x)");

  g_autoptr (GArray) tree = shot_proctree_read (root, 10);
  const ShotProcess *found = (const ShotProcess *) (void *) tree->data;
  g_assert_cmpuint (tree->len, ==, 3);
  g_assert_cmpint (found[0].pid, ==, 10);
  g_assert_cmpint (found[0].rss_bytes, ==, 100 * page);
  g_assert_cmpint (found[0].pss_bytes, ==, 300 * 1024);
  g_assert_cmpint (found[1].pid, ==, 11);
  g_assert_cmpint (found[1].parent, ==, 10);
  g_assert_cmpint (found[1].pss_bytes, ==, 700 * 1024);
  g_assert_cmpint (found[2].pid, ==, 5);
  g_assert_cmpint (found[2].parent, ==, 11);
  g_assert_cmpint (found[2].pss_bytes, ==, 50 * page);

  g_autoptr (GArray) none = shot_proctree_read (root, 99);
  g_assert_cmpuint (none->len, ==, 0);
  remove_tree (root);
  g_autoptr (GArray) nothing = shot_proctree_read (root, 10);
  g_assert_cmpuint (nothing->len, ==, 0);
}

static void
test_here (void)
{
  g_autoptr (GArray) tree = shot_proctree_read ("", getpid ());
  const ShotProcess *self = (const ShotProcess *) (void *) tree->data;

  g_assert_cmpuint (tree->len, >=, 1);
  g_assert_cmpint (self->pid, ==, getpid ());
  g_assert_cmpint (self->parent, ==, getppid ());
  g_assert_cmpint (self->rss_bytes, >, 0);
  g_assert_cmpint (self->pss_bytes, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proctree/tree", test_tree);
  g_test_add_func ("/proctree/here", test_here);
  return g_test_run ();
}
