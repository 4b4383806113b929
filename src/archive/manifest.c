#include "config.h"

#include "manifest.h"

#include <string.h>

#include "error.h"

static GBytes *
convert (GConverter *converter, const void *data, size_t size, size_t most, GError **error)
{
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_data (data, (gssize) size, NULL);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, converter);
  g_autoptr (GByteArray)   out = g_byte_array_new ();
  g_autofree guint8       *piece = g_malloc (65536);
  g_autoptr (GError)       cause = NULL;
  gssize                   n = 0;

  while (out->len <= most && (n = g_input_stream_read (stream, piece, 65536, NULL, &cause)) > 0)
    g_byte_array_append (out, piece, (guint) n);
  if (n >= 0 && out->len <= most)
    return g_byte_array_free_to_bytes (g_steal_pointer (&out));
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_STORAGE, "a sealed manifest is damaged: %s",
               cause != NULL ? cause->message : "it is too long");
  return NULL;
}

GBytes *
shot_manifest_pack (const char *text, GError **error)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));

  return convert (converter, text, strlen (text), SHOT_MANIFEST_MAX_BYTES, error);
}

char *
shot_manifest_unpack (GBytes *bytes, GError **error)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
      g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  size_t             size = 0;
  const void        *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GBytes) text = convert (converter, data, size, SHOT_MANIFEST_MAX_BYTES, error);

  if (text == NULL)
    return NULL;
  data = g_bytes_get_data (text, &size);
  return g_strndup (data, size);
}

static void
set_text (char **target, const char *text)
{
  g_free (*target);
  *target = g_strdup (text);
}

/* Within a transaction. */
static gboolean
read_chain_head (ShotArchive *self, char **out_head, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT head FROM seals WHERE is_own = 1 ORDER BY position DESC LIMIT 1");
  ShotStep step = shot_statement_step (query, error);

  if (step == SHOT_STEP_FAILED)
    return FALSE;
  *out_head = step == SHOT_STEP_ROW ? shot_statement_get_text (query) : g_strdup ("");
  return TRUE;
}

static gboolean
check_ready (const ShotRun *run, unsigned expected_count, bool with_open, GError **error)
{
  unsigned n_open = run->n_verdicts[SHOT_VERDICT_NONE];

  if (run->state == SHOT_RUN_SIGNED)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "the run is signed off already, by %s",
                 run->signed_by);
  else if (run->state == SHOT_RUN_RUNNING)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the run is not done: wait for it, or capture what is missing first");
  else if (run->n_cells - n_open != expected_count)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_CONFLICT,
                 "%u cells have a verdict by now, not %u: look at them again",
                 run->n_cells - n_open, expected_count);
  else if (n_open > 0 && !with_open)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "%u cells have no verdict: judge them, or sign with open ones", n_open);
  else
    return TRUE;
  return FALSE;
}

static gboolean
insert_seal (ShotArchive *self, const ShotRun *run, const char *previous, const char *text,
             bool is_own, GError **error)
{
  g_autoptr (ShotStatement) insert = shot_statement_new (
      self->database, "INSERT INTO seals (run_id, is_own, previous_head, head, manifest)"
                      " VALUES (?, ?, ?, ?, ?)");
  g_autoptr (GBytes) packed = shot_manifest_pack (text, error);

  if (packed == NULL)
    return FALSE;
  shot_statement_add_int (insert, run->id);
  shot_statement_add_int (insert, is_own);
  shot_statement_add_text (insert, previous);
  shot_statement_add_text (insert, run->head);
  shot_statement_add_bytes (insert, packed);
  return shot_statement_run (insert, error);
}

static gboolean
update_run (ShotArchive *self, const ShotRun *run, GError **error)
{
  g_autoptr (ShotStatement) update = shot_statement_new (
      self->database, "UPDATE runs SET state = 2, signed_by = ?, signed_from = ?, sign_comment = ?,"
                      " signed_ms = ?, head = ? WHERE id = ?");

  shot_statement_add_text (update, run->signed_by);
  shot_statement_add_text (update, run->signed_from);
  shot_statement_add_text (update, run->sign_comment);
  shot_statement_add_int (update, run->signed_ms);
  shot_statement_add_text (update, run->head);
  shot_statement_add_int (update, run->id);
  return shot_statement_run (update, error);
}

gboolean
shot_manifest_seal (ShotArchive *self, ShotRun *run, const char *previous, const char *text,
                    bool is_own, GError **error)
{
  g_free (run->head);
  run->head = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  return update_run (self, run, error) && insert_seal (self, run, previous, text, is_own, error);
}

gboolean
shot_archive_sign_run (ShotArchive *self, int64_t run_id, const char *user, const char *origin,
                       const char *comment, unsigned expected_count, bool with_open,
                       char **out_head, GError **error)
{
  g_auto (ShotTransaction) transaction = SHOT_TRANSACTION_INIT;
  g_autofree char         *previous = NULL;
  g_autofree char         *text = NULL;

  if (!shot_archive_begin (self, &transaction, error))
    return FALSE;

  g_autoptr (ShotRun) run = shot_archive_get_run (self, run_id, error);
  if (run == NULL || !check_ready (run, expected_count, with_open, error) ||
      !read_chain_head (self, &previous, error))
    return FALSE;
  run->state = SHOT_RUN_SIGNED;
  run->signed_ms = shot_archive_now_ms ();
  set_text (&run->signed_by, user);
  set_text (&run->signed_from, origin);
  set_text (&run->sign_comment, comment != NULL ? comment : "");
  text = shot_manifest_write (self, run, previous, error);
  if (text == NULL || !shot_manifest_seal (self, run, previous, text, true, error) ||
      !shot_archive_add_event (self, "signoff", run_id, 0, error) ||
      !shot_archive_commit (self, &transaction, error))
    return FALSE;
  if (out_head != NULL)
    *out_head = g_strdup (run->head);
  return TRUE;
}

char *
shot_archive_get_manifest (ShotArchive *self, int64_t run_id, GError **error)
{
  g_autoptr (ShotStatement) query = shot_statement_new (
      self->database, "SELECT manifest FROM seals WHERE run_id = ?");

  shot_statement_add_int (query, run_id);
  switch (shot_statement_step (query, error)) {
  case SHOT_STEP_FAILED:
    return NULL;
  case SHOT_STEP_DONE:
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND, "the run is not signed off");
    return NULL;
  case SHOT_STEP_ROW:
    break;
  }

  g_autoptr (GBytes) packed = shot_statement_get_bytes (query);
  return shot_manifest_unpack (packed, error);
}
