#include "config.h"

#include "client.h"

#include <libsoup/soup.h>

#include "error.h"

/* A question under way. */
typedef struct {
  SoupSession  *session;     /* (owned) */
  SoupMessage  *message;     /* (owned) */
  GCancellable *cancellable; /* (owned) */
  unsigned      timer;       /* 0 once it has fired */
  unsigned      timeout_ms;
} Question;

static void
question_free (void *data)
{
  Question *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->message);
  g_clear_object (&self->session);
  g_free (self);
}

static gboolean
timeout_cb (void *user_data)
{
  Question *self = user_data;

  self->timer = 0;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
trust_cb (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags flaws,
          void *user_data)
{
  return TRUE;
}

static void
answered_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  Question          *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (self->session, result, &error);
  unsigned           status = soup_message_get_status (self->message);

  if (g_cancellable_is_cancelled (self->cancellable))
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_TIMEOUT, "no answer within %u s",
                             self->timeout_ms / 1000);
  else if (body == NULL)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_UNREACHABLE, "%s", error->message);
  else if (status != SOUP_STATUS_OK)
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_DOCUMENT, "the answer was status %u",
                             status);
  else
    g_task_return_boolean (task, TRUE);
}

void
shot_client_ask_async (const char *uri, bool is_trusting, unsigned timeout_ms,
                       GAsyncReadyCallback callback, void *user_data)
{
  GTask    *task = g_task_new (NULL, NULL, callback, user_data);
  Question *self = g_new0 (Question, 1);

  g_task_set_task_data (task, self, question_free);
  self->message = soup_message_new (SOUP_METHOD_GET, uri);
  if (self->message == NULL) {
    g_task_return_new_error (task, SHOT_ERROR, SHOT_ERROR_USAGE,
                             "this is no http or https address");
    g_object_unref (task);
    return;
  }
  self->session = soup_session_new_with_options ("proxy-resolver", NULL, NULL);
  self->cancellable = g_cancellable_new ();
  self->timeout_ms = timeout_ms;
  self->timer = g_timeout_add (timeout_ms, timeout_cb, self);
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  if (is_trusting)
    g_signal_connect (self->message, "accept-certificate", G_CALLBACK (trust_cb), NULL);
  soup_session_send_and_read_async (self->session, self->message, G_PRIORITY_DEFAULT,
                                    self->cancellable, answered_cb, task);
}

gboolean
shot_client_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
