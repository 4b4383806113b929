#include "config.h"

#include <string.h>

#include "error.h"
#include "nearest.h"
#include "settings-private.h"
#include "yaml-reader.h"

char *
shot_settings_suggest (const ShotSettings *self, const char *name)
{
  unsigned         nearest = shot_nearest_get_limit (name);
  g_autofree char *found = NULL;

  if (strlen (name) > SHOT_NEAREST_MAX_BYTES)
    return NULL;
  for (const ShotSetting *row = shot_settings_get_table (self); row->key != NULL; row++) {
    g_autofree char *all = g_strjoin (" ", row->key, row->names, NULL);
    g_auto (GStrv)   names = g_strsplit (all, " ", -1);
    for (char **at = names; *at != NULL; at++) {
      /* An address in dots is also right when only its last part is given. */
      const char *last = strrchr (*at, '.');
      unsigned    distance = shot_nearest_measure (name, *at, nearest);
      if (last != NULL)
        distance = MIN (distance, shot_nearest_measure (name, last + 1, nearest) + 1);
      /* The name itself is in the table when it is known, but not here. */
      if (distance >= nearest || distance == 0)
        continue;
      nearest = distance;
      g_free (found);
      found = g_strdup (*at);
    }
  }
  return g_steal_pointer (&found);
}

/* At commas that have a NAME= behind them: values of headers have commas of their own. */
static char **
split_pairs (const char *text)
{
  static const char letters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.";
  g_autoptr (GStrvBuilder)                                builder = g_strv_builder_new ();
  const char                                             *start = text;

  for (const char *comma = strchr (text, ','); comma != NULL; comma = strchr (comma + 1, ',')) {
    const char *next = comma + 1 + strspn (comma + 1, " ");
    size_t      length = strspn (next, letters);
    if (length == 0 || next[length] != '=')
      continue;
    g_autofree char *pair = g_strndup (start, (size_t) (comma - start));
    g_strv_builder_add (builder, g_strstrip (pair));
    start = next;
  }
  g_autofree char *last = g_strdup (start);
  g_strv_builder_add (builder, g_strstrip (last));
  return g_strv_builder_end (builder);
}

char **
shot_setting_split (const ShotSetting *row, const char *text, ShotLayer layer)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char              *marks = NULL;

  if (row->type == SHOT_SETTING_PAIRS)
    return split_pairs (text);
  if (row->type == SHOT_SETTING_LIST)
    marks = ",";
  else if (row->type == SHOT_SETTING_SECRETS)
    marks = ", \t\r\n";
  else if (shot_setting_is_list (row) && layer == SHOT_LAYER_ENVIRONMENT)
    marks = "\r\n";
  if (marks == NULL) {
    g_strv_builder_add (builder, text);
    return g_strv_builder_end (builder);
  }

  g_auto (GStrv) parts = g_strsplit_set (text, marks, -1);
  for (char **part = parts; *part != NULL; part++) {
    g_strstrip (*part);
    if (**part != '\0')
      g_strv_builder_add (builder, *part);
  }
  return g_strv_builder_end (builder);
}

static gboolean
fail_unknown (const ShotSettings *self, const char *what, const char *name, const char *prefix,
              GError **error)
{
  g_autofree char *nearest = shot_settings_suggest (self, name);
  g_autofree char *shown = g_utf8_make_valid (name, (gssize) strnlen (name, 60));

  if (nearest != NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s \"%s%s\": did you mean \"%s%s\"?", what,
                 prefix, shown, prefix, nearest);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "%s \"%s%s\": see `panelshot serve --help-all`", what, prefix, shown);
  return FALSE;
}

/* The flag at @argv, and its value behind "=" or in the next place; @out_used: how many places. */
static gboolean
read_flag (ShotSettings *self, char **argv, int *out_used, GError **error)
{
  const char      *equals = strchr (argv[0], '=');
  size_t           length = equals != NULL ? (size_t) (equals - argv[0]) : strlen (argv[0]);
  g_autofree char *flag = g_strndup (argv[0], length);
  bool             is_long = g_str_has_prefix (flag, "--");

  const ShotSetting *row = is_long ? shot_settings_find_row (self, flag + 2) : NULL;
  if (row == NULL)
    return fail_unknown (self, "unknown option", flag + (is_long ? 2 : 1), is_long ? "--" : "-",
                         error);

  const char *text = equals != NULL ? equals + 1 : argv[1];
  bool        is_alone = equals != NULL || row->type == SHOT_SETTING_BOOL;
  if (equals == NULL && row->type == SHOT_SETTING_BOOL)
    text = "true";
  if (text == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s wants a value behind it", flag);
    return FALSE;
  }
  *out_used = is_alone ? 1 : 2;
  g_auto (GStrv) texts = shot_setting_split (row, text, SHOT_LAYER_FLAG);
  gboolean is_stored = shot_settings_store (self, row, texts, SHOT_LAYER_FLAG, flag, flag, true,
                                            error);
  for (char **at = texts; *at != NULL; at++)
    explicit_bzero (*at, strlen (*at));
  return is_stored;
}

gboolean
shot_settings_read_arguments (ShotSettings *self, int *argc, char **argv, GError **error)
{
  int kept = 1;
  int i = 1;

  while (i < *argc && !g_str_equal (argv[i], "--")) {
    int used = 1;
    if (argv[i][0] != '-' || argv[i][1] == '\0')
      argv[kept++] = argv[i];
    else if (!read_flag (self, argv + i, &used, error))
      return FALSE;
    i += used;
  }
  while (i < *argc)
    argv[kept++] = argv[i++];
  argv[kept] = NULL;
  *argc = kept;
  return TRUE;
}

gboolean
shot_settings_read_environment (ShotSettings *self, char **environment, GError **error)
{
  for (const ShotSetting *row = shot_settings_get_table (self); row->key != NULL; row++) {
    /* A flag is the cure for a variable that others need as it is, such as TZ. */
    if (row->environment == NULL || shot_settings_get_layer (self, row->key) == SHOT_LAYER_FLAG)
      continue;
    g_auto (GStrv) names = g_strsplit (row->environment, " ", -1);
    const char    *text = NULL;
    char         **name = names;
    for (; *name != NULL; name++) {
      text = g_environ_getenv (environment, *name);
      if (text != NULL && text[strspn (text, " \t\r\n")] != '\0')
        break;
    }
    if (*name == NULL)
      continue;
    g_auto (GStrv) texts = shot_setting_split (row, text, SHOT_LAYER_ENVIRONMENT);
    if (!shot_settings_store (self, row, texts, SHOT_LAYER_ENVIRONMENT, *name, *name, false, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
store_entry (ShotSettings *self, const ShotSetting *row, const char *name,
             const ShotYamlEntry *entry, GError **error)
{
  g_autofree char *origin = g_strdup_printf ("%s:%u", name, entry->line);
  g_autofree char *shown = g_strdup_printf ("%s: %s", origin, entry->key);
  const char      *first = entry->values->len > 0 ? entry->values->pdata[0] : "";

  if (entry->is_list && !shot_setting_is_list (row)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s: want one value, not a list", shown);
    return FALSE;
  }
  if (entry->values->len == 0 || (!entry->is_list && *first == '\0'))
    return TRUE;
  if (!entry->is_list) {
    g_auto (GStrv) texts = shot_setting_split (row, first, SHOT_LAYER_FILE);
    return shot_settings_store (self, row, texts, SHOT_LAYER_FILE, origin, shown, false, error);
  }

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (unsigned i = 0; i < entry->values->len; i++)
    g_strv_builder_add (builder, entry->values->pdata[i]);
  g_auto (GStrv) texts = g_strv_builder_end (builder);
  return shot_settings_store (self, row, texts, SHOT_LAYER_FILE, origin, shown, false, error);
}

gboolean
shot_settings_read_text (ShotSettings *self, const char *name, const char *text, size_t length,
                         GError **error)
{
  g_autoptr (GPtrArray)  entries = shot_yaml_read (name, text, length, error);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (unsigned i = 0; entries != NULL && i < entries->len; i++) {
    const ShotYamlEntry *entry = entries->pdata[i];
    const ShotSetting   *row = shot_settings_find_row (self, entry->key);
    if (row == NULL || (row->traits & SHOT_SETTING_NO_FILE) != 0) {
      g_autofree char *what = g_strdup_printf ("%s:%u: unknown setting", name, entry->line);
      return fail_unknown (self, what, entry->key, "", error);
    }
    const ShotYamlEntry *earlier = g_hash_table_lookup (seen, row);
    if (earlier != NULL) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                   "%s:%u: \"%s\" is the same as \"%s\" in line %u: leave one of them", name,
                   entry->line, entry->key, earlier->key, earlier->line);
      return FALSE;
    }
    g_hash_table_insert (seen, (void *) row, (void *) entry);
    if (!store_entry (self, row, name, entry, error))
      return FALSE;
  }
  return entries != NULL;
}

gboolean
shot_settings_read_file (ShotSettings *self, const char *path, GError **error)
{
  size_t           length = 0;
  g_autofree char *text = shot_yaml_load ("the configuration", path, &length, error);

  if (text == NULL)
    return FALSE;
  gboolean is_read = shot_settings_read_text (self, path, text, length, error);
  explicit_bzero (text, length);
  return is_read;
}
