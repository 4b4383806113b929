#include "config.h"

#include "lockout.h"

#define FIRST_WAIT_MS 2000
#define LAST_WAIT_MS (15 * 60 * 1000)
#define FORGOTTEN_MS (INT64_C (24) * 60 * 60 * 1000)
/* People mistype a few times; behind one address there may be an office. */
#define FREE_OF_NAME 5
#define FREE_OF_ADDRESS 20
/* Whoever invents names makes rows. */
#define MAX_ROWS 10000

static int64_t
get_wait (int64_t count, int64_t free_count)
{
  int64_t over = count - free_count;

  if (over < 0)
    return 0;
  return over > 10 ? LAST_WAIT_MS : MIN (FIRST_WAIT_MS << over, LAST_WAIT_MS);
}

static int64_t
get_one (ShotArchive *self, const char *subject, int64_t free_count, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT count, last_ms FROM failures WHERE subject = ?");

  shot_statement_add_text (query, subject);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return -1;
  case SHOT_STEP_DONE:
    return 0;
  case SHOT_STEP_ROW:
    break;
  }

  int64_t wait_ms = get_wait (shot_statement_get_int (query), free_count);
  /* A clock that was set back must not lock anybody out for years. */
  int64_t passed_ms = shot_archive_now_ms () - shot_statement_get_int (query);
  return CLAMP (wait_ms - MAX (passed_ms, 0), 0, wait_ms);
}

/* Whoever knows a name could keep its owner out by guessing on and on. So where somebody of that name
 * has a session, the guesses made there count, and no others. (transfer full) (nullable) */
static char *
make_name (ShotArchive *self, const char *folded, const char *address, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT 1 FROM sessions JOIN users ON users.id = user_id"
                      " WHERE folded = ? AND address = ? AND expires_ms > ?");

  shot_statement_add_text (query, folded);
  shot_statement_add_text (query, address);
  shot_statement_add_int (query, shot_archive_now_ms ());
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return NULL;
  case SHOT_STEP_ROW:
    return g_strconcat ("place:", address, " ", folded, NULL);
  case SHOT_STEP_DONE:
  default:
    return g_strconcat ("name:", folded, NULL);
  }
}

int64_t
shot_lockout_get_ms (ShotArchive *self, const char *folded, const char *address, GError **error)
{
  g_autofree char *name = make_name (self, folded, address, error);
  g_autofree char *place = g_strconcat ("address:", address, NULL);
  int64_t          of_name = name != NULL ? get_one (self, name, FREE_OF_NAME, error) : -1;
  int64_t          of_place = of_name < 0 ? -1 : get_one (self, place, FREE_OF_ADDRESS, error);

  return of_place < 0 ? -1 : MAX (of_name, of_place);
}

static gboolean
count_one (ShotArchive *self, const char *subject, int64_t now_ms, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database,
      "INSERT INTO failures (subject, count, last_ms) VALUES (?1, 1, ?2)"
      " ON CONFLICT (subject) DO UPDATE SET"
      " count = CASE WHEN ?2 - last_ms > ?3 THEN 1 ELSE count + 1 END, last_ms = ?2");

  shot_statement_add_text (insert, subject);
  shot_statement_add_int (insert, now_ms);
  shot_statement_add_int (insert, FORGOTTEN_MS);
  return shot_statement_run (insert, error);
}

static gboolean
drop_old (ShotArchive *self, int64_t now_ms, GError **error)
{
  g_autoptr (ShotStatement) old = shot_statement_new (self->database,
                                                      "DELETE FROM failures WHERE last_ms < ?");
  g_autoptr (ShotStatement) many = shot_statement_new (
      self->database, "DELETE FROM failures WHERE subject IN (SELECT subject FROM failures"
                      " ORDER BY count DESC, last_ms DESC LIMIT -1 OFFSET ?)");

  shot_statement_add_int (old, now_ms - FORGOTTEN_MS);
  shot_statement_add_int (many, MAX_ROWS);
  return shot_statement_run (old, error) && shot_statement_run (many, error);
}

gboolean
shot_lockout_count (ShotArchive *self, const char *folded, const char *address, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autofree char         *name = make_name (self, folded, address, error);
  g_autofree char         *place = g_strconcat ("address:", address, NULL);
  int64_t                  now_ms = shot_archive_now_ms ();

  return name != NULL && shot_archive_begin (self, &transaction, error) &&
         count_one (self, name, now_ms, error) && count_one (self, place, now_ms, error) &&
         drop_old (self, now_ms, error) && shot_transaction_commit (&transaction, error);
}

gboolean
shot_lockout_forget (ShotArchive *self, const char *folded, const char *address, GError **error)
{
  g_auto (ShotTransaction)  transaction = SHOT_TRANSACTION_INIT;
  g_autofree char          *name = make_name (self, folded, address, error);
  g_autofree char          *place = g_strconcat ("address:", address, NULL);
  g_autoptr (ShotStatement) forget = shot_statement_new (self->database,
                                                         "DELETE FROM failures WHERE subject = ?");
  /* One who knows a password must not use it to guess others' without end: the address is given
   * back this attempt alone. */
  g_autoptr (ShotStatement) give_back = shot_statement_new (
      self->database, "UPDATE failures SET count = max (count - 1, 0) WHERE subject = ?");

  if (name == NULL)
    return FALSE;
  shot_statement_add_text (forget, name);
  shot_statement_add_text (give_back, place);
  return shot_archive_begin (self, &transaction, error) && shot_statement_run (forget, error) &&
         shot_statement_run (give_back, error) && shot_transaction_commit (&transaction, error);
}
