#include "config.h"

#include <string.h>

#include "error.h"
#include "manifest.h"
#include "verify-private.h"

#define MIN_HEAD 12

typedef struct {
  int64_t run_id;
  bool    is_own;
  bool    is_sound;
  char   *previous; /* (owned) */
  char   *head;     /* (owned) */
} Seal;

static void
seal_free (void *data)
{
  Seal *self = data;

  g_free (self->previous);
  g_free (self->head);
  g_free (self);
}

static GPtrArray *
read_seals (ShotVerify *self, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->archive->database,
      "SELECT run_id, is_own, previous_head, head FROM seals ORDER BY position");
  g_autoptr (GPtrArray) seals = g_ptr_array_new_with_free_func (seal_free);
  ShotStep              step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    Seal *seal = g_new0 (Seal, 1);
    seal->run_id = shot_statement_get_int (query);
    seal->is_own = shot_statement_get_int (query) != 0;
    seal->previous = shot_statement_get_text (query);
    seal->head = shot_statement_get_text (query);
    g_ptr_array_add (seals, seal);
  }
  return step == SHOT_STEP_DONE ? g_steal_pointer (&seals) : NULL;
}

/* Which line differs, for whoever has to find out what happened. A line is a cell. */
static void
tell_difference (ShotVerify *self, const ShotRun *run, const char *sealed, const char *now)
{
  unsigned line = 0;

  while (*sealed != '\0' && *sealed == *now) {
    line += *sealed == '\n';
    sealed++;
    now++;
  }
  /* The opening has four lines. */
  if (line < 4)
    shot_verify_add (self, "run %s: what is known of the run was changed after it was signed",
                     run->name);
  else
    shot_verify_add (self, "run %s, cell %u: it was changed after the run was signed", run->name,
                     line - 4);
}

static bool
has_previous (const char *text, const char *previous)
{
  g_autofree char *line = g_strdup_printf ("\n\"previous\":\"%s\",\n", previous);
  const char      *at = strchr (text, '\n');

  return at != NULL && g_str_has_prefix (at, line);
}

static gboolean
check_seal (ShotVerify *self, Seal *seal, GError **error)
{
  g_autoptr (GError)  cause = NULL;
  g_autoptr (ShotRun) run = shot_archive_get_run (self->archive, seal->run_id, error);
  g_autofree char    *sealed = NULL;
  g_autofree char    *now = NULL;
  g_autofree char    *sum = NULL;

  if (run == NULL)
    return FALSE;
  sealed = shot_archive_get_manifest (self->archive, seal->run_id, &cause);
  if (sealed == NULL) {
    shot_verify_add (self, "run %s: %s", run->name, cause->message);
    return TRUE;
  }
  now = shot_manifest_write (self->archive, run, seal->previous, error);
  if (now == NULL)
    return FALSE;

  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, sealed, -1);
  seal->is_sound = true;
  if (!g_str_equal (sum, seal->head) || g_strcmp0 (run->head, seal->head) != 0 ||
      !has_previous (sealed, seal->previous)) {
    shot_verify_add (self, "run %s: its sealed manifest does not give its head", run->name);
    seal->is_sound = false;
  }
  if (!g_str_equal (sealed, now)) {
    tell_difference (self, run, sealed, now);
    seal->is_sound = false;
  }
  return TRUE;
}

static void
check_chain (ShotVerify *self, const GPtrArray *seals)
{
  const char *previous = "";

  for (unsigned i = 0; i < seals->len; i++) {
    const Seal *seal = seals->pdata[i];
    if (!seal->is_own)
      continue;
    if (!g_str_equal (seal->previous, previous))
      shot_verify_add (self, "the chain is broken before head %.16s…: a signed run is missing",
                       seal->head);
    previous = seal->head;
  }
  self->report->head = g_strdup (previous);
}

static const Seal *
find_seal (const GPtrArray *seals, const char *head)
{
  for (unsigned i = 0; i < seals->len; i++) {
    const Seal *seal = seals->pdata[i];
    if (g_str_has_prefix (seal->head, head))
      return seal;
  }
  return NULL;
}

/* From the head that was kept elsewhere back to the first. That the rest of an imported run's chain is
 * elsewhere is no excuse: whoever took a run away could as well mark those after it as imported. */
static void
prove (ShotVerify *self, const GPtrArray *seals, const char *head)
{
  const Seal *seal = find_seal (seals, head);

  if (seal == NULL) {
    shot_verify_add (self,
                     "no signed run has the head %s: runs were taken away, or changed, or it is "
                     "another archive's",
                     head);
    return;
  }
  for (unsigned i = 0; seal != NULL && i < seals->len; i++) {
    if (!seal->is_sound) {
      shot_verify_add (self,
                       "the head %.16s… does not prove this archive: a run before it was changed",
                       head);
      return;
    }
    self->report->n_proven++;
    if (*seal->previous == '\0')
      return;

    const Seal *before = find_seal (seals, seal->previous);
    if (before == NULL)
      shot_verify_add (self,
                       "the head %.16s… does not prove this archive: the run before %s, of head "
                       "%.16s…, is missing, or was left elsewhere by an import",
                       head, self->report->n_proven == 1 ? "it" : "those", seal->previous);
    seal = before;
  }
}

static gboolean
check_signed (ShotVerify *self, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->archive->database, "SELECT name FROM runs WHERE (state = 2) <>"
                               " EXISTS (SELECT 1 FROM seals WHERE run_id = runs.id)");
  ShotStep step;

  while ((step = shot_statement_step (query, error)) == SHOT_STEP_ROW) {
    g_autofree char *name = shot_statement_get_text (query);
    shot_verify_add (self, "run %s: signed without a seal, or sealed without a signature", name);
  }
  return step == SHOT_STEP_DONE;
}

gboolean
shot_verify_seals (ShotVerify *self, GError **error)
{
  g_autoptr (GPtrArray) seals = read_seals (self, error);
  const char           *head = self->options->head;

  if (seals == NULL)
    return FALSE;
  if (head != NULL && (strlen (head) < MIN_HEAD || strlen (head) > 64 ||
                       strspn (head, "0123456789abcdef") != strlen (head))) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "\"%.80s\" is no head: give the 64 digits that sign-off has printed", head);
    return FALSE;
  }
  for (unsigned i = 0; i < seals->len; i++) {
    if (!check_seal (self, seals->pdata[i], error) ||
        g_cancellable_set_error_if_cancelled (self->options->cancellable, error))
      return FALSE;
  }
  check_chain (self, seals);
  if (head != NULL)
    prove (self, seals, head);
  return check_signed (self, error);
}
