#include "config.h"

#include "addresses.h"

struct _ShotAddresses {
  GObject    parent_instance;
  GPtrArray *list; /* (owned) (element-type GSocketAddress) */
};

#define SHOT_TYPE_WALK (shot_walk_get_type ())
G_DECLARE_FINAL_TYPE (ShotWalk, shot_walk, SHOT, WALK, GSocketAddressEnumerator)

struct _ShotWalk {
  GSocketAddressEnumerator parent_instance;
  GPtrArray               *list; /* (owned) */
  unsigned                 next;
};

G_DEFINE_FINAL_TYPE (ShotWalk, shot_walk, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

static GSocketAddress *
walk_next (GSocketAddressEnumerator *enumerator, GCancellable *cancellable, GError **error)
{
  ShotWalk *self = SHOT_WALK (enumerator);

  if (g_cancellable_set_error_if_cancelled (cancellable, error) || self->next >= self->list->len)
    return NULL;
  return g_object_ref (g_ptr_array_index (self->list, self->next++));
}

static void
shot_walk_finalize (GObject *object)
{
  g_ptr_array_unref (SHOT_WALK (object)->list);
  G_OBJECT_CLASS (shot_walk_parent_class)->finalize (object);
}

static void
shot_walk_init (ShotWalk *self)
{
}

static void
shot_walk_class_init (ShotWalkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shot_walk_finalize;
  G_SOCKET_ADDRESS_ENUMERATOR_CLASS (klass)->next = walk_next;
}

static GSocketAddressEnumerator *
addresses_enumerate (GSocketConnectable *connectable)
{
  ShotWalk *walk = g_object_new (SHOT_TYPE_WALK, NULL);

  walk->list = g_ptr_array_ref (SHOT_ADDRESSES (connectable)->list);
  return G_SOCKET_ADDRESS_ENUMERATOR (walk);
}

static void
addresses_connectable_init (GSocketConnectableIface *iface)
{
  iface->enumerate = addresses_enumerate;
  iface->proxy_enumerate = addresses_enumerate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ShotAddresses, shot_addresses, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      addresses_connectable_init))

static void
shot_addresses_finalize (GObject *object)
{
  g_ptr_array_unref (SHOT_ADDRESSES (object)->list);
  G_OBJECT_CLASS (shot_addresses_parent_class)->finalize (object);
}

static void
shot_addresses_init (ShotAddresses *self)
{
  self->list = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
shot_addresses_class_init (ShotAddressesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = shot_addresses_finalize;
}

ShotAddresses *
shot_addresses_new (void)
{
  return g_object_new (SHOT_TYPE_ADDRESSES, NULL);
}

void
shot_addresses_add (ShotAddresses *self, GInetAddress *address, unsigned port)
{
  g_ptr_array_add (self->list, g_inet_socket_address_new (address, (guint16) port));
}

unsigned
shot_addresses_get_length (ShotAddresses *self)
{
  return self->list->len;
}
