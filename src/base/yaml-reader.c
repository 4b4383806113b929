#include "config.h"

#include "yaml-reader.h"

#include <string.h>

#include "error.h"

#define MAX_ENTRIES 1000

typedef struct {
  const char *name;    /* (borrowed) */
  GPtrArray  *entries; /* (owned) (element-type ShotYamlEntry) */
  GHashTable *lines;   /* (owned): key to the line that gave it; keys belong to the entries */
  GString    *path;    /* (owned): the dotted key that is being read */
} Flat;

static void
value_free (void *data)
{
  char *value = data;

  explicit_bzero (value, strlen (value));
  g_free (value);
}

static void
entry_free (void *data)
{
  ShotYamlEntry *entry = data;

  g_free (entry->key);
  g_ptr_array_unref (entry->values);
  g_free (entry);
}

static void
flat_clear (Flat *self)
{
  g_clear_pointer (&self->lines, g_hash_table_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_string_free (self->path, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flat, flat_clear)

static gboolean fail (const Flat *self, unsigned line, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (const Flat *self, unsigned line, GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s:%u: %s", self->name, line, what);
  return FALSE;
}

/* NULL with @error for a key that the line has no right to. (transfer none) */
static ShotYamlEntry *
add_entry (Flat *self, unsigned line, GError **error)
{
  unsigned earlier = GPOINTER_TO_UINT (g_hash_table_lookup (self->lines, self->path->str));

  /* The tree has seen to keys that are written alike; "a.b" and "a: {b: }" are alike here only. */
  if (earlier != 0) {
    fail (self, line, error, "\"%s\" was given in line %u already: leave one of them",
          self->path->str, earlier);
    return NULL;
  }
  if (self->entries->len >= MAX_ENTRIES) {
    fail (self, line, error, "more than %d settings: this is no configuration file", MAX_ENTRIES);
    return NULL;
  }

  ShotYamlEntry *entry = g_new0 (ShotYamlEntry, 1);
  entry->key = g_strdup (self->path->str);
  entry->line = line;
  entry->values = g_ptr_array_new_with_free_func (value_free);
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->lines, entry->key, GUINT_TO_POINTER (line));
  return entry;
}

static gboolean
add_values (Flat *self, const ShotYamlNode *node, GError **error)
{
  ShotYamlEntry *entry = add_entry (self, node->line, error);

  if (entry == NULL)
    return FALSE;
  entry->is_list = node->kind == SHOT_YAML_LIST;
  if (!entry->is_list && node->text != NULL)
    g_ptr_array_add (entry->values, g_strdup (node->text));
  for (unsigned i = 0; entry->is_list && i < node->items->len; i++) {
    const ShotYamlNode *item = node->items->pdata[i];
    if (item->kind != SHOT_YAML_TEXT)
      return fail (self, item->line, error,
                   "\"%s\" is a list of plain values: nothing nested in it", self->path->str);
    if (item->text != NULL)
      g_ptr_array_add (entry->values, g_strdup (item->text));
  }
  return TRUE;
}

/* The tree is a few levels deep at most. */
static gboolean
flatten (Flat *self, const ShotYamlNode *map, GError **error)
{
  size_t prefix = self->path->len;

  for (unsigned i = 0; i < map->items->len; i++) {
    const ShotYamlNode *node = map->items->pdata[i];
    if (prefix + strlen (node->key) > SHOT_YAML_MAX_KEY_BYTES)
      return fail (self, node->line, error, "the name of a setting is longer than %d bytes",
                   SHOT_YAML_MAX_KEY_BYTES);
    if (prefix > 0)
      g_string_append_c (self->path, '.');
    g_string_append (self->path, node->key);
    if (!(node->kind == SHOT_YAML_MAP ? flatten (self, node, error)
                                      : add_values (self, node, error)))
      return FALSE;
    g_string_truncate (self->path, prefix);
  }
  return TRUE;
}

GPtrArray *
shot_yaml_read (const char *name, const char *text, size_t length, GError **error)
{
  g_autoptr (ShotYamlNode) root = shot_yaml_tree_read (name, text, length, error);
  g_auto (Flat)            self = { .name = name };

  self.entries = g_ptr_array_new_with_free_func (entry_free);
  self.lines = g_hash_table_new (g_str_hash, g_str_equal);
  self.path = g_string_new (NULL);
  if (root == NULL || !flatten (&self, root, error))
    return NULL;
  return g_steal_pointer (&self.entries);
}
