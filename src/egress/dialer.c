#include "config.h"

#include "dialer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>

#include "addresses.h"
#include "error.h"
#include "proxy.h"

#define CONNECT_TIMEOUT_S 30
#define MAX_ADDRESSES 16

struct _ShotDialer {
  ShotAllow      *allow;    /* (owned) */
  GResolver      *resolver; /* (owned) (nullable): the default one of the moment */
  GProxyResolver *proxies;  /* (owned) (nullable): without an upstream proxy */
  GSocketClient  *direct;   /* (owned) */
  unsigned        own_port; /* of the relay, 0 while it has none */
  bool            has_proxy_failed;
};

/* One connect. */
typedef struct {
  ShotDialer *dialer; /* (borrowed) */
  ShotHost    host;
  unsigned    port;
  bool        has_met_proxy; /* and spoken to it */
} Call;

static void
call_free (void *data)
{
  Call *call = data;

  shot_host_clear (&call->host);
  g_free (call);
}

/* The system takes ::ffff:127.0.0.1 for 127.0.0.1. */
static bool
is_loopback (GInetAddress *address)
{
  static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

  return g_inet_address_get_is_loopback (address) ||
         (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
          memcmp (g_inet_address_to_bytes (address), mapped, sizeof mapped) == 0);
}

/* --- the upstream proxy ------------------------------------------------------------------ */

/* Told once until the proxy is well again: a page may try a hundred times. */
static void
note_proxy (ShotDialer *self, const GError *error)
{
  if (error != NULL && !self->has_proxy_failed)
    g_warning ("the proxy for pages cannot be used: %s; see target.proxy and target.no-proxy",
               error->message);
  self->has_proxy_failed = error != NULL;
}

static bool
is_login_error (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH);
}

/* --- construction ------------------------------------------------------------------------ */

static GSocketClient *
make_client (void)
{
  GSocketClient *client = g_socket_client_new ();

  g_socket_client_set_timeout (client, CONNECT_TIMEOUT_S);
  return client;
}

ShotDialer *
shot_dialer_new (ShotAllow *allow, GResolver *resolver, const ShotSecret *proxy,
                 const char *const *no_proxy, GError **error)
{
  g_autoptr (ShotSecret) upstream = NULL;

  if (proxy != NULL) {
    upstream = shot_proxy_parse (shot_secret_reveal (proxy), error);
    if (upstream == NULL) {
      g_prefix_error (error, "the proxy's address cannot be used: ");
      return NULL;
    }
  }

  ShotDialer *self = g_new0 (ShotDialer, 1);
  self->allow = shot_allow_ref (allow);
  self->resolver = resolver != NULL ? g_object_ref (resolver) : NULL;
  self->direct = make_client ();
  g_socket_client_set_enable_proxy (self->direct, FALSE);
  /* GIO takes "*" for the name of a host. */
  if (upstream != NULL && (no_proxy == NULL || !g_strv_contains (no_proxy, "*")))
    self->proxies = g_simple_proxy_resolver_new (shot_secret_reveal (upstream), (char **) no_proxy);
  return self;
}

void
shot_dialer_refuse_own_port (ShotDialer *self, unsigned port)
{
  self->own_port = port;
}

void
shot_dialer_free (ShotDialer *self)
{
  if (self == NULL)
    return;
  shot_allow_unref (self->allow);
  g_clear_object (&self->resolver);
  g_clear_object (&self->proxies);
  g_object_unref (self->direct);
  g_free (self);
}

/* --- connecting -------------------------------------------------------------------------- */

static void
take_connection (GTask *task, GSocketConnection *connection)
{
  /* The client's limit is for connecting; left in force it would end quiet connections. */
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_socket_set_timeout (socket, 0);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_keepalive (socket, TRUE);
  g_task_return_pointer (task, connection, g_object_unref);
}

static void
connected_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  GError            *error = NULL;
  GSocketConnection *connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result,
                                                                  &error);

  if (connection != NULL)
    take_connection (task, connection);
  else
    g_task_return_error (task, error);
}

/* The client is about to speak to the proxy: until then a failure is the proxy's own. */
static void
event_cb (GSocketClient *client, GSocketClientEvent event, GSocketConnectable *place,
          GIOStream *stream, void *user_data)
{
  Call *call = g_task_get_task_data (user_data);

  if (event == G_SOCKET_CLIENT_PROXY_NEGOTIATING)
    call->has_met_proxy = true;
}

static void
proxied_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)  task = user_data;
  Call              *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result,
                                                                  &error);

  if (connection != NULL) {
    note_proxy (call->dialer, NULL);
    take_connection (task, connection);
    return;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      (call->has_met_proxy && !is_login_error (error))) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  note_proxy (call->dialer, error);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PROXY_FAILED,
                           "the proxy cannot be used: %s", error->message);
}

static gboolean
check_address (const Call *call, GInetAddress *address, GError **error)
{
  /* Each attempt would take two of the relay's places, and nobody means it. */
  if (call->port == call->dialer->own_port && is_loopback (address)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                 "port %u of this machine may not be reached: the relay for pages itself listens "
                 "there; start the target at another port",
                 call->port);
    return FALSE;
  }
  return shot_allow_check_address (call->dialer->allow, &call->host, call->port, address, error);
}

/* Takes @task. @addresses: (element-type GInetAddress) */
static void
connect_to (GTask *task, GList *addresses)
{
  g_autoptr (GTask)         owned = task;
  const Call               *call = g_task_get_task_data (task);
  g_autoptr (ShotAddresses) allowed = shot_addresses_new ();
  GError                   *refusal = NULL;

  for (GList *item = addresses; item != NULL; item = item->next) {
    GError *error = NULL;
    if (shot_addresses_get_length (allowed) >= MAX_ADDRESSES)
      break;
    if (check_address (call, item->data, &error))
      shot_addresses_add (allowed, item->data, call->port);
    else if (refusal == NULL)
      refusal = error;
    else
      g_error_free (error);
  }
  if (shot_addresses_get_length (allowed) == 0) {
    g_task_return_error (task, refusal);
    return;
  }
  g_clear_error (&refusal);
  g_socket_client_connect_async (call->dialer->direct, G_SOCKET_CONNECTABLE (allowed),
                                 g_task_get_cancellable (task), connected_cb,
                                 g_steal_pointer (&owned));
}

static void
resolved_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  GTask  *task = user_data;
  GError *error = NULL;
  GList  *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (addresses == NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  connect_to (task, addresses);
  g_resolver_free_addresses (addresses);
}

/* This machine is not where a proxy would find it; browsers and Go see it so, too. */
static bool
is_local (const ShotHost *host)
{
  if (host->address != NULL)
    return is_loopback (host->address);
  return g_str_equal (host->name, "localhost") || g_str_has_suffix (host->name, ".localhost");
}

static bool
has_proxy (ShotDialer *self, const Call *call)
{
  if (self->proxies == NULL || is_local (&call->host))
    return false;

  g_autofree char *place = shot_host_and_port (&call->host, call->port);
  g_autofree char *uri = g_strdup_printf ("none://%s", place);
  g_auto (GStrv)   found = g_proxy_resolver_lookup (self->proxies, uri, NULL, NULL);

  return found == NULL || found[0] == NULL || !g_str_equal (found[0], "direct://");
}

static void
connect_through_proxy (ShotDialer *self, GTask *task)
{
  const Call                    *call = g_task_get_task_data (task);
  g_autofree char               *host = shot_host_to_text (&call->host);
  g_autoptr (GSocketConnectable) place = g_network_address_new (host, (guint16) call->port);
  g_autoptr (GSocketClient)      client = make_client ();
  GError                        *error = NULL;

  if (!shot_allow_check_unresolved (self->allow, &call->host, call->port, &error)) {
    g_task_return_error (task, error);
    return;
  }
  g_socket_client_set_proxy_resolver (client, self->proxies);
  g_signal_connect_object (client, "event", G_CALLBACK (event_cb), task, 0);
  g_socket_client_connect_async (client, place, g_task_get_cancellable (task), proxied_cb,
                                 g_object_ref (task));
}

static void
connect_directly (ShotDialer *self, GTask *task)
{
  const Call           *call = g_task_get_task_data (task);
  g_autoptr (GResolver) resolver = self->resolver != NULL ? g_object_ref (self->resolver)
                                                          : g_resolver_get_default ();

  if (call->host.address == NULL) {
    g_resolver_lookup_by_name_async (resolver, call->host.name, g_task_get_cancellable (task),
                                     resolved_cb, g_object_ref (task));
    return;
  }
  GList only = { .data = call->host.address };
  connect_to (g_object_ref (task), &only);
}

void
shot_dialer_connect_async (ShotDialer *self, const char *host, unsigned port,
                           GCancellable *cancellable, GAsyncReadyCallback callback, void *user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Call             *call = g_new0 (Call, 1);
  GError           *error = NULL;

  g_task_set_task_data (task, call, call_free);
  call->dialer = self;
  call->port = port;
  if (!shot_host_parse (host, &call->host, &error) ||
      !shot_allow_check_host (self->allow, &call->host, port, &error))
    g_task_return_error (task, error);
  else if (has_proxy (self, call))
    connect_through_proxy (self, task);
  else
    connect_directly (self, task);
}

GSocketConnection *
shot_dialer_connect_finish (ShotDialer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
