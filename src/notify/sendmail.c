#include "config.h"

#include "sendmail.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"

/* sysexits.h: the mail may be given again later. */
#define EX_TEMPFAIL 75

/* Of what it says. */
#define MAX_WORDS 200

typedef struct {
  GSubprocess  *process; /* (owned) */
  GCancellable *stop; /* (owned): its children may hold its output open for longer than it lives */
  GCancellable *cancellable; /* (owned) (nullable) */
  unsigned long cancelled_id;
  unsigned      timer; /* 0 once it has fired */
  bool          is_late;
} Sendmail;

static void
sendmail_free (void *data)
{
  Sendmail *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancelled_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancelled_id);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->process);
  g_clear_object (&self->stop);
  g_free (self);
}

char *
shot_sendmail_find (void)
{
  static const char *const places[] = { "/usr/sbin/sendmail", "/usr/lib/sendmail" };

  for (size_t i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
      return g_strdup (places[i]);
  return g_find_program_in_path ("sendmail");
}

/* The first line of what it said. */
static char *
get_words (GBytes *output)
{
  size_t           length = 0;
  const char      *bytes = output != NULL ? g_bytes_get_data (output, &length) : "";
  g_autofree char *text = g_strndup (length > 0 ? bytes : "", MIN (length, MAX_WORDS));

  text[strcspn (text, "\r\n")] = '\0';
  return g_utf8_make_valid (text, -1);
}

static void
told_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  Sendmail          *self = g_task_get_task_data (task);
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) error = NULL;
  bool is_told = g_subprocess_communicate_finish (self->process, result, &output, NULL, &error);

  if (g_cancellable_is_cancelled (self->cancellable)) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_CANCELLED, "stopped");
    return;
  }
  if (self->is_late) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_TIMEOUT,
                             "sendmail did not take the mail in time");
    return;
  }
  bool has_exited = g_subprocess_get_if_exited (self->process);
  int  status = has_exited ? g_subprocess_get_exit_status (self->process) : -1;
  if (has_exited && status == 0 && is_told) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  g_autofree char *words = get_words (output);
  g_task_return_new_error (task, SHOT_ERROR,
                           status == EX_TEMPFAIL ? SHOT_ERROR_BUSY : SHOT_ERROR_REFUSED,
                           "sendmail did not take the mail (%s %d)%s%s",
                           has_exited ? "status" : "signal",
                           has_exited ? status : g_subprocess_get_term_sig (self->process),
                           words[0] != '\0' ? ": " : "", words);
}

static gboolean
late_cb (void *user_data)
{
  Sendmail *self = user_data;

  self->timer = 0;
  self->is_late = true;
  g_subprocess_force_exit (self->process);
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, void *user_data)
{
  Sendmail *self = user_data;

  g_subprocess_force_exit (self->process);
  g_cancellable_cancel (self->stop);
}

/* The program takes the lines as files here have them. */
static char *
make_input (const char *mail)
{
  g_autoptr (GString) text = g_string_new (mail);

  g_string_replace (text, "\r\n", "\n", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
shot_sendmail_async (const char *program, const char *from, const char *const *to, const char *mail,
                     unsigned timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                     void *user_data)
{
  g_autoptr (GTask)     task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError)    error = NULL;
  Sendmail             *self = g_new0 (Sendmail, 1);

  g_task_set_task_data (task, self, sendmail_free);
  g_ptr_array_add (arguments, (char *) program);
  g_ptr_array_add (arguments, (char *) "-i"); /* a dot alone on a line does not end the mail */
  g_ptr_array_add (arguments, (char *) "-f");
  g_ptr_array_add (arguments, (char *) from);
  g_ptr_array_add (arguments, (char *) "--");
  for (unsigned i = 0; to[i] != NULL; i++)
    g_ptr_array_add (arguments, (char *) to[i]);
  g_ptr_array_add (arguments, NULL);
  self->stop = g_cancellable_new ();
  self->process = g_subprocess_newv ((const char *const *) arguments->pdata,
                                     G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                         G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                         G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                     &error);
  if (self->process == NULL) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_REFUSED, "cannot start %s: %s", program,
                             error->message);
    return;
  }
  self->timer = g_timeout_add (timeout_ms, late_cb, self);
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), self, NULL);
  }
  g_autofree char   *input = make_input (mail);
  g_autoptr (GBytes) bytes = g_bytes_new (input, strlen (input));
  g_subprocess_communicate_async (self->process, bytes, self->stop, told_cb, g_object_ref (task));
}

gboolean
shot_sendmail_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
