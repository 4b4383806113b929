#include "config.h"

#include "paths.h"

#include <gio/gio.h>

/* The folder of the running program; NULL without /proc. */
static char *
get_own_folder (void)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);

  return own != NULL ? g_path_get_dirname (own) : NULL;
}

/* @below, looked for beside the program and one folder up, as a build folder has it.
 * (transfer full) (nullable) */
static char *
find_in_build (const char *below)
{
  g_autofree char *folder = get_own_folder ();
  const char      *bases[] = { ".", ".." };

  if (folder == NULL)
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (bases); i++) {
    g_autofree char *path = g_build_filename (folder, bases[i], below, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_canonicalize_filename (path, NULL);
  }
  return NULL;
}

char *
shot_paths_get_engine (void)
{
  const char *from_environment = g_getenv ("PANELSHOT_ENGINE");

  if (from_environment != NULL && *from_environment != '\0')
    return g_strdup (from_environment);

  char *in_build = find_in_build ("engine/panelshot-engine");
  return in_build != NULL ? in_build : g_build_filename (SHOT_LIBEXECDIR, "panelshot-engine", NULL);
}

char *
shot_paths_get_extension_dir (void)
{
  const char *from_environment = g_getenv ("PANELSHOT_WEBEXT_DIR");

  if (from_environment != NULL && *from_environment != '\0')
    return g_strdup (from_environment);

  g_autofree char *in_build = find_in_build ("webext/libpanelshot-webext.so");
  return in_build != NULL ? g_path_get_dirname (in_build) : g_strdup (SHOT_EXTENSIONDIR);
}
