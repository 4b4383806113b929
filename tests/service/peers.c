#include "config.h"

#include "peers.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- servers ----------------------------------------------------------------------------- */

typedef struct {
  Server            *server;
  GSocketConnection *connection;
} Client;

static void *
serve_thread (void *data)
{
  Client *client = data;

  client->server->serve (G_IO_STREAM (client->connection));
  g_object_unref (client->connection);
  g_free (client);
  return NULL;
}

static void *
accept_thread (void *data)
{
  Server            *server = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (server->listener, NULL, server->cancellable,
                                                 NULL)) != NULL) {
    Client *client = g_new0 (Client, 1);
    g_atomic_int_inc (&server->n_accepted);
    client->server = server;
    client->connection = connection;
    g_thread_unref (g_thread_new ("serve", serve_thread, client));
  }
  return NULL;
}

Server *
server_start (const char *address, unsigned port, void (*serve) (GIOStream *))
{
  Server                    *server = g_new0 (Server, 1);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError)         error = NULL;

  server->listener = g_socket_listener_new ();
  g_socket_listener_set_backlog (server->listener, 512);
  server->cancellable = g_cancellable_new ();
  server->serve = serve;
  g_socket_listener_add_address (server->listener, wanted, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &effective, &error);
  g_assert_no_error (error);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  server->thread = g_thread_new ("accept", accept_thread, server);
  return server;
}

void
server_stop (Server *server)
{
  g_cancellable_cancel (server->cancellable);
  g_thread_join (server->thread);
  g_socket_listener_close (server->listener);
  g_object_unref (server->listener);
  g_object_unref (server->cancellable);
  g_free (server);
}

void
serve_echo (GIOStream *stream)
{
  g_output_stream_splice (g_io_stream_get_output_stream (stream),
                          g_io_stream_get_input_stream (stream), G_OUTPUT_STREAM_SPLICE_NONE, NULL,
                          NULL);
}

void
serve_bulk (GIOStream *stream)
{
  g_autofree uint8_t *bulk = g_malloc0 (BULK_BYTES);
  char                byte;

  while (g_input_stream_read (g_io_stream_get_input_stream (stream), &byte, 1, NULL, NULL) == 1)
    g_output_stream_write_all (g_io_stream_get_output_stream (stream), bulk, BULK_BYTES, NULL, NULL,
                               NULL);
}

void
serve_http_proxy (GIOStream *stream)
{
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (
      g_io_stream_get_input_stream (stream));
  g_autoptr (GSocketClient)     client = g_socket_client_new ();
  g_autoptr (GSocketConnection) upstream = NULL;
  g_autofree char              *target = NULL;
  bool                          is_known = false;
  char                         *line;

  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while ((line = g_data_input_stream_read_line (input, NULL, NULL, NULL)) != NULL &&
         *line != '\0') {
    if (target == NULL)
      target = g_strdup (line);
    /* base64 of user:pass word */
    if (strstr (line, "Basic dXNlcjpwYXNzIHdvcmQ=") != NULL)
      is_known = true;
    g_free (line);
  }
  g_free (line);
  g_assert_true (g_str_has_prefix (target, "CONNECT only-the-proxy-knows.example:"));
  if (is_known)
    upstream = g_socket_client_connect_to_host (client, "127.0.0.1",
                                                (guint16) atoi (strchr (target, ':') + 1), NULL,
                                                NULL);
  const char *answer = upstream != NULL ? "HTTP/1.0 200 OK\r\n\r\n"
                                        : "HTTP/1.0 407 Proxy Authentication Required\r\n\r\n";
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), answer, strlen (answer), NULL,
                             NULL, NULL);
  /* One question and its answer is all that the test needs. */
  char byte;
  if (upstream != NULL && g_input_stream_read (G_INPUT_STREAM (input), &byte, 1, NULL, NULL) == 1) {
    GIOStream *other = G_IO_STREAM (upstream);
    g_output_stream_write_all (g_io_stream_get_output_stream (other), &byte, 1, NULL, NULL, NULL);
    g_input_stream_read_all (g_io_stream_get_input_stream (other), &byte, 1, NULL, NULL, NULL);
    g_output_stream_write_all (g_io_stream_get_output_stream (stream), &byte, 1, NULL, NULL, NULL);
  }
}

/* --- a name server ----------------------------------------------------------------------- */

G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
free_addresses (void *data)
{
  g_resolver_free_addresses (data);
}

static void
silent_cb (GCancellable *cancellable, void *data)
{
  g_task_return_error_if_cancelled (data);
}

static void
test_resolver_lookup_async (GResolver *resolver, const char *name, GCancellable *cancellable,
                            GAsyncReadyCallback callback, void *user_data)
{
  TestResolver     *self = TEST_RESOLVER (resolver);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char       *answer = *self->answers;
  GList            *list = NULL;

  g_atomic_int_inc (&self->n_lookups);
  if (self->answers[1] != NULL)
    self->answers++;
  if (g_str_equal (answer, "never")) {
    g_cancellable_connect (cancellable, G_CALLBACK (silent_cb), g_object_ref (task),
                           g_object_unref);
    return;
  }
  g_auto (GStrv) texts = g_strsplit (answer, ",", -1);
  for (unsigned i = 0; texts[i] != NULL; i++)
    list = g_list_append (list, g_inet_address_new_from_string (texts[i]));
  if (list == NULL)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
  else
    g_task_return_pointer (task, list, free_addresses);
}

static GList *
test_resolver_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_async = test_resolver_lookup_async;
  resolver_class->lookup_by_name_finish = test_resolver_lookup_finish;
}

TestResolver *
test_resolver_new (const char *const *answers)
{
  TestResolver *resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);

  resolver->answers = answers;
  return resolver;
}
