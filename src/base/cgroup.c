#include "config.h"

#include "cgroup.h"

#include <string.h>

#include "error.h"

#define MAX_DEPTH 32

/* How the versions name the same things. Of version 1, whose statistics also come without what is
 * below, the "total_" ones. */
typedef struct {
  const char *file_system;
  const char *limits[2]; /* the strictest counts; at "high" the kernel starts to throttle */
  const char *current;
  const char *inactive;
  const char *active;
  const char *mapped;
  const char *slab; /* (nullable) */
} Version;

static const Version versions[] = {
  { "cgroup",
    { "memory.limit_in_bytes", NULL },
    "memory.usage_in_bytes",
    "total_inactive_file",
    "total_active_file",
    "total_mapped_file",
    NULL },
  { "cgroup2",
    { "memory.max", "memory.high" },
    "memory.current",
    "inactive_file",
    "active_file",
    "file_mapped",
    "slab_reclaimable" },
};

static char *
read_text (const char *root, const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat (root, folder, "/", name, NULL);
  char            *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* -1 when there is no number, as in "max". */
static int64_t
parse_number (const char *text)
{
  while (text != NULL && (*text == ' ' || *text == ':'))
    text++;
  if (text == NULL || !g_ascii_isdigit (*text))
    return -1;
  return (int64_t) MIN (g_ascii_strtoull (text, NULL, 10), (uint64_t) INT64_MAX);
}

static int64_t
read_number (const char *root, const char *folder, const char *name)
{
  g_autofree char *text = read_text (root, folder, name);

  return parse_number (text);
}

/* Of lines such as "inactive_file 123" or "MemTotal:  123 kB"; -1 when there is none. */
static int64_t
find_number (const char *text, const char *name)
{
  size_t length = name != NULL ? strlen (name) : 0;

  if (name == NULL)
    return -1;
  for (const char *line = text; line != NULL && *line != '\0';) {
    if (strncmp (line, name, length) == 0 && (line[length] == ' ' || line[length] == ':'))
      return parse_number (line + length);
    line = strchr (line, '\n');
    line = line != NULL ? line + 1 : NULL;
  }
  return -1;
}

/* The path of our group as /proc/self/cgroup has it, "4:memory:/a/b" or "0::/a/b"; a line that
 * names the memory controller is of version 1 and wins. (transfer full) (nullable) */
static char *
find_group (const char *root, const Version **out_version)
{
  g_autofree char *text = read_text (root, "/proc/self", "cgroup");
  g_auto (GStrv)   lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  char            *group = NULL;

  for (char **line = lines; *line != NULL; line++) {
    g_auto (GStrv) parts = g_strsplit (*line, ":", 3);
    if (g_strv_length (parts) < 3)
      continue;
    g_auto (GStrv) controllers = g_strsplit (parts[1], ",", -1);
    bool           has_memory = g_strv_contains ((const char *const *) controllers, "memory");
    if (!has_memory && (*parts[1] != '\0' || group != NULL))
      continue;
    *out_version = &versions[has_memory ? 0 : 1];
    g_free (group);
    group = g_strdup (parts[2]);
    if (has_memory)
      break;
  }
  return group;
}

/* Where that version's tree is mounted, and which of its groups is at the top there; the fields
 * are in proc(5). */
static bool
find_mount (const char *root, const Version *version, char **out_mount, char **out_top)
{
  g_autofree char *text = read_text (root, "/proc/self", "mountinfo");
  g_auto (GStrv)   lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  bool             is_first = version == &versions[0];

  for (char **line = lines; *line != NULL; line++) {
    char *rest = strstr (*line, " - ");
    if (rest == NULL)
      continue;
    *rest = '\0';
    g_auto (GStrv) mount = g_strsplit (*line, " ", -1);
    g_auto (GStrv) source = g_strsplit (rest + 3, " ", 3);
    if (g_strv_length (mount) < 5 || g_strv_length (source) < 3 ||
        !g_str_equal (source[0], version->file_system))
      continue;
    g_auto (GStrv) options = g_strsplit (source[2], ",", -1);
    if (is_first && !g_strv_contains ((const char *const *) options, "memory"))
      continue;
    *out_top = g_strdup (mount[3]);
    *out_mount = g_strdup (mount[4]);
    return true;
  }
  return false;
}

/* The group's folder. A container without a namespace for groups sees the path on the host, of
 * which its mount shows the end; with one it sees "/". */
static char *
find_folder (const char *mount, const char *top, const char *group)
{
  size_t length = g_str_equal (top, "/") ? 0 : strlen (top);

  if (strncmp (group, top, length) != 0 || strstr (group, "/..") != NULL ||
      (group[length] != '/' && group[length] != '\0'))
    return g_strdup (mount);
  return g_strconcat (mount, g_str_equal (group + length, "/") ? "" : group + length, NULL);
}

static void
take_group (const char *root, const Version *version, const char *folder, int64_t total_bytes,
            ShotCgroup *out)
{
  g_autofree char *stat = read_text (root, folder, "memory.stat");
  int64_t          current = read_number (root, folder, version->current);
  int64_t          limit = -1;

  if (out->current_bytes < 0)
    out->current_bytes = current;
  for (size_t i = 0; i < G_N_ELEMENTS (version->limits) && version->limits[i] != NULL; i++) {
    int64_t found = read_number (root, folder, version->limits[i]);
    if (found >= 0 && (limit < 0 || found < limit))
      limit = found;
  }
  /* Also tells of groups above that are hidden from us; only version 1 has it. */
  int64_t hidden = find_number (stat, "hierarchical_memory_limit");
  if (hidden >= 0 && (limit < 0 || hidden < limit))
    limit = hidden;
  /* Version 1 writes "none" as a number beyond all memory. */
  if (limit < 0 || limit >= total_bytes)
    return;

  /* What programs have mapped is in use, though it is cache. */
  int64_t cache = MAX (find_number (stat, version->inactive), 0) +
                  MAX (find_number (stat, version->active), 0) -
                  MAX (find_number (stat, version->mapped), 0);
  int64_t droppable = MAX (cache, 0) + MAX (find_number (stat, version->slab), 0);
  int64_t available = limit - MAX (current, 0) + droppable;

  out->has_limit = true;
  out->limit_bytes = MIN (out->limit_bytes, limit);
  out->available_bytes = CLAMP (available, 0, MIN (out->available_bytes, limit));
}

gboolean
shot_cgroup_read (const char *root, ShotCgroup *out_cgroup, GError **error)
{
  g_autofree char *meminfo = read_text (root, "/proc", "meminfo");
  int64_t          total_kib = find_number (meminfo, "MemTotal");
  int64_t          available_kib = find_number (meminfo, "MemAvailable");
  const Version   *version = NULL;
  g_autofree char *mount = NULL;
  g_autofree char *top = NULL;

  if (total_kib <= 0 || available_kib < 0) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_ENGINE,
                         "cannot tell how much memory there is: mount /proc");
    return FALSE;
  }
  *out_cgroup = (ShotCgroup){ .limit_bytes = total_kib * 1024,
                              .current_bytes = -1,
                              .available_bytes = available_kib * 1024 };

  g_autofree char *group = find_group (root, &version);
  if (group == NULL || !find_mount (root, version, &mount, &top))
    return TRUE;
  /* From our own group up to the mount: any of them may be the one that is full. */
  g_autofree char *folder = find_folder (mount, top, group);
  for (int depth = 0; depth < MAX_DEPTH; depth++) {
    take_group (root, version, folder, total_kib * 1024, out_cgroup);
    if (strlen (folder) <= strlen (mount))
      break;
    *strrchr (folder, '/') = '\0';
  }
  return TRUE;
}
