#include "config.h"

#include "report.h"

#include "error.h"
#include "mask.h"
#include "panel-index.h"

static JsonObject *
make_error (const GError *error)
{
  JsonObject      *object = json_object_new ();
  g_autofree char *message = shot_mask_uri (error->message);

  json_object_set_string_member (object, "code", shot_error_get_name (shot_error_classify (error)));
  json_object_set_string_member (object, "message", message);
  return object;
}

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

static void
set_pictures (JsonObject *object, const char *output, const ShotResult *result,
              const GPtrArray *names)
{
  JsonArray *pictures = json_array_new ();

  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    JsonObject        *element = json_object_new ();
    json_object_set_int_member (element, "width", picture->width);
    json_object_set_int_member (element, "height", picture->height);
    json_object_set_int_member (element, "bytes", (int64_t) picture->size_bytes);
    json_object_set_string_member (element, "encoding", shot_encoding_get_name (picture->encoding));
    json_object_set_int_member (element, "n_pages", picture->n_pages);
    set_text (element, "file_name", picture->file_name);
    shot_panel_index_describe (element, picture, names != NULL ? names->pdata[i] : NULL);
    json_array_add_object_element (pictures, element);
  }
  g_autofree char *shown = g_filename_display_name (output);
  json_object_set_string_member (object, "output", shown);
  json_object_set_array_member (object, "pictures", pictures);
}

static JsonObject *
make_fetched (const ShotResult *result)
{
  JsonObject *object = json_object_new ();

  for (int i = 0; i < SHOT_N_FETCHES; i++) {
    JsonObject *sum = json_object_new ();
    json_object_set_int_member (sum, "n", result->n_fetched[i]);
    json_object_set_int_member (sum, "bytes", result->fetched_bytes[i]);
    json_object_set_object_member (object, shot_fetch_get_name (i), sum);
  }
  return object;
}

static void
set_story (JsonObject *object, const ShotResult *result)
{
  JsonArray  *flags = json_array_new ();
  JsonArray  *redirects = json_array_new ();
  JsonObject *stages = json_object_new ();

  for (int i = 0; i < SHOT_N_FLAGS; i++) {
    if (result->flags & (1u << i))
      json_array_add_string_element (flags, shot_flag_get_name (1 << i));
  }
  for (int i = 0; i < SHOT_N_STAGES; i++)
    json_object_set_int_member (stages, shot_stage_get_name (i), result->stage_us[i] / 1000);
  for (unsigned i = 0; i < result->redirects->len; i++)
    json_array_add_string_element (redirects, result->redirects->pdata[i]);
  json_object_set_array_member (object, "flags", flags);
  json_object_set_object_member (object, "stages", stages);
  json_object_set_int_member (object, "attempts", result->attempts);
  set_text (object, "last_blocker", result->last_blocker);
  set_text (object, "missing",
            (result->flags & SHOT_FLAG_INCOMPLETE) != 0 ? result->last_blocker : NULL);
  json_object_set_string_member (object, "path", shot_path_get_name (result->path));
  json_object_set_boolean_member (object, "reported", result->is_reported);
  json_object_set_object_member (object, "fetched", make_fetched (result));
  set_text (object, "final_uri", result->final_uri);
  json_object_set_array_member (object, "redirects", redirects);
}

char *
shot_report_make_json (const char *output, const ShotResult *result, const GPtrArray *names,
                       const GError *error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);

  if (error != NULL)
    json_object_set_object_member (object, "error", make_error (error));
  else
    set_pictures (object, output, result, names);
  if (result != NULL)
    set_story (object, result);
  json_node_set_object (root, object);
  return json_to_string (root, FALSE);
}

/* (transfer full) */
static char *
describe_picture (const ShotPicture *picture)
{
  switch (picture->kind) {
  case SHOT_PICTURE_PRINT:
    return g_strdup_printf ("%d page%s", picture->n_pages, picture->n_pages == 1 ? "" : "s");
  case SHOT_PICTURE_DOWNLOAD:
    return g_strdup (picture->file_name != NULL ? picture->file_name : "a table");
  case SHOT_PICTURE_VARIABLES:
    return g_strdup ("variables");
  case SHOT_PICTURE_VIEWPORT:
  case SHOT_PICTURE_FULL_PAGE:
  case SHOT_PICTURE_ELEMENT:
  case SHOT_PICTURE_EACH_PANEL:
  case SHOT_N_PICTURE_KINDS:
    return g_strdup_printf ("%d x %d", picture->width, picture->height);
  }
  g_assert_not_reached ();
}

/* (transfer full) */
static char *
describe_pictures (const ShotResult *result, size_t *out_size_bytes)
{
  unsigned n_panels, n_failed;

  shot_panel_index_count (result, &n_panels, &n_failed);
  *out_size_bytes = 0;
  for (unsigned i = 0; i < result->pictures->len; i++)
    *out_size_bytes += ((ShotPicture *) result->pictures->pdata[i])->size_bytes;
  if (n_panels == 0)
    return describe_picture (result->pictures->pdata[0]);
  return n_failed == 0 ? g_strdup_printf ("%u panels", n_panels)
                       : g_strdup_printf ("%u of %u panels, see %s", n_panels - n_failed, n_panels,
                                          SHOT_PANEL_INDEX_NAME);
}

char *
shot_report_make_line (const char *output, const ShotResult *result)
{
  size_t           size_bytes = 0;
  g_autofree char *described = describe_pictures (result, &size_bytes);
  g_autofree char *shown = g_filename_display_name (output);
  g_autofree char *flags = shot_flags_to_string (result->flags);
  int64_t          total_us = 0;

  for (int i = 0; i < SHOT_N_STAGES; i++)
    total_us += result->stage_us[i];
  return g_strdup_printf (
      "%s: %s, %.1f kB, %.1f s%s%s%s%s", shown, described, (double) size_bytes / 1000,
      (double) total_us / G_USEC_PER_SEC, *flags != '\0' ? "; " : "", flags,
      *flags != '\0' && result->last_blocker != NULL ? "; last waited for " : "",
      *flags != '\0' && result->last_blocker != NULL ? result->last_blocker : "");
}
