#include "config.h"

#include "clients.h"

#include <gio/gio.h>
#include <string.h>

/* Deadlines that are up soon; far below the ones that a test shall not meet. */
#define SOON_MS 100
#define NEVER_MS 60000
#define BIG_BYTES (64 * 1024 * 1024)

typedef struct {
  SoupServer        *soup;
  ShotClients       *clients;
  GSocketListener   *listener;
  GCancellable      *cancellable;
  guint16            port;
  SoupServerMessage *waiting; /* (nullable): a message that nobody answers */
} Fixture;

static void
handler_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *form,
            void *user_data)
{
  Fixture *self = user_data;

  if (g_str_equal (path, "/wait")) {
    self->waiting = g_object_ref (message);
    soup_server_message_pause (message);
    return;
  }
  size_t length = g_str_equal (path, "/big") ? BIG_BYTES : 2;
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_malloc0 (length),
                                    length);
}

static void
accept_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GSocketConnection) connection = g_socket_listener_accept_finish (
      G_SOCKET_LISTENER (source), result, NULL, NULL);
  Fixture *self = user_data;

  if (connection == NULL)
    return;
  shot_clients_accept (self->clients, connection);
  g_socket_listener_accept_async (self->listener, self->cancellable, accept_cb, self);
}

static void
set_up (Fixture *self, ShotClientsOptions options)
{
  *self = (Fixture){ 0 };
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->soup, NULL, handler_cb, self, NULL);
  self->clients = shot_clients_new (self->soup, &options);
  self->listener = g_socket_listener_new ();
  self->cancellable = g_cancellable_new ();
  self->port = g_socket_listener_add_any_inet_port (self->listener, NULL, NULL);
  g_socket_listener_accept_async (self->listener, self->cancellable, accept_cb, self);
}

static void
tear_down (Fixture *self)
{
  g_cancellable_cancel (self->cancellable);
  g_socket_listener_close (self->listener);
  shot_clients_free (self->clients);
  g_clear_object (&self->waiting);
  soup_server_disconnect (self->soup);
  while (g_main_context_iteration (NULL, FALSE)) {}
  g_object_unref (self->soup);
  g_object_unref (self->listener);
  g_object_unref (self->cancellable);
}

/* (transfer full) */
static GSocket *
connect_and_send (Fixture *self, const char *text)
{
  g_autoptr (GError)         error = NULL;
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1",
                                                                              self->port);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, 0, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_connect (socket, address, NULL, &error));
  g_assert_cmpint (g_socket_send (socket, text, strlen (text), NULL, &error), ==,
                   (gssize) strlen (text));
  g_socket_set_blocking (socket, FALSE);
  return socket;
}

/* What the server has sent when it ends the connection. (transfer full) */
static char *
read_to_end (GSocket *socket)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char                buffer[65536];
  gssize              length = 0;

  for (;;) {
    g_autoptr (GError) error = NULL;
    length = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      g_main_context_iteration (NULL, TRUE);
      continue;
    }
    if (length <= 0)
      return g_string_free (g_steal_pointer (&text), FALSE);
    g_string_append_len (text, buffer, MIN (length, (gssize) (1000 - MIN (text->len, 1000))));
  }
}

static void
wait_until_gone (Fixture *self)
{
  while (shot_clients_get_count (self->clients) > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Each phase has its deadline, and only its own. */
static void
test_deadlines (void)
{
  static const struct {
    const char        *request;
    ShotClientsOptions options;
  } rows[] = {
    { "", { NULL, SOON_MS, NEVER_MS, NEVER_MS, 0 } },
    { "GET / HTTP/1.1\r\nHost: x\r\nSlow: ", { NULL, SOON_MS, NEVER_MS, NEVER_MS, 0 } },
    { "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
      { NULL, NEVER_MS, SOON_MS, NEVER_MS, 0 } },
    { "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
      { NULL, NEVER_MS, SOON_MS, NEVER_MS, 0 } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    Fixture fixture;

    set_up (&fixture, rows[i].options);
    int64_t             started_us = g_get_monotonic_time ();
    g_autoptr (GSocket) socket = connect_and_send (&fixture, rows[i].request);
    g_autofree char    *answer = read_to_end (socket);
    int64_t             ms = (g_get_monotonic_time () - started_us) / 1000;
    g_test_message ("%s: %" G_GINT64_FORMAT " ms", rows[i].request, ms);
    g_assert_cmpstr (answer, ==, "");
    g_assert_cmpint (ms, >=, SOON_MS - 5);
    g_assert_cmpint (ms, <, NEVER_MS / 10);
    g_assert_cmpuint (shot_clients_get_count (fixture.clients), ==, 0);
    tear_down (&fixture);
  }
}

/* Who asks is answered and gone, with no deadline left behind. */
static void
test_answer (void)
{
  Fixture fixture;

  set_up (&fixture, (ShotClientsOptions){ 0 });
  g_autoptr (GSocket) socket = connect_and_send (&fixture, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_autofree char    *answer = read_to_end (socket);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
  wait_until_gone (&fixture);
  tear_down (&fixture);
}

/* Who does not read what it asked for is dropped, and libsoup lets go of the answer. */
static void
test_stall (void)
{
  Fixture fixture;

  set_up (&fixture, (ShotClientsOptions){ NULL, NEVER_MS, NEVER_MS, SOON_MS, 0 });
  g_autoptr (GSocket) socket = connect_and_send (&fixture, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  while (shot_clients_get_count (fixture.clients) == 0)
    g_main_context_iteration (NULL, TRUE);
  wait_until_gone (&fixture);
  g_autofree char *answer = read_to_end (socket);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
  tear_down (&fixture);
}

/* While an answer is in the making nothing runs out; its socket can be watched. */
static void
test_waiting (void)
{
  Fixture fixture;

  set_up (&fixture, (ShotClientsOptions){ NULL, SOON_MS, SOON_MS, NEVER_MS, 0 });
  g_autoptr (GSocket) socket = connect_and_send (&fixture, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  while (fixture.waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (shot_clients_find_socket (fixture.clients, fixture.waiting));

  /* A second one meets its deadline, so the first has passed it. */
  g_autoptr (GSocket) idle = connect_and_send (&fixture, "");
  g_autofree char    *nothing = read_to_end (idle);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpuint (shot_clients_get_count (fixture.clients), ==, 1);
  soup_server_message_set_status (fixture.waiting, 200, NULL);
  soup_server_message_unpause (fixture.waiting);
  g_autofree char *answer = read_to_end (socket);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
  tear_down (&fixture);
}

/* When all places are taken the oldest that has not asked yet makes way; who waits for an answer
 * does not. */
static void
test_places (void)
{
  Fixture fixture;

  set_up (&fixture, (ShotClientsOptions){ NULL, NEVER_MS, NEVER_MS, NEVER_MS, 2 });
  g_autoptr (GSocket) waiting = connect_and_send (&fixture,
                                                  "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  while (fixture.waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_autoptr (GSocket) oldest = connect_and_send (&fixture, "");
  g_autoptr (GSocket) newer = connect_and_send (&fixture, "GET /");
  g_autofree char    *nothing = read_to_end (oldest);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpuint (shot_clients_get_count (fixture.clients), ==, 2);

  g_autoptr (GSocket) asking = connect_and_send (&fixture, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  g_autofree char    *answer = read_to_end (asking);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
  g_autofree char *partly = read_to_end (newer);
  g_assert_null (strstr (partly, "200"));
  soup_server_message_set_status (fixture.waiting, 200, NULL);
  soup_server_message_unpause (fixture.waiting);
  g_autofree char *late = read_to_end (waiting);
  g_assert_true (g_str_has_prefix (late, "HTTP/1.1 200"));
  tear_down (&fixture);
}

/* The end of the server, with connections in all states. */
static void
test_free (void)
{
  Fixture fixture;

  set_up (&fixture, (ShotClientsOptions){ 0 });
  g_autoptr (GSocket) waiting = connect_and_send (&fixture,
                                                  "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  g_autoptr (GSocket) stalled = connect_and_send (&fixture, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  g_autoptr (GSocket) idle = connect_and_send (&fixture, "");
  while (fixture.waiting == NULL || shot_clients_get_count (fixture.clients) < 3)
    g_main_context_iteration (NULL, TRUE);
  tear_down (&fixture);
  /* Open until here. */
  g_assert_true (waiting != NULL && stalled != NULL && idle != NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clients/deadlines", test_deadlines);
  g_test_add_func ("/clients/answer", test_answer);
  g_test_add_func ("/clients/stall", test_stall);
  g_test_add_func ("/clients/waiting", test_waiting);
  g_test_add_func ("/clients/places", test_places);
  g_test_add_func ("/clients/free", test_free);
  return g_test_run ();
}
