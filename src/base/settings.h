/* settings.h: values of a program's settings, and where each came from
 *
 * A const table of rows says what settings there are; everything else (reading, ranges, help, man
 * page, sample file) is made from it. Values come in layers, from the weakest: the row's default,
 * a file, the environment, flags. A stronger layer replaces a weaker one's value whole, lists
 * included, in whatever order the layers are read.
 *
 * An empty text in a file or the environment counts as not given. All errors are
 * SHOT_ERROR_USAGE and name the setting as the user wrote it.
 *
 * Any thread, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "secret.h"

G_BEGIN_DECLS

typedef enum {
  SHOT_SETTING_TEXT,
  SHOT_SETTING_FILE, /* the name of a file that can be read */
  SHOT_SETTING_INT,
  SHOT_SETTING_DOUBLE,
  SHOT_SETTING_BOOL,     /* as Go spells it: 1, t, T, true, True, TRUE, 0, … */
  SHOT_SETTING_DURATION, /* in ms; 0 and less are 0 where the range allows it */
  SHOT_SETTING_CHOICE,
  SHOT_SETTING_LIST,    /* one text holds several, apart by commas */
  SHOT_SETTING_LINES,   /* several only by repetition; in the environment, one a line */
  SHOT_SETTING_FILES,   /* LINES of FILE */
  SHOT_SETTING_SECRETS, /* apart by commas or blanks */
  SHOT_SETTING_PAIRS,   /* NAME=VALUE, the value a secret; apart by commas before a NAME= */
} ShotSettingType;

/* From the weakest. */
typedef enum {
  SHOT_LAYER_DEFAULT,
  SHOT_LAYER_FILE,
  SHOT_LAYER_ENVIRONMENT,
  SHOT_LAYER_FLAG,
} ShotLayer;

enum {
  SHOT_SETTING_RELOADABLE = 1 << 0,
  SHOT_SETTING_IMPORTANT = 1 << 1, /* in the short help */
  SHOT_SETTING_NO_FILE = 1 << 2,   /* a file may not give it */
};

typedef struct {
  const char     *key; /* dotted; also a long flag. NULL ends a table */
  ShotSettingType type;
  const char     *names;       /* (nullable): other flags and file keys, apart by blanks */
  const char     *environment; /* (nullable): variables, apart by blanks, the first that is set */
  const char     *fallback;    /* (nullable): the default, as it would be written */
  double          least;       /* of numbers and durations (ms); both 0: any */
  double          most;
  const char     *choices;  /* CHOICE, apart by blanks: "a b c=a" takes c for a */
  const char     *argument; /* (nullable): "FILE", for help */
  const char     *help;     /* one line without a full stop */
  const char     *notice; /* (nullable): accepted without effect; what to do instead, or why not */
  const char     *section; /* (nullable): a heading before this row */
  unsigned        traits;
  /* (nullable): whether one text may be a value; SHOT_ERROR_USAGE says what is wanted. */
  gboolean (*check) (const char *text, GError **error);
  /* (nullable): how a text that may hold a secret is shown. (transfer full) */
  char *(*mask) (const char *text);
} ShotSetting;

typedef struct _ShotSettings ShotSettings;

/* All defaults. @table lives as long. (transfer full) */
ShotSettings *shot_settings_new  (const ShotSetting *table);
ShotSettings *shot_settings_copy (const ShotSettings *self); /* (transfer full) */
void          shot_settings_free (ShotSettings *self);       /* accepts NULL */

const ShotSetting *shot_settings_get_table (const ShotSettings *self);

/* Takes the flags that the table knows out of @argv, up to "--"; leaves argv[0] and what is no
 * flag. */
gboolean shot_settings_read_arguments (ShotSettings *self, int *argc, char **argv, GError **error);

/* @environment: as g_get_environ() gives it. */
gboolean shot_settings_read_environment (ShotSettings *self, char **environment, GError **error);

gboolean shot_settings_read_file (ShotSettings *self, const char *path, GError **error);

/* As _read_file(); @name stands for the file in messages. */
gboolean shot_settings_read_text (ShotSettings *self, const char *name, const char *text,
                                  size_t length, GError **error);

/* One value, for code that works one setting out from others. @origin as in messages. */
gboolean shot_settings_set (ShotSettings *self, const char *key, const char *text,
                            ShotLayer layer, const char *origin, GError **error);

/* Takes over what @other has from @layer. */
void shot_settings_copy_layer (ShotSettings *self, const ShotSettings *other, ShotLayer layer);

/* A getter of the wrong type, or a key that is not in the table, is a bug of the caller. */
bool               shot_settings_is_set       (const ShotSettings *self, const char *key);
ShotLayer          shot_settings_get_layer    (const ShotSettings *self, const char *key);
const char        *shot_settings_get_text     (const ShotSettings *self, const char *key);
const char *const *shot_settings_get_list     (const ShotSettings *self, const char *key);
int64_t            shot_settings_get_int      (const ShotSettings *self, const char *key);
double             shot_settings_get_double   (const ShotSettings *self, const char *key);
bool               shot_settings_get_bool     (const ShotSettings *self, const char *key);
int64_t            shot_settings_get_duration (const ShotSettings *self, const char *key);

/* Of SECRETS and PAIRS ("NAME=VALUE"). (transfer none) (nullable) (element-type ShotSecret) */
const GPtrArray *shot_settings_get_secrets (const ShotSettings *self, const char *key);

/* "--listen", "SERVER_ADDR", "NAME:LINE"; NULL for a default. */
const char *shot_settings_get_origin (const ShotSettings *self, const char *key);

/* "default", "flag --listen", "environment SERVER_ADDR", "file NAME:LINE". (transfer full) */
char *shot_settings_describe_origin (const ShotSettings *self, const char *key);

/* As JSON, secrets masked; "null" when not set. (transfer full) */
char *shot_settings_show (const ShotSettings *self, const char *key);

/* Whether both have the same value, wherever it came from. */
bool shot_settings_is_same (const ShotSettings *self, const ShotSettings *other, const char *key);

/* One line for each setting that was given and has no effect. (transfer full) */
char **shot_settings_list_notices (const ShotSettings *self);

/* Whether @word is in @words, which are apart by blanks. @words may be NULL. */
bool shot_setting_has_word (const char *words, const char *word);

/* Whether values of this type must not be shown. */
bool shot_setting_is_secret (const ShotSetting *row);

/* Whether values have no place in the list of processes: secrets, and what may hold one. */
bool shot_setting_is_hidden (const ShotSetting *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSettings, shot_settings_free)

G_END_DECLS
