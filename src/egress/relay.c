#include "config.h"

#include "relay.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "dialer.h"
#include "error.h"
#include "tunnel.h"

#define PASSWORD_BYTES 24
#define BACKLOG 128

/* After a failure to accept, mostly for want of descriptors. */
#define RETRY_MS 100

struct _ShotRelay {
  /* Set once. */
  ShotDialer   *dialer;   /* (owned) */
  ShotSecret   *password; /* (owned) */
  unsigned      port;
  GMainContext *context; /* (owned) */
  GMainLoop    *loop;    /* (owned) */
  GThread      *thread;  /* (owned) */

  /* The relay's thread. */
  GSocketListener *listener;    /* (owned) */
  GCancellable    *cancellable; /* (owned): of accepting */
  GHashTable      *tunnels;     /* (owned): a set of ShotTunnel */
  GSource         *retry;       /* (owned) (nullable) */
  bool             is_accepting;
  bool             is_stopping;

  /* Any thread, under the lock. */
  GMutex            mutex;
  GHashTable       *refusals; /* (owned) (element-type utf8 GPtrArray): by job */
  GQueue            jobs; /* (element-type utf8): the keys of refusals, oldest first (borrowed) */
  ShotRelayCounters counters;
};

static void accept_next (ShotRelay *self);

/* --- records ----------------------------------------------------------------------------- */

static void
refusal_free (void *data)
{
  ShotRelayRefusal *refusal = data;

  g_free (refusal->target);
  g_free (refusal->reason);
  g_free (refusal);
}

/* (transfer full) (nullable) */
static GPtrArray *
steal_refusals (ShotRelay *self, const char *job_id)
{
  char      *key = NULL;
  GPtrArray *list = NULL;

  if (!g_hash_table_steal_extended (self->refusals, job_id, (void **) &key, (void **) &list))
    return NULL;
  g_queue_remove (&self->jobs, key);
  g_free (key);
  return list;
}

static GPtrArray *
ensure_refusals (ShotRelay *self, const char *job_id)
{
  GPtrArray *list = g_hash_table_lookup (self->refusals, job_id);

  if (list != NULL)
    return list;
  if (self->jobs.length >= SHOT_RELAY_MAX_JOBS)
    g_ptr_array_unref (steal_refusals (self, g_queue_peek_head (&self->jobs)));
  char *key = g_strdup (job_id);
  list = g_ptr_array_new_with_free_func (refusal_free);
  g_hash_table_insert (self->refusals, key, list);
  g_queue_push_tail (&self->jobs, key);
  return list;
}

static bool
is_known (const GPtrArray *list, const char *target)
{
  for (unsigned i = 0; i < list->len; i++) {
    const ShotRelayRefusal *refusal = g_ptr_array_index (list, i);
    if (g_str_equal (refusal->target, target))
      return true;
  }
  return false;
}

static void
refused_cb (const char *job_id, const char *target, const char *reason, void *user_data)
{
  ShotRelay *self = user_data;

  g_mutex_lock (&self->mutex);
  self->counters.n_refused++;
  GPtrArray *list = ensure_refusals (self, job_id);
  if (list->len < SHOT_RELAY_MAX_REFUSALS && !is_known (list, target)) {
    ShotRelayRefusal *refusal = g_new0 (ShotRelayRefusal, 1);
    refusal->target = g_strdup (target);
    refusal->reason = g_strdup (reason);
    g_ptr_array_add (list, refusal);
  }
  g_mutex_unlock (&self->mutex);
}

static void
moved_cb (size_t n_up_bytes, size_t n_down_bytes, void *user_data)
{
  ShotRelay *self = user_data;

  g_mutex_lock (&self->mutex);
  self->counters.up_bytes += n_up_bytes;
  self->counters.down_bytes += n_down_bytes;
  g_mutex_unlock (&self->mutex);
}

static void
count_connection (ShotRelay *self, bool is_new)
{
  g_mutex_lock (&self->mutex);
  self->counters.n_connections += is_new;
  self->counters.n_open = g_hash_table_size (self->tunnels);
  g_mutex_unlock (&self->mutex);
}

GPtrArray *
shot_relay_take_refusals (ShotRelay *self, const char *job_id)
{
  g_mutex_lock (&self->mutex);
  GPtrArray *list = steal_refusals (self, job_id);
  g_mutex_unlock (&self->mutex);
  return list != NULL ? list : g_ptr_array_new_with_free_func (refusal_free);
}

void
shot_relay_get_counters (ShotRelay *self, ShotRelayCounters *out_counters)
{
  g_mutex_lock (&self->mutex);
  *out_counters = self->counters;
  g_mutex_unlock (&self->mutex);
}

/* --- the relay's thread ------------------------------------------------------------------ */

static void
quit_when_done (ShotRelay *self)
{
  if (self->is_stopping && !self->is_accepting && g_hash_table_size (self->tunnels) == 0)
    g_main_loop_quit (self->loop);
}

static gboolean
login_cb (const char *password, void *user_data)
{
  return shot_secret_equal (((ShotRelay *) user_data)->password, password);
}

static void
closed_cb (ShotTunnel *tunnel, void *user_data)
{
  ShotRelay *self = user_data;

  g_hash_table_remove (self->tunnels, tunnel);
  shot_tunnel_free (tunnel);
  count_connection (self, false);
  accept_next (self);
  quit_when_done (self);
}

static gboolean
retry_cb (void *user_data)
{
  ShotRelay *self = user_data;

  g_clear_pointer (&self->retry, g_source_unref);
  accept_next (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (ShotRelay *self)
{
  self->retry = g_timeout_source_new (RETRY_MS);
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);
}

static void
accepted_cb (GObject *source, GAsyncResult *result, void *user_data)
{
  static const ShotTunnelEvents events = {
    .login = login_cb, .refused = refused_cb, .moved = moved_cb, .closed = closed_cb
  };
  ShotRelay                    *self = user_data;
  g_autoptr (GError)            error = NULL;
  g_autoptr (GSocketConnection) client = g_socket_listener_accept_finish (
      G_SOCKET_LISTENER (source), result, NULL, &error);

  self->is_accepting = false;
  if (self->is_stopping) {
    quit_when_done (self);
    return;
  }
  if (client == NULL) {
    g_warning ("the relay cannot accept a connection: %s: raise the limit of open files",
               error->message);
    retry_later (self);
    return;
  }
  g_hash_table_add (self->tunnels, shot_tunnel_new (client, self->dialer, &events, self));
  count_connection (self, true);
  accept_next (self);
}

static void
accept_next (ShotRelay *self)
{
  if (self->is_accepting || self->is_stopping || self->retry != NULL ||
      g_hash_table_size (self->tunnels) >= SHOT_RELAY_MAX_CONNECTIONS)
    return;
  self->is_accepting = true;
  g_socket_listener_accept_async (self->listener, self->cancellable, accepted_cb, self);
}

static void
close_cb (void *key, void *value, void *user_data)
{
  shot_tunnel_close (key);
}

static gboolean
stop_cb (void *user_data)
{
  ShotRelay *self = user_data;

  self->is_stopping = true;
  g_cancellable_cancel (self->cancellable);
  g_socket_listener_close (self->listener);
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
  /* Closing takes tunnels out of the set, perhaps at once. */
  g_autoptr (GHashTable) all = g_hash_table_new (NULL, NULL);
  GHashTableIter         iter;
  void                  *tunnel;
  g_hash_table_iter_init (&iter, self->tunnels);
  while (g_hash_table_iter_next (&iter, &tunnel, NULL))
    g_hash_table_add (all, tunnel);
  g_hash_table_foreach (all, close_cb, NULL);
  quit_when_done (self);
  return G_SOURCE_REMOVE;
}

static gboolean
start_cb (void *user_data)
{
  accept_next (user_data);
  return G_SOURCE_REMOVE;
}

static void
invoke (ShotRelay *self, GSourceFunc function)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, function, self, NULL);
  g_source_attach (source, self->context);
}

static void *
thread_main (void *data)
{
  ShotRelay *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

/* --- life -------------------------------------------------------------------------------- */

static ShotSecret *
make_password (void)
{
  uint8_t bytes[PASSWORD_BYTES];
  char    text[2 * PASSWORD_BYTES + 1] = { 0 };

  /* So few bytes come whole, once the kernel has any at all. */
  if (getrandom (bytes, sizeof bytes, 0) != (ssize_t) sizeof bytes)
    return NULL;
  for (size_t i = 0; i < sizeof bytes; i++)
    g_snprintf (text + 2 * i, 3, "%02x", bytes[i]);
  ShotSecret *password = shot_secret_new (text);
  explicit_bzero (bytes, sizeof bytes);
  explicit_bzero (text, sizeof text);
  return password;
}

static gboolean
start_listening (ShotRelay *self, GError **error)
{
  g_autoptr (GInetAddress)   loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError)         cause = NULL;

  self->password = make_password ();
  g_socket_listener_set_backlog (self->listener, BACKLOG);
  if (self->password == NULL ||
      !g_socket_listener_add_address (self->listener, wanted, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &effective, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot start the relay for pages: %s",
                 cause != NULL ? cause->message : "the system has no random numbers");
    return FALSE;
  }
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  shot_dialer_refuse_own_port (self->dialer, self->port);
  return TRUE;
}

ShotRelay *
shot_relay_new (const ShotRelayOptions *options, GError **error)
{
  ShotDialer *dialer = shot_dialer_new (options->allow, options->resolver, options->proxy,
                                        options->no_proxy, error);

  if (dialer == NULL)
    return NULL;

  g_autoptr (ShotRelay) self = g_new0 (ShotRelay, 1);
  self->dialer = dialer;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->listener = g_socket_listener_new ();
  self->cancellable = g_cancellable_new ();
  self->tunnels = g_hash_table_new (NULL, NULL);
  self->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_ptr_array_unref);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->jobs);
  if (!start_listening (self, error))
    return NULL;
  self->thread = g_thread_new ("relay", thread_main, self);
  invoke (self, start_cb);
  return g_steal_pointer (&self);
}

void
shot_relay_free (ShotRelay *self)
{
  if (self == NULL)
    return;
  if (self->thread != NULL) {
    invoke (self, stop_cb);
    g_thread_join (self->thread);
  }
  shot_dialer_free (self->dialer);
  shot_secret_unref (self->password);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_object_unref (self->listener);
  g_object_unref (self->cancellable);
  g_hash_table_unref (self->tunnels);
  g_queue_clear (&self->jobs);
  g_hash_table_unref (self->refusals);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

ShotSecret *
shot_relay_make_uri (const ShotRelay *self, const char *job_id)
{
  g_autofree char *user = g_uri_escape_string (job_id, NULL, FALSE);
  g_autofree char *text = g_strdup_printf ("socks5://%s:%s@127.0.0.1:%u", user,
                                           shot_secret_reveal (self->password), self->port);
  ShotSecret      *uri = shot_secret_new (text);

  explicit_bzero (text, strlen (text));
  return uri;
}
