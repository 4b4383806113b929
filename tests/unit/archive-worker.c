#include "config.h"

#include "archive-worker.h"

#include "archive-fixture.h"
#include "error.h"

typedef struct {
  char              *folder;
  ShotArchiveWorker *worker;
  GMainLoop         *loop;
  GString           *order;
  unsigned           n_changes;
  GError            *error;
  void              *result;
} Fixture;

static void
set_up (Fixture *self, const void *data)
{
  g_autoptr (GError) error = NULL;

  self->folder = fixture_make_folder ();
  self->worker = shot_archive_worker_new (self->folder, SHOT_ARCHIVE_WRITE, &error);
  g_assert_no_error (error);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->order = g_string_new (NULL);
}

static void
tear_down (Fixture *self, const void *data)
{
  shot_archive_worker_free (self->worker);
  g_main_loop_unref (self->loop);
  g_string_free (self->order, TRUE);
  fixture_remove (self->folder);
  g_clear_error (&self->error);
  g_free (self->folder);
}

static void *
write_note (ShotArchive *archive, void *data, GError **error)
{
  return shot_archive_set_note (archive, data, "x", error) ? (void *) true : NULL;
}

static void *
read_missing (ShotArchive *archive, void *data, GError **error)
{
  return shot_archive_get_run (archive, 99, error);
}

static void *
get_text (ShotArchive *archive, void *data, GError **error)
{
  return g_strdup (data);
}

static void
finished_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Fixture         *self = user_data;
  g_autofree char *text = shot_archive_worker_run_finish (self->worker, result, NULL);

  g_string_append (self->order, text);
  if (self->order->len == 3)
    g_main_loop_quit (self->loop);
}

static void
test_order (Fixture *self, const void *data)
{
  const char *texts[] = { "a", "b", "c" };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    shot_archive_worker_run_async (self->worker, get_text, g_strdup (texts[i]), g_free, g_free,
                                   finished_cb, self);
  g_assert_cmpuint (self->order->len, ==, 0);
  g_main_loop_run (self->loop);
  g_assert_cmpstr (self->order->str, ==, "abc");
}

static void
failed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Fixture *self = user_data;

  self->result = shot_archive_worker_run_finish (self->worker, result, &self->error);
  g_main_loop_quit (self->loop);
}

static void
test_failure (Fixture *self, const void *data)
{
  shot_archive_worker_run_async (self->worker, read_missing, NULL, NULL, NULL, failed_cb, self);
  g_main_loop_run (self->loop);
  g_assert_null (self->result);
  g_assert_error (self->error, SHOT_ERROR, SHOT_ERROR_NOT_FOUND);
}

static void
changed_cb (void *user_data)
{
  Fixture *self = user_data;

  self->n_changes++;
  g_main_loop_quit (self->loop);
}

static void
test_changed (Fixture *self, const void *data)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (ShotArchive) other = fixture_open (self->folder);

  shot_archive_worker_set_changed_func (self->worker, changed_cb, self);
  /* By this process, and by what could be another one: a connection of its own. */
  shot_archive_worker_run_async (self->worker, write_note, (void *) "own", NULL, NULL, NULL, NULL);
  g_main_loop_run (self->loop);
  g_assert_cmpuint (self->n_changes, ==, 1);
  g_assert_true (shot_archive_set_note (other, "other", "x", &error));
  g_main_loop_run (self->loop);
  g_assert_cmpuint (self->n_changes, ==, 2);
  shot_archive_worker_set_changed_func (self->worker, NULL, NULL);
}

/* What was given is done, though nobody waits for it. */
static void
test_end (Fixture *self, const void *data)
{
  for (unsigned i = 0; i < 5; i++)
    shot_archive_worker_run_async (self->worker, write_note, g_strdup_printf ("note %u", i), g_free,
                                   NULL, NULL, NULL);
  g_clear_pointer (&self->worker, shot_archive_worker_free);
  g_autoptr (ShotArchive) archive = fixture_open (self->folder);
  g_autofree char        *last = shot_archive_get_note (archive, "note 4");
  g_assert_cmpstr (last, ==, "x");
}

static void
add_test (const char *path, void (*run) (Fixture *self, const void *data))
{
  g_test_add (path, Fixture, NULL, set_up, run, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_test ("/archive-worker/order", test_order);
  add_test ("/archive-worker/failure", test_failure);
  add_test ("/archive-worker/changed", test_changed);
  add_test ("/archive-worker/end", test_end);
  return g_test_run ();
}
