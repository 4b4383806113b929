#include "config.h"

#include "panel-index.h"

#include <string.h>

#define MIN_DIGITS 2
#define DATA_ENDING "csv.gz"

static char *
fold (const char *name)
{
  return g_utf8_casefold (name, -1);
}

static unsigned
count_digits (const ShotResult *result)
{
  unsigned most = 0;
  unsigned n_digits = 1;

  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    if (picture->panel != NULL)
      most = MAX (most, picture->panel->order);
  }
  for (unsigned rest = most; rest >= 10; rest /= 10)
    n_digits++;
  return MAX (n_digits, MIN_DIGITS);
}

/* @base, or the first of "base-2", "base-3" … that nobody has yet, nor its data's name when it has
 * some. (transfer full) */
static char *
take_name (GHashTable *seen, const char *base, const ShotPicture *picture)
{
  for (unsigned i = 1;; i++) {
    g_autofree char *stem = i == 1 ? g_strdup (base) : g_strdup_printf ("%s-%u", base, i);
    g_autofree char *name = g_strconcat (stem, ".", shot_encoding_get_name (picture->encoding),
                                         NULL);
    g_autofree char *data = g_strconcat (stem, "." DATA_ENDING, NULL);
    g_autofree char *folded_name = fold (name);
    g_autofree char *folded_data = fold (data);
    if (g_hash_table_contains (seen, folded_name) ||
        (picture->data_bytes > 0 && g_hash_table_contains (seen, folded_data)))
      continue;
    g_hash_table_add (seen, g_steal_pointer (&folded_name));
    if (picture->data_bytes > 0)
      g_hash_table_add (seen, g_steal_pointer (&folded_data));
    return g_steal_pointer (&name);
  }
}

GPtrArray *
shot_panel_index_make_names (const ShotResult *result, const GPtrArray *prefixes,
                             const GPtrArray *taken)
{
  GPtrArray             *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  unsigned               n_digits = count_digits (result);

  g_hash_table_add (seen, fold (SHOT_PANEL_INDEX_NAME));
  for (unsigned i = 0; taken != NULL && i < taken->len; i++) {
    if (taken->pdata[i] != NULL)
      g_hash_table_add (seen, fold (taken->pdata[i]));
  }
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    if (picture->panel == NULL || shot_picture_is_lost (picture)) {
      g_ptr_array_add (names, NULL);
      continue;
    }
    const char      *prefix = prefixes != NULL && picture->wish < prefixes->len
                                  ? prefixes->pdata[picture->wish]
                                  : NULL;
    g_autofree char *own = shot_panel_make_name (picture->panel, n_digits);
    g_autofree char *base = g_strconcat (prefix != NULL ? prefix : "", prefix != NULL ? "-" : "",
                                         own, NULL);
    g_ptr_array_add (names, take_name (seen, base, picture));
  }
  return names;
}

char *
shot_panel_index_make_data_name (const ShotPicture *picture, const char *name)
{
  const char *ending = name != NULL ? strrchr (name, '.') : NULL;

  if (ending == NULL || picture->data_bytes == 0)
    return NULL;
  return g_strdup_printf ("%.*s." DATA_ENDING, (int) (ending - name), name);
}

static JsonObject *
make_grid (const ShotPanel *panel)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "x", panel->grid_x);
  json_object_set_int_member (object, "y", panel->grid_y);
  json_object_set_int_member (object, "w", panel->grid_width);
  json_object_set_int_member (object, "h", panel->grid_height);
  return object;
}

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL && *text != '\0')
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

void
shot_panel_index_describe (JsonObject *object, const ShotPicture *picture, const char *name)
{
  const ShotPanel *panel = picture->panel;

  if (panel == NULL)
    return;
  g_autofree char *data_name = shot_panel_index_make_data_name (picture, name);
  set_text (object, "file", name);
  set_text (object, "data", data_name);
  json_object_set_boolean_member (object, "dataCut", picture->is_data_cut);
  set_text (object, "status", panel->status);
  set_text (object, "message", panel->message);
  set_text (object, "threshold", panel->threshold);
  json_object_set_string_member (object, "panel", panel->key);
  json_object_set_string_member (object, "title", panel->title);
  set_text (object, "row", panel->row);
  set_text (object, "kind", panel->plugin);
  if (panel->grid_width > 0)
    json_object_set_object_member (object, "grid", make_grid (panel));
  else
    json_object_set_null_member (object, "grid");
  json_object_set_boolean_member (object, "cutOut", panel->is_cut_out);
  set_text (object, "error", panel->failure);
}

static void
set_dashboard (JsonObject *object, const ShotResult *result)
{
  if (result->dashboard_uid == NULL && result->dashboard_title == NULL) {
    json_object_set_null_member (object, "dashboard");
    return;
  }
  JsonObject *dashboard = json_object_new ();
  set_text (dashboard, "uid", result->dashboard_uid);
  set_text (dashboard, "title", result->dashboard_title);
  if (result->dashboard_version > 0)
    json_object_set_int_member (dashboard, "version", result->dashboard_version);
  else
    json_object_set_null_member (dashboard, "version");
  json_object_set_object_member (object, "dashboard", dashboard);
}

void
shot_panel_index_count (const ShotResult *result, unsigned *out_n_panels, unsigned *out_n_failed)
{
  *out_n_panels = 0;
  *out_n_failed = 0;
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    *out_n_panels += picture->panel != NULL ? 1 : 0;
    *out_n_failed += shot_picture_is_lost (picture) ? 1 : 0;
  }
}

char *
shot_panel_index_make_json (const ShotResult *result, const GPtrArray *names)
{
  g_autoptr (JsonNode)   root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray             *flags = json_array_new ();
  JsonArray             *panels = json_array_new ();

  for (unsigned i = 0; i < SHOT_N_FLAGS; i++) {
    if (result->flags & (1u << i))
      json_array_add_string_element (flags, shot_flag_get_name (1 << i));
  }
  for (unsigned i = 0; i < result->pictures->len; i++) {
    const ShotPicture *picture = result->pictures->pdata[i];
    if (picture->panel == NULL)
      continue;
    JsonObject *panel = json_object_new ();
    json_object_set_int_member (panel, "picture", picture->wish + 1);
    shot_panel_index_describe (panel, picture, names->pdata[i]);
    json_object_set_int_member (panel, "width", picture->width);
    json_object_set_int_member (panel, "height", picture->height);
    json_object_set_int_member (panel, "bytes", (int64_t) picture->size_bytes);
    json_object_set_string_member (panel, "encoding", shot_encoding_get_name (picture->encoding));
    json_array_add_object_element (panels, panel);
  }
  json_object_set_array_member (object, "flags", flags);
  set_dashboard (object, result);
  json_object_set_array_member (object, "panels", panels);
  json_node_set_object (root, object);
  g_autofree char *text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}
