/* renderer-answer.c: reads what a server answers with; it may be any server */
#include "config.h"

#include <math.h>
#include <string.h>
#include <zip.h>

#include "error.h"
#include "job.h"
#include "json-text.h"
#include "panel-index.h"
#include "panel.h"
#include "renderer-private.h"

#define MAX_INDEX_BYTES (4 * 1024 * 1024)
#define MAX_FILES (2 * SHOT_JOB_MAX_PANELS + 16)
#define MAX_TEXT_CHARACTERS 200
#define MAX_KEY_CHARACTERS 200

G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_t, zip_discard)

G_GNUC_PRINTF (2, 3)
static void *
fail (GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *why = NULL;

  va_start (arguments, format);
  why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_DOCUMENT,
               "the answer is not what a panelshot of this version answers with: %s", why);
  return NULL;
}

static JsonNode *
parse (GBytes *bytes, GError **error)
{
  size_t                 length = 0;
  const char            *text = g_bytes_get_data (bytes, &length);
  const char            *fault = shot_json_text_find_fault (text, length, 16, 18);
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (fault != NULL)
    return fail (error, "%s", fault);
  if (!json_parser_load_from_data (parser, text, (gssize) length, NULL) ||
      json_parser_get_root (parser) == NULL)
    return fail (error, "it is no JSON");
  return json_parser_steal_root (parser);
}

/* One file of an archive, at most so large. */
static GBytes *
read_file (zip_t *archive, const char *name, size_t most, GError **error)
{
  zip_stat_t     status;
  zip_int64_t    index = zip_name_locate (archive, name, ZIP_FL_ENC_GUESS);
  const unsigned wanted = ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD;

  if (index < 0 || zip_stat_index (archive, (zip_uint64_t) index, 0, &status) != 0 ||
      (status.valid & wanted) != wanted)
    return fail (error, "there is no file \"%.80s\"", name);
  if (status.encryption_method != ZIP_EM_NONE || status.size > most)
    return fail (error, "the file \"%.80s\" is too large, or encrypted", name);

  g_autofree char *data = g_malloc (status.size + 1);
  zip_file_t      *file = zip_fopen_index (archive, (zip_uint64_t) index, 0);
  zip_int64_t      n_read = file != NULL ? zip_fread (file, data, status.size) : -1;
  if (file != NULL)
    zip_fclose (file);
  if (n_read != (zip_int64_t) status.size)
    return fail (error, "the file \"%.80s\" is damaged", name);
  return g_bytes_new_take (g_steal_pointer (&data), status.size);
}

static zip_t *
open_archive (GBytes *bytes, GError **error)
{
  size_t        length = 0;
  const void   *data = g_bytes_get_data (bytes, &length);
  zip_source_t *source = zip_source_buffer_create (data, length, 0, NULL);
  zip_t        *archive = source != NULL ? zip_open_from_source (source, ZIP_RDONLY, NULL) : NULL;

  if (archive == NULL) {
    if (source != NULL)
      zip_source_free (source);
    return fail (error, "it is no zip archive");
  }
  if (zip_get_num_entries (archive, 0) > MAX_FILES) {
    zip_discard (archive);
    return fail (error, "it has more than %d files", MAX_FILES);
  }
  return archive;
}

/* Absent and null are "". */
static gboolean
read_text (JsonObject *object, const char *name, unsigned most, char **out_text, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node)) {
    *out_text = g_strdup ("");
    return TRUE;
  }
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING) {
    fail (error, "\"%s\" of a panel is no text", name);
    return FALSE;
  }
  *out_text = g_utf8_substring (json_node_get_string (node), 0,
                                MIN (g_utf8_strlen (json_node_get_string (node), -1), most));
  return TRUE;
}

/* As our own engine hands texts over: within their limits, and nothing in them but text. */
static void
make_plain (ShotShot *shot)
{
  g_autoptr (ShotPanel) panel = shot_panel_new (1, shot->key, shot->title, shot->row, shot->kind);
  const struct {
    char **text;
    char **plain;
  } texts[] = {
    { &shot->key, &panel->key },         { &shot->title, &panel->title },
    { &shot->row, &panel->row },         { &shot->kind, &panel->plugin },
    { &shot->message, &panel->message }, { &shot->threshold, &panel->threshold },
  };

  shot_panel_set_status (panel, shot->status, shot->message, shot->threshold);
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i].text);
    *texts[i].text = g_steal_pointer (texts[i].plain);
  }
  g_free (shot->status);
  shot->status = g_strdup (panel->status);
  if (shot->failure == NULL)
    return;
  shot_panel_set_failure (panel, shot->failure);
  g_free (shot->failure);
  shot->failure = g_steal_pointer (&panel->failure);
}

static gboolean
read_panel_texts (JsonObject *object, ShotShot *shot, GError **error)
{
  const struct {
    const char *name;
    char      **text;
    unsigned    most;
  } texts[] = {
    { "panel", &shot->key, MAX_KEY_CHARACTERS },
    { "title", &shot->title, MAX_TEXT_CHARACTERS },
    { "row", &shot->row, MAX_TEXT_CHARACTERS },
    { "kind", &shot->kind, MAX_TEXT_CHARACTERS },
    { "status", &shot->status, MAX_TEXT_CHARACTERS },
    { "message", &shot->message, MAX_TEXT_CHARACTERS },
    { "threshold", &shot->threshold, MAX_TEXT_CHARACTERS },
    { "error", &shot->failure, MAX_TEXT_CHARACTERS },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    if (!read_text (object, texts[i].name, texts[i].most, texts[i].text, error))
      return FALSE;
  }
  if (*shot->key == '\0') {
    fail (error, "a panel has no key");
    return FALSE;
  }
  if (*shot->failure == '\0')
    g_clear_pointer (&shot->failure, g_free);
  make_plain (shot);
  return TRUE;
}

/* The file that @object names as its @name, if it does. */
static gboolean
read_part (zip_t *archive, JsonObject *object, const char *name, size_t most, size_t *left,
           GBytes **out_bytes, GError **error)
{
  g_autofree char *file = NULL;

  if (!read_text (object, name, 1000, &file, error))
    return FALSE;
  if (*file == '\0')
    return TRUE;
  *out_bytes = read_file (archive, file, MIN (most, *left), error);
  if (*out_bytes == NULL)
    return FALSE;
  *left -= g_bytes_get_size (*out_bytes);
  return TRUE;
}

static gboolean
read_panel (zip_t *archive, JsonObject *object, size_t *left, GPtrArray *shots, GError **error)
{
  ShotShot *shot = g_new0 (ShotShot, 1);

  g_ptr_array_add (shots, shot);
  if (!read_panel_texts (object, shot, error) ||
      !read_part (archive, object, "file", *left, left, &shot->picture, error) ||
      !read_part (archive, object, "data", SHOT_RENDERER_MAX_DATA_BYTES, left, &shot->data, error))
    return FALSE;
  if (shot->picture == NULL) {
    if (shot->failure == NULL)
      shot->failure = g_strdup ("the renderer has no picture of it, and does not say why");
    return TRUE;
  }
  if (!shot_renderer_is_png (shot->picture, &shot->width, &shot->height)) {
    fail (error, "the picture of \"%.80s\" is no PNG", shot->key);
    return FALSE;
  }
  return TRUE;
}

static JsonArray *
get_list (JsonNode *root, const char *name)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode   *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static char *
read_flags (JsonArray *flags)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; flags != NULL && i < json_array_get_length (flags); i++) {
    JsonNode   *node = json_array_get_element (flags, i);
    const char *flag = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
    /* Names that are not ours say nothing to anybody. */
    for (unsigned j = 0; flag != NULL && j < SHOT_N_FLAGS; j++) {
      if (g_str_equal (flag, shot_flag_get_name (1 << j)))
        g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", flag);
    }
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

ShotShots *
shot_renderer_read_archive (GBytes *zip, GError **error)
{
  g_autoptr (zip_t)    archive = open_archive (zip, error);
  g_autoptr (GBytes)   index = NULL;
  g_autoptr (JsonNode) root = NULL;
  size_t               left = SHOT_RENDERER_MAX_BYTES;

  if (archive == NULL)
    return NULL;
  index = read_file (archive, SHOT_PANEL_INDEX_NAME, MAX_INDEX_BYTES, error);
  root = index != NULL ? parse (index, error) : NULL;
  if (root == NULL)
    return NULL;
  JsonArray *panels = get_list (root, "panels");
  if (panels == NULL || json_array_get_length (panels) > SHOT_JOB_MAX_PANELS)
    return fail (error, "its index lists no panels, or more than %d", SHOT_JOB_MAX_PANELS);

  g_autoptr (ShotShots) self = g_new0 (ShotShots, 1);
  self->shots = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_shot_free);
  self->flags = read_flags (get_list (root, "flags"));
  for (unsigned i = 0; i < json_array_get_length (panels); i++) {
    JsonNode *node = json_array_get_element (panels, i);
    if (!JSON_NODE_HOLDS_OBJECT (node))
      return fail (error, "a panel of its index is no object");
    if (!read_panel (archive, json_node_get_object (node), &left, self->shots, error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

/* @node: {"values": […], "current": […], …} of one variable. */
static char **
read_value_list (JsonNode *node, const char *name, GError **error)
{
  JsonArray               *list = get_list (node, "values");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (list == NULL || json_array_get_length (list) > SHOT_RENDERER_MAX_VALUES)
    return fail (error, "the values of the variable \"%.80s\" are no list, or more than %d", name,
                 SHOT_RENDERER_MAX_VALUES);
  for (unsigned i = 0; i < json_array_get_length (list); i++) {
    JsonNode *value = json_array_get_element (list, i);
    if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING)
      return fail (error, "a value of the variable \"%.80s\" is no text", name);
    g_strv_builder_add (builder, json_node_get_string (value));
  }
  return g_strv_builder_end (builder);
}

GHashTable *
shot_renderer_read_values (GBytes *json, GError **error)
{
  g_autoptr (JsonNode)   root = parse (json, error);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                         (GDestroyNotify) g_strfreev);
  JsonObjectIter         iter;
  const char            *name;
  JsonNode              *node;

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root) ||
      json_object_get_size (json_node_get_object (root)) > SHOT_RENDERER_MAX_VARIABLES)
    return fail (error, "the variables are no object, or more than %d",
                 SHOT_RENDERER_MAX_VARIABLES);
  json_object_iter_init (&iter, json_node_get_object (root));
  while (json_object_iter_next (&iter, &name, &node)) {
    char **list = read_value_list (node, name, error);
    if (list == NULL)
      return NULL;
    g_hash_table_insert (values, g_strdup (name), list);
  }
  return g_steal_pointer (&values);
}

GHashTable *
shot_renderer_read_value_archive (GBytes *zip, GError **error)
{
  g_autoptr (zip_t)  archive = open_archive (zip, error);
  g_autoptr (GBytes) json = NULL;

  if (archive == NULL)
    return NULL;
  for (zip_int64_t i = 0; json == NULL && i < zip_get_num_entries (archive, 0); i++) {
    const char *name = zip_get_name (archive, (zip_uint64_t) i, ZIP_FL_ENC_GUESS);
    if (name != NULL && !g_str_equal (name, SHOT_PANEL_INDEX_NAME)) {
      json = read_file (archive, name, MAX_INDEX_BYTES, error);
      if (json == NULL)
        return NULL;
    }
  }
  if (json == NULL)
    return fail (error, "it has no values of variables");
  return shot_renderer_read_values (json, error);
}
