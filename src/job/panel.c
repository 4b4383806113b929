#include "config.h"

#include "panel.h"

#include <string.h>

#include "fields.h"
#include "mask.h"

#define MAX_SLUG_BYTES 80
#define MAX_ORDER 100000

/* One line of whole characters, without a secret. (transfer full) */
static char *
clean (const char *text, unsigned most)
{
  g_autofree char    *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  g_autofree char    *masked = shot_mask_uri (valid);
  g_autoptr (GString) line = g_string_new (NULL);
  unsigned            n = 0;

  for (const char *at = masked; *at != '\0' && n < most; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    GUnicodeType type = g_unichar_type (character);
    /* Marks that turn the direction of text would make one title look like another. */
    if (type == G_UNICODE_FORMAT || type == G_UNICODE_SURROGATE || type == G_UNICODE_UNASSIGNED)
      continue;
    bool is_blank = type == G_UNICODE_CONTROL || g_unichar_isspace (character);
    g_string_append_unichar (line, is_blank ? ' ' : character);
    n++;
  }
  return g_strdup (g_strstrip (line->str));
}

ShotPanel *
shot_panel_new (unsigned order, const char *key, const char *title, const char *row,
                const char *plugin)
{
  ShotPanel *self = g_new0 (ShotPanel, 1);

  self->order = order;
  self->key = clean (key, SHOT_PANEL_MAX_KEY);
  self->title = clean (title, SHOT_PANEL_MAX_TITLE);
  self->row = clean (row, SHOT_PANEL_MAX_TITLE);
  self->plugin = clean (plugin, SHOT_PANEL_MAX_PLUGIN);
  self->status = "";
  self->message = g_strdup ("");
  self->threshold = g_strdup ("");
  return self;
}

ShotPanel *
shot_panel_copy (const ShotPanel *self)
{
  ShotPanel *copy = g_memdup2 (self, sizeof *self);

  copy->key = g_strdup (self->key);
  copy->title = g_strdup (self->title);
  copy->row = g_strdup (self->row);
  copy->plugin = g_strdup (self->plugin);
  copy->failure = g_strdup (self->failure);
  copy->message = g_strdup (self->message);
  copy->threshold = g_strdup (self->threshold);
  return copy;
}

void
shot_panel_free (ShotPanel *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->title);
  g_free (self->row);
  g_free (self->plugin);
  g_free (self->failure);
  g_free (self->message);
  g_free (self->threshold);
  g_free (self);
}

void
shot_panel_set_failure (ShotPanel *self, const char *failure)
{
  g_free (self->failure);
  self->failure = clean (failure, SHOT_PANEL_MAX_TITLE);
}

void
shot_panel_set_status (ShotPanel *self, const char *status, const char *message,
                       const char *threshold)
{
  static const char *const names[] = { "ok", "no_data", "error", "loading" };

  self->status = "";
  for (size_t i = 0; status != NULL && i < G_N_ELEMENTS (names); i++) {
    if (g_str_equal (status, names[i]))
      self->status = names[i];
  }
  g_free (self->message);
  self->message = clean (message, SHOT_PANEL_MAX_TITLE);
  g_free (self->threshold);
  self->threshold = clean (threshold, SHOT_PANEL_MAX_TITLE);
}

JsonObject *
shot_panel_to_json (const ShotPanel *self)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "order", self->order);
  json_object_set_string_member (object, "key", self->key);
  json_object_set_string_member (object, "title", self->title);
  json_object_set_string_member (object, "row", self->row);
  json_object_set_string_member (object, "plugin", self->plugin);
  json_object_set_int_member (object, "grid_x", self->grid_x);
  json_object_set_int_member (object, "grid_y", self->grid_y);
  json_object_set_int_member (object, "grid_width", self->grid_width);
  json_object_set_int_member (object, "grid_height", self->grid_height);
  json_object_set_boolean_member (object, "is_cut_out", self->is_cut_out);
  json_object_set_string_member (object, "status", self->status);
  json_object_set_string_member (object, "message", self->message);
  json_object_set_string_member (object, "threshold", self->threshold);
  if (self->failure != NULL)
    json_object_set_string_member (object, "failure", self->failure);
  return object;
}

static gboolean
read_grid (ShotPanel *self, JsonObject *object, GError **error)
{
  const struct {
    const char *name;
    int        *field;
  } rows[] = {
    { "grid_x", &self->grid_x },
    { "grid_y", &self->grid_y },
    { "grid_width", &self->grid_width },
    { "grid_height", &self->grid_height },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    int64_t value = 0;
    if (!shot_fields_get_int (object, rows[i].name, 0, SHOT_PANEL_MAX_GRID, &value, error))
      return FALSE;
    *rows[i].field = (int) value;
  }
  return shot_fields_get_bool (object, "is_cut_out", &self->is_cut_out, error);
}

ShotPanel *
shot_panel_from_json (JsonObject *object, GError **error)
{
  int64_t     order = 0;
  const char *key = NULL;
  const char *title = NULL;
  const char *row = NULL;
  const char *plugin = NULL;
  const char *failure = NULL;
  const char *status = NULL;
  const char *message = NULL;
  const char *threshold = NULL;

  if (!shot_fields_get_int (object, "order", 1, MAX_ORDER, &order, error) ||
      !shot_fields_get_string (object, "key", false, &key, error) ||
      !shot_fields_get_string (object, "title", false, &title, error) ||
      !shot_fields_get_string (object, "row", false, &row, error) ||
      !shot_fields_get_string (object, "plugin", false, &plugin, error) ||
      !shot_fields_get_string (object, "failure", true, &failure, error) ||
      !shot_fields_get_string (object, "status", false, &status, error) ||
      !shot_fields_get_string (object, "message", false, &message, error) ||
      !shot_fields_get_string (object, "threshold", false, &threshold, error))
    return NULL;

  g_autoptr (ShotPanel) self = shot_panel_new ((unsigned) order, key, title, row, plugin);
  if (failure != NULL)
    shot_panel_set_failure (self, failure);
  shot_panel_set_status (self, status, message, threshold);
  return read_grid (self, object, error) ? g_steal_pointer (&self) : NULL;
}

/* Letters and digits, one dash for whatever is between them. (transfer full) */
static char *
make_slug (const char *text)
{
  g_autofree char    *normal = g_utf8_normalize (text, -1, G_NORMALIZE_NFC);
  g_autofree char    *lower = g_utf8_strdown (normal != NULL ? normal : "", -1);
  g_autoptr (GString) slug = g_string_new (NULL);

  for (const char *at = lower; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar     character = g_utf8_get_char (at);
    size_t       length = (size_t) (g_utf8_next_char (at) - at);
    GUnicodeType type = g_unichar_type (character);
    bool         is_part = g_unichar_isalnum (character) || type == G_UNICODE_NON_SPACING_MARK ||
                   type == G_UNICODE_SPACING_MARK;
    if (slug->len + length > MAX_SLUG_BYTES)
      break;
    if (is_part)
      g_string_append_len (slug, at, (gssize) length);
    else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
      g_string_append_c (slug, '-');
  }
  while (slug->len > 0 && slug->str[slug->len - 1] == '-')
    g_string_truncate (slug, slug->len - 1);
  return g_string_free (g_steal_pointer (&slug), FALSE);
}

char *
shot_panel_make_name (const ShotPanel *self, unsigned n_digits)
{
  g_autofree char *slug = make_slug (self->title);

  if (*slug == '\0') {
    g_free (slug);
    slug = make_slug (self->key);
  }
  return g_strdup_printf ("%0*u%s%s", (int) n_digits, self->order, *slug != '\0' ? "-" : "", slug);
}
