#include "config.h"

#include "pruned.h"

#include <json-glib/json-glib.h>

#include "error.h"
#include "json-text.h"
#include "objects.h"

#define MAX_BYTES (128 * 1024 * 1024)

static void
tombstone_free (void *data)
{
  ShotTombstone *self = data;

  g_free (self->hash);
  g_free (self->by);
  g_free (self->rule);
  g_free (self);
}

static ShotPruned *
pruned_new (void)
{
  ShotPruned *self = g_new0 (ShotPruned, 1);

  self->positions = g_array_new (FALSE, FALSE, sizeof (unsigned));
  self->files = g_ptr_array_new_with_free_func (tombstone_free);
  return self;
}

void
shot_pruned_free (ShotPruned *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->positions);
  g_ptr_array_unref (self->files);
  g_free (self);
}

bool
shot_pruned_is_empty (const ShotPruned *self)
{
  return self->positions->len == 0 && self->files->len == 0;
}

static gboolean
find_cells (ShotPruned *self, ShotArchive *archive, int64_t run_id, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database,
      "SELECT position FROM cells WHERE run_id = ? AND state = 3 ORDER BY position");
  ShotStep step;

  shot_statement_add_int (query, run_id);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    unsigned position = (unsigned) shot_statement_get_int (query);
    g_array_append_val (self->positions, position);
  }
  return step == SHOT_STEP_DONE;
}

ShotPruned *
shot_pruned_find (ShotArchive *archive, int64_t run_id, GError **error)
{
  g_autoptr (ShotPruned)    self = pruned_new ();
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database,
      /* A file that another run still needs has no tombstone: then the run's own. */
      "SELECT DISTINCT hash, size,"
      " CASE WHEN pruned_ms <> 0 THEN pruned_ms ELSE (SELECT max (at_ms) FROM prunings"
      "  WHERE run_id = ?1) END,"
      " coalesce (pruned_by, (SELECT by FROM prunings WHERE run_id = ?1 ORDER BY id DESC)),"
      " coalesce (pruned_rule, (SELECT rule FROM prunings WHERE run_id = ?1 ORDER BY id DESC))"
      " FROM cells JOIN objects ON hash IN (picture, thumbnail, data, panel_json)"
      " WHERE run_id = ?1 AND state = 3 ORDER BY hash");
  ShotStep step;

  if (!find_cells (self, archive, run_id, error))
    return NULL;
  if (self->positions->len == 0)
    return g_steal_pointer (&self);
  shot_statement_add_int (query, run_id);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    ShotTombstone *file = g_new0 (ShotTombstone, 1);
    file->hash = shot_statement_get_text (query);
    file->size = shot_statement_get_int (query);
    file->at_ms = shot_statement_get_int (query);
    file->by = shot_statement_get_text (query);
    file->rule = shot_statement_get_text (query);
    g_ptr_array_add (self->files, file);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&self) : NULL;
}

char *
shot_pruned_to_text (const ShotPruned *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject          *object = json_object_new ();
  JsonArray           *cells = json_array_new ();
  JsonArray           *files = json_array_new ();

  for (unsigned i = 0; i < self->positions->len; i++)
    json_array_add_int_element (cells, g_array_index (self->positions, unsigned, i));
  for (unsigned i = 0; i < self->files->len; i++) {
    const ShotTombstone *file = self->files->pdata[i];
    JsonObject          *entry = json_object_new ();
    json_object_set_string_member (entry, "hash", file->hash);
    json_object_set_int_member (entry, "size", file->size);
    json_object_set_int_member (entry, "at", file->at_ms);
    json_object_set_string_member (entry, "by", file->by != NULL ? file->by : "");
    json_object_set_string_member (entry, "rule", file->rule != NULL ? file->rule : "");
    json_array_add_object_element (files, entry);
  }
  json_object_set_array_member (object, "cells", cells);
  json_object_set_array_member (object, "files", files);
  json_node_take_object (root, object);
  return json_to_string (root, TRUE);
}

static JsonNode *
get_value (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);
  bool      is_right = node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                  json_node_get_value_type (node) == type;

  return is_right ? node : NULL;
}

static ShotTombstone *
read_tombstone (JsonNode *node)
{
  JsonObject *entry = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode   *hash = entry != NULL ? get_value (entry, "hash", G_TYPE_STRING) : NULL;
  JsonNode   *size = entry != NULL ? get_value (entry, "size", G_TYPE_INT64) : NULL;
  JsonNode   *at = entry != NULL ? get_value (entry, "at", G_TYPE_INT64) : NULL;
  JsonNode   *by = entry != NULL ? get_value (entry, "by", G_TYPE_STRING) : NULL;
  JsonNode   *rule = entry != NULL ? get_value (entry, "rule", G_TYPE_STRING) : NULL;

  if (hash == NULL || size == NULL || at == NULL || by == NULL || rule == NULL ||
      !shot_object_is_hash (json_node_get_string (hash)) || json_node_get_int (size) < 0 ||
      json_node_get_int (at) <= 0)
    return NULL;

  ShotTombstone *file = g_new0 (ShotTombstone, 1);
  file->hash = json_node_dup_string (hash);
  file->size = json_node_get_int (size);
  file->at_ms = json_node_get_int (at);
  file->by = json_node_dup_string (by);
  file->rule = json_node_dup_string (rule);
  return file;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static bool
read_root (ShotPruned *self, JsonObject *root)
{
  JsonArray *cells = get_array (root, "cells");
  JsonArray *files = get_array (root, "files");

  if (cells == NULL || files == NULL)
    return false;
  for (unsigned i = 0; i < json_array_get_length (cells); i++) {
    JsonNode *node = json_array_get_element (cells, i);
    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 ||
        json_node_get_int (node) < 0 || json_node_get_int (node) > G_MAXINT)
      return false;
    unsigned position = (unsigned) json_node_get_int (node);
    g_array_append_val (self->positions, position);
  }
  for (unsigned i = 0; i < json_array_get_length (files); i++) {
    ShotTombstone *file = read_tombstone (json_array_get_element (files, i));
    if (file == NULL)
      return false;
    g_ptr_array_add (self->files, file);
  }
  return true;
}

ShotPruned *
shot_pruned_read (const char *text, size_t length, GError **error)
{
  g_autoptr (ShotPruned) self = pruned_new ();
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode              *root = NULL;
  bool is_json = length <= MAX_BYTES && shot_json_text_find_fault (text, length, 8, 18) == NULL &&
                 json_parser_load_from_data (parser, text, (gssize) length, NULL);

  root = is_json ? json_parser_get_root (parser) : NULL;
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root) &&
      read_root (self, json_node_get_object (root)))
    return g_steal_pointer (&self);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "pruned.json is not what panelshot writes");
  return NULL;
}

gboolean
shot_pruned_note (const ShotPruned *self, ShotArchive *archive, int64_t run_id, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      archive->database,
      "INSERT INTO prunings (run_id, at_ms, by, rule, n_cells) VALUES (?, ?, ?, ?, ?)");
  const ShotTombstone *last = NULL;

  for (unsigned i = 0; i < self->files->len; i++) {
    const ShotTombstone *file = self->files->pdata[i];
    last = last == NULL || file->at_ms > last->at_ms ? file : last;
  }
  if (last == NULL)
    return TRUE;
  shot_statement_add_int (insert, run_id);
  shot_statement_add_int (insert, last->at_ms);
  shot_statement_add_text (insert, last->by);
  shot_statement_add_text (insert, last->rule);
  shot_statement_add_int (insert, self->positions->len);
  return shot_statement_run (insert, error);
}

gboolean
shot_pruned_insert (const ShotPruned *self, ShotArchive *archive, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      archive->database,
      "INSERT INTO objects (hash, size, created_ms, pruned_ms, pruned_by, pruned_rule, is_removed)"
      " VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (hash) DO NOTHING");

  for (unsigned i = 0; i < self->files->len; i++) {
    const ShotTombstone *file = self->files->pdata[i];
    shot_statement_add_text (insert, file->hash);
    shot_statement_add_int (insert, file->size);
    shot_statement_add_int (insert, file->at_ms);
    shot_statement_add_int (insert, file->at_ms);
    shot_statement_add_text (insert, file->by);
    shot_statement_add_text (insert, file->rule);
    if (!shot_statement_run (insert, error))
      return FALSE;
  }
  return TRUE;
}
