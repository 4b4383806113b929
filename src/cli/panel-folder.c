#include "config.h"

#include "panel-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "output.h"
#include "panel-index.h"

struct _ShotPanelFolder {
  char *path; /* (owned): as it was asked for */
};

ShotPanelFolder *
shot_panel_folder_new (const char *path, GError **error)
{
  if (path == NULL || *path == '\0' || g_str_equal (path, "-")) {
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                         "--each-panel writes several files: give -o and the folder for them");
    return NULL;
  }
  g_autofree char *shown = g_filename_display_name (path);
  if (g_mkdir_with_parents (path, 0777) != 0) {
    int code = errno;
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "cannot make the folder %s: %s: give -o another", shown,
                 g_strerror (code == EEXIST ? ENOTDIR : code));
    return NULL;
  }

  /* An index of earlier pictures stays until there is a new one. */
  g_autofree char       *index = g_build_filename (path, SHOT_PANEL_INDEX_NAME, NULL);
  g_autoptr (ShotOutput) probe = shot_output_new (index, false, error);
  if (probe == NULL)
    return NULL;

  ShotPanelFolder *self = g_new0 (ShotPanelFolder, 1);
  self->path = g_strdup (path);
  return self;
}

void
shot_panel_folder_free (ShotPanelFolder *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self);
}

const char *
shot_panel_folder_get_name (const ShotPanelFolder *self)
{
  return self->path;
}

static gboolean
write_file (ShotPanelFolder *self, const char *name, GBytes *bytes, GError **error)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  return shot_output_write_file (path, path, bytes, error);
}

gboolean
shot_panel_folder_write (ShotPanelFolder *self, const ShotResult *result, GPtrArray **out_names,
                         GError **error)
{
  g_autoptr (GPtrArray) names = shot_panel_index_make_names (result, NULL, NULL);

  for (unsigned i = 0; i < result->pictures->len; i++) {
    if (names->pdata[i] == NULL)
      continue;
    const ShotPicture *picture = result->pictures->pdata[i];
    g_autoptr (GBytes) bytes = shot_picture_get_bytes (picture, error);
    if (bytes == NULL || !write_file (self, names->pdata[i], bytes, error))
      return FALSE;
    g_autofree char *data_name = shot_panel_index_make_data_name (picture, names->pdata[i]);
    if (data_name == NULL)
      continue;
    g_autoptr (GBytes) data = shot_picture_get_data (picture, error);
    if (data == NULL || !write_file (self, data_name, data, error))
      return FALSE;
  }

  char              *text = shot_panel_index_make_json (result, names);
  g_autoptr (GBytes) index = g_bytes_new_take (text, strlen (text));
  if (!write_file (self, SHOT_PANEL_INDEX_NAME, index, error))
    return FALSE;
  *out_names = g_steal_pointer (&names);
  return TRUE;
}
