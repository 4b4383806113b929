#include "config.h"

#include "listener.h"

#include <string.h>

#include "error.h"

#define BACKLOG 128
#define RETRY_MS 100

struct _ShotListener {
  GSocketListener     *listener;    /* (owned) */
  GCancellable        *cancellable; /* (owned) */
  ShotListenerAccepted accepted;
  void                *user_data; /* (borrowed) */
  char                *address;   /* (owned) */
  unsigned             port;
  unsigned             retry_timer;
  bool                 is_loopback;
  bool                 has_failed; /* the last accept */
};

typedef struct {
  char    *host; /* (owned): "" for all */
  unsigned port;
} Target;

static gboolean
fail (const char *address, GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "cannot listen on \"%s\": give ADDRESS:PORT, such as 127.0.0.1:8081, [::1]:8081 "
               "or :8081",
               address);
  return FALSE;
}

static gboolean
parse (const char *address, Target *out_target, GError **error)
{
  const char *colon = strrchr (address, ':');
  guint64     port = 0;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    return fail (address, error);

  size_t           length = (size_t) (colon - address);
  bool             has_brackets = length >= 2 && address[0] == '[' && colon[-1] == ']';
  g_autofree char *host = has_brackets ? g_strndup (address + 1, length - 2)
                                       : g_strndup (address, length);
  if (!has_brackets && strchr (host, ':') != NULL)
    return fail (address, error);
  if (g_str_equal (host, "localhost")) {
    g_free (host);
    host = g_strdup ("127.0.0.1");
  }
  if (*host != '\0' && !g_hostname_is_ip_address (host))
    return fail (address, error);
  out_target->host = g_steal_pointer (&host);
  out_target->port = (unsigned) port;
  return TRUE;
}

static gboolean
bind_to (ShotListener *self, const Target *target, GError **error)
{
  if (*target->host == '\0') {
    self->port = target->port;
    if (target->port == 0)
      self->port = g_socket_listener_add_any_inet_port (self->listener, NULL, error);
    else if (!g_socket_listener_add_inet_port (self->listener, (guint16) target->port, NULL, error))
      return FALSE;
    self->address = g_strdup_printf (":%u", self->port);
    return self->port != 0;
  }

  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (target->host,
                                                                             target->port);
  g_autoptr (GSocketAddress) effective = NULL;
  GInetSocketAddress        *inet = NULL;
  if (!g_socket_listener_add_address (self->listener, wanted, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &effective, error))
    return FALSE;
  inet = G_INET_SOCKET_ADDRESS (effective);
  self->port = g_inet_socket_address_get_port (inet);
  self->is_loopback = g_inet_address_get_is_loopback (g_inet_socket_address_get_address (inet));
  self->address = g_strdup_printf (strchr (target->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                                   target->host, self->port);
  return TRUE;
}

static void accept_next (ShotListener *self);

static gboolean
retry_cb (void *user_data)
{
  ShotListener *self = user_data;

  self->retry_timer = 0;
  accept_next (self);
  return G_SOURCE_REMOVE;
}

static void
accept_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  ShotListener                 *self = user_data;
  g_autoptr (GError)            error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_listener_accept_finish (
      G_SOCKET_LISTENER (source), result, NULL, &error);

  /* Cancelled by the end of the listener, which is freed then. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL) {
    /* Mostly too many open files; at once, it would only fail again. */
    if (!self->has_failed)
      g_warning ("cannot accept connections: %s; trying on", error->message);
    self->has_failed = true;
    self->retry_timer = g_timeout_add (RETRY_MS, retry_cb, self);
    return;
  }
  self->has_failed = false;
  self->accepted (connection, self->user_data);
  accept_next (self);
}

static void
accept_next (ShotListener *self)
{
  g_socket_listener_accept_async (self->listener, self->cancellable, accept_cb, self);
}

ShotListener *
shot_listener_new (const char *address, ShotListenerAccepted accepted, void *user_data,
                   GError **error)
{
  Target             target = { 0 };
  g_autoptr (GError) cause = NULL;

  if (!parse (address, &target, error))
    return NULL;

  ShotListener *self = g_new0 (ShotListener, 1);
  self->listener = g_socket_listener_new ();
  self->cancellable = g_cancellable_new ();
  self->accepted = accepted;
  self->user_data = user_data;
  g_socket_listener_set_backlog (self->listener, BACKLOG);

  gboolean is_bound = bind_to (self, &target, &cause);
  g_free (target.host);
  if (!is_bound) {
    bool is_taken = g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "cannot listen on %s: %s", address,
                 is_taken ? "the port is in use: stop the program that has it, or give --listen "
                            "another"
                          : cause->message);
    shot_listener_free (self);
    return NULL;
  }
  accept_next (self);
  return self;
}

void
shot_listener_free (ShotListener *self)
{
  if (self == NULL)
    return;
  if (self->retry_timer != 0)
    g_source_remove (self->retry_timer);
  g_cancellable_cancel (self->cancellable);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->cancellable);
  g_free (self->address);
  g_free (self);
}

unsigned
shot_listener_get_port (const ShotListener *self)
{
  return self->port;
}

const char *
shot_listener_get_address (const ShotListener *self)
{
  return self->address;
}

bool
shot_listener_is_loopback (const ShotListener *self)
{
  return self->is_loopback;
}
