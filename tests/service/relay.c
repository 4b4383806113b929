/* relay.c: the relay between real sockets, with a name server that says what a test wants */
#include "config.h"

#include "relay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "error.h"
#include "peers.h"

/* --- the relay and its clients ----------------------------------------------------------- */

static ShotAllow *
make_allow (const char *format, unsigned port)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError)    error = NULL;

  if (format != NULL)
    g_ptr_array_add (list, g_strdup_printf ("%s:%u", format, port));
  ShotAllow *allow = shot_allow_parse (list, &error);
  g_assert_no_error (error);
  return allow;
}

/* @host: with @port the only entry of the list, NULL for an empty list. */
static ShotRelay *
make_relay (const char *host, unsigned port, TestResolver *resolver, const char *proxy,
            const char *const *no_proxy)
{
  g_autoptr (ShotAllow)  allow = make_allow (host, port);
  g_autoptr (ShotSecret) secret = proxy != NULL ? shot_secret_new (proxy) : NULL;
  g_autoptr (GError)     error = NULL;
  ShotRelayOptions       options = {
          .allow = allow, .resolver = (GResolver *) resolver, .proxy = secret, .no_proxy = no_proxy
  };
  ShotRelay *relay = shot_relay_new (&options, &error);

  g_assert_no_error (error);
  return relay;
}

/* As libsoup does it. (transfer full) (nullable) */
static GIOStream *
connect_by (const char *proxy, const char *host, unsigned port, GError **error)
{
  g_autoptr (GProxyResolver) proxies = g_simple_proxy_resolver_new (proxy, NULL);
  g_autoptr (GSocketClient)  client = g_socket_client_new ();

  g_socket_client_set_proxy_resolver (client, proxies);
  return (GIOStream *) g_socket_client_connect_to_host (client, host, (guint16) port, NULL, error);
}

static GIOStream *
connect_to (ShotRelay *relay, const char *host, unsigned port, GError **error)
{
  g_autoptr (ShotSecret) uri = shot_relay_make_uri (relay, "job-1");

  return connect_by (shot_secret_reveal (uri), host, port, error);
}

static void
check_echo (GIOStream *stream, const char *text)
{
  char   answer[64] = { 0 };
  size_t length = strlen (text), n = 0;

  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (stream), text, length,
                                            NULL, NULL, NULL));
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (stream), answer, length, &n,
                                          NULL, NULL));
  g_assert_cmpstr (answer, ==, text);
}

static void
check_reaches (ShotRelay *relay, const char *host, unsigned port)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GIOStream) stream = connect_to (relay, host, port, &error);

  g_assert_no_error (error);
  check_echo (stream, "hello");
}

static void
check_fails (ShotRelay *relay, const char *host, unsigned port, int code)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GIOStream) stream = connect_to (relay, host, port, &error);

  g_assert_error (error, G_IO_ERROR, code);
  g_assert_null (stream);
}

/* The relay's port, for clients that speak without GIO's manners. */
static GIOStream *
connect_raw (ShotRelay *relay)
{
  g_autoptr (ShotSecret)    uri = shot_relay_make_uri (relay, "raw");
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  unsigned                  port = (unsigned) atoi (strrchr (shot_secret_reveal (uri), ':') + 1);
  g_autoptr (GError)        error = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  GSocketConnection *connection = g_socket_client_connect_to_host (client, "127.0.0.1",
                                                                   (guint16) port, NULL, &error);
  g_assert_no_error (error);
  return G_IO_STREAM (connection);
}

/* What was carried is counted after it has arrived, so the end of all connections is waited for. */
static ShotRelayCounters
count_at_rest (ShotRelay *relay)
{
  ShotRelayCounters counters;

  do {
    g_thread_yield ();
    shot_relay_get_counters (relay, &counters);
  } while (counters.n_open > 0);
  return counters;
}

/* --- tests ------------------------------------------------------------------------------- */

static void
test_carries (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);

  check_reaches (relay, "127.0.0.1", server->port);
  check_reaches (relay, "localhost", server->port);
  check_reaches (relay, "LOCALHOST.", server->port);
  check_reaches (relay, "2130706433", server->port);
  ShotRelayCounters counters = count_at_rest (relay);
  g_assert_cmpuint (counters.n_connections, ==, 4);
  g_assert_cmpuint (counters.n_refused, ==, 0);
  g_assert_cmpuint (counters.up_bytes, ==, 20);
  g_assert_cmpuint (counters.down_bytes, ==, 20);
  server_stop (server);
}

static void *
write_much (void *data)
{
  GIOStream          *stream = data;
  g_autofree uint8_t *bytes = g_malloc (BULK_BYTES);

  for (size_t i = 0; i < BULK_BYTES; i++)
    bytes[i] = (uint8_t) (i * 2654435761u >> 13);
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), bytes, BULK_BYTES, NULL, NULL,
                             NULL);
  /* Our half ends; what the server still has to say must arrive all the same. */
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), FALSE, TRUE,
                     NULL);
  return NULL;
}

static void
test_half_close (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (GIOStream) stream = connect_to (relay, "127.0.0.1", server->port, NULL);
  g_autofree uint8_t   *bytes = g_malloc (BULK_BYTES + 1);
  size_t                n = 0;

  GThread *writer = g_thread_new ("write", write_much, stream);
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (stream), bytes,
                                          BULK_BYTES + 1, &n, NULL, NULL));
  g_thread_join (writer);
  g_assert_cmpuint (n, ==, BULK_BYTES);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpint (bytes[i], ==, (uint8_t) (i * 2654435761u >> 13));
  server_stop (server);
}

static void
test_refuses (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  Server               *other = server_start ("127.0.0.2", server->port, serve_echo);
  g_autoptr (ShotRelay) relay = make_relay ("127.0.0.1", server->port, NULL, NULL, NULL);

  check_reaches (relay, "127.0.0.1", server->port);
  check_reaches (relay, "localhost", server->port);
  check_fails (relay, "127.0.0.2", other->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "127.2", other->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "::ffff:127.0.0.2", other->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "0.0.0.0", other->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "169.254.169.254", 80, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "127.0.0.1", server->port + 1, G_IO_ERROR_PROXY_NOT_ALLOWED);
  g_assert_cmpint (g_atomic_int_get (&other->n_accepted), ==, 0);

  g_autoptr (GPtrArray)   refusals = shot_relay_take_refusals (relay, "job-1");
  const ShotRelayRefusal *first = g_ptr_array_index (refusals, 0);
  g_autofree char        *expected = g_strdup_printf ("127.0.0.2:%u", other->port);
  g_assert_cmpuint (refusals->len, ==, 6);
  g_assert_cmpstr (first->target, ==, expected);
  g_assert_nonnull (strstr (first->reason, "--allow"));
  g_autoptr (GPtrArray) again = shot_relay_take_refusals (relay, "job-1");
  g_assert_cmpuint (again->len, ==, 0);
  g_assert_cmpuint (count_at_rest (relay).n_refused, ==, 6);
  server_stop (server);
  server_stop (other);
}

static void
test_refusals_are_bounded (void)
{
  g_autoptr (ShotRelay)  relay = make_relay ("127.0.0.1", 1, NULL, NULL, NULL);
  g_autoptr (ShotSecret) first = shot_relay_make_uri (relay, "the/first:job @1");

  for (unsigned i = 0; i < SHOT_RELAY_MAX_REFUSALS + 4; i++)
    g_assert_null (connect_by (shot_secret_reveal (first), "127.0.0.1", 100 + i / 2 * 2, NULL));
  for (unsigned i = 0; i < 2 * SHOT_RELAY_MAX_REFUSALS; i++)
    g_assert_null (connect_by (shot_secret_reveal (first), "127.0.0.1", 100 + i, NULL));
  g_autoptr (GPtrArray) full = shot_relay_take_refusals (relay, "the/first:job @1");
  g_assert_cmpuint (full->len, ==, SHOT_RELAY_MAX_REFUSALS);

  for (unsigned i = 0; i < SHOT_RELAY_MAX_JOBS + 1; i++) {
    g_autofree char       *id = g_strdup_printf ("%u", i);
    g_autoptr (ShotSecret) uri = shot_relay_make_uri (relay, id);
    g_assert_null (connect_by (shot_secret_reveal (uri), "127.0.0.1", 100, NULL));
  }
  g_autoptr (GPtrArray) oldest = shot_relay_take_refusals (relay, "0");
  g_autoptr (GPtrArray) next = shot_relay_take_refusals (relay, "1");
  g_assert_cmpuint (oldest->len, ==, 0);
  g_assert_cmpuint (next->len, ==, 1);
}

/* (transfer full) */
static char *
read_password (const ShotSecret *uri)
{
  const char *start = strchr (strchr (shot_secret_reveal (uri), ':') + 1, ':') + 1;

  return g_strndup (start, strcspn (start, "@"));
}

static void
test_login (void)
{
  Server                *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (ShotRelay)  relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (ShotSecret) uri = shot_relay_make_uri (relay, "job-1");
  g_autoptr (GError)     without = NULL, with_other = NULL;
  const char            *at = strchr (shot_secret_reveal (uri), '@');

  g_autofree char *open = g_strconcat ("socks5://", at + 1, NULL);
  g_assert_null (connect_by (open, "127.0.0.1", server->port, &without));
  g_assert_nonnull (without);
  g_autofree char *wrong = g_strconcat ("socks5://job-1:guess", at, NULL);
  g_assert_null (connect_by (wrong, "127.0.0.1", server->port, &with_other));
  g_assert_error (with_other, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED);
  g_assert_cmpint (g_atomic_int_get (&server->n_accepted), ==, 0);

  g_autoptr (ShotRelay)  other = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (ShotSecret) other_uri = shot_relay_make_uri (other, "job-1");
  g_autofree char       *password = read_password (uri);
  g_autofree char       *other_password = read_password (other_uri);
  g_assert_cmpuint (strlen (password), ==, 48);
  g_assert_cmpstr (password, !=, other_password);
  server_stop (server);
}

static void
test_names (void)
{
  static const char *const unknown[] = { "", NULL };
  g_autoptr (TestResolver) resolver = test_resolver_new (unknown);
  g_autoptr (ShotRelay)    relay = make_relay (NULL, 0, resolver, NULL, NULL);
  g_autoptr (ShotRelay)    listed = make_relay ("grafana.example", 3000, resolver, NULL, NULL);

  check_fails (relay, "no-such.example", 80, G_IO_ERROR_HOST_UNREACHABLE);
  g_assert_cmpint (resolver->n_lookups, ==, 1);
  /* What the name decides is not even looked up. */
  check_fails (listed, "evil.example", 3000, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (listed, "grafana.example.evil.example", 3000, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (listed, "grafana.example", 3001, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "0xa9fea9fe", 80, G_IO_ERROR_PROXY_NOT_ALLOWED);
  g_assert_cmpint (resolver->n_lookups, ==, 1);
}

/* A name whose answer changes after it was checked, or has good and bad addresses in one. */
static void
test_rebinding (void)
{
  static const char *const answers[] = {
    "127.0.0.1", "127.0.0.2", "127.0.0.2,127.0.0.1", "::ffff:127.0.0.2", "169.254.169.254,0.0.0.0",
    NULL
  };
  Server                  *server = server_start ("127.0.0.1", 0, serve_echo);
  Server                  *other = server_start ("127.0.0.2", server->port, serve_echo);
  g_autoptr (TestResolver) resolver = test_resolver_new (answers);
  g_autoptr (ShotRelay)    relay = make_relay ("127.0.0.1", server->port, resolver, NULL, NULL);

  check_reaches (relay, "rebind.example", server->port);
  check_fails (relay, "rebind.example", server->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_reaches (relay, "rebind.example", server->port);
  check_fails (relay, "rebind.example", server->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "rebind.example", server->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  g_assert_cmpint (g_atomic_int_get (&server->n_accepted), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&other->n_accepted), ==, 0);
  /* One look-up a connection: the address that was checked is the one that is connected to. */
  g_assert_cmpint (resolver->n_lookups, ==, 5);
  server_stop (server);
  server_stop (other);
}

static void
test_next_address (void)
{
  static const char *const answers[] = { "127.0.0.3,127.0.0.4,127.0.0.1", "127.0.0.3", NULL };
  Server                  *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (TestResolver) resolver = test_resolver_new (answers);
  g_autoptr (ShotRelay)    relay = make_relay (NULL, 0, resolver, NULL, NULL);

  check_reaches (relay, "several.example", server->port);
  check_fails (relay, "several.example", server->port, G_IO_ERROR_CONNECTION_REFUSED);
  server_stop (server);
}

/* Whatever is sent, the connection ends and the relay goes on. */
static void
test_nonsense (void)
{
  static const struct {
    const char *bytes;
    size_t      length;
  } rows[] = {
    { "GET / HTTP/1.1\r\n\r\n", 18 },
    { "\x04\x01\x00\x50\x7f\x00\x00\x01\x00", 9 },
    { "\x05\x01\x00", 3 },
    { "\x05\x00", 2 },
    { "\x05\x01\x02\x05", 4 },
    { "\x05\x01\x02\x01\x01x\x01x", 8 },
  };
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GIOStream) stream = connect_raw (relay);
    char                  answer[64];
    size_t                n = 0;
    g_output_stream_write_all (g_io_stream_get_output_stream (stream), rows[i].bytes,
                               rows[i].length, NULL, NULL, NULL);
    g_input_stream_read_all (g_io_stream_get_input_stream (stream), answer, sizeof answer, &n, NULL,
                             NULL);
    g_assert_cmpuint (n, <=, 4);
  }
  check_reaches (relay, "127.0.0.1", server->port);
  server_stop (server);
}

static void
test_too_many (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func (g_object_unref);
  ShotRelayCounters     counters;

  for (unsigned i = 0; i < SHOT_RELAY_MAX_CONNECTIONS; i++) {
    GIOStream *stream = connect_to (relay, "127.0.0.1", server->port, NULL);
    g_assert_nonnull (stream);
    g_ptr_array_add (held, stream);
  }
  /* One more waits for its turn; it gets it when another leaves. */
  g_autoptr (GIOStream) waiting = connect_raw (relay);
  shot_relay_get_counters (relay, &counters);
  g_assert_cmpuint (counters.n_open, ==, SHOT_RELAY_MAX_CONNECTIONS);
  g_assert_cmpuint (counters.n_connections, ==, SHOT_RELAY_MAX_CONNECTIONS);
  g_ptr_array_set_size (held, SHOT_RELAY_MAX_CONNECTIONS - 1);
  uint8_t answer[2];
  size_t  n = 0;
  g_output_stream_write_all (g_io_stream_get_output_stream (waiting), "\x05\x01\x02", 3, NULL, NULL,
                             NULL);
  g_input_stream_read_all (g_io_stream_get_input_stream (waiting), answer, 2, &n, NULL, NULL);
  g_assert_cmpmem (answer, n, "\x05\x02", 2);
  server_stop (server);
}

static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, size_t n_fields, void *user_data)
{
  if (level == G_LOG_LEVEL_WARNING)
    g_atomic_int_inc ((int *) user_data);
  return level == G_LOG_LEVEL_DEBUG ? G_LOG_WRITER_HANDLED
                                    : g_log_writer_standard_streams (level, fields, n_fields, NULL);
}

static int n_warnings; /* (atomic) */

/* Room for our own end of a connection alone. */
static void
use_up_descriptors (GArray *fds)
{
  int fd;

  while ((fd = dup (0)) >= 0)
    g_array_append_val (fds, fd);
  close (g_array_index (fds, int, fds->len - 1));
  g_array_set_size (fds, fds->len - 1);
}

/* With one descriptor and nothing else; NULL when the relay was quicker to take it. */
static GSocket *
try_connect (ShotRelay *relay)
{
  g_autoptr (ShotSecret)     uri = shot_relay_make_uri (relay, "raw");
  unsigned                   port = (unsigned) atoi (strrchr (shot_secret_reveal (uri), ':') + 1);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GSocket)        socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                                    G_SOCKET_PROTOCOL_TCP, NULL);

  if (socket == NULL || !g_socket_connect (socket, address, NULL, NULL))
    return NULL;
  return g_steal_pointer (&socket);
}

/* The relay cannot accept, says so, and recovers. */
static void
test_no_descriptors (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (GArray)    fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func (g_object_unref);
  int                   n_before = g_atomic_int_get (&n_warnings);
  ShotRelayCounters     counters = { 0 };
  struct rlimit         limit, low;

  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  /* GLib ends a process that has no descriptor left for a main context: let it make those first. */
  check_reaches (relay, "127.0.0.1", server->port);
  shot_relay_get_counters (relay, &counters);
  uint64_t n_first = counters.n_connections;
  getrlimit (RLIMIT_NOFILE, &limit);
  low = limit;
  low.rlim_cur = 200;
  setrlimit (RLIMIT_NOFILE, &low);
  /* Threads of the tests before may still give descriptors back, and the relay takes them. */
  while (g_atomic_int_get (&n_warnings) == n_before) {
    use_up_descriptors (fds);
    GSocket *socket = try_connect (relay);
    if (socket == NULL)
      continue;
    g_ptr_array_add (held, socket);
    do {
      g_thread_yield ();
      shot_relay_get_counters (relay, &counters);
    } while (counters.n_connections - n_first < held->len &&
             g_atomic_int_get (&n_warnings) == n_before);
  }
  for (unsigned i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  setrlimit (RLIMIT_NOFILE, &limit);
  check_reaches (relay, "127.0.0.1", server->port);
  server_stop (server);
}

static void
test_proxies (void)
{
  static const char *const answers[] = { "127.0.0.1", NULL };
  static const char *const direct[] = { "*.direct.example", "127.0.0.0/8", NULL };
  Server                  *server = server_start ("127.0.0.1", 0, serve_echo);
  Server                  *proxy = server_start ("127.0.0.1", 0, serve_http_proxy);
  g_autoptr (TestResolver) near = test_resolver_new (answers);
  g_autoptr (TestResolver) far = test_resolver_new (answers);
  g_autoptr (ShotRelay)    upstream = make_relay (NULL, 0, far, NULL, NULL);
  g_autoptr (ShotSecret)   upstream_uri = shot_relay_make_uri (upstream, "upstream");
  g_autofree char *http = g_strdup_printf ("http://user:pass%%20word@127.0.0.1:%u", proxy->port);
  g_autofree char *wrong = g_strdup_printf ("http://user:guess@127.0.0.1:%u", proxy->port);
  g_autoptr (ShotRelay) by_socks = make_relay (NULL, 0, near, shot_secret_reveal (upstream_uri),
                                               direct);
  g_autoptr (ShotRelay) by_http = make_relay (NULL, 0, near, http, direct);
  g_autoptr (ShotRelay) by_wrong = make_relay (NULL, 0, near, wrong, direct);
  g_autoptr (ShotRelay) listed = make_relay ("127.0.0.1", server->port, near, http, NULL);

  check_reaches (by_socks, "only-the-proxy-knows.example", server->port);
  check_reaches (by_socks, "only-the-proxy-knows.example", server->port);
  g_assert_cmpint (near->n_lookups, ==, 0);
  g_assert_cmpint (far->n_lookups, ==, 2);
  check_reaches (by_socks, "a.direct.example", server->port);
  check_reaches (by_socks, "127.0.0.1", server->port);
  g_assert_cmpint (near->n_lookups, ==, 1);
  g_assert_cmpint (far->n_lookups, ==, 2);

  g_autoptr (GError)    error = NULL;
  g_autoptr (GIOStream) stream = connect_to (by_http, "only-the-proxy-knows.example", server->port,
                                             &error);
  g_assert_no_error (error);
  check_echo (stream, "x");
  check_fails (by_wrong, "only-the-proxy-knows.example", server->port, G_IO_ERROR_PROXY_FAILED);

  /* The proxy must not reach for us what we may not. */
  int n_before = g_atomic_int_get (&proxy->n_accepted);
  check_fails (by_http, "169.254.169.254", 80, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (by_http, "metadata.google.internal", 80, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (listed, "only-the-proxy-knows.example", server->port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  g_assert_cmpint (g_atomic_int_get (&proxy->n_accepted), ==, n_before);
  server_stop (proxy);
  server_stop (server);
}

/* Loopback is this machine, not the proxy's; "*" is everything. */
static void
test_without_proxy (void)
{
  static const char *const answers[] = { "127.0.0.1", NULL };
  static const char *const all[] = { "x.example", "*", NULL };
  Server                  *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (TestResolver) resolver = test_resolver_new (answers);
  g_autoptr (ShotRelay)    relay = make_relay (NULL, 0, resolver, "127.0.0.1:1", NULL);
  g_autoptr (ShotRelay)    never = make_relay (NULL, 0, resolver, "127.0.0.1:1", all);

  check_reaches (relay, "127.0.0.1", server->port);
  check_reaches (relay, "::ffff:127.0.0.1", server->port);
  check_reaches (relay, "localhost", server->port);
  check_reaches (relay, "grafana.localhost", server->port);
  check_reaches (never, "other.example", server->port);
  server_stop (server);
}

/* Not "connection refused", which would be said of the target. */
static void
test_proxy_is_away (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autofree char      *proxy = g_strdup_printf ("127.0.0.1:%u", server->port);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, proxy, NULL);
  int                   n_before = g_atomic_int_get (&n_warnings);

  server_stop (server);
  check_fails (relay, "target.example", 80, G_IO_ERROR_PROXY_FAILED);
  check_fails (relay, "other.example", 80, G_IO_ERROR_PROXY_FAILED);
  g_assert_cmpint (g_atomic_int_get (&n_warnings), ==, n_before + 1);
}

static void
test_own_port (void)
{
  g_autoptr (ShotRelay)  relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (ShotSecret) uri = shot_relay_make_uri (relay, "job-1");
  unsigned               port = (unsigned) atoi (strrchr (shot_secret_reveal (uri), ':') + 1);

  check_fails (relay, "127.0.0.1", port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "localhost", port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  check_fails (relay, "::ffff:127.0.0.1", port, G_IO_ERROR_PROXY_NOT_ALLOWED);
  g_autoptr (GPtrArray)   refusals = shot_relay_take_refusals (relay, "job-1");
  const ShotRelayRefusal *first = g_ptr_array_index (refusals, 0);
  g_assert_nonnull (strstr (first->reason, "the relay for pages itself"));
}

static void
test_bad_proxies (void)
{
  static const char *const bad[] = {
    "",        "socks4://proxy:1080", "ftp://proxy",
    "http://", "http://s3cret@",      "http://u:s3cret/x@proxy:1"
  };
  g_autoptr (ShotAllow) allow = make_allow (NULL, 0);

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (ShotSecret) proxy = shot_secret_new (bad[i]);
    ShotRelayOptions       options = { .allow = allow, .proxy = proxy };
    g_autoptr (GError)     error = NULL;
    g_assert_null (shot_relay_new (&options, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_null (strstr (error->message, "s3cret"));
  }
}

/* The whole handshake in one go, as a client may that waits for no answer. */
static void
ask_for_name (GIOStream *stream, const ShotSecret *uri)
{
  g_autofree char       *password = read_password (uri);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const uint8_t *) "\x05\x01\x02\x01\x01x\x30", 7);
  g_byte_array_append (bytes, (const uint8_t *) password, 48);
  g_byte_array_append (bytes, (const uint8_t *) "\x05\x01\x00\x03\x01n\x00\x50", 8);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (stream), bytes->data,
                                            bytes->len, NULL, NULL, NULL));
}

/* With clients in every state: greeting, dialing, open. */
static void
test_end (void)
{
  static const char *const silent[] = { "never", NULL };
  Server                  *server = server_start ("127.0.0.1", 0, serve_echo);
  g_autoptr (TestResolver) resolver = test_resolver_new (silent);
  ShotRelay               *relay = make_relay (NULL, 0, resolver, NULL, NULL);
  g_autoptr (ShotSecret)   uri = shot_relay_make_uri (relay, "x");
  g_autoptr (GIOStream)    greeting = connect_raw (relay);
  g_autoptr (GIOStream)    dialing = connect_raw (relay);
  g_autoptr (GIOStream)    open = connect_to (relay, "127.0.0.1", server->port, NULL);
  char                     byte;

  check_echo (open, "hello");
  ask_for_name (dialing, uri);
  while (g_atomic_int_get (&resolver->n_lookups) == 0)
    g_thread_yield ();
  shot_relay_free (relay);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (open), &byte, 1, NULL, NULL),
                   <=, 0);
  g_assert_cmpint (
      g_input_stream_read (g_io_stream_get_input_stream (greeting), &byte, 1, NULL, NULL), <=, 0);
  server_stop (server);
}

/* A client that leaves while its name is looked up takes the look-up with it. */
static void
test_hang_up (void)
{
  static const char *const silent[] = { "never", NULL };
  g_autoptr (TestResolver) resolver = test_resolver_new (silent);
  g_autoptr (ShotRelay)    relay = make_relay (NULL, 0, resolver, NULL, NULL);
  g_autoptr (ShotSecret)   uri = shot_relay_make_uri (relay, "x");
  g_autoptr (GIOStream)    stream = connect_raw (relay);

  ask_for_name (stream, uri);
  while (g_atomic_int_get (&resolver->n_lookups) == 0)
    g_thread_yield ();
  g_io_stream_close (stream, NULL, NULL);
  g_assert_cmpuint (count_at_rest (relay).n_connections, ==, 1);
}

/* Ten seconds long: a client that says nothing, and one that stops in the middle. */
static void
test_slow_handshake (void)
{
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (GIOStream) silent = connect_raw (relay);
  g_autoptr (GIOStream) half = connect_raw (relay);
  int64_t               start_us = g_get_monotonic_time ();
  char                  byte;

  g_output_stream_write_all (g_io_stream_get_output_stream (half), "\x05\x02\x02", 3, NULL, NULL,
                             NULL);
  g_assert_cmpint (
      g_input_stream_read (g_io_stream_get_input_stream (silent), &byte, 1, NULL, NULL), <=, 0);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (half), &byte, 1, NULL, NULL),
                   <=, 0);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 15 * G_USEC_PER_SEC);
}

/* --- figures ----------------------------------------------------------------------------- */

static double
time_bulk_ms (GIOStream *stream)
{
  g_autofree uint8_t *bytes = g_malloc (BULK_BYTES);
  int64_t             best_us = G_MAXINT64;
  size_t              n = 0;

  for (unsigned i = 0; i < 30; i++) {
    int64_t start_us = g_get_monotonic_time ();
    g_output_stream_write_all (g_io_stream_get_output_stream (stream), "x", 1, NULL, NULL, NULL);
    g_input_stream_read_all (g_io_stream_get_input_stream (stream), bytes, BULK_BYTES, &n, NULL,
                             NULL);
    g_assert_cmpuint (n, ==, BULK_BYTES);
    best_us = MIN (best_us, g_get_monotonic_time () - start_us);
  }
  return (double) best_us / 1000;
}

static double
time_connects_ms (ShotRelay *relay, unsigned port)
{
  int64_t start_us = g_get_monotonic_time ();

  for (unsigned i = 0; i < 200; i++) {
    g_autoptr (GIOStream) stream = relay != NULL
                                       ? connect_to (relay, "127.0.0.1", port, NULL)
                                       : connect_by ("direct://", "127.0.0.1", port, NULL);
    g_assert_nonnull (stream);
  }
  return (double) (g_get_monotonic_time () - start_us) / 1000 / 200;
}

static void
test_figures (void)
{
  Server               *server = server_start ("127.0.0.1", 0, serve_bulk);
  g_autoptr (ShotRelay) relay = make_relay (NULL, 0, NULL, NULL, NULL);
  g_autoptr (GIOStream) direct = connect_by ("direct://", "127.0.0.1", server->port, NULL);
  g_autoptr (GIOStream) relayed = connect_to (relay, "127.0.0.1", server->port, NULL);

  g_test_message ("3.4 MB: direct %.2f ms, relayed %.2f ms", time_bulk_ms (direct),
                  time_bulk_ms (relayed));
  g_test_message ("a connection: direct %.3f ms, relayed %.3f ms",
                  time_connects_ms (NULL, server->port), time_connects_ms (relay, server->port));
  server_stop (server);
}

int
main (int argc, char **argv)
{
  g_log_set_writer_func (count_warnings, &n_warnings, NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay/carries", test_carries);
  g_test_add_func ("/relay/half-close", test_half_close);
  g_test_add_func ("/relay/refuses", test_refuses);
  g_test_add_func ("/relay/refusals-are-bounded", test_refusals_are_bounded);
  g_test_add_func ("/relay/login", test_login);
  g_test_add_func ("/relay/names", test_names);
  g_test_add_func ("/relay/rebinding", test_rebinding);
  g_test_add_func ("/relay/next-address", test_next_address);
  g_test_add_func ("/relay/nonsense", test_nonsense);
  g_test_add_func ("/relay/too-many", test_too_many);
  g_test_add_func ("/relay/no-descriptors", test_no_descriptors);
  g_test_add_func ("/relay/proxies", test_proxies);
  g_test_add_func ("/relay/without-proxy", test_without_proxy);
  g_test_add_func ("/relay/proxy-is-away", test_proxy_is_away);
  g_test_add_func ("/relay/own-port", test_own_port);
  g_test_add_func ("/relay/bad-proxies", test_bad_proxies);
  g_test_add_func ("/relay/end", test_end);
  g_test_add_func ("/relay/hang-up", test_hang_up);
  g_test_add_func ("/relay/slow-handshake", test_slow_handshake);
  if (g_test_perf ())
    g_test_add_func ("/relay/figures", test_figures);
  return g_test_run ();
}
