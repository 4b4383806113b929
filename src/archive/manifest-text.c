#include "config.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "error.h"
#include "json-text.h"
#include "manifest.h"
#include "objects.h"

#define MAX_DEPTH 8
/* Digits of a fraction in a row: %.17g, and zeros before it. */
#define MAX_DIGITS 24
#define MAX_VERDICTS 100000

typedef enum {
  TEXT,
  TEXT_OR_NULL,
  HASH_OR_NULL,
  INT64,
  INT,
  UNSIGNED,
  REAL,
  FLAGS,
  RUN_STATE,
  CELL_STATE,
  VERDICT,
  SEVERITY,
} Kind;

typedef struct {
  const char *name;
  Kind        kind;
  size_t      offset;
} Field;

#define RUN(name, kind, member)                   \
  {                                               \
    name, kind, G_STRUCT_OFFSET (ShotRun, member) \
  }
#define CELL(name, kind, member)                   \
  {                                                \
    name, kind, G_STRUCT_OFFSET (ShotCell, member) \
  }
#define VERDICT(name, kind, member)                   \
  {                                                   \
    name, kind, G_STRUCT_OFFSET (ShotVerdict, member) \
  }

/* Order is part of the format: never change it under the same format name. */
static const Field run_fields[] = {
  RUN ("uid", TEXT, uid),
  RUN ("name", TEXT, home_name),
  RUN ("plan", TEXT, plan),
  RUN ("title", TEXT, title),
  RUN ("grafana", TEXT, grafana),
  RUN ("state", RUN_STATE, state),
  RUN ("trigger", TEXT, trigger),
  RUN ("startedBy", TEXT, started_by),
  RUN ("now", INT64, now_ms),
  RUN ("started", INT64, started_ms),
  RUN ("finished", INT64, finished_ms),
  RUN ("due", INT64, due_ms),
  RUN ("reviewers", TEXT, reviewers),
  RUN ("retention", INT64, retention_ms),
  RUN ("timezone", TEXT, timezone),
  RUN ("version", TEXT, version),
  RUN ("failure", TEXT_OR_NULL, failure),
  RUN ("signedBy", TEXT_OR_NULL, signed_by),
  RUN ("signedFrom", TEXT_OR_NULL, signed_from),
  RUN ("signedAt", INT64, signed_ms),
  RUN ("signedComment", TEXT_OR_NULL, sign_comment),
  RUN ("planText", TEXT_OR_NULL, plan_text),
};

static const Field cell_fields[] = {
  CELL ("position", UNSIGNED, position),
  CELL ("key", TEXT, key),
  CELL ("dashboard", TEXT, dashboard_uid),
  CELL ("dashboardTitle", TEXT, dashboard_title),
  CELL ("dashboardVersion", INT64, dashboard_version),
  CELL ("panel", TEXT, panel_key),
  CELL ("panelTitle", TEXT, panel_title),
  CELL ("panelKind", TEXT, panel_kind),
  CELL ("row", TEXT, row),
  CELL ("range", TEXT, range),
  CELL ("from", INT64, from_ms),
  CELL ("to", INT64, to_ms),
  CELL ("variables", TEXT, variables),
  CELL ("width", INT, width),
  CELL ("height", INT, height),
  CELL ("scale", REAL, scale),
  CELL ("theme", TEXT, theme),
  CELL ("timezone", TEXT, timezone),
  CELL ("language", TEXT, language),
  CELL ("state", CELL_STATE, state),
  CELL ("flags", FLAGS, flags),
  CELL ("flagDetail", TEXT, flag_detail),
  CELL ("failure", TEXT_OR_NULL, failure),
  CELL ("picture", HASH_OR_NULL, picture),
  CELL ("pictureWidth", INT, picture_width),
  CELL ("pictureHeight", INT, picture_height),
  CELL ("thumbnail", HASH_OR_NULL, thumbnail),
  CELL ("data", HASH_OR_NULL, data),
  CELL ("panelJson", HASH_OR_NULL, panel_json),
  CELL ("captured", INT64, captured_ms),
  CELL ("duration", INT64, duration_ms),
  CELL ("timings", TEXT, timings),
  CELL ("renderer", TEXT, renderer),
  CELL ("attempts", UNSIGNED, attempts),
  CELL ("addedBy", TEXT_OR_NULL, added_by),
  CELL ("score", REAL, score),
  CELL ("reason", TEXT, reason),
  CELL ("pictureChange", REAL, picture_change),
};

static const Field verdict_fields[] = {
  VERDICT ("revision", UNSIGNED, revision),
  VERDICT ("kind", VERDICT, kind),
  VERDICT ("severity", SEVERITY, severity),
  VERDICT ("note", TEXT, note),
  VERDICT ("by", TEXT, user),
  VERDICT ("from", TEXT, origin),
  VERDICT ("at", INT64, at_ms),
};

/* ---- Writing */

/* RFC 8259 with as few escapes as it allows. */
static void
append_quoted (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *at = text; *at != '\0'; at++) {
    unsigned char c = (unsigned char) *at;
    if (c == '"' || c == '\\')
      g_string_append_printf (out, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_c (out, (char) c);
  }
  g_string_append_c (out, '"');
}

static void
append_text (GString *out, const char *text)
{
  if (text == NULL)
    g_string_append (out, "null");
  else
    append_quoted (out, text);
}

static void
append_real (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out, g_ascii_dtostr (buffer, sizeof buffer, value));
}

static void
append_flags (GString *out, unsigned flags)
{
  const char *comma = "";

  g_string_append_c (out, '[');
  for (unsigned i = 0; i < SHOT_N_CELL_FLAGS; i++) {
    if ((flags & 1u << i) == 0)
      continue;
    g_string_append (out, comma);
    append_quoted (out, shot_cell_flag_get_name (1u << i));
    comma = ",";
  }
  g_string_append_c (out, ']');
}

/* A value from the database may be of no enum when somebody has tampered with it. */
static const char *
name_state (unsigned value, unsigned n, const char *(*get_name) (unsigned value))
{
  return value < n ? get_name (value) : "?";
}

static const char *
name_run_state (unsigned value)
{
  return shot_run_state_get_name ((ShotRunState) value);
}

static const char *
name_cell_state (unsigned value)
{
  return shot_cell_state_get_name (value == SHOT_CELL_PRUNED ? SHOT_CELL_CAPTURED
                                                             : (ShotCellState) value);
}

static const char *
name_verdict (unsigned value)
{
  return shot_verdict_get_name ((ShotVerdictKind) value);
}

static const char *
name_severity (unsigned value)
{
  return shot_severity_get_name ((ShotSeverity) value);
}

static void
append_value (GString *out, const Field *field, const void *record)
{
  const void *member = (const char *) record + field->offset;

  switch (field->kind) {
  case TEXT:
  case TEXT_OR_NULL:
  case HASH_OR_NULL:
    append_text (out, *(const char *const *) member);
    break;
  case INT64:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, *(const int64_t *) member);
    break;
  case INT:
    g_string_append_printf (out, "%d", *(const int *) member);
    break;
  case UNSIGNED:
    g_string_append_printf (out, "%u", *(const unsigned *) member);
    break;
  case REAL:
    append_real (out, *(const double *) member);
    break;
  case FLAGS:
    append_flags (out, *(const unsigned *) member);
    break;
  case RUN_STATE:
    append_quoted (out, name_state (*(const unsigned *) member, SHOT_N_RUN_STATES, name_run_state));
    break;
  case CELL_STATE:
    append_quoted (out,
                   name_state (*(const unsigned *) member, SHOT_N_CELL_STATES, name_cell_state));
    break;
  case VERDICT:
    append_quoted (out, name_state (*(const unsigned *) member, SHOT_N_VERDICTS, name_verdict));
    break;
  case SEVERITY:
    append_quoted (out, name_state (*(const unsigned *) member, SHOT_N_SEVERITIES, name_severity));
    break;
  }
}

static void
append_fields (GString *out, const Field *fields, size_t n, const void *record)
{
  for (size_t i = 0; i < n; i++) {
    g_string_append_printf (out, "%s\"%s\":", i > 0 ? "," : "", fields[i].name);
    append_value (out, &fields[i], record);
  }
}

static void
append_cell (GString *out, const ShotCell *cell, const GPtrArray *verdicts)
{
  g_string_append_c (out, '{');
  append_fields (out, cell_fields, G_N_ELEMENTS (cell_fields), cell);
  g_string_append (out, ",\"verdicts\":[");
  for (unsigned i = 0; i < verdicts->len; i++) {
    g_string_append (out, i > 0 ? ",{" : "{");
    append_fields (out, verdict_fields, G_N_ELEMENTS (verdict_fields), verdicts->pdata[i]);
    g_string_append_c (out, '}');
  }
  g_string_append (out, "]}");
}

static void
append_head (GString *out, const ShotRun *run, const char *previous)
{
  g_string_append (out, "{\"format\":\"" SHOT_MANIFEST_FORMAT "\",\n\"previous\":");
  append_quoted (out, previous);
  g_string_append (out, ",\n\"run\":{");
  append_fields (out, run_fields, G_N_ELEMENTS (run_fields), run);
  g_string_append (out, "},\n\"cells\":[");
}

char *
shot_manifest_to_text (const ShotManifest *self)
{
  GString *out = g_string_new (NULL);

  append_head (out, self->run, self->previous);
  for (unsigned i = 0; i < self->cells->len; i++) {
    g_string_append (out, i > 0 ? ",\n" : "\n");
    append_cell (out, self->cells->pdata[i], self->verdicts->pdata[i]);
  }
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}

char *
shot_manifest_write (ShotArchive *self, const ShotRun *run, const char *previous, GError **error)
{
  g_autofree char          *sql = g_strconcat ("SELECT ", shot_cell_columns,
                                               " FROM cells WHERE run_id = ? ORDER BY position", NULL);
  g_autoptr (ShotStatement) query = shot_statement_new (self->database, sql);
  g_autoptr (GString)       out = g_string_new (NULL);
  const char               *separator = "\n";
  ShotStep                  step;

  append_head (out, run, previous);
  shot_statement_add_int (query, run->id);
  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    g_autoptr (ShotCell)  cell = shot_archive_read_cell (query);
    g_autoptr (GPtrArray) verdicts = shot_archive_list_verdicts (self, cell->id, error);
    if (verdicts == NULL)
      return NULL;
    g_string_append (out, separator);
    append_cell (out, cell, verdicts);
    separator = ",\n";
  }
  if (step == SHOT_STEP_FAILED)
    return NULL;
  g_string_append (out, "]}\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* ---- Reading */

void
shot_manifest_free (ShotManifest *self)
{
  if (self == NULL)
    return;
  g_free (self->previous);
  shot_run_free (self->run);
  g_clear_pointer (&self->cells, g_ptr_array_unref);
  g_clear_pointer (&self->verdicts, g_ptr_array_unref);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "that is no manifest of panelshot: %s", why);
  return FALSE;
}

static bool
is_value (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static bool
read_text (JsonNode *node, Kind kind, char **text)
{
  if (kind != TEXT && JSON_NODE_HOLDS_NULL (node)) {
    g_clear_pointer (text, g_free);
    return true;
  }
  if (!is_value (node, G_TYPE_STRING))
    return false;
  g_free (*text);
  *text = json_node_dup_string (node);
  return kind != HASH_OR_NULL || shot_object_is_hash (*text);
}

static bool
read_int (JsonNode *node, int64_t least, int64_t most, int64_t *out_value)
{
  if (!is_value (node, G_TYPE_INT64))
    return false;
  *out_value = json_node_get_int (node);
  return *out_value >= least && *out_value <= most;
}

static bool
read_real (JsonNode *node, double *value)
{
  if (!is_value (node, G_TYPE_INT64) && !is_value (node, G_TYPE_DOUBLE))
    return false;
  *value = json_node_get_double (node);
  return isfinite (*value);
}

static bool
read_name (JsonNode *node, unsigned n, const char *(*get_name) (unsigned value), unsigned *value)
{
  if (!is_value (node, G_TYPE_STRING))
    return false;
  for (*value = 0; *value < n; (*value)++) {
    if (g_str_equal (get_name (*value), json_node_get_string (node)))
      return true;
  }
  return false;
}

static const char *
name_flag (unsigned value)
{
  return shot_cell_flag_get_name (1u << value);
}

static bool
read_flags (JsonNode *node, unsigned *flags)
{
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return false;

  JsonArray *array = json_node_get_array (node);
  *flags = 0;
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    unsigned flag = 0;
    if (!read_name (json_array_get_element (array, i), SHOT_N_CELL_FLAGS, name_flag, &flag))
      return false;
    *flags |= 1u << flag;
  }
  return true;
}

static bool
read_number (JsonNode *node, Kind kind, void *member)
{
  int64_t value = 0;

  if (kind == INT64)
    return read_int (node, G_MININT64, G_MAXINT64, member);
  if (kind == INT && read_int (node, G_MININT, G_MAXINT, &value)) {
    *(int *) member = (int) value;
    return true;
  }
  if (kind == UNSIGNED && read_int (node, 0, G_MAXUINT, &value)) {
    *(unsigned *) member = (unsigned) value;
    return true;
  }
  return false;
}

static bool
read_value (const Field *field, JsonNode *node, void *record)
{
  void *member = (char *) record + field->offset;

  switch (field->kind) {
  case TEXT:
  case TEXT_OR_NULL:
  case HASH_OR_NULL:
    return read_text (node, field->kind, member);
  case INT64:
  case INT:
  case UNSIGNED:
    return read_number (node, field->kind, member);
  case REAL:
    return read_real (node, member);
  case FLAGS:
    return read_flags (node, member);
  case RUN_STATE:
    return read_name (node, SHOT_N_RUN_STATES, name_run_state, member);
  case CELL_STATE:
    return read_name (node, SHOT_CELL_PRUNED, name_cell_state, member);
  case VERDICT:
    return read_name (node, SHOT_N_VERDICTS, name_verdict, member);
  case SEVERITY:
    return read_name (node, SHOT_N_SEVERITIES, name_severity, member);
  }
  g_return_val_if_reached (false);
}

static gboolean
read_fields (JsonObject *object, const Field *fields, size_t n, void *record, GError **error)
{
  for (size_t i = 0; i < n; i++) {
    JsonNode *node = json_object_get_member (object, fields[i].name);
    if (node != NULL && read_value (&fields[i], node, record))
      continue;
    g_autofree char *why = g_strdup_printf ("\"%s\" is %s", fields[i].name,
                                            node == NULL ? "missing" : "wrong");
    return refuse (error, why);
  }
  return TRUE;
}

static JsonObject *
get_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static void
take_latest (ShotCell *cell, const GPtrArray *verdicts)
{
  const ShotVerdict *last = verdicts->len > 0 ? verdicts->pdata[verdicts->len - 1] : NULL;

  if (last == NULL)
    return;
  shot_verdict_clear (&cell->verdict);
  cell->verdict = *last;
  cell->verdict.note = g_strdup (last->note);
  cell->verdict.user = g_strdup (last->user);
  cell->verdict.origin = g_strdup (last->origin);
}

static GPtrArray *
read_verdicts (JsonArray *array, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_verdict_free);

  if (array == NULL || json_array_get_length (array) > MAX_VERDICTS) {
    refuse (error, "\"verdicts\" is wrong");
    return NULL;
  }
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    JsonObject  *object = get_object (json_array_get_element (array, i));
    ShotVerdict *verdict = shot_verdict_new ();
    g_ptr_array_add (list, verdict);
    if (object == NULL) {
      refuse (error, "a verdict is no object");
      return NULL;
    }
    if (!read_fields (object, verdict_fields, G_N_ELEMENTS (verdict_fields), verdict, error))
      return NULL;
    if (verdict->revision != i + 1) {
      refuse (error, "a verdict is missing");
      return NULL;
    }
  }
  return g_steal_pointer (&list);
}

static gboolean
read_cell (ShotManifest *self, JsonNode *node, GError **error)
{
  JsonObject          *object = get_object (node);
  g_autoptr (ShotCell) cell = shot_cell_new ();
  unsigned             position = self->cells->len;

  if (object == NULL)
    return refuse (error, "a cell is no object");
  if (!read_fields (object, cell_fields, G_N_ELEMENTS (cell_fields), cell, error))
    return FALSE;
  if (cell->position != position)
    return refuse (error, "a cell is missing");

  GPtrArray *verdicts = read_verdicts (get_array (object, "verdicts"), error);
  if (verdicts == NULL)
    return FALSE;
  take_latest (cell, verdicts);
  g_ptr_array_add (self->cells, g_steal_pointer (&cell));
  g_ptr_array_add (self->verdicts, verdicts);
  return TRUE;
}

static gboolean
read_root (ShotManifest *self, JsonObject *root, GError **error)
{
  static const Field root_fields[] = {
    { "previous", TEXT, G_STRUCT_OFFSET (ShotManifest, previous) },
  };
  JsonNode   *run_node = json_object_get_member (root, "run");
  JsonObject *run = get_object (run_node);
  JsonArray  *cells = get_array (root, "cells");

  if (!read_fields (root, root_fields, G_N_ELEMENTS (root_fields), self, error))
    return FALSE;
  if (*self->previous != '\0' && !shot_object_is_hash (self->previous))
    return refuse (error, "\"previous\" is no hash");
  if (run == NULL || cells == NULL || json_array_get_length (cells) > SHOT_MANIFEST_MAX_CELLS)
    return refuse (error, "it has no run, no cells, or too many");
  if (!read_fields (run, run_fields, G_N_ELEMENTS (run_fields), self->run, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (cells); i++) {
    if (!read_cell (self, json_array_get_element (cells, i), error))
      return FALSE;
  }
  return TRUE;
}

static ShotManifest *
manifest_new (void)
{
  ShotManifest *self = g_new0 (ShotManifest, 1);

  self->previous = g_strdup ("");
  self->run = shot_run_new ();
  self->cells = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_cell_free);
  self->verdicts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  return self;
}

ShotManifest *
shot_manifest_read (const char *text, size_t length, GError **error)
{
  g_autoptr (ShotManifest) self = manifest_new ();
  g_autoptr (JsonParser)   parser = json_parser_new_immutable ();
  const char              *fault = shot_json_text_find_fault (text, length, MAX_DEPTH, MAX_DIGITS);

  if (fault != NULL || length > SHOT_MANIFEST_MAX_BYTES ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL)) {
    refuse (error, fault != NULL ? fault : "it does not follow the grammar of JSON");
    return NULL;
  }

  JsonObject *root = get_object (json_parser_get_root (parser));
  if (root == NULL) {
    refuse (error, "it is no object");
    return NULL;
  }
  if (!read_root (self, root, error))
    return NULL;

  g_autofree char *again = shot_manifest_to_text (self);
  if (strlen (again) != length || memcmp (again, text, length) != 0) {
    refuse (error, "it has more in it than a manifest, or is written differently");
    return NULL;
  }
  return g_steal_pointer (&self);
}
