#include "config.h"

#include "panel-data.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "error.h"
#include "json-depth.h"
#include "result.h"

#define MAX_HEAD_BYTES (64 * 1024)
#define HEAD_DEPTH 3
#define VARIABLES_DEPTH 3

void
shot_panel_table_free (ShotPanelTable *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->csv, g_bytes_unref);
  g_free (self);
}

/* (transfer full) (nullable) */
static JsonNode *
parse (const char *text, unsigned depth)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (!shot_json_is_shallow (text, depth) || !json_parser_load_from_data (parser, text, -1, NULL))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_parser_steal_root (parser) : NULL;
}

static bool
get_size (JsonObject *object, const char *name, size_t most, size_t *out_size)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_INT64)
    return false;
  int64_t value = json_node_get_int (node);
  *out_size = (size_t) value;
  return value >= 0 && (uint64_t) value <= most;
}

/* Moves @offset behind the table. */
static bool
read_table (GPtrArray *tables, JsonNode *node, GBytes *answer, size_t *offset)
{
  size_t index, size;

  if (!JSON_NODE_HOLDS_OBJECT (node) ||
      !get_size (json_node_get_object (node), "index", SHOT_JOB_MAX_PANELS, &index) ||
      !get_size (json_node_get_object (node), "bytes", SHOT_RESULT_MAX_DATA_BYTES, &size) ||
      size > g_bytes_get_size (answer) - *offset)
    return false;

  JsonNode       *is_cut = json_object_get_member (json_node_get_object (node), "isCut");
  ShotPanelTable *table = g_new0 (ShotPanelTable, 1);
  table->index = (unsigned) index;
  table->csv = size > 0 ? g_bytes_new_from_bytes (answer, *offset, size) : NULL;
  table->is_cut = is_cut != NULL && JSON_NODE_HOLDS_VALUE (is_cut) &&
                  json_node_get_boolean (is_cut);
  g_ptr_array_add (tables, table);
  *offset += size;
  return true;
}

GPtrArray *
shot_panel_data_parse (GBytes *answer)
{
  size_t      size;
  const char *text = g_bytes_get_data (answer, &size);
  const char *end = text != NULL ? memchr (text, '\n', MIN (size, MAX_HEAD_BYTES)) : NULL;

  if (end == NULL)
    return NULL;
  g_autofree char     *head = g_strndup (text, (size_t) (end - text));
  g_autoptr (JsonNode) root = parse (head, HEAD_DEPTH);
  JsonNode *list = root != NULL ? json_object_get_member (json_node_get_object (root), "tables")
                                : NULL;
  if (list == NULL || !JSON_NODE_HOLDS_ARRAY (list))
    return NULL;

  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (
      (GDestroyNotify) shot_panel_table_free);
  JsonArray *array = json_node_get_array (list);
  size_t     offset = (size_t) (end - text) + 1;
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    if (!read_table (tables, json_array_get_element (array, i), answer, &offset))
      return NULL;
  }
  return tables->len > 0 && offset == size ? g_steal_pointer (&tables) : NULL;
}

char *
shot_panel_data_make_options (const GArray *indexes)
{
  g_autoptr (GString) text = g_string_new ("{\"indexes\":[");

  for (unsigned i = 0; i < indexes->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "," : "", g_array_index (indexes, unsigned, i));
  g_string_append_printf (text, "],\"limit\":%d}", SHOT_RESULT_MAX_DATA_BYTES);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

GBytes *
shot_panel_data_compress (GBytes *csv, GError **error)
{
  g_autoptr (GError)          cause = NULL;
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP,
                                                                  -1);
  g_autoptr (GOutputStream)   memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream)   stream = g_converter_output_stream_new (memory,
                                                                      G_CONVERTER (compressor));
  size_t                      size;
  const void                 *data = g_bytes_get_data (csv, &size);

  if (!g_output_stream_write_all (stream, data, size, NULL, NULL, &cause) ||
      !g_output_stream_close (stream, NULL, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot compress a panel's data: %s",
                 cause->message);
    return NULL;
  }
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

/* --- variables --------------------------------------------------------------------------- */

static JsonArray *
copy_texts (JsonObject *object, const char *name)
{
  JsonNode  *node = json_object_get_member (object, name);
  JsonArray *copy = json_array_new ();

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return copy;
  JsonArray *array = json_node_get_array (node);
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    JsonNode   *element = json_array_get_element (array, i);
    const char *text = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_string (element) : NULL;
    /* JSON can hold halves of characters, which nobody further on could read. */
    g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;
    if (valid != NULL)
      json_array_add_string_element (copy, valid);
  }
  return copy;
}

static bool
get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
}

static JsonObject *
copy_variable (JsonObject *object)
{
  JsonObject *copy = json_object_new ();

  json_object_set_array_member (copy, "values", copy_texts (object, "values"));
  json_object_set_array_member (copy, "texts", copy_texts (object, "texts"));
  json_object_set_boolean_member (copy, "multi", get_bool (object, "multi"));
  json_object_set_boolean_member (copy, "includeAll", get_bool (object, "includeAll"));
  json_object_set_array_member (copy, "current", copy_texts (object, "current"));
  return copy;
}

GBytes *
shot_variables_clean (const char *text)
{
  g_autoptr (JsonNode) root = strlen (text) <= SHOT_VARIABLES_MAX_BYTES
                                  ? parse (text, VARIABLES_DEPTH)
                                  : NULL;
  JsonObjectIter       iter;
  const char          *name;
  JsonNode            *node;

  if (root == NULL)
    return NULL;
  JsonObject *copy = json_object_new ();
  json_object_iter_init_ordered (&iter, json_node_get_object (root));
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    g_autofree char *valid = g_utf8_make_valid (name, -1);
    if (JSON_NODE_HOLDS_OBJECT (node))
      json_object_set_object_member (copy, valid, copy_variable (json_node_get_object (node)));
  }
  g_autoptr (JsonNode) document = json_node_init_object (json_node_alloc (), copy);
  json_object_unref (copy);
  char *written = json_to_string (document, FALSE);
  return g_bytes_new_take (written, strlen (written));
}
