#include "config.h"

#include "people.h"

#include <string.h>

#include "archive-private.h"
#include "error.h"
#include "lockout.h"
#include "password.h"

#define MAX_NAME 64
#define TOKEN_PREFIX "token:"

static const char *const role_names[] = { "viewer", "reviewer", "admin" };
G_STATIC_ASSERT (G_N_ELEMENTS (role_names) == SHOT_N_ROLES);

const char *
shot_role_get_name (ShotRole role)
{
  g_return_val_if_fail (role < SHOT_N_ROLES, "viewer");
  return role_names[role];
}

gboolean
shot_role_from_name (const char *name, ShotRole *out_role)
{
  for (size_t i = 0; i < SHOT_N_ROLES; i++) {
    if (g_strcmp0 (name, role_names[i]) == 0) {
      *out_role = (ShotRole) i;
      return TRUE;
    }
  }
  return FALSE;
}

void
shot_user_free (ShotUser *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self);
}

/* Names that look alike are one: "Alice" signs in as "alice". */
static char *
fold_name (const char *name)
{
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_NFKC);

  return normal != NULL ? g_utf8_casefold (normal, -1) : NULL;
}

/* Nothing that a page or a log would not show. */
static gboolean
check_name (const char *what, const char *name, GError **error)
{
  bool is_fine = g_utf8_validate (name, -1, NULL) && *name != '\0' &&
                 g_utf8_strlen (name, -1) <= MAX_NAME && !g_ascii_isspace (*name) &&
                 !g_ascii_isspace (name[strlen (name) - 1]);

  for (const char *at = name; is_fine && *at != '\0'; at = g_utf8_next_char (at)) {
    GUnicodeType type = g_unichar_type (g_utf8_get_char (at));
    is_fine = type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
              type != G_UNICODE_UNASSIGNED && type != G_UNICODE_LINE_SEPARATOR &&
              type != G_UNICODE_PARAGRAPH_SEPARATOR;
  }
  if (!is_fine)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the name of a %s has 1 to %d characters, none of them a control character", what,
                 MAX_NAME);
  return is_fine;
}

#define USER_COLUMNS                                                                         \
  "users.name, users.role, users.password IS NOT NULL, users.is_disabled, users.created_ms," \
  " users.seen_ms"

static ShotUser *
read_user (ShotStatement *row)
{
  ShotUser *user = g_new0 (ShotUser, 1);

  user->name = shot_statement_get_text (row);
  user->role = (ShotRole) shot_statement_get_int (row);
  user->has_password = shot_statement_get_int (row) != 0;
  user->is_disabled = shot_statement_get_int (row) != 0;
  user->created_ms = shot_statement_get_int (row);
  user->seen_ms = shot_statement_get_int (row);
  return user;
}

unsigned
shot_people_count (ShotArchive *archive)
{
  int64_t count = 0;

  shot_database_read_int (archive->database, "SELECT count(*) FROM users WHERE is_disabled = 0",
                          &count, NULL);
  return (unsigned) count;
}

GPtrArray *
shot_people_list (ShotArchive *archive, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (archive->database,
                                                        "SELECT " USER_COLUMNS
                                                        " FROM users ORDER BY folded");
  g_autoptr (GPtrArray)     list = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_user_free);
  ShotStep                  step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW)
    g_ptr_array_add (list, read_user (query));
  return step == SHOT_STEP_DONE ? g_steal_pointer (&list) : NULL;
}

static gboolean
fail_unknown (const char *name, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, (gssize) strnlen (name, 100));

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "there is no user \"%s\"", shown);
  return FALSE;
}

/* @out_password (nullable): (transfer full) (nullable). */
static ShotUser *
find_user (ShotArchive *archive, const char *name, char **out_password, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database, "SELECT " USER_COLUMNS ", users.password FROM users WHERE folded = ?");
  g_autofree char *folded = fold_name (name);

  if (folded == NULL) {
    fail_unknown (name, error);
    return NULL;
  }
  shot_statement_add_text (query, folded);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return NULL;
  case SHOT_STEP_DONE:
    fail_unknown (name, error);
    return NULL;
  case SHOT_STEP_ROW:
    break;
  }

  ShotUser *user = read_user (query);
  if (out_password != NULL)
    *out_password = shot_statement_get_text (query);
  return user;
}

ShotUser *
shot_people_find (ShotArchive *archive, const char *name, GError **error)
{
  return find_user (archive, name, NULL, error);
}

/* Within a transaction. */
static gboolean
insert_user (ShotArchive *archive, const char *name, ShotRole role, const char *hash,
             GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (archive->database,
                                                        "SELECT 1 FROM users WHERE folded = ?");
  g_autoptr (ShotStatement) insert = shot_statement_new (
      archive->database, "INSERT INTO users (name, folded, role, password, created_ms)"
                         " VALUES (?, ?, ?, ?, ?)");
  g_autofree char *folded = fold_name (name);

  shot_statement_add_text (query, folded);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return FALSE;
  case SHOT_STEP_ROW:
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT, "there is a user \"%s\" already", name);
    return FALSE;
  case SHOT_STEP_DONE:
    break;
  }
  shot_statement_add_text (insert, name);
  shot_statement_add_text (insert, folded);
  shot_statement_add_int (insert, role);
  shot_statement_add_text (insert, hash);
  shot_statement_add_int (insert, shot_archive_now_ms ());
  return shot_statement_run (insert, error);
}

static gboolean
check_new (const char *name, const ShotSecret *password, char **out_hash, GError **error)
{
  if (!check_name ("user", name, error))
    return FALSE;
  /* Such names are those of tokens in the history of verdicts. */
  if (g_str_has_prefix (name, TOKEN_PREFIX)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the name of a user does not begin with \"%s\"", TOKEN_PREFIX);
    return FALSE;
  }
  if (password != NULL)
    *out_hash = shot_password_hash (password, error);
  return password == NULL || *out_hash != NULL;
}

gboolean
shot_people_add (ShotArchive *archive, const char *name, ShotRole role, const ShotSecret *password,
                 GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autofree char         *hash = NULL;

  return check_new (name, password, &hash, error) &&
         shot_archive_begin (archive, &transaction, error) &&
         insert_user (archive, name, role, hash, error) &&
         shot_archive_commit (archive, &transaction, error);
}

/* Within a transaction: no archive without an admin. */
static gboolean
check_not_last (ShotArchive *archive, const char *name, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database,
      "SELECT role = 2 AND is_disabled = 0 AND NOT EXISTS (SELECT 1 FROM users AS other"
      " WHERE other.role = 2 AND other.is_disabled = 0 AND other.id <> users.id)"
      " FROM users WHERE folded = ?");
  g_autofree char *folded = fold_name (name);

  shot_statement_add_text (query, folded);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return FALSE;
  case SHOT_STEP_DONE:
    return fail_unknown (name, error);
  case SHOT_STEP_ROW:
    break;
  }
  if (shot_statement_get_int (query) == 0)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
               "\"%s\" is the last admin: make somebody else one first", name);
  return FALSE;
}

static gboolean
end_sessions (ShotArchive *archive, const char *name, GError **error)
{
  g_autoptr (ShotStatement) drop = shot_statement_new (
      archive->database,
      "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE folded = ?)");
  g_autofree char *folded = fold_name (name);

  shot_statement_add_text (drop, folded);
  return shot_statement_run (drop, error);
}

/* @statement is about one user, whose folded name is what is still to be bound. */
static gboolean
update_user (ShotArchive *archive, ShotStatement *statement, const char *name, GError **error)
{
  g_autofree char *folded = fold_name (name);

  shot_statement_add_text (statement, folded);
  if (!shot_statement_run (statement, error))
    return FALSE;
  return shot_database_get_changes (archive->database) > 0 || fail_unknown (name, error);
}

/* @is_less: the user may be no admin after it; @is_out: has to sign in again. */
static gboolean
change_user (ShotArchive *archive, ShotStatement *update, const char *name, bool is_less,
             bool is_out, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;

  return shot_archive_begin (archive, &transaction, error) &&
         (!is_less || check_not_last (archive, name, error)) &&
         update_user (archive, update, name, error) &&
         (!is_out || end_sessions (archive, name, error)) &&
         shot_archive_commit (archive, &transaction, error);
}

gboolean
shot_people_set_role (ShotArchive *archive, const char *name, ShotRole role, GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      archive->database, "UPDATE users SET role = ? WHERE folded = ?");

  shot_statement_add_int (update, role);
  return change_user (archive, update, name, role != SHOT_ROLE_ADMIN, false, error);
}

gboolean
shot_people_set_disabled (ShotArchive *archive, const char *name, bool is_disabled, GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      archive->database, "UPDATE users SET is_disabled = ? WHERE folded = ?");

  shot_statement_add_int (update, is_disabled);
  return change_user (archive, update, name, is_disabled, is_disabled, error);
}

gboolean
shot_people_set_password (ShotArchive *archive, const char *name, const ShotSecret *password,
                          GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      archive->database, "UPDATE users SET password = ? WHERE folded = ?");
  g_autofree char *hash = password != NULL ? shot_password_hash (password, error) : NULL;

  if (password != NULL && hash == NULL)
    return FALSE;
  shot_statement_add_text (update, hash);
  return change_user (archive, update, name, false, true, error);
}

gboolean
shot_people_change (ShotArchive *archive, const char *name, ShotRole role, bool is_disabled,
                    const ShotSecret *password, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) rights = shot_statement_new (
      archive->database, "UPDATE users SET role = ?, is_disabled = ? WHERE folded = ?");
  g_autoptr (ShotStatement) secret = shot_statement_new (
      archive->database, "UPDATE users SET password = ? WHERE folded = ?");
  g_autofree char *hash = password != NULL ? shot_password_hash (password, error) : NULL;
  bool             is_admin = role == SHOT_ROLE_ADMIN && !is_disabled;

  if (password != NULL && hash == NULL)
    return FALSE;
  shot_statement_add_int (rights, role);
  shot_statement_add_int (rights, is_disabled);
  shot_statement_add_text (secret, hash);
  return shot_archive_begin (archive, &transaction, error) &&
         (is_admin || check_not_last (archive, name, error)) &&
         update_user (archive, rights, name, error) &&
         (password == NULL || update_user (archive, secret, name, error)) &&
         ((password == NULL && !is_disabled) || end_sessions (archive, name, error)) &&
         shot_archive_commit (archive, &transaction, error);
}

static gboolean
fail_locked (int64_t wait_ms, GError **error)
{
  int64_t seconds = (wait_ms + 999) / 1000;

  if (seconds < 120)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED,
                 "too many wrong passwords: try again in %" G_GINT64_FORMAT " seconds", seconds);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED,
                 "too many wrong passwords: try again in %" G_GINT64_FORMAT " minutes",
                 (seconds + 59) / 60);
  return FALSE;
}

int64_t
shot_people_get_lockout_ms (ShotArchive *archive, const char *name, const char *address)
{
  g_autofree char *valid = g_utf8_make_valid (name, (gssize) strnlen (name, 4 * MAX_NAME));
  g_autofree char *folded = fold_name (valid);
  int64_t          wait_ms = shot_lockout_get_ms (archive, folded, address, NULL);

  return MAX (wait_ms, 0);
}

static void
note_seen (ShotArchive *archive, const char *name)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      archive->database, "UPDATE users SET seen_ms = ? WHERE name = ?");

  shot_statement_add_int (update, shot_archive_now_ms ());
  shot_statement_add_text (update, name);
  shot_statement_run (update, NULL);
}

ShotUser *
shot_people_check_password (ShotArchive *archive, const char *name, const ShotSecret *password,
                            const char *address, GError **error)
{
  g_autofree char *valid = g_utf8_make_valid (name, (gssize) strnlen (name, 4 * MAX_NAME));
  g_autofree char *folded = fold_name (valid);
  g_autofree char *hash = NULL;
  int64_t          wait_ms = shot_lockout_get_ms (archive, folded, address, error);

  if (wait_ms < 0 || (wait_ms > 0 && !fail_locked (wait_ms, error)) ||
      !shot_lockout_count (archive, folded, address, error))
    return NULL;

  g_autoptr (ShotUser) user = find_user (archive, valid, &hash, NULL);
  bool is_right = shot_password_check (password, hash) && user != NULL && !user->is_disabled;
  if (!is_right) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "wrong name or password");
    return NULL;
  }
  if (!shot_lockout_forget (archive, folded, address, error))
    return NULL;
  note_seen (archive, user->name);
  return g_steal_pointer (&user);
}

ShotSecret *
shot_people_make_setup_secret (ShotArchive *archive, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotSecret)    secret = shot_password_make_random ("", error);
  g_autofree char          *digest = secret != NULL ? shot_password_digest (secret) : NULL;
  g_autoptr (ShotStatement) insert = shot_statement_new (
      archive->database, "INSERT INTO setup (only, hash) VALUES (1, ?)"
                         " ON CONFLICT (only) DO UPDATE SET hash = excluded.hash");
  int64_t n_admins = 0;

  if (secret == NULL || !shot_archive_begin (archive, &transaction, error) ||
      !shot_database_read_int (archive->database, "SELECT count(*) FROM users WHERE role = 2",
                               &n_admins, error))
    return NULL;
  if (n_admins > 0) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT, "there is an admin already: ask them");
    return NULL;
  }
  shot_statement_add_text (insert, digest);
  if (!shot_statement_run (insert, error) || !shot_archive_commit (archive, &transaction, error))
    return NULL;
  return g_steal_pointer (&secret);
}

/* Within a transaction. */
static gboolean
check_setup (ShotArchive *archive, const ShotSecret *secret, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database,
      "SELECT hash FROM setup WHERE NOT EXISTS (SELECT 1 FROM users WHERE role = 2)");
  g_autofree char *digest = shot_password_digest (secret);
  ShotStep         step = shot_statement_step (query, error);

  if (step == SHOT_STEP_FAILED)
    return FALSE;
  if (step == SHOT_STEP_ROW) {
    g_autofree char       *text = shot_statement_get_text (query);
    g_autoptr (ShotSecret) stored = shot_secret_new (text);
    if (shot_secret_equal (stored, digest))
      return TRUE;
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED,
               "the set-up link is not valid any more: start panelshot again for a new one");
  return FALSE;
}

gboolean
shot_people_use_setup_secret (ShotArchive *archive, const ShotSecret *secret, const char *name,
                              const ShotSecret *password, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autofree char         *hash = NULL;

  /* Before a password costs time, and once more when nobody else can be quicker. */
  return check_setup (archive, secret, error) && check_new (name, password, &hash, error) &&
         shot_archive_begin (archive, &transaction, error) &&
         check_setup (archive, secret, error) &&
         insert_user (archive, name, SHOT_ROLE_ADMIN, hash, error) &&
         shot_database_execute (archive->database, "DELETE FROM setup", error) &&
         shot_archive_commit (archive, &transaction, error);
}

/* ---- Sessions */

#define MAX_SESSIONS 50
/* How exactly a session's last use is known: a write for each request would be one too many. */
#define SEEN_STEP_MS 60000

static gboolean
fail_session (GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "sign in first");
  return FALSE;
}

/* Within a transaction. */
static gboolean
insert_session (ShotArchive *archive, const char *digest, const char *name, const char *address,
                int64_t life_ms, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      archive->database,
      "INSERT INTO sessions (hash, user_id, address, created_ms, seen_ms, expires_ms)"
      " SELECT ?, id, ?, ?, ?, ? FROM users WHERE folded = ? AND is_disabled = 0");
  int64_t now_ms = shot_archive_now_ms ();

  shot_statement_add_text (insert, digest);
  shot_statement_add_text (insert, address);
  shot_statement_add_int (insert, now_ms);
  shot_statement_add_int (insert, now_ms);
  shot_statement_add_int (insert, now_ms + life_ms);
  return update_user (archive, insert, name, error);
}

static gboolean
drop_old_sessions (ShotArchive *archive, GError **error)
{
  g_autoptr (ShotStatement) over = shot_statement_new (archive->database,
                                                       "DELETE FROM sessions WHERE expires_ms < ?");
  g_autoptr (ShotStatement) many = shot_statement_new (
      archive->database,
      "DELETE FROM sessions WHERE hash IN (SELECT hash FROM (SELECT hash, row_number () OVER"
      " (PARTITION BY user_id ORDER BY seen_ms DESC) AS place FROM sessions) WHERE place > ?)");

  shot_statement_add_int (over, shot_archive_now_ms ());
  shot_statement_add_int (many, MAX_SESSIONS);
  return shot_statement_run (over, error) && shot_statement_run (many, error);
}

ShotSecret *
shot_people_open_session (ShotArchive *archive, const char *user, const char *address,
                          int64_t life_ms, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotSecret)   secret = shot_password_make_random ("", error);
  g_autofree char         *digest = secret != NULL ? shot_password_digest (secret) : NULL;

  if (secret == NULL || !shot_archive_begin (archive, &transaction, error) ||
      !drop_old_sessions (archive, error) ||
      !insert_session (archive, digest, user, address, life_ms, error) ||
      !shot_transaction_commit (&transaction, error))
    return NULL;
  return g_steal_pointer (&secret);
}

/* Not worth an error: somebody else may be writing just now. */
static void
touch (ShotArchive *archive, const char *table, const char *digest, int64_t seen_ms, int64_t now_ms)
{
  g_autofree char          *sql = NULL;
  g_autoptr (ShotStatement) update = NULL;

  if (archive->mode != SHOT_ARCHIVE_WRITE || ABS (now_ms - seen_ms) < SEEN_STEP_MS)
    return;
  sql = g_strdup_printf ("UPDATE %s SET seen_ms = ? WHERE hash = ?", table);
  update = shot_statement_new (archive->database, sql);
  shot_statement_add_int (update, now_ms);
  shot_statement_add_text (update, digest);
  shot_statement_run (update, NULL);
}

ShotUser *
shot_people_find_session (ShotArchive *archive, const ShotSecret *secret, int64_t idle_ms,
                          GError **error)
{
  g_autofree char          *digest = shot_password_digest (secret);
  int64_t                   now_ms = shot_archive_now_ms ();
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database, "SELECT " USER_COLUMNS ", sessions.seen_ms FROM sessions"
                         " JOIN users ON users.id = sessions.user_id"
                         " WHERE hash = ? AND expires_ms > ? AND is_disabled = 0");

  shot_statement_add_text (query, digest);
  shot_statement_add_int (query, now_ms);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return NULL;
  case SHOT_STEP_DONE:
    fail_session (error);
    return NULL;
  case SHOT_STEP_ROW:
    break;
  }

  g_autoptr (ShotUser) user = read_user (query);
  int64_t              seen_ms = shot_statement_get_int (query);
  /* What is last seen in the future is of a clock that was set back: not idle. */
  if (idle_ms > 0 && now_ms - seen_ms > idle_ms) {
    fail_session (error);
    return NULL;
  }
  g_clear_pointer (&query, shot_statement_free);
  touch (archive, "sessions", digest, seen_ms, now_ms);
  return g_steal_pointer (&user);
}

gboolean
shot_people_close_session (ShotArchive *archive, const ShotSecret *secret, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autofree char          *digest = shot_password_digest (secret);
  g_autoptr (ShotStatement) drop = shot_statement_new (archive->database,
                                                       "DELETE FROM sessions WHERE hash = ?");

  shot_statement_add_text (drop, digest);
  return shot_archive_begin (archive, &transaction, error) && shot_statement_run (drop, error) &&
         shot_transaction_commit (&transaction, error);
}

/* ---- Tokens */

void
shot_token_free (ShotToken *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->created_by);
  g_free (self);
}

ShotSecret *
shot_people_add_token (ShotArchive *archive, const char *name, ShotRole role,
                       const char *created_by, int64_t expires_ms, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotSecret)    secret = shot_password_make_random ("pst_", error);
  g_autofree char          *digest = secret != NULL ? shot_password_digest (secret) : NULL;
  g_autoptr (ShotStatement) insert = shot_statement_new (
      archive->database, "INSERT INTO tokens (hash, name, role, created_by, created_ms, expires_ms)"
                         " VALUES (?, ?, ?, ?, ?, ?)");

  if (secret == NULL || !check_name ("token", name, error))
    return NULL;
  shot_statement_add_text (insert, digest);
  shot_statement_add_text (insert, name);
  shot_statement_add_int (insert, role);
  shot_statement_add_text (insert, created_by);
  shot_statement_add_int (insert, shot_archive_now_ms ());
  shot_statement_add_int (insert, expires_ms);
  if (!shot_archive_begin (archive, &transaction, error) || !shot_statement_run (insert, error) ||
      !shot_archive_commit (archive, &transaction, error))
    return NULL;
  return g_steal_pointer (&secret);
}

GPtrArray *
shot_people_list_tokens (ShotArchive *archive, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database, "SELECT id, name, role, created_by, created_ms, seen_ms, expires_ms"
                         " FROM tokens ORDER BY name, id");
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) shot_token_free);
  ShotStep              step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    ShotToken *token = g_new0 (ShotToken, 1);
    token->id = shot_statement_get_int (query);
    token->name = shot_statement_get_text (query);
    token->role = (ShotRole) shot_statement_get_int (query);
    token->created_by = shot_statement_get_text (query);
    token->created_ms = shot_statement_get_int (query);
    token->seen_ms = shot_statement_get_int (query);
    token->expires_ms = shot_statement_get_int (query);
    g_ptr_array_add (list, token);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&list) : NULL;
}

gboolean
shot_people_remove_token (ShotArchive *archive, int64_t id, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autoptr (ShotStatement) drop = shot_statement_new (archive->database,
                                                       "DELETE FROM tokens WHERE id = ?");

  shot_statement_add_int (drop, id);
  if (!shot_archive_begin (archive, &transaction, error) || !shot_statement_run (drop, error))
    return FALSE;
  if (shot_database_get_changes (archive->database) == 0)
    return shot_archive_fail_missing ("token", id, error);
  return shot_archive_commit (archive, &transaction, error);
}

ShotUser *
shot_people_find_token (ShotArchive *archive, const ShotSecret *secret, GError **error)
{
  g_autofree char          *digest = shot_password_digest (secret);
  int64_t                   now_ms = shot_archive_now_ms ();
  g_autoptr (ShotStatement) query = shot_statement_new (
      archive->database, "SELECT name, role, created_ms, seen_ms FROM tokens"
                         " WHERE hash = ? AND (expires_ms = 0 OR expires_ms > ?)");

  shot_statement_add_text (query, digest);
  shot_statement_add_int (query, now_ms);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return NULL;
  case SHOT_STEP_DONE:
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "the token is not known, or is over");
    return NULL;
  case SHOT_STEP_ROW:
    break;
  }

  g_autofree char *name = shot_statement_get_text (query);
  ShotUser        *user = g_new0 (ShotUser, 1);
  user->name = g_strconcat (TOKEN_PREFIX, name, NULL);
  user->role = (ShotRole) shot_statement_get_int (query);
  user->created_ms = shot_statement_get_int (query);
  user->seen_ms = shot_statement_get_int (query);
  g_clear_pointer (&query, shot_statement_free);
  touch (archive, "tokens", digest, user->seen_ms, now_ms);
  return user;
}
