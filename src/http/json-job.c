#include "config.h"

#include "json-job.h"

#include <string.h>

#include "disposition.h"
#include "error.h"
#include "strict-json.h"

#define MAX_NAME_BYTES 100

typedef enum {
  TEXT = 1 << 0,
  NUMBER = 1 << 1,
  SWITCH = 1 << 2,
} Types;

typedef struct {
  const char *path;
  const char *name; /* of the parameter that says the same */
  unsigned    types;
} Member;

static const Member members[] = {
  { "url", "url", TEXT },
  { "width", "width", NUMBER },
  { "height", "height", NUMBER },
  { "scale", "deviceScaleFactor", NUMBER },
  { "zoom", "zoom", NUMBER },
  { "timeout", "timeout", NUMBER | TEXT },
  { "timezone", "timezone", TEXT },
  { "language", "language", TEXT },
  { "theme", "theme", TEXT },
  { "waitFor", "wait_for", TEXT },
  { "bestEffort", "best_effort", SWITCH },
  { "renderKey", "renderKey", TEXT },
  { "domain", "domain", TEXT },
  { "paper.format", "pdf.format", TEXT },
  { "paper.landscape", "pdf.landscape", SWITCH },
  { "paper.printBackground", "pdf.printBackground", SWITCH },
  { "paper.pageRanges", "pdf.pageRanges", TEXT },
  { "paper.scale", "pdf.scale", NUMBER },
};

static const struct {
  const char     *name;
  ShotPictureKind kind;
} kinds[] = {
  { "viewport", SHOT_PICTURE_VIEWPORT },   { "fullPage", SHOT_PICTURE_FULL_PAGE },
  { "element", SHOT_PICTURE_ELEMENT },     { "eachPanel", SHOT_PICTURE_EACH_PANEL },
  { "print", SHOT_PICTURE_PRINT },         { "download", SHOT_PICTURE_DOWNLOAD },
  { "variables", SHOT_PICTURE_VARIABLES },
};

G_GNUC_PRINTF (3, 4)
static gboolean
fail (GError **error, const char *path, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *wanted = NULL;

  va_start (arguments, format);
  wanted = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "invalid '%s' member: %s", path, wanted);
  return FALSE;
}

static gboolean
fail_unknown (GError **error, const char *folder, const char *name)
{
  g_autofree char *shown = g_strndup (name, strnlen (name, 64));
  g_autofree char *valid = g_utf8_make_valid (shown, -1);

  for (char *at = valid; *at != '\0'; at++) {
    if (g_ascii_iscntrl (*at))
      *at = '?';
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "unknown member '%s%s': leave it out", folder,
               valid);
  return FALSE;
}

static bool
has_type (JsonNode *node, unsigned types)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;

  return (type == G_TYPE_STRING && (types & TEXT) != 0) ||
         ((type == G_TYPE_INT64 || type == G_TYPE_DOUBLE) && (types & NUMBER) != 0) ||
         (type == G_TYPE_BOOLEAN && (types & SWITCH) != 0);
}

static const char *
describe_types (unsigned types)
{
  if (types == SWITCH)
    return "want true or false";
  if (types == NUMBER)
    return "want a number";
  return types == TEXT ? "want a text" : "want a number or a text";
}

/* As a query would have it. (transfer full) */
static char *
to_text (JsonNode *node)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (node) ? "true" : "false");
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return g_strdup (g_ascii_dtostr (number, sizeof number, json_node_get_double (node)));
}

static const Member *
find_member (const char *path)
{
  for (size_t i = 0; i < G_N_ELEMENTS (members); i++) {
    if (g_str_equal (path, members[i].path))
      return &members[i];
  }
  return NULL;
}

/* null is as good as absent. */
static gboolean
read_value (ShotJsonJob *self, const char *folder, const char *name, JsonNode *node, GError **error)
{
  g_autofree char *path = g_strconcat (folder, name, NULL);
  /* "paper.format" is a path, no name. */
  const Member *member = strchr (name, '.') == NULL ? find_member (path) : NULL;

  if (member == NULL)
    return fail_unknown (error, folder, name);
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!has_type (node, member->types))
    return fail (error, path, "%s", describe_types (member->types));

  g_autofree char *text = to_text (node);
  shot_query_add (self->values, member->name, path, text);
  return TRUE;
}

static gboolean
read_paper (ShotJsonJob *self, JsonNode *node, GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;

  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "paper", "want an object");
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value)) {
    if (!read_value (self, "paper.", name, value, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_archive (ShotJsonJob *self, JsonNode *node, GError **error)
{
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!has_type (node, TEXT) || !g_str_equal (json_node_get_string (node), "zip"))
    return fail (error, "archive", "want \"zip\"");
  self->is_archive = true;
  return TRUE;
}

static gboolean
read_kind (const char *text, ShotPictureWish *wish, const char *path, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_equal (text, kinds[i].name)) {
      wish->kind = kinds[i].kind;
      return TRUE;
    }
  }
  return fail (error, path,
               "want viewport, fullPage, element, eachPanel, print, download or variables");
}

static gboolean
read_encoding (const char *text, ShotPictureWish *wish, const char *path, GError **error)
{
  if (shot_encoding_from_name (text, &wish->encoding))
    return TRUE;
  return fail (error, path,
               "want png, jpeg or webp; pdf to print; csv to download; json for variables");
}

/* A member of a picture that is a whole number; NULL for others. */
static int *
find_number (ShotPictureWish *wish, const char *member, int *out_most)
{
  *out_most = g_str_equal (member, "quality") ? 100 : SHOT_JOB_MAX_SIDE;
  if (g_str_equal (member, "quality"))
    return &wish->quality;
  if (g_str_equal (member, "width"))
    return &wish->width;
  return g_str_equal (member, "height") ? &wish->height : NULL;
}

static gboolean
read_number (JsonNode *node, int most, int *out_number, const char *path, GError **error)
{
  bool is_whole = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
  int64_t number = is_whole ? json_node_get_int (node) : 0;

  if (number < 1 || number > most)
    return fail (error, path, "want a whole number from 1 to %d", most);
  *out_number = (int) number;
  return TRUE;
}

/* A plain name of a file, its ending apart. */
static gboolean
check_name (const char *name, const char *path, GError **error)
{
  g_autofree char *clean = shot_disposition_clean_name (name);

  if (*name == '\0' || strlen (name) > MAX_NAME_BYTES || !g_str_equal (clean, name))
    return fail (error, path,
                 "want the name of a file: no folder, no control characters, at most "
                 "%d bytes",
                 MAX_NAME_BYTES);
  return TRUE;
}

static gboolean
read_switch (JsonNode *node, bool *out_switch, const char *path, GError **error)
{
  if (!has_type (node, SWITCH))
    return fail (error, path, "%s", describe_types (SWITCH));
  *out_switch = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
read_panels (JsonNode *node, ShotPictureWish *wish, const char *path, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  unsigned   n = array != NULL ? json_array_get_length (array) : 0;

  if (n < 1 || n > SHOT_JOB_MAX_PANELS)
    return fail (error, path, "want a list of 1 to %d keys such as panel-4", SHOT_JOB_MAX_PANELS);
  for (unsigned i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (!has_type (element, TEXT))
      return fail (error, path, "want a list of texts");
    shot_picture_wish_add_panel (wish, json_node_get_string (element));
  }
  return TRUE;
}

static gboolean
read_picture_member (const char *folder, const char *member, JsonNode *node, ShotPictureWish *wish,
                     char **name, GError **error)
{
  g_autofree char *path = g_strconcat (folder, member, NULL);
  int              most;
  int             *number = find_number (wish, member, &most);

  if (number != NULL)
    return read_number (node, most, number, path, error);
  if (g_str_equal (member, "grid"))
    return read_switch (node, &wish->is_grid, path, error);
  if (g_str_equal (member, "data"))
    return read_switch (node, &wish->wants_data, path, error);
  if (g_str_equal (member, "panels"))
    return read_panels (node, wish, path, error);
  if (!g_str_equal (member, "kind") && !g_str_equal (member, "encoding") &&
      !g_str_equal (member, "selector") && !g_str_equal (member, "name"))
    return fail_unknown (error, folder, member);
  if (!has_type (node, TEXT))
    return fail (error, path, "want a text");

  const char *text = json_node_get_string (node);
  if (g_str_equal (member, "kind"))
    return read_kind (text, wish, path, error);
  if (g_str_equal (member, "encoding"))
    return read_encoding (text, wish, path, error);
  if (g_str_equal (member, "selector")) {
    wish->selector = g_strdup (text);
    return TRUE;
  }
  *name = g_strdup (text);
  return check_name (text, path, error);
}

static void
add_name (ShotJsonJob *self, const char *name, const ShotPictureWish *wish)
{
  const char *ending = shot_encoding_get_name (wish->encoding);

  if (wish->kind == SHOT_PICTURE_EACH_PANEL)
    g_ptr_array_add (self->names, g_strdup (name != NULL ? name : ""));
  else
    g_ptr_array_add (self->names,
                     name != NULL ? g_strdup_printf ("%s.%s", name, ending)
                                  : g_strdup_printf ("picture-%u.%s", self->pictures->len, ending));
}

static gboolean
read_picture (ShotJsonJob *self, unsigned index, JsonNode *node, GError **error)
{
  g_autofree char *folder = g_strdup_printf ("pictures[%u].", index);
  g_autofree char *name = NULL;
  ShotPictureWish *wish = g_new0 (ShotPictureWish, 1);
  JsonObjectIter   iter;
  const char      *member;
  JsonNode        *value;

  g_ptr_array_add (self->pictures, wish);
  wish->encoding = SHOT_N_ENCODINGS;
  wish->quality = SHOT_JOB_DEFAULT_QUALITY;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (error, "pictures", "want a list of objects");
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &member, &value)) {
    if (!JSON_NODE_HOLDS_NULL (value) &&
        !read_picture_member (folder, member, value, wish, &name, error))
      return FALSE;
  }
  if (wish->encoding == SHOT_N_ENCODINGS)
    wish->encoding = shot_picture_kind_get_encoding (wish->kind);
  add_name (self, name, wish);
  return TRUE;
}

static gboolean
read_pictures (ShotJsonJob *self, JsonNode *node, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) < 1 ||
      json_array_get_length (array) > SHOT_JOB_MAX_PICTURES)
    return fail (error, "pictures", "want a list of 1 to %d", SHOT_JOB_MAX_PICTURES);
  for (unsigned i = 0; i < json_array_get_length (array); i++) {
    if (!read_picture (self, i, json_array_get_element (array, i), error))
      return FALSE;
  }
  return TRUE;
}

static const ShotPictureWish *
get_wish (const ShotJsonJob *self, unsigned index)
{
  return self->pictures->pdata[index];
}

/* As file systems that ignore case see them. Names of panels are made so that they are unlike. */
static gboolean
check_names (const ShotJsonJob *self, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < self->names->len; i++) {
    if (get_wish (self, i)->kind == SHOT_PICTURE_EACH_PANEL)
      continue;
    if (!g_hash_table_add (seen, g_utf8_casefold (self->names->pdata[i], -1))) {
      g_autofree char *path = g_strdup_printf ("pictures[%u].name", i);
      return fail (error, path, "another picture has this name: give each its own");
    }
  }
  return TRUE;
}

static bool
has_full_pages_only (const ShotJsonJob *self)
{
  for (unsigned i = 0; i < self->pictures->len; i++) {
    if (get_wish (self, i)->kind != SHOT_PICTURE_FULL_PAGE)
      return false;
  }
  return true;
}

static gboolean
read_members (ShotJsonJob *self, JsonObject *object, GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node)) {
    gboolean is_read = g_str_equal (name, "pictures")  ? read_pictures (self, node, error)
                       : g_str_equal (name, "paper")   ? read_paper (self, node, error)
                       : g_str_equal (name, "archive") ? read_archive (self, node, error)
                                                       : read_value (self, "", name, node, error);
    if (!is_read)
      return FALSE;
  }
  if (self->pictures->len == 0)
    return shot_query_fail_missing (self->values, "pictures", error);
  /* Nobody looks at the height of the view then; as for a query of the full page. */
  if (has_full_pages_only (self))
    shot_query_add (self->values, "height", "height", "-1");
  return check_names (self, error);
}

ShotJsonJob *
shot_json_job_parse (const char *text, size_t length, GError **error)
{
  g_autoptr (JsonObject) object = shot_strict_json_parse (text, length, error);

  if (object == NULL)
    return NULL;

  g_autoptr (ShotJsonJob) self = g_new0 (ShotJsonJob, 1);
  self->values = shot_query_new ("member");
  self->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_picture_wish_free);
  self->names = g_ptr_array_new_with_free_func (g_free);
  return read_members (self, object, error) ? g_steal_pointer (&self) : NULL;
}

void
shot_json_job_free (ShotJsonJob *self)
{
  if (self == NULL)
    return;
  shot_query_free (self->values);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->names);
  g_free (self);
}

const char *
shot_json_job_get_member (unsigned index)
{
  return index < G_N_ELEMENTS (members) ? members[index].path : NULL;
}

void
shot_json_job_add_pictures (const ShotJsonJob *self, ShotJob *job, int max_width, int max_height)
{
  for (unsigned i = 0; i < self->pictures->len; i++) {
    const ShotPictureWish *from = get_wish (self, i);
    ShotPictureWish       *wish = shot_job_add_picture (job, from->kind, from->selector);
    wish->encoding = from->encoding;
    wish->quality = from->quality;
    wish->is_grid = from->is_grid;
    wish->wants_data = from->wants_data;
    for (unsigned j = 0; from->panels != NULL && j < from->panels->len; j++)
      shot_picture_wish_add_panel (wish, from->panels->pdata[j]);
    wish->width = max_width > 0 ? MIN (from->width, max_width) : from->width;
    wish->height = max_height > 0 ? MIN (from->height, max_height) : from->height;
  }
}
