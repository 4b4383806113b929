#include "config.h"

#include "yaml-reader.h"

#include <string.h>
#include <yaml.h>

#include "error.h"

#define MAX_DEPTH 8
#define MAX_KEY_BYTES 200
#define MAX_ENTRIES 1000
#define MAX_VALUES 1000

typedef enum {
  LEVEL_MAP,
  LEVEL_LIST,
} LevelKind;

typedef struct {
  LevelKind      kind;
  size_t         prefix; /* of the path that belongs to the levels above */
  bool           has_key;
  unsigned       line;
  ShotYamlEntry *list; /* (borrowed): LIST only */
} Level;

typedef struct {
  const char *name;    /* (borrowed) */
  GPtrArray  *entries; /* (owned) (element-type ShotYamlEntry) */
  GHashTable *lines;   /* (owned): key to the line that gave it; keys belong to the entries */
  GString    *path;    /* (owned): the dotted key that is being read */
  Level       levels[MAX_DEPTH];
  unsigned    depth;
  unsigned    documents;
} Reader;

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
reader_clear (Reader *self)
{
  g_clear_pointer (&self->lines, g_hash_table_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_string_free (self->path, TRUE);
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

/* The plain words that YAML reads as null; in quotes they are texts. */
static bool
is_null (const yaml_event_t *event)
{
  static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

  return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         g_strv_contains (words, (const char *) event->data.scalar.value);
}

/* NULL with @error for a key that the line has no right to. (transfer none) */
static ShotYamlEntry *
add_entry (Reader *self, unsigned line, GError **error)
{
  unsigned earlier = GPOINTER_TO_UINT (g_hash_table_lookup (self->lines, self->path->str));

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

static Level *
get_level (Reader *self)
{
  return self->depth > 0 ? &self->levels[self->depth - 1] : NULL;
}

/* A value, a list or a map is over, so the next scalar of its map is a key. */
static void
end_value (Reader *self)
{
  Level *level = get_level (self);

  if (level == NULL || level->kind != LEVEL_MAP)
    return;
  level->has_key = false;
  g_string_truncate (self->path, level->prefix);
}

static gboolean
read_key (Reader *self, Level *level, const char *text, unsigned line, GError **error)
{
  static const char letters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.";
  size_t                                                  length = strlen (text);

  /* The name will stand in messages. */
  if (length == 0 || strspn (text, letters) < length || self->path->len + length > MAX_KEY_BYTES)
    return fail (self, line, error,
                 "names of settings are letters, digits, \"-\", \"_\" and \".\"");
  if (self->path->len > 0)
    g_string_append_c (self->path, '.');
  g_string_append (self->path, text);
  level->has_key = true;
  level->line = line;
  return TRUE;
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
    return is_null (event) ||
           fail (self, line, error, "want \"setting: value\" lines, not a text alone");
  if (level->kind == LEVEL_MAP && !level->has_key)
    return read_key (self, level, text, line, error);

  ShotYamlEntry *entry = level->kind == LEVEL_LIST ? level->list
                                                   : add_entry (self, level->line, error);
  if (entry == NULL)
    return FALSE;
  if (entry->values->len >= MAX_VALUES)
    return fail (self, line, error, "a list of more than %d values", MAX_VALUES);
  if (!is_null (event))
    g_ptr_array_add (entry->values, g_strdup (text));
  end_value (self);
  return TRUE;
}

static gboolean
open_level (Reader *self, LevelKind kind, bool has_extras, unsigned line, GError **error)
{
  Level *above = get_level (self);

  if (has_extras)
    return fail (self, line, error, "anchors and tags are not taken: write the value out");
  if (self->depth == MAX_DEPTH)
    return fail (self, line, error, "nested more than %d deep", MAX_DEPTH);
  if (above == NULL && kind == LEVEL_LIST)
    return fail (self, line, error, "want \"setting: value\" lines, not a list");
  if (above != NULL && above->kind == LEVEL_LIST)
    return fail (self, line, error, "\"%s\" is a list of plain values: nothing nested in it",
                 self->path->str);
  if (above != NULL && !above->has_key)
    return fail (self, line, error, "the name of a setting is a plain word");

  Level level = { .kind = kind, .prefix = self->path->len };
  if (kind == LEVEL_LIST) {
    level.list = add_entry (self, above->line, error);
    if (level.list == NULL)
      return FALSE;
    level.list->is_list = true;
  }
  self->levels[self->depth++] = level;
  return TRUE;
}

static gboolean
read_event (Reader *self, const yaml_event_t *event, GError **error)
{
  unsigned line = (unsigned) event->start_mark.line + 1;

  switch (event->type) {
  case YAML_DOCUMENT_START_EVENT:
    return ++self->documents == 1 ||
           fail (self, line, error, "a second document: one file, one document");
  case YAML_ALIAS_EVENT:
    return fail (self, line, error, "aliases are not taken: write the value out");
  case YAML_SCALAR_EVENT:
    return read_scalar (self, event, error);
  case YAML_MAPPING_START_EVENT:
    return open_level (self, LEVEL_MAP,
                       event->data.mapping_start.anchor != NULL ||
                           event->data.mapping_start.tag != NULL,
                       line, error);
  case YAML_SEQUENCE_START_EVENT:
    return open_level (self, LEVEL_LIST,
                       event->data.sequence_start.anchor != NULL ||
                           event->data.sequence_start.tag != NULL,
                       line, error);
  case YAML_MAPPING_END_EVENT:
  case YAML_SEQUENCE_END_EVENT:
    self->depth--;
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

GPtrArray *
shot_yaml_read (const char *name, const char *text, size_t length, GError **error)
{
  g_auto (yaml_parser_t) parser = { 0 };
  g_auto (Reader)        self = { .name = name };
  bool                   is_done = false;

  self.entries = g_ptr_array_new_with_free_func (entry_free);
  self.lines = g_hash_table_new (g_str_hash, g_str_equal);
  self.path = g_string_new (NULL);
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
      fail (&self, (unsigned) parser.problem_mark.line + 1, error, "this is not YAML: %s",
            parser.problem != NULL ? parser.problem : "unreadable");
      return NULL;
    }
    if (!read_event (&self, &event, error))
      return NULL;
    is_done = event.type == YAML_STREAM_END_EVENT;
  }
  return g_steal_pointer (&self.entries);
}
