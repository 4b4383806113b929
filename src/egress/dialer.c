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
  GSocketClient  *proxied;  /* (owned) */
};

/* One connect. */
typedef struct {
  ShotDialer *dialer; /* (borrowed) */
  ShotHost    host;
  unsigned    port;
} Call;

static void
call_free (void *data)
{
  Call *call = data;

  shot_host_clear (&call->host);
  g_free (call);
}

/* --- construction ------------------------------------------------------------------------ */

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
  self->direct = g_socket_client_new ();
  g_socket_client_set_enable_proxy (self->direct, FALSE);
  g_socket_client_set_timeout (self->direct, CONNECT_TIMEOUT_S);
  self->proxied = g_socket_client_new ();
  g_socket_client_set_timeout (self->proxied, CONNECT_TIMEOUT_S);
  if (upstream != NULL) {
    self->proxies = g_simple_proxy_resolver_new (shot_secret_reveal (upstream), (char **) no_proxy);
    g_socket_client_set_proxy_resolver (self->proxied, self->proxies);
  }
  return self;
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
  g_object_unref (self->proxied);
  g_free (self);
}

/* --- connecting -------------------------------------------------------------------------- */

static void
connected_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  g_autoptr (GTask)             task = user_data;
  GError                       *error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_finish (
      G_SOCKET_CLIENT (source), result, &error);

  if (connection == NULL) {
    g_task_return_error (task, error);
    return;
  }
  /* The client's limit is for connecting; left in force it would end quiet connections. */
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_socket_set_timeout (socket, 0);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_keepalive (socket, TRUE);
  g_task_return_pointer (task, g_steal_pointer (&connection), g_object_unref);
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
    if (shot_allow_check_address (call->dialer->allow, &call->host, call->port, item->data, &error))
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

static bool
has_proxy (ShotDialer *self, const Call *call)
{
  if (self->proxies == NULL)
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
  GError                        *error = NULL;

  if (!shot_allow_check_unresolved (self->allow, &call->host, call->port, &error)) {
    g_task_return_error (task, error);
    return;
  }
  g_socket_client_connect_async (self->proxied, place, g_task_get_cancellable (task), connected_cb,
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
