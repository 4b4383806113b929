#include "config.h"

#include "tls-stream.h"

#include <stdbool.h>

#define SHOT_TYPE_TLS_STREAM (shot_tls_stream_get_type ())
G_DECLARE_FINAL_TYPE (ShotTlsStream, shot_tls_stream, SHOT, TLS_STREAM, GIOStream)

#define SHOT_TYPE_TLS_INPUT (shot_tls_input_get_type ())
G_DECLARE_FINAL_TYPE (ShotTlsInput, shot_tls_input, SHOT, TLS_INPUT, GInputStream)

#define SHOT_TYPE_TLS_OUTPUT (shot_tls_output_get_type ())
G_DECLARE_FINAL_TYPE (ShotTlsOutput, shot_tls_output, SHOT, TLS_OUTPUT, GOutputStream)

/* What the two directions share; in a reference counted box, as each of the three objects may be
 * the last that is held. */
typedef struct {
  GSocketConnection  *connection;  /* (owned) */
  GSocket            *socket;      /* (borrowed) from connection */
  ShotTlsCredentials *credentials; /* (owned) */
  gnutls_session_t    session;     /* (owned) */
} Session;

struct _ShotTlsInput {
  GInputStream parent_instance;
  Session     *session; /* (owned) */
};

struct _ShotTlsOutput {
  GOutputStream parent_instance;
  Session      *session; /* (owned) */
};

struct _ShotTlsStream {
  GIOStream      parent_instance;
  Session       *session; /* (owned) */
  ShotTlsInput  *input;   /* (owned) */
  ShotTlsOutput *output;  /* (owned) */
};

static void pollable_input_init (GPollableInputStreamInterface *interface);
static void pollable_output_init (GPollableOutputStreamInterface *interface);

G_DEFINE_FINAL_TYPE (ShotTlsStream, shot_tls_stream, G_TYPE_IO_STREAM)
G_DEFINE_FINAL_TYPE_WITH_CODE (ShotTlsInput, shot_tls_input, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      pollable_input_init))
G_DEFINE_FINAL_TYPE_WITH_CODE (ShotTlsOutput, shot_tls_output, G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      pollable_output_init))

static void
credentials_clear (void *data)
{
  ShotTlsCredentials *self = data;

  if (self->certificate != NULL)
    gnutls_certificate_free_credentials (self->certificate);
  if (self->priority != NULL)
    gnutls_priority_deinit (self->priority);
}

void
shot_tls_credentials_unref (ShotTlsCredentials *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, credentials_clear);
}

static void
session_clear (void *data)
{
  Session *self = data;

  gnutls_deinit (self->session);
  shot_tls_credentials_unref (self->credentials);
  g_object_unref (self->connection);
}

static void
session_unref (Session *self)
{
  g_rc_box_release_full (self, session_clear);
}

/* The outcome of a read or write in GIO's terms; 0 is the end. */
static gssize
translate (ssize_t length, GError **error)
{
  if (length >= 0)
    return length;
  if (length == GNUTLS_E_AGAIN || length == GNUTLS_E_INTERRUPTED) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "TLS has to wait");
    return -1;
  }
  /* HTTP tells its lengths; clients that leave without a word are the rule. */
  if (length == GNUTLS_E_PREMATURE_TERMINATION)
    return 0;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, gnutls_strerror ((int) length));
  return -1;
}

static gssize
input_read_nonblocking (GPollableInputStream *stream, void *buffer, gsize count, GError **error)
{
  return translate (gnutls_record_recv (SHOT_TLS_INPUT (stream)->session->session, buffer, count),
                    error);
}

static gssize
input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
            GError **error)
{
  Session *session = SHOT_TLS_INPUT (stream)->session;
  ssize_t  length;

  while ((length = gnutls_record_recv (session->session, buffer, count)) == GNUTLS_E_AGAIN) {
    if (!g_socket_condition_wait (session->socket, G_IO_IN, cancellable, error))
      return -1;
  }
  return translate (length, error);
}

static gboolean
input_is_readable (GPollableInputStream *stream)
{
  Session *session = SHOT_TLS_INPUT (stream)->session;

  return gnutls_record_check_pending (session->session) > 0 ||
         g_socket_condition_check (session->socket, G_IO_IN) != 0;
}

static GSource *
input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  Session            *session = SHOT_TLS_INPUT (stream)->session;
  g_autoptr (GSource) child = NULL;

  if (gnutls_record_check_pending (session->session) > 0)
    child = g_timeout_source_new (0);
  else
    child = g_socket_create_source (session->socket, G_IO_IN, NULL);
  return g_pollable_source_new_full (stream, child, cancellable);
}

static gssize
output_write_nonblocking (GPollableOutputStream *stream, const void *buffer, gsize count,
                          GError **error)
{
  return translate (gnutls_record_send (SHOT_TLS_OUTPUT (stream)->session->session, buffer, count),
                    error);
}

static gssize
output_write (GOutputStream *stream, const void *buffer, gsize count, GCancellable *cancellable,
              GError **error)
{
  Session *session = SHOT_TLS_OUTPUT (stream)->session;
  ssize_t  length;

  while ((length = gnutls_record_send (session->session, buffer, count)) == GNUTLS_E_AGAIN) {
    if (!g_socket_condition_wait (session->socket, G_IO_OUT, cancellable, error))
      return -1;
  }
  return translate (length, error);
}

static gboolean
output_is_writable (GPollableOutputStream *stream)
{
  return g_socket_condition_check (SHOT_TLS_OUTPUT (stream)->session->socket, G_IO_OUT) != 0;
}

static GSource *
output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) child = g_socket_create_source (SHOT_TLS_OUTPUT (stream)->session->socket,
                                                      G_IO_OUT, NULL);

  return g_pollable_source_new_full (stream, child, cancellable);
}

static void
input_finalize (GObject *object)
{
  session_unref (SHOT_TLS_INPUT (object)->session);
  G_OBJECT_CLASS (shot_tls_input_parent_class)->finalize (object);
}

static void
output_finalize (GObject *object)
{
  session_unref (SHOT_TLS_OUTPUT (object)->session);
  G_OBJECT_CLASS (shot_tls_output_parent_class)->finalize (object);
}

static void
pollable_input_init (GPollableInputStreamInterface *interface)
{
  interface->is_readable = input_is_readable;
  interface->create_source = input_create_source;
  interface->read_nonblocking = input_read_nonblocking;
}

static void
pollable_output_init (GPollableOutputStreamInterface *interface)
{
  interface->is_writable = output_is_writable;
  interface->create_source = output_create_source;
  interface->write_nonblocking = output_write_nonblocking;
}

static void
shot_tls_input_class_init (ShotTlsInputClass *class)
{
  G_OBJECT_CLASS (class)->finalize = input_finalize;
  G_INPUT_STREAM_CLASS (class)->read_fn = input_read;
}

static void
shot_tls_output_class_init (ShotTlsOutputClass *class)
{
  G_OBJECT_CLASS (class)->finalize = output_finalize;
  G_OUTPUT_STREAM_CLASS (class)->write_fn = output_write;
}

static void
shot_tls_input_init (ShotTlsInput *self)
{
}

static void
shot_tls_output_init (ShotTlsOutput *self)
{
}

static GInputStream *
stream_get_input (GIOStream *stream)
{
  return G_INPUT_STREAM (SHOT_TLS_STREAM (stream)->input);
}

static GOutputStream *
stream_get_output (GIOStream *stream)
{
  return G_OUTPUT_STREAM (SHOT_TLS_STREAM (stream)->output);
}

static gboolean
stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  Session *session = SHOT_TLS_STREAM (stream)->session;

  /* A good bye that fits is sent; nobody waits for the other. */
  gnutls_bye (session->session, GNUTLS_SHUT_WR);
  return g_io_stream_close (G_IO_STREAM (session->connection), cancellable, error);
}

static void
stream_finalize (GObject *object)
{
  ShotTlsStream *self = SHOT_TLS_STREAM (object);

  /* GIOStream closes itself before it is finalized, which needs all three. */
  G_OBJECT_CLASS (shot_tls_stream_parent_class)->finalize (object);
  g_object_unref (self->input);
  g_object_unref (self->output);
  session_unref (self->session);
}

static void
shot_tls_stream_class_init (ShotTlsStreamClass *class)
{
  G_OBJECT_CLASS (class)->finalize = stream_finalize;
  G_IO_STREAM_CLASS (class)->get_input_stream = stream_get_input;
  G_IO_STREAM_CLASS (class)->get_output_stream = stream_get_output;
  G_IO_STREAM_CLASS (class)->close_fn = stream_close;
}

static void
shot_tls_stream_init (ShotTlsStream *self)
{
}

GIOStream *
shot_tls_stream_new (GSocketConnection *connection, ShotTlsCredentials *credentials)
{
  Session       *session = g_rc_box_new0 (Session);
  ShotTlsStream *self = g_object_new (SHOT_TYPE_TLS_STREAM, NULL);

  session->connection = g_object_ref (connection);
  session->socket = g_socket_connection_get_socket (connection);
  session->credentials = g_rc_box_acquire (credentials);
  gnutls_init (&session->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
  gnutls_priority_set (session->session, credentials->priority);
  gnutls_credentials_set (session->session, GNUTLS_CRD_CERTIFICATE, credentials->certificate);
  gnutls_transport_set_int (session->session, g_socket_get_fd (session->socket));
  self->input = g_object_new (SHOT_TYPE_TLS_INPUT, NULL);
  self->output = g_object_new (SHOT_TYPE_TLS_OUTPUT, NULL);
  self->input->session = g_rc_box_acquire (session);
  self->output->session = g_rc_box_acquire (session);
  self->session = session;
  return G_IO_STREAM (self);
}

static gboolean
handshake_cb (GSocket *socket, GIOCondition condition, void *user_data)
{
  GTask              *task = user_data; /* (owned) by the source */
  ShotTlsStream      *self = g_task_get_source_object (task);
  gnutls_session_t    session = self->session->session;
  int                 status = GNUTLS_E_SUCCESS;
  g_autoptr (GSource) source = NULL;

  do
    status = gnutls_handshake (session);
  while (status != GNUTLS_E_SUCCESS && status != GNUTLS_E_AGAIN && !gnutls_error_is_fatal (status));

  if (status == GNUTLS_E_AGAIN) {
    bool is_writing = gnutls_record_get_direction (session) == 1;
    source = g_socket_create_source (self->session->socket, is_writing ? G_IO_OUT : G_IO_IN, NULL);
    g_source_set_callback (source, G_SOURCE_FUNC (handshake_cb), g_object_ref (task),
                           g_object_unref);
    g_source_attach (source, NULL);
  } else if (status == GNUTLS_E_SUCCESS) {
    g_task_return_boolean (task, TRUE);
  } else {
    gnutls_alert_send_appropriate (session, status);
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", gnutls_strerror (status));
  }
  return G_SOURCE_REMOVE;
}

void
shot_tls_stream_handshake_async (GIOStream *stream, GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, NULL, callback, user_data);

  handshake_cb (SHOT_TLS_STREAM (stream)->session->socket, 0, task);
}

gboolean
shot_tls_stream_handshake_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
