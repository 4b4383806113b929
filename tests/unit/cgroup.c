#include "config.h"

#include "cgroup.h"

#include <glib/gstdio.h>
#include <string.h>

#include "error.h"

#define GIB INT64_C (1073741824)
#define MIB INT64_C (1048576)

/* A machine of 8 GiB, of which 6 are available. */
#define MEMINFO "MemTotal:        8388608 kB\nMemFree: 1 kB\nMemAvailable:    6291456 kB\n"

#define V1_MOUNT                                                                        \
  "35 31 0:32 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"                \
  "36 31 0:33 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n" \
  "37 31 0:34 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
#define V2_MOUNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

#define V1 "/sys/fs/cgroup/memory"
#define V2 "/sys/fs/cgroup"

typedef struct {
  char *root;
} Machine;

static void
put (const Machine *machine, const char *folder, const char *name, const char *text)
{
  g_autofree char *directory = g_strconcat (machine->root, folder, NULL);
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Machine *machine, const void *unused)
{
  machine->root = g_dir_make_tmp ("cgroup-XXXXXX", NULL);
  put (machine, "/proc", "meminfo", MEMINFO);
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
tear_down (Machine *machine, const void *unused)
{
  remove_tree (machine->root);
  g_free (machine->root);
}

static ShotCgroup
read_cgroup (const Machine *machine)
{
  g_autoptr (GError) error = NULL;
  ShotCgroup         cgroup;

  g_assert_true (shot_cgroup_read (machine->root, &cgroup, &error));
  g_assert_no_error (error);
  return cgroup;
}

static void
assert_is_machine (const ShotCgroup *cgroup)
{
  g_assert_false (cgroup->has_limit);
  g_assert_cmpint (cgroup->limit_bytes, ==, 8 * GIB);
  g_assert_cmpint (cgroup->available_bytes, ==, 6 * GIB);
}

static void
test_no_groups (Machine *machine, const void *unused)
{
  ShotCgroup cgroup = read_cgroup (machine);

  assert_is_machine (&cgroup);
  g_assert_cmpint (cgroup.current_bytes, ==, -1);
}

static void
test_no_proc (Machine *machine, const void *unused)
{
  g_autoptr (GError) error = NULL;
  ShotCgroup         cgroup = { .limit_bytes = 5 };

  put (machine, "/proc", "meminfo", "nothing\n");
  g_assert_false (shot_cgroup_read (machine->root, &cgroup, &error));
  g_assert_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE);
  g_assert_cmpint (cgroup.limit_bytes, ==, 5);
}

static void
test_v2 (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/pod/box\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2 "/pod/box", "memory.max", "1073741824\n");
  put (machine, V2 "/pod/box", "memory.current", "943718400\n"); /* 900 MiB */
  put (machine, V2 "/pod/box", "memory.stat",
       "anon 1\ninactive_file 314572800\nactive_file 104857600\nfile_mapped 209715200\n"
       "slab_reclaimable 10485760\n"); /* 300 + 100 - 200 + 10 MiB can go */
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_true (cgroup.has_limit);
  g_assert_cmpint (cgroup.limit_bytes, ==, GIB);
  g_assert_cmpint (cgroup.current_bytes, ==, 900 * MIB);
  g_assert_cmpint (cgroup.available_bytes, ==, (1024 - 900 + 210) * MIB);
}

static void
test_v2_max (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/box\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2 "/box", "memory.max", "max\n");
  put (machine, V2 "/box", "memory.high", "max\n");
  put (machine, V2 "/box", "memory.current", "1048576\n");
  ShotCgroup cgroup = read_cgroup (machine);
  assert_is_machine (&cgroup);
  g_assert_cmpint (cgroup.current_bytes, ==, MIB);
}

static void
test_v2_high (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/box\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2 "/box", "memory.max", "2147483648\n");
  put (machine, V2 "/box", "memory.high", "1073741824\n");
  put (machine, V2 "/box", "memory.current", "0\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.limit_bytes, ==, GIB);
  g_assert_cmpint (cgroup.available_bytes, ==, GIB);
}

/* The limit of the group around ours is looser, yet it has less left; the one around that is
 * stricter. Each figure comes from where it is least. */
static void
test_nested (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/slice/pod/box\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2 "/slice/pod/box", "memory.max", "4294967296\n");
  put (machine, V2 "/slice/pod/box", "memory.current", "1048576\n");
  put (machine, V2 "/slice/pod", "memory.max", "5368709120\n");
  put (machine, V2 "/slice/pod", "memory.current", "5263851520\n"); /* 100 MiB left */
  put (machine, V2 "/slice", "memory.max", "3221225472\n");
  put (machine, V2 "/slice", "memory.current", "1073741824\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.limit_bytes, ==, 3 * GIB);
  g_assert_cmpint (cgroup.current_bytes, ==, MIB);
  g_assert_cmpint (cgroup.available_bytes, ==, 100 * MIB);
}

/* A namespace shows our group as the root; its files are at the mount itself. */
static void
test_namespace (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2, "memory.max", "536870912\n");
  put (machine, V2, "memory.current", "1048576\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.limit_bytes, ==, 512 * MIB);
  g_assert_cmpint (cgroup.available_bytes, ==, 511 * MIB);
}

static void
test_v1 (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/\n3:cpu:/\n4:hugetlb,memory:/pod/box\n");
  put (machine, "/proc/self", "mountinfo", V1_MOUNT);
  put (machine, V1 "/pod/box", "memory.limit_in_bytes", "9223372036854771712\n");
  put (machine, V1 "/pod/box", "memory.usage_in_bytes", "104857600\n");
  put (machine, V1 "/pod", "memory.limit_in_bytes", "1073741824\n");
  put (machine, V1 "/pod", "memory.usage_in_bytes", "209715200\n");
  put (machine, V1 "/pod", "memory.stat",
       "inactive_file 999999999\ntotal_inactive_file 52428800\ntotal_active_file 10485760\n"
       "total_mapped_file 0\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_true (cgroup.has_limit);
  g_assert_cmpint (cgroup.limit_bytes, ==, GIB);
  g_assert_cmpint (cgroup.current_bytes, ==, 100 * MIB);
  g_assert_cmpint (cgroup.available_bytes, ==, (1024 - 200 + 60) * MIB);
}

/* Without a namespace the path is the host's, and only its end is mounted. */
static void
test_v1_container (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "4:memory:/docker/abc\n");
  put (machine, "/proc/self", "mountinfo",
       "36 31 0:33 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  put (machine, V1, "memory.limit_in_bytes", "268435456\n");
  put (machine, V1, "memory.usage_in_bytes", "1048576\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.limit_bytes, ==, 256 * MIB);
  g_assert_cmpint (cgroup.available_bytes, ==, 255 * MIB);
}

static void
test_v1_hidden (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "4:memory:/\n");
  put (machine, "/proc/self", "mountinfo", V1_MOUNT);
  put (machine, V1, "memory.limit_in_bytes", "9223372036854771712\n");
  put (machine, V1, "memory.usage_in_bytes", "1048576\n");
  put (machine, V1, "memory.stat", "hierarchical_memory_limit 1073741824\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.limit_bytes, ==, GIB);
  g_assert_cmpint (cgroup.available_bytes, ==, 1023 * MIB);
}

/* More is used than the limit allows, as after the limit was lowered. */
static void
test_over (Machine *machine, const void *unused)
{
  put (machine, "/proc/self", "cgroup", "0::/box\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2 "/box", "memory.max", "1048576\n");
  put (machine, V2 "/box", "memory.current", "2097152\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.available_bytes, ==, 0);
}

/* The machine itself may be fuller than the group. */
static void
test_full_machine (Machine *machine, const void *unused)
{
  put (machine, "/proc", "meminfo", "MemTotal: 8388608 kB\nMemAvailable: 1024 kB\n");
  put (machine, "/proc/self", "cgroup", "0::/box\n");
  put (machine, "/proc/self", "mountinfo", V2_MOUNT);
  put (machine, V2 "/box", "memory.max", "1073741824\n");
  put (machine, V2 "/box", "memory.current", "0\n");
  ShotCgroup cgroup = read_cgroup (machine);
  g_assert_cmpint (cgroup.limit_bytes, ==, GIB);
  g_assert_cmpint (cgroup.available_bytes, ==, MIB);
}

/* What no kernel writes must neither crash nor limit. */
static void
test_nonsense (Machine *machine, const void *unused)
{
  static const char *const groups[] = {
    "", "\n\n", "0", "0:", "0::", "::::", "4:memory:", "0::/../../x", "4:memory:no/slash"
  };

  put (machine, "/proc/self", "mountinfo",
       "\n - \n1 2 - cgroup2 x\n1 2 3 4 5 6 - cgroup2\n" V1_MOUNT V2_MOUNT);
  put (machine, V2, "memory.max", "many\n");
  put (machine, V1, "memory.stat", "hierarchical_memory_limit\ninactive_file");
  for (size_t i = 0; i < G_N_ELEMENTS (groups); i++) {
    put (machine, "/proc/self", "cgroup", groups[i]);
    ShotCgroup cgroup = read_cgroup (machine);
    assert_is_machine (&cgroup);
  }
}

static void
test_here (void)
{
  g_autoptr (GError) error = NULL;
  ShotCgroup         cgroup;

  g_assert_true (shot_cgroup_read ("", &cgroup, &error));
  g_assert_no_error (error);
  g_assert_cmpint (cgroup.limit_bytes, >, 0);
  g_assert_cmpint (cgroup.available_bytes, >, 0);
  g_assert_cmpint (cgroup.available_bytes, <=, cgroup.limit_bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, function) \
  g_test_add ("/cgroup/" name, Machine, NULL, set_up, function, tear_down)
  TEST ("no-groups", test_no_groups);
  TEST ("no-proc", test_no_proc);
  TEST ("v2", test_v2);
  TEST ("v2-max", test_v2_max);
  TEST ("v2-high", test_v2_high);
  TEST ("nested", test_nested);
  TEST ("namespace", test_namespace);
  TEST ("v1", test_v1);
  TEST ("v1-container", test_v1_container);
  TEST ("v1-hidden", test_v1_hidden);
  TEST ("over", test_over);
  TEST ("full-machine", test_full_machine);
  TEST ("nonsense", test_nonsense);
  g_test_add_func ("/cgroup/here", test_here);
  return g_test_run ();
}
