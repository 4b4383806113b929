#include "config.h"

#include "archive-folder.h"

char *
shot_archive_folder_find (const char *option)
{
  const char *folder = option != NULL ? option : g_getenv ("PANELSHOT_ARCHIVE");

  if (folder != NULL && *folder != '\0')
    return g_strdup (folder);
  return g_build_filename (g_get_user_data_dir (), "panelshot", "archive", NULL);
}
