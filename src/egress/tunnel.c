/* tunnel.c: a client's way through SOCKS
 *
 *   state     waits for                    within     leaves by
 *   GREETING  the methods it offers        10 s       LOGIN
 *   LOGIN     user and password            the same   REQUEST
 *   REQUEST   host and port                the same   DIALING
 *   DIALING   the dialer                   60 s       OPEN
 *   OPEN      the end of both directions   idle time  CLOSED
 *
 * Running out of time, an error and a client that hangs up all lead to CLOSED.
 */
#include "config.h"

#include "tunnel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "error.h"
#include "pump.h"
#include "socks.h"

#define HANDSHAKE_MS 10000
#define DIALING_MS 60000
/* Longer than the longest render, in which a query may be silent; a page's sockets go with it. */
#define IDLE_MS (35 * 60 * 1000)
#define HALF_CLOSED_IDLE_MS 60000

/* Room for what a client sends ahead. */
#define BUFFER_BYTES 4096
G_STATIC_ASSERT (BUFFER_BYTES >= SHOT_SOCKS_MAX_BYTES && BUFFER_BYTES <= SHOT_PUMP_BYTES);

typedef enum {
  STATE_GREETING,
  STATE_LOGIN,
  STATE_REQUEST,
  STATE_DIALING,
  STATE_OPEN,
  STATE_CLOSED,
} State;

struct _ShotTunnel {
  /* Given. */
  GSocketConnection      *client; /* (owned) */
  ShotDialer             *dialer; /* (borrowed) */
  const ShotTunnelEvents *events; /* (borrowed) */
  void                   *user_data;

  /* In progress. */
  State              state;
  GSource           *source; /* (owned) (nullable): the client has sent something */
  GSource           *timer;  /* (owned) (nullable) */
  GCancellable      *cancellable;
  gboolean           is_dialing; /* its callback is still to come */
  GSocketConnection *upstream;   /* (owned) (nullable) */
  ShotPump          *up;         /* (owned) (nullable): client to upstream, until it ends */
  ShotPump          *down;       /* (owned) (nullable) */
  int64_t            moved_ms;
  uint8_t            buffer[BUFFER_BYTES];
  size_t             length; /* of what is in it */

  /* Learned. */
  char    *user; /* (owned) (nullable) */
  char    *host; /* (owned) (nullable) */
  unsigned port;
};

static void advance (ShotTunnel *self);
static void set_timer (ShotTunnel *self, int64_t ms);

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
set_state (ShotTunnel *self, State state)
{
  static const char *const names[] = {
    "greeting", "login", "request", "dialing", "open", "closed"
  };

  g_assert (state == self->state + 1 || state == STATE_CLOSED);
  g_debug ("id=%s egress %s:%u is %s", self->user != NULL ? self->user : "-",
           self->host != NULL ? self->host : "-", self->port, names[state]);
  self->state = state;
}

static void
close_connection (GSocketConnection *connection)
{
  /* The sockets do not block, so neither does this. */
  if (connection != NULL)
    g_socket_close (g_socket_connection_get_socket (connection), NULL);
}

void
shot_tunnel_close (ShotTunnel *self)
{
  if (self->state != STATE_CLOSED) {
    set_state (self, STATE_CLOSED);
    clear_source (&self->source);
    clear_source (&self->timer);
    g_clear_pointer (&self->up, shot_pump_free);
    g_clear_pointer (&self->down, shot_pump_free);
    close_connection (self->client);
    close_connection (self->upstream);
    g_cancellable_cancel (self->cancellable);
  }
  if (!self->is_dialing)
    self->events->closed (self, self->user_data);
}

void
shot_tunnel_free (ShotTunnel *self)
{
  g_assert (self->state == STATE_CLOSED && !self->is_dialing);
  g_object_unref (self->client);
  g_clear_object (&self->upstream);
  g_object_unref (self->cancellable);
  g_free (self->user);
  g_free (self->host);
  g_free (self);
}

/* --- time -------------------------------------------------------------------------------- */

static gboolean
timer_cb (void *user_data)
{
  ShotTunnel *self = user_data;
  int64_t     limit_ms = self->up != NULL && self->down != NULL ? IDLE_MS : HALF_CLOSED_IDLE_MS;
  int64_t     left_ms = self->moved_ms + limit_ms - shot_clock_now_ms ();

  if (self->state == STATE_OPEN && left_ms > 0)
    set_timer (self, left_ms);
  else
    shot_tunnel_close (self);
  return G_SOURCE_REMOVE;
}

static void
set_timer (ShotTunnel *self, int64_t ms)
{
  clear_source (&self->timer);
  self->timer = g_timeout_source_new ((guint) ms);
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

/* --- open -------------------------------------------------------------------------------- */

/* What one side has ended, the other must learn, and may go on speaking for its part. */
static void
direction_ended (ShotTunnel *self, ShotPump **pump, GSocketConnection *receiver, bool is_broken)
{
  g_clear_pointer (pump, shot_pump_free);
  if (is_broken || (self->up == NULL && self->down == NULL) ||
      !g_socket_shutdown (g_socket_connection_get_socket (receiver), FALSE, TRUE, NULL)) {
    shot_tunnel_close (self);
    return;
  }
  self->moved_ms = shot_clock_now_ms ();
  set_timer (self, HALF_CLOSED_IDLE_MS);
}

static void
up_ended_cb (bool is_broken, void *user_data)
{
  ShotTunnel *self = user_data;

  direction_ended (self, &self->up, self->upstream, is_broken);
}

static void
down_ended_cb (bool is_broken, void *user_data)
{
  ShotTunnel *self = user_data;

  direction_ended (self, &self->down, self->client, is_broken);
}

static void
up_moved_cb (size_t n_bytes, void *user_data)
{
  ShotTunnel *self = user_data;

  self->moved_ms = shot_clock_now_ms ();
  self->events->moved (n_bytes, 0, self->user_data);
}

static void
down_moved_cb (size_t n_bytes, void *user_data)
{
  ShotTunnel *self = user_data;

  self->moved_ms = shot_clock_now_ms ();
  self->events->moved (0, n_bytes, self->user_data);
}

static void
open_pumps (ShotTunnel *self)
{
  static const ShotPumpEvents up_events = { .moved = up_moved_cb, .ended = up_ended_cb };
  static const ShotPumpEvents down_events = { .moved = down_moved_cb, .ended = down_ended_cb };
  GIOStream                  *client = G_IO_STREAM (self->client);
  GIOStream                  *upstream = G_IO_STREAM (self->upstream);

  clear_source (&self->source);
  self->moved_ms = shot_clock_now_ms ();
  set_timer (self, IDLE_MS);
  self->up = shot_pump_new (g_io_stream_get_input_stream (client),
                            g_io_stream_get_output_stream (upstream), &up_events, self);
  self->down = shot_pump_new (g_io_stream_get_input_stream (upstream),
                              g_io_stream_get_output_stream (client), &down_events, self);
  shot_pump_start (self->up, self->buffer, self->length);
  shot_pump_start (self->down, NULL, 0);
}

/* --- dialing ----------------------------------------------------------------------------- */

/* A few bytes always fit into a socket that nothing was written to. */
static gboolean
answer (ShotTunnel *self, const uint8_t *bytes, size_t length)
{
  GOutputStream *stream = g_io_stream_get_output_stream (G_IO_STREAM (self->client));

  return g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (stream), bytes,
                                                     length, NULL, NULL) == (gssize) length;
}

static gboolean
reply (ShotTunnel *self, ShotSocksReply code)
{
  uint8_t bytes[SHOT_SOCKS_REPLY_BYTES];

  shot_socks_write_reply (bytes, code);
  return answer (self, bytes, sizeof bytes);
}

static ShotSocksReply
reply_for (const GError *error)
{
  static const struct {
    int            code;
    ShotSocksReply reply;
  } rows[] = {
    { G_IO_ERROR_CONNECTION_REFUSED, SHOT_SOCKS_REFUSED },
    { G_IO_ERROR_NETWORK_UNREACHABLE, SHOT_SOCKS_NETWORK_UNREACHABLE },
    { G_IO_ERROR_HOST_UNREACHABLE, SHOT_SOCKS_HOST_UNREACHABLE },
    { G_IO_ERROR_TIMED_OUT, SHOT_SOCKS_HOST_UNREACHABLE },
  };

  if (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_REFUSED))
    return SHOT_SOCKS_NOT_ALLOWED;
  if (error->domain == G_RESOLVER_ERROR)
    return SHOT_SOCKS_HOST_UNREACHABLE;
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_error_matches (error, G_IO_ERROR, rows[i].code))
      return rows[i].reply;
  }
  return SHOT_SOCKS_FAILED;
}

static void
dialed_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotTunnel        *self = user_data;
  g_autoptr (GError) error = NULL;

  self->is_dialing = FALSE;
  self->upstream = shot_dialer_connect_finish (self->dialer, result, &error);
  if (self->state == STATE_CLOSED) {
    close_connection (self->upstream);
    shot_tunnel_close (self);
    return;
  }
  if (self->upstream != NULL) {
    advance (self);
    return;
  }
  ShotSocksReply code = reply_for (error);
  g_debug ("id=%s egress %s:%u failed: %s", self->user, self->host, self->port, error->message);
  if (code == SHOT_SOCKS_NOT_ALLOWED) {
    g_autofree char *target = g_strdup_printf ("%s:%u", self->host, self->port);
    self->events->refused (self->user, target, error->message, self->user_data);
  }
  reply (self, code);
  shot_tunnel_close (self);
}

static void
dial (ShotTunnel *self)
{
  set_state (self, STATE_DIALING);
  set_timer (self, DIALING_MS);
  self->is_dialing = TRUE;
  shot_dialer_connect_async (self->dialer, self->host, self->port, self->cancellable, dialed_cb,
                             self);
}

/* --- the handshake ----------------------------------------------------------------------- */

/* Each of these takes one message. Returns as the readers of socks.h do. */
static int
take_greeting (ShotTunnel *self)
{
  bool    offers_password = false;
  uint8_t bytes[SHOT_SOCKS_ANSWER_BYTES];
  int     n_bytes = shot_socks_read_greeting (self->buffer, self->length, &offers_password);

  if (n_bytes <= 0)
    return n_bytes;
  shot_socks_write_method (bytes,
                           offers_password ? SHOT_SOCKS_METHOD_PASSWORD : SHOT_SOCKS_METHOD_NONE);
  if (!answer (self, bytes, sizeof bytes) || !offers_password)
    return -1;
  set_state (self, STATE_LOGIN);
  return n_bytes;
}

static int
take_login (ShotTunnel *self)
{
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  uint8_t          bytes[SHOT_SOCKS_ANSWER_BYTES];
  int              n_bytes = shot_socks_read_login (self->buffer, self->length, &user, &password);

  if (n_bytes <= 0)
    return n_bytes;
  gboolean is_known = self->events->login (password, self->user_data);
  shot_socks_write_login (bytes, is_known);
  if (!answer (self, bytes, sizeof bytes) || !is_known)
    return -1;
  self->user = g_utf8_make_valid (user, -1);
  set_state (self, STATE_REQUEST);
  return n_bytes;
}

static int
take_request (ShotTunnel *self)
{
  ShotSocksReply code = SHOT_SOCKS_SUCCEEDED;
  int n_bytes = shot_socks_read_request (self->buffer, self->length, &self->host, &self->port,
                                         &code);

  if (n_bytes <= 0)
    return n_bytes;
  if (code != SHOT_SOCKS_SUCCEEDED) {
    reply (self, code);
    return -1;
  }
  dial (self);
  return n_bytes;
}

static gboolean
readable_cb (GObject *stream, void *user_data)
{
  ShotTunnel        *self = user_data;
  g_autoptr (GError) error = NULL;
  gssize             n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream),
                                                                   self->buffer + self->length,
                                                                   sizeof self->buffer - self->length, NULL,
                                                                   &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  if (n <= 0) {
    shot_tunnel_close (self);
    return G_SOURCE_REMOVE;
  }
  self->length += (size_t) n;
  gboolean is_full = self->length == sizeof self->buffer;
  if (is_full)
    clear_source (&self->source);
  advance (self);
  return is_full ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
advance (ShotTunnel *self)
{
  int n_bytes = 0;

  do {
    switch (self->state) {
    case STATE_GREETING:
      n_bytes = take_greeting (self);
      break;
    case STATE_LOGIN:
      n_bytes = take_login (self);
      break;
    case STATE_REQUEST:
      n_bytes = take_request (self);
      break;
    case STATE_DIALING:
      n_bytes = 0;
      if (self->upstream == NULL)
        break;
      set_state (self, STATE_OPEN);
      if (reply (self, SHOT_SOCKS_SUCCEEDED))
        open_pumps (self);
      else
        n_bytes = -1;
      break;
    case STATE_OPEN:
    case STATE_CLOSED:
      n_bytes = 0;
      break;
    }
    if (n_bytes > 0) {
      self->length -= (size_t) n_bytes;
      memmove (self->buffer, self->buffer + n_bytes, self->length);
    }
  } while (n_bytes > 0);
  if (n_bytes < 0)
    shot_tunnel_close (self);
}

ShotTunnel *
shot_tunnel_new (GSocketConnection *client, ShotDialer *dialer, const ShotTunnelEvents *events,
                 void *user_data)
{
  ShotTunnel   *self = g_new0 (ShotTunnel, 1);
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (client));

  self->client = g_object_ref (client);
  self->dialer = dialer;
  self->events = events;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  g_socket_set_option (g_socket_connection_get_socket (client), IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  set_timer (self, HANDSHAKE_MS);
  self->source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (stream), NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (readable_cb), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}
