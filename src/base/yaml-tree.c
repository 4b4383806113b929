#include "config.h"

#include "yaml-tree.h"

#include <gio/gio.h>
#include <string.h>
#include <yaml.h>

#include "error.h"

#define MAX_DEPTH 8
#define MAX_NODES 50000

typedef struct {
  ShotYamlNode *node;  /* (borrowed): LIST or MAP */
  GHashTable   *lines; /* (owned) (nullable): MAP: key to the line that gave it */
  char         *key;   /* (owned) (nullable): of the member whose value is awaited */
  unsigned      line;  /* of that key */
} Level;

typedef struct {
  const char   *name; /* (borrowed) */
  ShotYamlNode *root; /* (owned) (nullable) */
  Level         levels[MAX_DEPTH];
  unsigned      depth;
  unsigned      n_nodes;
  unsigned      n_documents;
} Reader;

void
shot_yaml_node_free (ShotYamlNode *self)
{
  if (self == NULL)
    return;
  if (self->text != NULL)
    explicit_bzero (self->text, strlen (self->text));
  g_free (self->text);
  g_free (self->key);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self);
}

static void
free_node (void *data)
{
  shot_yaml_node_free (data);
}

static void
level_clear (Level *self)
{
  g_clear_pointer (&self->lines, g_hash_table_unref);
  g_clear_pointer (&self->key, g_free);
}

static void
reader_clear (Reader *self)
{
  while (self->depth > 0)
    level_clear (&self->levels[--self->depth]);
  g_clear_pointer (&self->root, shot_yaml_node_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (yaml_parser_t, yaml_parser_delete)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (yaml_event_t, yaml_event_delete)

static gboolean fail (const Reader *self, unsigned line, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (const Reader *self, unsigned line, GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s:%u: %s", self->name, line, what);
  return FALSE;
}

/* libyaml does not say what is the matter with a tab. */
static void
fail_syntax (const Reader *self, const yaml_parser_t *parser, const char *text, size_t length,
             GError **error)
{
  size_t   at = 0;
  unsigned line = (unsigned) parser->problem_mark.line + 1;

  for (unsigned n = 1; n < line && at < length; at++)
    n += text[at] == '\n';
  while (at < length && text[at] == ' ')
    at++;
  if (at < length && text[at] == '\t')
    fail (self, line, error, "this is not YAML: lines begin with blanks, not with tabs");
  else
    fail (self, line, error, "this is not YAML: %s",
          parser->problem != NULL ? parser->problem : "unreadable");
}

/* The plain words that YAML reads as null; in quotes they are texts. */
static bool
is_null_word (const yaml_event_t *event)
{
  static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

  return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         g_strv_contains (words, (const char *) event->data.scalar.value);
}

static Level *
get_level (Reader *self)
{
  return self->depth > 0 ? &self->levels[self->depth - 1] : NULL;
}

/* The dotted name of what is being read, for messages. (transfer full) */
static char *
describe_place (const Reader *self, const char *key)
{
  g_autoptr (GString) path = g_string_new (NULL);

  for (unsigned i = 0; i + 1 < self->depth; i++) {
    if (self->levels[i].key != NULL)
      g_string_append_printf (path, "%s.", self->levels[i].key);
  }
  g_string_append (path, key);
  return g_string_free (g_steal_pointer (&path), FALSE);
}

static gboolean
read_key (Reader *self, Level *level, const char *text, unsigned line, GError **error)
{
  static const char letters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.";
  size_t                                                  length = strlen (text);

  /* The name will stand in messages. */
  if (length == 0 || strspn (text, letters) < length || length > SHOT_YAML_MAX_KEY_BYTES)
    return fail (self, line, error,
                 "names of settings are letters, digits, \"-\", \"_\" and \".\"");

  unsigned earlier = GPOINTER_TO_UINT (g_hash_table_lookup (level->lines, text));
  if (earlier != 0) {
    g_autofree char *place = describe_place (self, text);
    return fail (self, line, error, "\"%s\" was given in line %u already: leave one of them", place,
                 earlier);
  }
  level->key = g_strdup (text);
  level->line = line;
  return TRUE;
}

/* Takes its place in the tree; the tree owns it. NULL with @error. (transfer none) */
static ShotYamlNode *
add_node (Reader *self, ShotYamlKind kind, unsigned line, GError **error)
{
  Level *above = get_level (self);

  if (++self->n_nodes > MAX_NODES) {
    fail (self, line, error, "more than %d values: this is too large a file", MAX_NODES);
    return NULL;
  }
  if (above != NULL && above->node->items->len >= SHOT_YAML_MAX_ITEMS) {
    if (above->node->kind == SHOT_YAML_LIST)
      fail (self, line, error, "a list of more than %d values", SHOT_YAML_MAX_ITEMS);
    else
      fail (self, line, error, "more than %d settings: this is no configuration file",
            SHOT_YAML_MAX_ITEMS);
    return NULL;
  }

  ShotYamlNode *node = g_new0 (ShotYamlNode, 1);
  node->kind = kind;
  node->line = line;
  if (kind != SHOT_YAML_TEXT)
    node->items = g_ptr_array_new_with_free_func (free_node);
  if (above == NULL) {
    self->root = node;
    return node;
  }
  g_ptr_array_add (above->node->items, node);
  if (above->node->kind == SHOT_YAML_MAP) {
    node->key = g_strdup (above->key);
    node->line = above->line;
    g_hash_table_insert (above->lines, node->key, GUINT_TO_POINTER (above->line));
  }
  return node;
}

/* A value, a list or a map is over, so the next scalar of its map is a key. */
static void
end_value (Reader *self)
{
  Level *level = get_level (self);

  if (level != NULL)
    g_clear_pointer (&level->key, g_free);
}

static gboolean
read_scalar (Reader *self, const yaml_event_t *event, GError **error)
{
  const char *text = (const char *) event->data.scalar.value;
  unsigned    line = (unsigned) event->start_mark.line + 1;
  Level      *level = get_level (self);

  if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
    return fail (self, line, error, "anchors and tags are not taken: write the value out");
  if (strlen (text) != event->data.scalar.length)
    return fail (self, line, error, "a value with a zero byte in it");
  if (level == NULL)
    return is_null_word (event) ||
           fail (self, line, error, "want \"setting: value\" lines, not a text alone");
  if (level->node->kind == SHOT_YAML_MAP && level->key == NULL)
    return read_key (self, level, text, line, error);

  ShotYamlNode *node = add_node (self, SHOT_YAML_TEXT, line, error);
  if (node == NULL)
    return FALSE;
  if (!is_null_word (event))
    node->text = g_strdup (text);
  end_value (self);
  return TRUE;
}

static gboolean
open_level (Reader *self, ShotYamlKind kind, bool has_extras, unsigned line, GError **error)
{
  Level *above = get_level (self);

  if (has_extras)
    return fail (self, line, error, "anchors and tags are not taken: write the value out");
  if (self->depth == MAX_DEPTH)
    return fail (self, line, error, "nested more than %d deep", MAX_DEPTH);
  if (above == NULL && kind == SHOT_YAML_LIST)
    return fail (self, line, error, "want \"setting: value\" lines, not a list");
  if (above != NULL && above->node->kind == SHOT_YAML_MAP && above->key == NULL)
    return fail (self, line, error, "the name of a setting is a plain word");

  ShotYamlNode *node = add_node (self, kind, line, error);
  if (node == NULL)
    return FALSE;
  self->levels[self->depth++] = (Level){
    .node = node,
    .lines = kind == SHOT_YAML_MAP ? g_hash_table_new (g_str_hash, g_str_equal) : NULL,
  };
  return TRUE;
}

static gboolean
read_event (Reader *self, const yaml_event_t *event, GError **error)
{
  unsigned line = (unsigned) event->start_mark.line + 1;

  switch (event->type) {
  case YAML_DOCUMENT_START_EVENT:
    return ++self->n_documents == 1 ||
           fail (self, line, error, "a second document: one file, one document");
  case YAML_ALIAS_EVENT:
    return fail (self, line, error, "aliases are not taken: write the value out");
  case YAML_SCALAR_EVENT:
    return read_scalar (self, event, error);
  case YAML_MAPPING_START_EVENT:
    return open_level (self, SHOT_YAML_MAP,
                       event->data.mapping_start.anchor != NULL ||
                           event->data.mapping_start.tag != NULL,
                       line, error);
  case YAML_SEQUENCE_START_EVENT:
    return open_level (self, SHOT_YAML_LIST,
                       event->data.sequence_start.anchor != NULL ||
                           event->data.sequence_start.tag != NULL,
                       line, error);
  case YAML_MAPPING_END_EVENT:
  case YAML_SEQUENCE_END_EVENT:
    level_clear (&self->levels[--self->depth]);
    end_value (self);
    return TRUE;
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_STREAM_END_EVENT:
  case YAML_DOCUMENT_END_EVENT:
    return TRUE;
  }
  return TRUE;
}

ShotYamlNode *
shot_yaml_tree_read (const char *name, const char *text, size_t length, GError **error)
{
  g_auto (yaml_parser_t) parser = { 0 };
  g_auto (Reader)        self = { .name = name };
  bool                   is_done = false;

  if (length > SHOT_YAML_MAX_BYTES) {
    fail (&self, 1, error, "larger than %d KiB: this is no configuration file",
          SHOT_YAML_MAX_BYTES / 1024);
    return NULL;
  }
  g_assert_true (yaml_parser_initialize (&parser));
  yaml_parser_set_input_string (&parser, (const unsigned char *) text, length);
  while (!is_done) {
    g_auto (yaml_event_t) event = { 0 };
    if (!yaml_parser_parse (&parser, &event)) {
      fail_syntax (&self, &parser, text, length, error);
      return NULL;
    }
    if (!read_event (&self, &event, error))
      return NULL;
    is_done = event.type == YAML_STREAM_END_EVENT;
  }
  if (self.root == NULL && add_node (&self, SHOT_YAML_MAP, 1, error) == NULL)
    return NULL;
  return g_steal_pointer (&self.root);
}

bool
shot_yaml_node_is_null (const ShotYamlNode *self)
{
  return self->kind == SHOT_YAML_TEXT && self->text == NULL;
}

const ShotYamlNode *
shot_yaml_node_find (const ShotYamlNode *self, const char *key)
{
  for (unsigned i = 0; self->kind == SHOT_YAML_MAP && i < self->items->len; i++) {
    const ShotYamlNode *item = self->items->pdata[i];
    if (g_str_equal (item->key, key))
      return item;
  }
  return NULL;
}

const char *
shot_yaml_node_describe (const ShotYamlNode *self)
{
  static const char *const names[] = {
    [SHOT_YAML_TEXT] = "text", [SHOT_YAML_LIST] = "list", [SHOT_YAML_MAP] = "map"
  };

  return names[self->kind];
}

char *
shot_yaml_load (const char *what, const char *path, size_t *out_length, GError **error)
{
  g_autoptr (GFile)            file = g_file_new_for_path (path);
  g_autoptr (GError)           cause = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &cause);
  g_autofree char             *text = g_malloc (SHOT_YAML_MAX_BYTES + 1);

  /* At most so much is read, whatever it is: /dev/zero too. */
  if (stream == NULL ||
      !g_input_stream_read_all (G_INPUT_STREAM (stream), text, SHOT_YAML_MAX_BYTES + 1, out_length,
                                NULL, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "cannot read %s: %s: name a file that this user may read", what, cause->message);
    return NULL;
  }
  return g_steal_pointer (&text);
}
