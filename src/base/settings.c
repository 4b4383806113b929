#include "config.h"

#include "settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "error.h"
#include "mask.h"
#include "settings-private.h"

#define MAX_SHOWN_BYTES 40

typedef struct {
  ShotLayer  layer;
  char      *origin;  /* (owned): "--listen", "SERVER_ADDR", "NAME:LINE"; NULL for the default */
  char      *shown;   /* (owned) (nullable): the setting as messages name it */
  char     **texts;   /* (owned) (nullable): NULL is not set; choices by their first name */
  GPtrArray *secrets; /* (owned) (nullable) (element-type ShotSecret): instead of texts */
  double     number;
} Value;

struct _ShotSettings {
  const ShotSetting *table;
  unsigned           n_rows;
  Value             *values; /* (owned): one a row */
};

static void
value_clear (Value *self)
{
  g_free (self->origin);
  g_free (self->shown);
  g_strfreev (self->texts);
  g_clear_pointer (&self->secrets, g_ptr_array_unref);
  *self = (Value){ 0 };
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Value, value_clear)

static void
secret_unref (void *data)
{
  shot_secret_unref (data);
}

static void *
copy_secret (const void *secret, void *user_data)
{
  return shot_secret_ref ((ShotSecret *) secret);
}

bool
shot_setting_has_word (const char *words, const char *word)
{
  size_t length = strlen (word);

  for (const char *at = words; at != NULL && length > 0; at = strchr (at, ' ')) {
    at += strspn (at, " ");
    if (strncmp (at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
      return true;
  }
  return false;
}

bool
shot_setting_is_secret (const ShotSetting *row)
{
  return row->type == SHOT_SETTING_SECRETS || row->type == SHOT_SETTING_PAIRS;
}

bool
shot_setting_is_hidden (const ShotSetting *row)
{
  return shot_setting_is_secret (row) || row->mask != NULL;
}

/* What of a value people may see. (transfer full) */
static char *
mask_text (const ShotSetting *row, const char *text)
{
  g_autofree char *masked = row->mask != NULL ? row->mask (text) : g_strdup (text);

  return shot_mask_uri (masked);
}

bool
shot_setting_is_list (const ShotSetting *row)
{
  switch (row->type) {
  case SHOT_SETTING_LIST:
  case SHOT_SETTING_LINES:
  case SHOT_SETTING_FILES:
  case SHOT_SETTING_SECRETS:
  case SHOT_SETTING_PAIRS:
    return true;
  case SHOT_SETTING_TEXT:
  case SHOT_SETTING_FILE:
  case SHOT_SETTING_INT:
  case SHOT_SETTING_DOUBLE:
  case SHOT_SETTING_BOOL:
  case SHOT_SETTING_DURATION:
  case SHOT_SETTING_CHOICE:
    return false;
  }
  return false;
}

static gboolean want (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
want (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, SHOT_ERROR, SHOT_ERROR_USAGE, text);
  return FALSE;
}

static gboolean
parse_int (const ShotSetting *row, const char *text, double *out_number, GError **error)
{
  bool   is_any = row->least == 0 && row->most == 0;
  gint64 least = is_any ? -(INT64_C (1) << 53) : (gint64) row->least;
  gint64 most = is_any ? INT64_C (1) << 53 : (gint64) row->most;
  gint64 number = 0;

  if (!g_ascii_string_to_signed (text, 10, least, most, &number, NULL)) {
    if (is_any)
      return want (error, "want a whole number");
    return want (error, "want a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, least,
                 most);
  }
  *out_number = (double) number;
  return TRUE;
}

static gboolean
parse_double (const ShotSetting *row, const char *text, double *out_number, GError **error)
{
  char  *end = NULL;
  bool   is_plain = strspn (text, "0123456789+-.eE") == strlen (text);
  double number = g_ascii_strtod (text, &end);

  if (!is_plain || end == text || *end != '\0' || !(number >= row->least && number <= row->most))
    return want (error, "want a number from %g to %g", row->least, row->most);
  *out_number = number;
  return TRUE;
}

static gboolean
parse_bool (const char *text, double *out_number, GError **error)
{
  static const char yes[] = "1 t T true True TRUE";
  static const char no[] = "0 f F false False FALSE";

  if (!shot_setting_has_word (yes, text) && !shot_setting_has_word (no, text))
    return want (error, "want true or false");
  *out_number = shot_setting_has_word (yes, text) ? 1 : 0;
  return TRUE;
}

static gboolean
parse_duration (const ShotSetting *row, const char *text, double *out_number, GError **error)
{
  double ms = 0;

  if (!shot_duration_read (text, &ms))
    return want (error, "want seconds such as 30, or a duration such as 1m30s");
  if (ms <= 0 && row->least == 0)
    ms = 0;
  /* Up: a millisecond is the least there is, and no wait at all is something else. */
  if (ms > 0 && ms < (double) INT64_MAX)
    ms = (double) (int64_t) ms + (ms > (double) (int64_t) ms ? 1 : 0);
  if (ms < row->least || ms > row->most)
    return want (error, "want from %g to %g seconds", row->least / 1000, row->most / 1000);
  *out_number = ms;
  return TRUE;
}

/* (transfer full): the first name of the choice, NULL when it is none. */
static char *
find_choice (const ShotSetting *row, const char *text)
{
  g_auto (GStrv)   words = g_strsplit (row->choices, " ", -1);
  g_autofree char *lower = g_ascii_strdown (text, -1);

  for (char **word = words; *word != NULL; word++) {
    char *meant = strchr (*word, '=');
    if (meant != NULL)
      *meant++ = '\0';
    if (g_ascii_strcasecmp (*word, lower) == 0)
      return g_strdup (meant != NULL ? meant : *word);
  }
  return NULL;
}

static gboolean
check_choice (const ShotSetting *row, char **text, GError **error)
{
  char *choice = find_choice (row, *text);

  if (choice == NULL) {
    g_autoptr (GString) names = g_string_new (row->choices);
    char               *other = strchr (names->str, '=');
    /* The first names stand first; the others need not be told. */
    while (other != NULL && other > names->str && other[-1] != ' ')
      other--;
    if (other != NULL)
      g_string_truncate (names, other > names->str ? (size_t) (other - names->str) - 1 : 0);
    g_string_replace (names, " ", ", ", 0);
    return want (error, "want one of %s", names->str);
  }
  g_free (*text);
  *text = choice;
  return TRUE;
}

static gboolean
check_file (const char *path, GError **error)
{
  if (access (path, R_OK) != 0)
    return want (error, "%s: name a file that this user may read", g_strerror (errno));
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return want (error, "this is a folder: name a file");
  return TRUE;
}

static gboolean
check_pair (const char *text, GError **error)
{
  const char *equals = strchr (text, '=');

  if (equals == NULL || equals == text)
    return want (error, "want NAME=VALUE");
  return TRUE;
}

/* May put another text for the same thing into @text. */
static gboolean
check_text (const ShotSetting *row, char **text, double *out_number, GError **error)
{
  if (**text == '\0')
    return want (error, "is empty: give a value, or leave it out");
  if (!g_utf8_validate (*text, -1, NULL))
    return want (error, "want UTF-8");
  for (const char *at = *text; *at != '\0'; at++) {
    if (g_ascii_iscntrl (*at))
      return want (error, "want no control characters");
  }
  if (row->check != NULL && !row->check (*text, error))
    return FALSE;

  switch (row->type) {
  case SHOT_SETTING_INT:
    return parse_int (row, *text, out_number, error);
  case SHOT_SETTING_DOUBLE:
    return parse_double (row, *text, out_number, error);
  case SHOT_SETTING_BOOL:
    return parse_bool (*text, out_number, error);
  case SHOT_SETTING_DURATION:
    return parse_duration (row, *text, out_number, error);
  case SHOT_SETTING_CHOICE:
    return check_choice (row, text, error);
  case SHOT_SETTING_FILE:
  case SHOT_SETTING_FILES:
    return check_file (*text, error);
  case SHOT_SETTING_PAIRS:
    return check_pair (*text, error);
  case SHOT_SETTING_TEXT:
  case SHOT_SETTING_LIST:
  case SHOT_SETTING_LINES:
  case SHOT_SETTING_SECRETS:
    return TRUE;
  }
  return TRUE;
}

/* "NAME "text": what is wanted"; without the text where it may be a secret. */
static void
prefix_error (const ShotSetting *row, const char *shown, const char *text, GError **error)
{
  g_autofree char *masked = mask_text (row, text);
  g_autofree char *start = g_utf8_make_valid (masked, (gssize) strnlen (masked, MAX_SHOWN_BYTES));

  g_strdelimit (start, "\r\n", ' ');
  if (shot_setting_is_secret (row) || *text == '\0')
    g_prefix_error (error, "%s%s", shown, *text == '\0' ? " " : ": ");
  else
    g_prefix_error (error, "%s \"%s\": ", shown, start);
}

/* Takes what is in the texts out of them. (transfer full) */
static GPtrArray *
hide_texts (char **texts)
{
  GPtrArray *secrets = g_ptr_array_new_with_free_func (secret_unref);

  for (char **text = texts; *text != NULL; text++) {
    g_ptr_array_add (secrets, shot_secret_new (*text));
    explicit_bzero (*text, strlen (*text));
  }
  return secrets;
}

static void
append (Value *self, const Value *more)
{
  if (self->secrets != NULL) {
    for (unsigned i = 0; i < more->secrets->len; i++)
      g_ptr_array_add (self->secrets, shot_secret_ref (more->secrets->pdata[i]));
    return;
  }

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_addv (builder, (const char **) self->texts);
  g_strv_builder_addv (builder, (const char **) more->texts);
  g_strfreev (self->texts);
  self->texts = g_strv_builder_end (builder);
}

gboolean
shot_settings_store (ShotSettings *self, const ShotSetting *row, char **texts, ShotLayer layer,
                     const char *origin, const char *shown, bool may_add, GError **error)
{
  Value         *value = &self->values[row - self->table];
  g_auto (Value) fresh = { .layer = layer };

  fresh.texts = g_strdupv (texts);
  for (char **text = fresh.texts; *text != NULL; text++) {
    if (!check_text (row, text, &fresh.number, error)) {
      prefix_error (row, shown, *text, error);
      return FALSE;
    }
  }
  if (*fresh.texts == NULL) {
    want (error, "%s is empty: give a value, or leave it out", shown);
    return FALSE;
  }
  if (shot_setting_is_secret (row)) {
    fresh.secrets = hide_texts (fresh.texts);
    g_clear_pointer (&fresh.texts, g_strfreev);
  }
  if (value->layer > layer)
    return TRUE;
  if (may_add && value->layer == layer && shot_setting_is_list (row)) {
    append (value, &fresh);
    return TRUE;
  }
  fresh.origin = g_strdup (origin);
  fresh.shown = g_strdup (shown);
  value_clear (value);
  *value = fresh;
  fresh = (Value){ 0 };
  return TRUE;
}

static void
set_default (ShotSettings *self, const ShotSetting *row)
{
  g_autoptr (GError) error = NULL;

  if (row->fallback == NULL)
    return;
  g_auto (GStrv) texts = shot_setting_split (row, row->fallback, SHOT_LAYER_DEFAULT);
  if (!shot_settings_store (self, row, texts, SHOT_LAYER_DEFAULT, NULL, row->key, false, &error))
    g_critical ("the default of %s is wrong: %s", row->key, error->message);
}

static ShotSettings *
make_empty (const ShotSetting *table)
{
  ShotSettings *self = g_new0 (ShotSettings, 1);

  self->table = table;
  while (table[self->n_rows].key != NULL)
    self->n_rows++;
  self->values = g_new0 (Value, self->n_rows);
  return self;
}

ShotSettings *
shot_settings_new (const ShotSetting *table)
{
  ShotSettings *self = make_empty (table);

  for (unsigned i = 0; i < self->n_rows; i++)
    set_default (self, &table[i]);
  return self;
}

void
shot_settings_free (ShotSettings *self)
{
  if (self == NULL)
    return;
  for (unsigned i = 0; i < self->n_rows; i++)
    value_clear (&self->values[i]);
  g_free (self->values);
  g_free (self);
}

const ShotSetting *
shot_settings_get_table (const ShotSettings *self)
{
  return self->table;
}

const ShotSetting *
shot_settings_find_row (const ShotSettings *self, const char *name)
{
  for (const ShotSetting *row = self->table; row->key != NULL; row++) {
    if (g_str_equal (row->key, name) || shot_setting_has_word (row->names, name))
      return row;
  }
  return NULL;
}

gboolean
shot_settings_set (ShotSettings *self, const char *key, const char *text, ShotLayer layer,
                   const char *origin, GError **error)
{
  const ShotSetting *row = shot_settings_find_row (self, key);

  g_assert (row != NULL);
  g_auto (GStrv) texts = shot_setting_split (row, text, layer);
  return shot_settings_store (self, row, texts, layer, origin, origin, false, error);
}

void
shot_settings_copy_layer (ShotSettings *self, const ShotSettings *other, ShotLayer layer)
{
  g_assert (self->table == other->table);
  for (unsigned i = 0; i < self->n_rows; i++) {
    const Value *from = &other->values[i];
    if (from->layer != layer || self->values[i].layer > layer)
      continue;
    value_clear (&self->values[i]);
    self->values[i] = *from;
    self->values[i].origin = g_strdup (from->origin);
    self->values[i].shown = g_strdup (from->shown);
    self->values[i].texts = g_strdupv (from->texts);
    if (from->secrets != NULL)
      self->values[i].secrets = g_ptr_array_copy (from->secrets, copy_secret, NULL);
  }
}

ShotSettings *
shot_settings_copy (const ShotSettings *self)
{
  ShotSettings *copy = make_empty (self->table);

  for (ShotLayer layer = SHOT_LAYER_DEFAULT; layer <= SHOT_LAYER_FLAG; layer++)
    shot_settings_copy_layer (copy, self, layer);
  return copy;
}

static const Value *
get_value (const ShotSettings *self, const char *key, const ShotSetting **out_row)
{
  const ShotSetting *row = shot_settings_find_row (self, key);

  /* A key that is not in the table is a slip of the pen. */
  g_assert (row != NULL && g_str_equal (row->key, key));
  if (out_row != NULL)
    *out_row = row;
  return &self->values[row - self->table];
}

static const Value *
get_typed (const ShotSettings *self, const char *key, ShotSettingType type)
{
  const ShotSetting *row = NULL;
  const Value       *value = get_value (self, key, &row);

  g_assert (row->type == type);
  return value;
}

bool
shot_settings_is_set (const ShotSettings *self, const char *key)
{
  const Value *value = get_value (self, key, NULL);

  return value->texts != NULL || value->secrets != NULL;
}

ShotLayer
shot_settings_get_layer (const ShotSettings *self, const char *key)
{
  return get_value (self, key, NULL)->layer;
}

const char *
shot_settings_get_text (const ShotSettings *self, const char *key)
{
  const ShotSetting *row = NULL;
  const Value       *value = get_value (self, key, &row);

  g_assert (row->type == SHOT_SETTING_TEXT || row->type == SHOT_SETTING_FILE ||
            row->type == SHOT_SETTING_CHOICE);
  return value->texts != NULL ? value->texts[0] : NULL;
}

const char *const *
shot_settings_get_list (const ShotSettings *self, const char *key)
{
  static const char *const nothing[] = { NULL };
  const ShotSetting       *row = NULL;
  const Value             *value = get_value (self, key, &row);

  g_assert (shot_setting_is_list (row) && !shot_setting_is_secret (row));
  return value->texts != NULL ? (const char *const *) value->texts : nothing;
}

int64_t
shot_settings_get_int (const ShotSettings *self, const char *key)
{
  return (int64_t) get_typed (self, key, SHOT_SETTING_INT)->number;
}

double
shot_settings_get_double (const ShotSettings *self, const char *key)
{
  return get_typed (self, key, SHOT_SETTING_DOUBLE)->number;
}

bool
shot_settings_get_bool (const ShotSettings *self, const char *key)
{
  return get_typed (self, key, SHOT_SETTING_BOOL)->number != 0;
}

int64_t
shot_settings_get_duration (const ShotSettings *self, const char *key)
{
  return (int64_t) get_typed (self, key, SHOT_SETTING_DURATION)->number;
}

const GPtrArray *
shot_settings_get_secrets (const ShotSettings *self, const char *key)
{
  const ShotSetting *row = NULL;
  const Value       *value = get_value (self, key, &row);

  g_assert (shot_setting_is_secret (row));
  return value->secrets;
}

const char *
shot_settings_get_origin (const ShotSettings *self, const char *key)
{
  return get_value (self, key, NULL)->origin;
}

char *
shot_settings_describe_origin (const ShotSettings *self, const char *key)
{
  static const char *const words[] = { "default", "file", "environment", "flag" };
  const Value             *value = get_value (self, key, NULL);

  if (value->origin == NULL)
    return g_strdup (words[SHOT_LAYER_DEFAULT]);
  return g_strdup_printf ("%s %s", words[value->layer], value->origin);
}

static void
append_quoted (GString *out, const ShotSetting *row, const char *text)
{
  g_autofree char *masked = mask_text (row, text);

  g_string_append_c (out, '"');
  for (const char *at = masked; *at != '\0'; at++) {
    if (*at == '"' || *at == '\\')
      g_string_append_printf (out, "\\%c", *at);
    else if ((unsigned char) *at < 0x20 || *at == 0x7f)
      g_string_append_printf (out, "\\u%04x", (unsigned) *at);
    else
      g_string_append_c (out, *at);
  }
  g_string_append_c (out, '"');
}

/* Of a pair, the name may be seen; a default is no secret at all. */
static void
append_secret (GString *out, const ShotSetting *row, const Value *value, unsigned index)
{
  const ShotSecret *secret = value->secrets->pdata[index];
  const char       *text = shot_secret_reveal (secret);
  size_t            shown = row->type == SHOT_SETTING_PAIRS ? strcspn (text, "=") + 1 : 0;

  g_autofree char *masked = g_strdup_printf ("%.*s***", (int) shown, text);
  append_quoted (out, row, value->layer == SHOT_LAYER_DEFAULT ? text : masked);
}

static void
append_value (GString *out, const ShotSetting *row, const Value *value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (row->type) {
  case SHOT_SETTING_INT:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, (gint64) value->number);
    return;
  case SHOT_SETTING_DOUBLE:
    g_string_append (out, g_ascii_formatd (number, sizeof number, "%g", value->number));
    return;
  case SHOT_SETTING_BOOL:
    g_string_append (out, value->number != 0 ? "true" : "false");
    return;
  case SHOT_SETTING_TEXT:
  case SHOT_SETTING_FILE:
  case SHOT_SETTING_DURATION:
  case SHOT_SETTING_CHOICE:
    append_quoted (out, row, value->texts[0]);
    return;
  case SHOT_SETTING_LIST:
  case SHOT_SETTING_LINES:
  case SHOT_SETTING_FILES:
  case SHOT_SETTING_SECRETS:
  case SHOT_SETTING_PAIRS:
    break;
  }

  unsigned count = value->secrets != NULL ? value->secrets->len : g_strv_length (value->texts);
  g_string_append_c (out, '[');
  for (unsigned i = 0; i < count; i++) {
    g_string_append (out, i > 0 ? ", " : "");
    if (value->secrets != NULL)
      append_secret (out, row, value, i);
    else
      append_quoted (out, row, value->texts[i]);
  }
  g_string_append_c (out, ']');
}

char *
shot_settings_show (const ShotSettings *self, const char *key)
{
  const ShotSetting  *row = NULL;
  const Value        *value = get_value (self, key, &row);
  g_autoptr (GString) out = g_string_new (NULL);

  if (!shot_settings_is_set (self, key))
    return g_strdup ("null");
  append_value (out, row, value);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

bool
shot_settings_is_same (const ShotSettings *self, const ShotSettings *other, const char *key)
{
  const ShotSetting *row = NULL;
  const Value       *a = get_value (self, key, &row);
  const Value       *b = get_value (other, key, NULL);

  if (shot_settings_is_set (self, key) != shot_settings_is_set (other, key))
    return false;
  if (a->secrets != NULL) {
    bool is_same = a->secrets->len == b->secrets->len;
    for (unsigned i = 0; is_same && i < a->secrets->len; i++)
      is_same = shot_secret_equal (a->secrets->pdata[i], shot_secret_reveal (b->secrets->pdata[i]));
    return is_same;
  }
  if (a->texts == NULL)
    return true;
  switch (row->type) {
  case SHOT_SETTING_INT:
  case SHOT_SETTING_DOUBLE:
  case SHOT_SETTING_BOOL:
  case SHOT_SETTING_DURATION:
    return a->number >= b->number && a->number <= b->number;
  default:
    return g_strv_equal ((const char *const *) a->texts, (const char *const *) b->texts);
  }
}

char **
shot_settings_list_notices (const ShotSettings *self)
{
  g_autoptr (ShotSettings) defaults = shot_settings_new (self->table);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (unsigned i = 0; i < self->n_rows; i++) {
    const ShotSetting *row = &self->table[i];
    /* What asks for the ordinary is no news. */
    if (row->notice == NULL || shot_settings_is_same (self, defaults, row->key))
      continue;
    g_autofree char *line = g_strdup_printf ("%s is accepted without effect: %s",
                                             self->values[i].shown, row->notice);
    g_strv_builder_add (builder, line);
  }
  return g_strv_builder_end (builder);
}
