#include "config.h"

#include <stdio.h>
#include <string.h>

#include "archive-common.h"
#include "commands.h"
#include "duration.h"
#include "error.h"
#include "options.h"
#include "people.h"

#define MAX_LIFE_MS (INT64_C (10) * 366 * 24 * 60 * 60 * 1000)

typedef struct {
  ShotArchiveCommand base;
  char              *role;          /* (owned) (nullable) */
  char              *password_file; /* (owned) (nullable) */
  char              *expires;       /* (owned) (nullable) */
} Command;

static void
command_clear (Command *self)
{
  shot_archive_command_clear (&self->base);
  g_free (self->role);
  g_free (self->password_file);
  g_free (self->expires);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Command, command_clear)

/* What to do, once its words are there. */
typedef struct {
  const char     *name;
  int             n_words;
  ShotArchiveMode mode;
  gboolean (*run) (const Command *self, ShotArchive *archive, char **words, GError **error);
} Action;

static gboolean
read_role (const char *text, ShotRole *out_role, GError **error)
{
  if (text != NULL && shot_role_from_name (text, out_role))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "role \"%.40s\": want viewer, reviewer or admin", text != NULL ? text : "");
  return FALSE;
}

static gboolean
list_users (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  g_autoptr (GPtrArray) users = shot_people_list (archive, error);
  JsonArray            *array = json_array_new ();
  JsonObject           *root = json_object_new ();

  json_object_set_array_member (root, "users", array);
  for (unsigned i = 0; users != NULL && i < users->len; i++) {
    const ShotUser  *user = users->pdata[i];
    g_autofree char *name = shot_archive_command_show_text (user->name, 0);
    g_autofree char *seen = shot_archive_command_show_time (user->seen_ms);
    json_array_add_object_element (array, shot_user_to_json (user));
    if (!self->base.json)
      printf ("%-24s  %-8s  %-16s %s\n", name, shot_role_get_name (user->role), seen,
              user->is_disabled    ? "disabled"
              : user->has_password ? ""
                                   : "by proxy alone");
  }
  if (self->base.json && users != NULL)
    shot_archive_command_print_json (root);
  else
    json_object_unref (root);
  return users != NULL;
}

static gboolean
add_user (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  g_autoptr (ShotSecret) password = NULL;
  ShotRole               role = SHOT_ROLE_VIEWER;

  if (!read_role (self->role, &role, error))
    return FALSE;
  if (self->password_file != NULL) {
    password = shot_secret_read_file (self->password_file, error);
    if (password == NULL)
      return FALSE;
  }
  return shot_people_add (archive, words[0], role, password, error);
}

static gboolean
set_password (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  g_autoptr (ShotSecret) password = NULL;

  if (self->password_file == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "give --password-file FILE");
    return FALSE;
  }
  password = shot_secret_read_file (self->password_file, error);
  return password != NULL && shot_people_set_password (archive, words[0], password, error);
}

static gboolean
disable_user (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  return shot_people_set_disabled (archive, words[0], true, error);
}

static gboolean
enable_user (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  return shot_people_set_disabled (archive, words[0], false, error);
}

static gboolean
set_role (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  ShotRole role = SHOT_ROLE_VIEWER;

  return read_role (words[1], &role, error) &&
         shot_people_set_role (archive, words[0], role, error);
}

static const Action user_actions[] = {
  { "list", 0, SHOT_ARCHIVE_READ, list_users },
  { "add", 1, SHOT_ARCHIVE_WRITE, add_user },
  { "password", 1, SHOT_ARCHIVE_WRITE, set_password },
  { "role", 2, SHOT_ARCHIVE_WRITE, set_role },
  { "disable", 1, SHOT_ARCHIVE_WRITE, disable_user },
  { "enable", 1, SHOT_ARCHIVE_WRITE, enable_user },
  { 0 },
};

static int
run_action (const Command *self, const Action *actions, const char *command, int n_words,
            char **words)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) archive = NULL;
  const Action           *action = actions;

  while (n_words > 0 && action->name != NULL && !g_str_equal (action->name, words[0]))
    action++;
  if (action->name == NULL || (n_words > 0 && n_words - 1 != action->n_words)) {
    error = g_error_new (SHOT_ERROR, SHOT_ERROR_USAGE,
                         "wrong words for %s: see `panelshot archive %s --help`", command, command);
    return shot_cli_fail (error);
  }
  archive = shot_archive_command_open (&self->base, action->mode, &error);
  if (archive == NULL || !action->run (self, archive, words + 1, &error))
    return shot_cli_fail (error);
  return 0;
}

int
shot_command_archive_users (int argc, char **argv)
{
  g_auto (Command)   command = { 0 };
  const GOptionEntry entries[] = {
    { "role", 0, 0, G_OPTION_ARG_STRING, &command.role, "viewer, reviewer or admin", "ROLE" },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &command.password_file,
      "its first line; without: known by a proxy alone", "FILE" },
    SHOT_ARCHIVE_COMMAND_ENTRIES (command.base),
    { 0 },
  };
  int status = shot_archive_command_parse (
      &command.base, entries,
      "Usage: panelshot archive users [list]\n"
      "       panelshot archive users add NAME --role ROLE [--password-file FILE]\n"
      "       panelshot archive users password NAME --password-file FILE\n"
      "       panelshot archive users role NAME ROLE\n"
      "       panelshot archive users disable|enable NAME\n\n",
      "", 0, 3, &argc, &argv);

  return status >= 0 ? status : run_action (&command, user_actions, "users", argc - 1, argv + 1);
}

static gboolean
list_tokens (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  g_autoptr (GPtrArray) tokens = shot_people_list_tokens (archive, error);
  JsonArray            *array = json_array_new ();
  JsonObject           *root = json_object_new ();

  json_object_set_array_member (root, "tokens", array);
  for (unsigned i = 0; tokens != NULL && i < tokens->len; i++) {
    const ShotToken *token = tokens->pdata[i];
    g_autofree char *name = shot_archive_command_show_text (token->name, 0);
    g_autofree char *seen = shot_archive_command_show_time (token->seen_ms);
    g_autofree char *expires = shot_archive_command_show_time (token->expires_ms);
    json_array_add_object_element (array, shot_token_to_json (token));
    if (!self->base.json)
      printf ("%6" G_GINT64_FORMAT "  %-24s  %-8s  used %s, until %s\n", token->id, name,
              shot_role_get_name (token->role), seen, expires);
  }
  if (self->base.json && tokens != NULL)
    shot_archive_command_print_json (root);
  else
    json_object_unref (root);
  return tokens != NULL;
}

static gboolean
add_token (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  g_autoptr (ShotSecret) token = NULL;
  ShotRole               role = SHOT_ROLE_VIEWER;
  int64_t                life_ms = 0;
  int64_t                now_ms = g_get_real_time () / 1000;

  if (!read_role (self->role, &role, error))
    return FALSE;
  if (self->expires != NULL && !shot_duration_parse (self->expires, MAX_LIFE_MS, &life_ms, error)) {
    g_prefix_error (error, "--expires: ");
    return FALSE;
  }
  token = shot_people_add_token (archive, words[0], role, g_get_user_name (),
                                 life_ms > 0 ? now_ms + life_ms : 0, error);
  if (token == NULL)
    return FALSE;
  printf ("%s\n", shot_secret_reveal (token));
  return TRUE;
}

static gboolean
remove_token (const Command *self, ShotArchive *archive, char **words, GError **error)
{
  gint64 id = 0;

  if (g_ascii_string_to_signed (words[0], 10, 1, G_MAXINT64, &id, NULL))
    return shot_people_remove_token (archive, id, error);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "\"%.40s\" is no number of a token", words[0]);
  return FALSE;
}

static const Action token_actions[] = {
  { "list", 0, SHOT_ARCHIVE_READ, list_tokens },
  { "add", 1, SHOT_ARCHIVE_WRITE, add_token },
  { "remove", 1, SHOT_ARCHIVE_WRITE, remove_token },
  { 0 },
};

int
shot_command_archive_token (int argc, char **argv)
{
  g_auto (Command)   command = { 0 };
  const GOptionEntry entries[] = {
    { "role", 0, 0, G_OPTION_ARG_STRING, &command.role, "viewer, reviewer or admin", "ROLE" },
    { "expires", 0, 0, G_OPTION_ARG_STRING, &command.expires,
      "after this time, such as 720h; "
      "never by default",
      "TIME" },
    SHOT_ARCHIVE_COMMAND_ENTRIES (command.base),
    { 0 },
  };
  int status = shot_archive_command_parse (
      &command.base, entries,
      "Usage: panelshot archive token [list]\n"
      "       panelshot archive token add NAME --role ROLE [--expires TIME]\n"
      "       panelshot archive token remove NUMBER\n\n",
      "\nA new token is printed once; send it as \"Authorization: Bearer …\".\n", 0, 2, &argc,
      &argv);

  return status >= 0 ? status : run_action (&command, token_actions, "token", argc - 1, argv + 1);
}
