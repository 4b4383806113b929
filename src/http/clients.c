#include "config.h"

#include "clients.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "head.h"
#include "replay.h"
#include "tls-stream.h"

#define CHUNK_BYTES 4096
#define LINGER_MS 1000
/* Slower than this nobody may read what is long. */
#define LEAST_BYTES_PER_MS 32
#define MAX_SEND_MS (60 * 60 * 1000)
/* Then it connects anew, as others want a place, too. */
#define MAX_TURNS 1000

typedef enum {
  PHASE_HANDSHAKE,
  PHASE_HEADERS,
  PHASE_REFUSED,
  PHASE_BODY,
  PHASE_WAITING,
  PHASE_SENDING,
  PHASE_DROPPED,
} Phase;

/* Lives as long as its connection object, which may be longer than ShotClients. */
typedef struct {
  ShotClients       *clients;    /* (borrowed) (nullable): NULL once those are gone */
  GSocketConnection *connection; /* (borrowed) */
  GSocketAddress    *remote;     /* (owned) */
  GList              link;       /* in clients->list, unless DROPPED */
  Phase              phase;
  bool               is_endless; /* no deadline for the answer */
  unsigned           more_ms;    /* for the answer, as it is long */
  bool               can_turn;   /* it is known where the request ends */
  bool               is_kept;    /* for another request */
  bool               is_written; /* all of the answer */
  unsigned           n_turns;
  unsigned           timer;
  GIOStream         *stream; /* (owned) (nullable): while we read from it, so the last to go */
  GIOStream         *turn;   /* (borrowed): the same, while libsoup's stream holds it */
  GByteArray        *head;   /* (owned): of the request, and what has come behind it */
} Client;

/* In a reference counted box: messages may tell of themselves when the server has ended. */
struct _ShotClients {
  SoupServer        *soup; /* (borrowed) */
  ShotClientsOptions options;
  unsigned long      started_handler;
  GQueue             list; /* (element-type Client): first to last, without the dropped ones */
  /* (element-type GSocketAddress Client), both borrowed: the client's address as an object, which
   * is all that a message knows of its connection */
  GHashTable *by_address;
};

static const char *
phase_to_string (Phase phase)
{
  switch (phase) {
  case PHASE_HANDSHAKE:
    return "handshake";
  case PHASE_HEADERS:
    return "headers";
  case PHASE_REFUSED:
    return "refusal";
  case PHASE_BODY:
    return "body";
  case PHASE_WAITING:
    return "waiting";
  case PHASE_SENDING:
    return "sending";
  case PHASE_DROPPED:
    return "dropped";
  }
  g_assert_not_reached ();
}

static void
disarm (Client *client)
{
  if (client->timer != 0)
    g_source_remove (client->timer);
  client->timer = 0;
}

static void
connection_gone_cb (void *user_data, GObject *connection)
{
  Client *client = user_data;

  disarm (client);
  if (client->clients != NULL) {
    g_hash_table_remove (client->clients->by_address, client->remote);
    if (client->phase != PHASE_DROPPED)
      g_queue_unlink (&client->clients->list, &client->link);
  }
  g_object_unref (client->remote);
  g_byte_array_unref (client->head);
  g_free (client);
}

/* libsoup finds the socket at its end, and lets go of it. */
static void
drop (Client *client, const char *why)
{
  g_debug ("a connection is dropped in its %s: %s", phase_to_string (client->phase), why);
  disarm (client);
  g_queue_unlink (&client->clients->list, &client->link);
  client->phase = PHASE_DROPPED;
  g_socket_shutdown (g_socket_connection_get_socket (client->connection), TRUE, TRUE, NULL);
}

static gboolean
deadline_cb (void *user_data)
{
  Client *client = user_data;

  client->timer = 0;
  drop (client, "its time is up");
  return G_SOURCE_REMOVE;
}

static void
set_phase (Client *client, Phase phase)
{
  const ShotClientsOptions *options = &client->clients->options;

  /* A refusal may be on its way before the body has come. */
  if (phase <= client->phase)
    return;
  client->phase = phase;
  if (phase == PHASE_HEADERS)
    return;
  disarm (client);
  if (phase == PHASE_REFUSED)
    client->timer = g_timeout_add (LINGER_MS, deadline_cb, client);
  else if (phase == PHASE_BODY)
    client->timer = g_timeout_add (options->body_timeout_ms, deadline_cb, client);
  else if (phase == PHASE_SENDING && !client->is_endless)
    client->timer = g_timeout_add (options->send_timeout_ms + client->more_ms, deadline_cb, client);
}

static Client *
find (ShotClients *self, SoupServerMessage *message)
{
  return g_hash_table_lookup (self->by_address, soup_server_message_get_remote_address (message));
}

static void
advance (ShotClients *self, SoupServerMessage *message, Phase phase)
{
  Client *client = find (self, message);

  if (client != NULL)
    set_phase (client, phase);
}

static void
got_headers_cb (SoupServerMessage *message, void *user_data)
{
  advance (user_data, message, PHASE_BODY);
}

static void
got_body_cb (SoupServerMessage *message, void *user_data)
{
  advance (user_data, message, PHASE_WAITING);
}

static void
wrote_headers_cb (SoupServerMessage *message, void *user_data)
{
  advance (user_data, message, PHASE_SENDING);
}

static void
wrote_body_cb (SoupServerMessage *message, void *user_data)
{
  Client *client = find (user_data, message);

  if (client != NULL)
    client->is_written = true;
}

static void
clear (void *data)
{
  ShotClients *self = data;

  g_hash_table_unref (self->by_address);
}

static void
release_cb (void *data, GClosure *closure)
{
  g_rc_box_release_full (data, clear);
}

static void
request_started_cb (SoupServer *soup, SoupServerMessage *message, void *user_data)
{
  static const struct {
    const char *signal;
    GCallback   callback;
  } rows[] = {
    { "got-headers", G_CALLBACK (got_headers_cb) },
    { "got-body", G_CALLBACK (got_body_cb) },
    { "wrote-headers", G_CALLBACK (wrote_headers_cb) },
    { "wrote-body", G_CALLBACK (wrote_body_cb) },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_signal_connect_data (message, rows[i].signal, rows[i].callback, g_rc_box_acquire (user_data),
                           release_cb, 0);
}

/* The end of our reading. Frees the client, unless libsoup has its connection now. */
static void
let_go (Client *client)
{
  g_object_unref (g_steal_pointer (&client->stream));
}

static void advance_head (Client *client, size_t n_judged);
static void read_on (Client *client);

/* Out of libsoup's hands. */
static gboolean
turn_cb (void *user_data)
{
  Client *client = user_data;

  client->timer = 0;
  if (client->clients == NULL || client->phase == PHASE_DROPPED) {
    let_go (client);
    return G_SOURCE_REMOVE;
  }
  client->timer = g_timeout_add (client->clients->options.keep_timeout_ms, deadline_cb, client);
  if (client->head->len > 0)
    advance_head (client, 0);
  else
    read_on (client);
  return G_SOURCE_REMOVE;
}

/* libsoup is done with what it had of the connection. */
static void
turned_cb (bool is_whole, void *user_data)
{
  Client *client = user_data; /* alive, as the stream that closes holds its connection */

  if (client->clients == NULL || client->phase != PHASE_SENDING || !client->is_kept ||
      !client->is_written || !is_whole) {
    g_io_stream_close (client->turn, NULL, NULL);
    return;
  }
  disarm (client);
  client->n_turns++;
  client->phase = PHASE_HEADERS;
  client->is_kept = false;
  client->is_written = false;
  client->more_ms = 0;
  client->stream = g_object_ref (client->turn);
  client->timer = g_idle_add (turn_cb, client);
}

/* Lets libsoup have the request that the head belongs to, and nothing of what is behind it. */
static GIOStream *
make_turn (Client *client)
{
  const char        *text = (const char *) client->head->data;
  size_t             length = client->head->len;
  size_t             n_empty = shot_head_count_empty (text, length);
  size_t             n_head = 0;
  uint64_t           n_body = 0;
  size_t             n_own = length;
  GIOStream         *stream;
  g_autoptr (GBytes) head = NULL;

  client->can_turn = shot_head_measure (text, length, &n_head, &n_body);
  if (client->can_turn)
    n_own = n_head + (size_t) MIN (n_body, length - n_head);
  head = g_bytes_new (text + n_empty, n_own - n_empty);
  stream = shot_replay_new (client->stream, head);
  if (client->can_turn) {
    client->turn = client->stream;
    shot_replay_set_turn (stream, n_head + n_body - n_own, turned_cb, client);
  }
  g_byte_array_remove_range (client->head, 0, (unsigned) n_own);
  return stream;
}

static void
hand_over (Client *client)
{
  ShotClients               *self = client->clients;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (client->connection,
                                                                            NULL);
  g_autoptr (GIOStream)      stream = make_turn (client);
  g_autoptr (GError)         error = NULL;

  if (local == NULL)
    drop (client, "it has no address any more");
  else if (!soup_server_accept_iostream (self->soup, stream, local, client->remote, &error))
    g_warning ("cannot serve a connection: %s", error->message);
  let_go (client);
}

/* libsoup has no phrase for 431, so it is taken from @reason. What still comes is read for a while:
 * to close now would take the answer back (RFC 9112, 9.6). */
static void
refuse (Client *client, unsigned status, const char *reason)
{
  GOutputStream   *output = g_io_stream_get_output_stream (client->stream);
  g_autofree char *text = g_strdup_printf ("HTTP/1.1 %u %.*s\r\nConnection: close\r\n"
                                           "Content-Type: text/plain; charset=utf-8\r\n"
                                           "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s\n",
                                           status, (int) strcspn (reason, ":"), reason,
                                           strlen (reason) + 1, reason);

  /* The first bytes on their way: they fit, or nobody is there. */
  g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (output), text,
                                              strlen (text), NULL, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (client->connection), FALSE, TRUE, NULL);
  g_info ("a request was refused status=%u: %s", status, reason);
  set_phase (client, PHASE_REFUSED);
}

/* @n_judged: how much of the head was there before. */
static void
advance_head (Client *client, size_t n_judged)
{
  const GByteArray *head = client->head;
  unsigned          status = 0;
  const char       *reason = NULL;

  switch (shot_head_judge ((const char *) head->data, head->len, n_judged, &status, &reason)) {
  case SHOT_HEAD_INCOMPLETE:
    read_on (client);
    return;
  case SHOT_HEAD_GOOD:
    hand_over (client);
    return;
  case SHOT_HEAD_BAD:
    refuse (client, status, reason);
    read_on (client);
    return;
  }
  g_assert_not_reached ();
}

static void
read_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  Client *client = user_data; /* alive, as it holds its stream */
  gssize  length = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (length <= 0 || client->clients == NULL || client->phase == PHASE_DROPPED) {
    let_go (client);
    return;
  }

  unsigned n_judged = client->head->len - CHUNK_BYTES;
  g_byte_array_set_size (client->head, n_judged + (unsigned) length);
  if (client->phase == PHASE_REFUSED)
    read_on (client);
  else
    advance_head (client, n_judged);
}

static void
read_on (Client *client)
{
  GInputStream *input = g_io_stream_get_input_stream (client->stream);

  if (client->phase == PHASE_REFUSED)
    g_byte_array_set_size (client->head, 0);
  g_byte_array_set_size (client->head, client->head->len + CHUNK_BYTES);
  g_input_stream_read_async (input, client->head->data + client->head->len - CHUNK_BYTES,
                             CHUNK_BYTES, G_PRIORITY_DEFAULT, NULL, read_cb, client);
}

/* Takes @stream. */
static void
start_reading (Client *client, GIOStream *stream)
{
  client->stream = stream;
  set_phase (client, PHASE_HEADERS);
  read_on (client);
}

static void
handshake_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GIOStream) stream = G_IO_STREAM (source);
  Client               *client = user_data; /* alive, as the stream holds its connection */
  g_autoptr (GError)    error = NULL;

  if (!shot_tls_stream_handshake_finish (stream, result, &error))
    g_debug ("TLS handshake failed: %s", error->message);
  else if (client->clients == NULL || client->phase == PHASE_DROPPED)
    g_debug ("TLS handshake came too late");
  else
    start_reading (client, g_steal_pointer (&stream));
}

static void
start_tls (ShotClients *self, Client *client)
{
  GIOStream *stream = shot_certificate_wrap (self->options.certificate, client->connection);

  shot_tls_stream_handshake_async (stream, handshake_cb, client);
}

/* Descriptors are needed for pictures and engines too. */
static unsigned
get_max_connections (unsigned wanted)
{
  struct rlimit limit;
  unsigned      max = wanted > 0 ? wanted : SHOT_CLIENTS_MAX;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return max;
  return (unsigned) MAX (1, MIN (max, limit.rlim_cur / 2));
}

ShotClients *
shot_clients_new (SoupServer *soup, const ShotClientsOptions *options)
{
  ShotClients *self = g_rc_box_new0 (ShotClients);

  self->soup = soup;
  self->options = *options;
  if (self->options.header_timeout_ms == 0)
    self->options.header_timeout_ms = SHOT_CLIENTS_HEADER_TIMEOUT_MS;
  if (self->options.body_timeout_ms == 0)
    self->options.body_timeout_ms = SHOT_CLIENTS_BODY_TIMEOUT_MS;
  if (self->options.send_timeout_ms == 0)
    self->options.send_timeout_ms = SHOT_CLIENTS_SEND_TIMEOUT_MS;
  if (self->options.keep_timeout_ms == 0)
    self->options.keep_timeout_ms = SHOT_CLIENTS_KEEP_TIMEOUT_MS;
  self->options.max_connections = get_max_connections (options->max_connections);
  g_queue_init (&self->list);
  self->by_address = g_hash_table_new (NULL, NULL);
  self->started_handler = g_signal_connect (soup, "request-started",
                                            G_CALLBACK (request_started_cb), self);
  return self;
}

void
shot_clients_free (ShotClients *self)
{
  GHashTableIter iter;
  void          *value;

  if (self == NULL)
    return;
  g_signal_handler_disconnect (self->soup, self->started_handler);
  while (!g_queue_is_empty (&self->list))
    drop (g_queue_peek_head (&self->list), "the server ends");
  g_hash_table_iter_init (&iter, self->by_address);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((Client *) value)->clients = NULL;
  g_hash_table_remove_all (self->by_address);
  g_rc_box_release_full (self, clear);
}

/* False when all are busy. */
static bool
make_room (ShotClients *self)
{
  GList *at = self->list.head;

  if (self->list.length < self->options.max_connections)
    return true;
  while (at != NULL && ((Client *) at->data)->phase > PHASE_BODY)
    at = at->next;
  if (at == NULL) {
    g_debug ("a connection is refused: all %u places are busy", self->list.length);
    return false;
  }
  drop (at->data, "all places are taken, and it has not asked for anything yet");
  return true;
}

void
shot_clients_accept (ShotClients *self, GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  /* Closed by its last reference. */
  if (remote == NULL || !make_room (self))
    return;

  /* libsoup writes head and body apart: the body must not wait until the head is acknowledged, which
   * takes 40 ms. */
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, 1,
                       NULL);

  Client *client = g_new0 (Client, 1);
  client->clients = self;
  client->connection = connection;
  client->remote = g_steal_pointer (&remote);
  client->link.data = client;
  client->head = g_byte_array_new ();
  g_queue_push_tail_link (&self->list, &client->link);
  g_hash_table_insert (self->by_address, client->remote, client);
  g_object_weak_ref (G_OBJECT (connection), connection_gone_cb, client);
  client->timer = g_timeout_add (self->options.header_timeout_ms, deadline_cb, client);
  if (self->options.certificate != NULL)
    start_tls (self, client);
  else
    start_reading (client, G_IO_STREAM (g_object_ref (connection)));
}

unsigned
shot_clients_get_count (const ShotClients *self)
{
  return self->list.length;
}

GSocket *
shot_clients_find_socket (ShotClients *self, SoupServerMessage *message)
{
  Client *client = find (self, message);

  return client != NULL ? g_socket_connection_get_socket (client->connection) : NULL;
}

void
shot_clients_set_endless (ShotClients *self, SoupServerMessage *message)
{
  Client *client = find (self, message);

  if (client != NULL)
    client->is_endless = true;
}

void
shot_clients_set_length (ShotClients *self, SoupServerMessage *message, uint64_t length)
{
  Client *client = find (self, message);

  if (client != NULL)
    client->more_ms = (unsigned) MIN (length / LEAST_BYTES_PER_MS, MAX_SEND_MS);
}

bool
shot_clients_keep (ShotClients *self, SoupServerMessage *message)
{
  Client *client = find (self, message);

  if (client == NULL || !client->can_turn || client->is_endless || client->n_turns >= MAX_TURNS)
    return false;
  client->is_kept = true;
  return true;
}

void
shot_clients_drop (ShotClients *self, SoupServerMessage *message)
{
  Client *client = find (self, message);

  if (client != NULL && client->phase != PHASE_DROPPED)
    drop (client, "it does not read what it is sent");
}
