#include "config.h"

#include "proctree.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static char *
read_text (const char *root, GPid pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/proc/%d/%s", root, pid, name);
  char            *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* "7 (a name) S 1 …": the name may hold anything, a ")" too. False for zombies, which have no
 * memory, and for what is gone. */
static bool
read_parent (const char *root, GPid pid, GPid *out_parent)
{
  g_autofree char *text = read_text (root, pid, "stat");
  const char      *end = text != NULL ? strrchr (text, ')') : NULL;

  if (end == NULL || end[1] != ' ' || end[2] == '\0' || end[2] == 'Z' || end[3] != ' ')
    return false;
  *out_parent = (GPid) g_ascii_strtoll (end + 4, NULL, 10);
  return true;
}

static void
read_memory (const char *root, ShotProcess *process)
{
  g_autofree char *pages = read_text (root, process->pid, "statm");
  g_autofree char *rollup = read_text (root, process->pid, "smaps_rollup");
  const char      *resident = pages != NULL ? strchr (pages, ' ') : NULL;
  const char      *pss = rollup != NULL ? strstr (rollup, "\nPss:") : NULL;

  if (resident != NULL)
    process->rss_bytes = g_ascii_strtoll (resident, NULL, 10) * sysconf (_SC_PAGESIZE);
  process->pss_bytes = pss != NULL ? g_ascii_strtoll (pss + strlen ("\nPss:"), NULL, 10) * 1024
                                   : process->rss_bytes;
}

/* Every process there is, memory not read yet. */
static GArray *
list_all (const char *root)
{
  g_autofree char *path = g_strconcat (root, "/proc", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  GArray          *all = g_array_new (FALSE, TRUE, sizeof (ShotProcess));
  const char      *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    ShotProcess process = { .pid = (GPid) g_ascii_strtoll (name, NULL, 10) };
    if (process.pid > 0 && read_parent (root, process.pid, &process.parent))
      g_array_append_val (all, process);
  }
  return all;
}

GArray *
shot_proctree_read (const char *root, GPid pid)
{
  g_autoptr (GArray) all = list_all (root);
  GArray            *tree = g_array_new (FALSE, TRUE, sizeof (ShotProcess));

  for (unsigned i = 0; i < all->len; i++) {
    if (g_array_index (all, ShotProcess, i).pid == pid)
      g_array_append_val (tree, g_array_index (all, ShotProcess, i));
  }
  /* The list grows at its end by the children of the one that is looked at. */
  for (unsigned at = 0; at < tree->len; at++) {
    GPid parent = g_array_index (tree, ShotProcess, at).pid;
    for (unsigned i = 0; i < all->len; i++) {
      if (g_array_index (all, ShotProcess, i).parent == parent)
        g_array_append_val (tree, g_array_index (all, ShotProcess, i));
    }
  }
  for (unsigned i = 0; i < tree->len; i++)
    read_memory (root, &g_array_index (tree, ShotProcess, i));
  return tree;
}
