/* page-data.c: what a visit yields beside pictures: what the page knows in numbers */
#include "config.h"

#include "page-private.h"

#include <unistd.h>

#include "memory-file.h"
#include "panel-data.h"

/* --- scripts ----------------------------------------------------------------------------- */

void
shot_page_run_panels (ShotPage *self, const char *step, const char *options,
                      GAsyncReadyCallback callback)
{
  static const char *const names[] = { "panel-data.js", "panels.js" };
  g_autoptr (GString)      script = g_string_new (NULL);
  GVariantDict             arguments;

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char   *path = g_strconcat ("/panelshot/page/", names[i], NULL);
    g_autoptr (GBytes) part = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_string_append_len (script, g_bytes_get_data (part, NULL), (gssize) g_bytes_get_size (part));
  }
  g_variant_dict_init (&arguments, NULL);
  g_variant_dict_insert (&arguments, "step", "s", step);
  g_variant_dict_insert (&arguments, "options", "s", options);
  webkit_web_view_call_async_javascript_function (
      shot_page_get_view (self), script->str, (gssize) script->len, g_variant_dict_end (&arguments),
      NULL, NULL, self->inner, callback, callback != NULL ? g_object_ref (self) : NULL);
}

char *
shot_page_take_text (GObject *view, GAsyncResult *result, GError **error)
{
  g_autoptr (JSCValue) value = webkit_web_view_call_async_javascript_function_finish (
      WEBKIT_WEB_VIEW (view), result, error);

  if (value != NULL && jsc_value_is_string (value))
    return jsc_value_to_string (value);
  if (value != NULL)
    g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_SCRIPT, "it answers nonsense");
  return NULL;
}

/* --- tables of panels -------------------------------------------------------------------- */

static void
compress_thread (GTask *task, void *source, void *data, GCancellable *cancellable)
{
  GError            *error = NULL;
  g_autoptr (GBytes) bytes = shot_panel_data_compress (data, &error);
  int                fd = bytes != NULL ? shot_memory_file_from_bytes (bytes, &error) : -1;

  if (fd < 0) {
    g_task_return_error (task, error);
    return;
  }
  ShotPicture *picture = shot_picture_new ();
  picture->data_fd = fd;
  picture->data_bytes = g_bytes_get_size (bytes);
  g_task_return_pointer (task, picture, (GDestroyNotify) shot_picture_free);
}

void
shot_page_compress_async (GBytes *csv, GCancellable *cancellable, GAsyncReadyCallback callback,
                          void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, g_bytes_ref (csv), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, compress_thread);
}

ShotPicture *
shot_page_compress_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- variables --------------------------------------------------------------------------- */

static void
listed_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (ShotPage) self = data;
  GError              *error = NULL;
  g_autofree char     *text = shot_page_take_text (source, result, &error);
  g_autoptr (GBytes)   bytes = NULL;

  if (self->state != SHOT_STATE_CAPTURING) {
    g_clear_error (&error);
    return;
  }
  if (text == NULL) {
    shot_page_fail (self, SHOT_ERROR_SCRIPT, "the page's variables cannot be listed: %s",
                    error->message);
    g_clear_error (&error);
    return;
  }
  bytes = shot_variables_clean (text);
  int fd = bytes != NULL ? shot_memory_file_from_bytes (bytes, &error) : -1;
  if (bytes == NULL) {
    shot_page_fail (self, SHOT_ERROR_NOT_FOUND,
                    "the page tells of no dashboard's variables: give the address of a dashboard "
                    "of Grafana 11 or later");
    return;
  }
  if (fd < 0) {
    shot_page_finish (self, error);
    return;
  }
  ShotPicture *picture = shot_picture_new ();
  picture->encoding = SHOT_ENCODING_JSON;
  picture->fd = fd;
  picture->size_bytes = g_bytes_get_size (bytes);
  shot_page_start_encoding (self);
  shot_page_add_picture (self, picture);
}

void
shot_page_list_variables (ShotPage *self)
{
  shot_page_run_panels (self, "variables", "{}", listed_cb);
}
