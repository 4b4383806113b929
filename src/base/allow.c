#include "config.h"

#include "allow.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "error.h"

#define MAX_ENTRIES 1024
#define MAX_ENTRY_BYTES 512

typedef struct {
  char             *scheme; /* (owned) (nullable): any */
  unsigned          port;   /* 0: any */
  char             *name;   /* (owned) (nullable): a host, or what follows "*." */
  bool              is_wildcard;
  GInetAddressMask *mask; /* (owned) (nullable): instead of a name */
} Entry;

struct _ShotAllow {
  gatomicrefcount refs;
  GPtrArray      *entries; /* (owned) (element-type Entry) */
};

/* --- what no page needs ------------------------------------------------------------------ */

typedef struct {
  const char *range;
  const char *what;
} Row;

/* The clouds' addresses are those that they document; all but these lie in 169.254.0.0/16. */
static const Row refused_rows[] = {
  { "0.0.0.0/8", "an unspecified address" },
  { "169.254.0.0/16", "a link-local address, where clouds keep their metadata" },
  { "100.100.100.200/32", "a metadata address of Alibaba Cloud" },
  { "168.63.129.16/32", "the host address of Azure" },
  { "192.0.0.0/24", "a reserved address, where Oracle's older cloud keeps its metadata" },
  { "224.0.0.0/4", "a multicast address" },
  { "240.0.0.0/4", "a reserved or broadcast address" },
  { "::/128", "an unspecified address" },
  { "100::/64", "a discard address" },
  { "fe80::/10", "a link-local address, where clouds keep their metadata" },
  { "ff00::/8", "a multicast address" },
  { "fd00:ec2::/32", "an address of AWS's own services, its metadata among them" },
  { "fd20:ce::254/128", "the metadata address of Google Cloud" },
  { "fd00:c1::a9fe:a9fe/128", "the metadata address of Oracle Cloud" },
  { "fd00:42::42/128", "the metadata address of Scaleway" },
  { "fd00:a9fe:a9fe::1/128", "the metadata address of Linode" },
  { "fd00:100::100:200/128", "a metadata address of Alibaba Cloud" },
};

/* For when a proxy resolves; otherwise the address decides. */
static const char *const refused_names[] = {
  "metadata",      "metadata.google.internal",   "metadata.goog", "metadata.tencentyun.com",
  "instance-data", "instance-data.ec2.internal",
};

/* Where IPv6 addresses carry an IPv4 address that a gateway, or the system itself, would use. */
typedef struct {
  const char *range;
  unsigned    offset; /* of the four bytes */
  uint8_t     mask;   /* they are xored with it */
} Embedding;

static const Embedding embeddings[] = {
  { "::ffff:0:0/96", 12, 0 },     /* mapped */
  { "::/96", 12, 0 },             /* compatible */
  { "::ffff:0:0:0/96", 12, 0 },   /* translated, RFC 7915 */
  { "64:ff9b::/96", 12, 0 },      /* NAT64, RFC 6052 */
  { "64:ff9b:1::/48", 12, 0 },    /* local NAT64, RFC 8215 */
  { "2002::/16", 2, 0 },          /* 6to4, RFC 3056 */
  { "2001::/32", 4, 0 },          /* Teredo's server, RFC 4380 */
  { "2001::/32", 12, UINT8_MAX }, /* Teredo's client */
};

typedef struct {
  GInetAddressMask *refused[G_N_ELEMENTS (refused_rows)];
  GInetAddressMask *embedded[G_N_ELEMENTS (embeddings)];
} Tables;

static const Tables *
get_tables (void)
{
  static Tables tables;
  static gsize  once = 0;

  if (g_once_init_enter (&once)) {
    for (size_t i = 0; i < G_N_ELEMENTS (refused_rows); i++)
      tables.refused[i] = g_inet_address_mask_new_from_string (refused_rows[i].range, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS (embeddings); i++)
      tables.embedded[i] = g_inet_address_mask_new_from_string (embeddings[i].range, NULL);
    g_once_init_leave (&once, 1);
  }
  return &tables;
}

static bool
is_in (const GInetAddressMask *mask, GInetAddress *address)
{
  return g_inet_address_mask_matches ((GInetAddressMask *) mask, address);
}

/* NULL unless @address is an IPv6 one that carries an address so. (transfer full) (nullable) */
static GInetAddress *
extract (size_t embedding, GInetAddress *address)
{
  const Embedding *row = &embeddings[embedding];
  uint8_t          bytes[4];

  if (!is_in (get_tables ()->embedded[embedding], address))
    return NULL;
  memcpy (bytes, g_inet_address_to_bytes (address) + row->offset, sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] ^= row->mask;
  return g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV4);
}

/* (nullable): a static text */
static const char *
find_refused_range (GInetAddress *address)
{
  for (size_t i = 0; i < G_N_ELEMENTS (refused_rows); i++) {
    if (is_in (get_tables ()->refused[i], address))
      return refused_rows[i].what;
  }
  return NULL;
}

static const char *
find_refusal (GInetAddress *address)
{
  const char *what = find_refused_range (address);

  /* ::1 is loopback, not a way to write 0.0.0.1. */
  if (what != NULL || g_inet_address_get_is_loopback (address))
    return what;
  for (size_t i = 0; i < G_N_ELEMENTS (embeddings) && what == NULL; i++) {
    g_autoptr (GInetAddress) inner = extract (i, address);
    if (inner != NULL)
      what = find_refused_range (inner);
  }
  return what;
}

/* --- the list ---------------------------------------------------------------------------- */

static void
entry_free (void *data)
{
  Entry *entry = data;

  g_free (entry->scheme);
  g_free (entry->name);
  g_clear_object (&entry->mask);
  g_free (entry);
}

static gboolean
fail_entry (GError **error, const char *text)
{
  g_autofree char *quoted = g_strescape (text, NULL);

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "“%.100s” is not a target: write an origin (https://grafana.example:3000), a host "
               "(grafana.example, *.example.com), an address or a range (10.0.0.0/8), or *",
               quoted);
  return FALSE;
}

static gboolean
set_mask (Entry *entry, GInetAddress *address, unsigned length)
{
  entry->mask = g_inet_address_mask_new (address, length, NULL);
  return entry->mask != NULL;
}

static unsigned
count_bits (GInetAddress *address)
{
  return (unsigned) g_inet_address_get_native_size (address) * 8;
}

/* "10.0.0.0/8", "fd00::/8", "::1": all of the entry, there is no port. */
static gboolean
parse_bare_address (const char *text, Entry *entry)
{
  const char      *slash = strchr (text, '/');
  size_t           length = slash != NULL ? (size_t) (slash - text) : strlen (text);
  bool             has_brackets = length > 2 && text[0] == '[' && text[length - 1] == ']';
  g_autofree char *bare = g_strndup (text + has_brackets, length - 2 * has_brackets);
  uint64_t         bits;

  if (strchr (bare, '%') != NULL)
    return FALSE;
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (bare);
  if (address == NULL)
    return FALSE;
  if (slash == NULL)
    return set_mask (entry, address, count_bits (address));
  return g_ascii_string_to_unsigned (slash + 1, 10, 0, count_bits (address), &bits, NULL) &&
         set_mask (entry, address, (unsigned) bits);
}

/* "host", "*.host", "host:port". @text is changed. */
static gboolean
parse_host_and_port (char *text, Entry *entry)
{
  g_auto (ShotHost) host = { 0 };
  char             *bracket = strrchr (text, ']');
  char             *colon = strchr (bracket != NULL ? bracket : text, ':');

  if (colon != NULL) {
    *colon = '\0';
    if (!shot_port_parse (colon + 1, &entry->port))
      return FALSE;
  }
  if (g_str_equal (text, "*")) {
    entry->is_wildcard = true;
    entry->name = g_strdup ("");
    return TRUE;
  }
  entry->is_wildcard = g_str_has_prefix (text, "*.");
  if (!shot_host_parse (entry->is_wildcard ? text + 2 : text, &host, NULL))
    return FALSE;
  entry->name = g_steal_pointer (&host.name);
  if (host.address != NULL)
    return !entry->is_wildcard && set_mask (entry, host.address, count_bits (host.address));
  return TRUE;
}

static gboolean
parse_entry (const char *text, Entry *entry)
{
  g_autofree char *rest = g_strdup (text);
  char            *slashes = strstr (rest, "://");
  char            *start = rest;

  if (slashes == NULL && parse_bare_address (text, entry))
    return TRUE;
  if (slashes != NULL) {
    *slashes = '\0';
    entry->scheme = g_ascii_strdown (rest, -1);
    start = slashes + 3;
    if (!g_str_equal (entry->scheme, "http") && !g_str_equal (entry->scheme, "https"))
      return FALSE;
  }
  size_t length = strlen (start);
  if (entry->scheme != NULL && length > 1 && start[length - 1] == '/')
    start[length - 1] = '\0';
  if (strpbrk (start, "/\\?#@") != NULL || !parse_host_and_port (start, entry))
    return FALSE;
  if (entry->scheme != NULL && entry->port == 0)
    entry->port = g_str_equal (entry->scheme, "https") ? 443 : 80;
  return TRUE;
}

ShotAllow *
shot_allow_parse (const GPtrArray *entries, GError **error)
{
  g_autoptr (ShotAllow) self = g_new0 (ShotAllow, 1);

  g_atomic_ref_count_init (&self->refs);
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  if (entries != NULL && entries->len > MAX_ENTRIES) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the list of targets has %u entries, the most is %d: use wildcards or ranges",
                 entries->len, MAX_ENTRIES);
    return NULL;
  }
  for (unsigned i = 0; entries != NULL && i < entries->len; i++) {
    const char *text = g_ptr_array_index (entries, i);
    Entry      *entry = g_new0 (Entry, 1);

    g_ptr_array_add (self->entries, entry);
    if (strlen (text) > MAX_ENTRY_BYTES || !parse_entry (text, entry)) {
      fail_entry (error, text);
      return NULL;
    }
  }
  return g_steal_pointer (&self);
}

ShotAllow *
shot_allow_ref (ShotAllow *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
shot_allow_unref (ShotAllow *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/* --- checks ------------------------------------------------------------------------------ */

/* @scheme: NULL when it is not known. */
static bool
entry_fits (const Entry *entry, const char *scheme, unsigned port)
{
  return (entry->port == 0 || entry->port == port) &&
         (entry->scheme == NULL || scheme == NULL || g_str_equal (entry->scheme, scheme));
}

static bool
is_wild (const Entry *entry)
{
  return entry->is_wildcard && *entry->name == '\0';
}

static bool
entry_names (const Entry *entry, const char *name)
{
  if (entry->name == NULL)
    return false;
  if (is_wild (entry))
    return true;
  if (name == NULL)
    return false;
  if (!entry->is_wildcard)
    return g_str_equal (entry->name, name);
  size_t length = strlen (name), tail = strlen (entry->name);
  return length > tail + 1 && name[length - tail - 1] == '.' &&
         g_str_has_suffix (name, entry->name);
}

static bool
lists_name (const ShotAllow *self, const char *scheme, const char *name, unsigned port)
{
  for (unsigned i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);
    if (entry_names (entry, name) && entry_fits (entry, scheme, port))
      return true;
  }
  return self->entries->len == 0;
}

/* Mapped addresses are the IPv4 address itself in another coat; the other embeddings go through
 * gateways, so that only an IPv6 range can vouch for them. */
static bool
lists_address (const ShotAllow *self, const char *scheme, GInetAddress *address, unsigned port)
{
  g_autoptr (GInetAddress) mapped = extract (0, address);

  for (unsigned i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);
    if (entry->mask != NULL && entry_fits (entry, scheme, port) &&
        (is_in (entry->mask, address) || (mapped != NULL && is_in (entry->mask, mapped))))
      return true;
  }
  return false;
}

/* Whether some range of the list might vouch for what a name resolves to. */
static bool
lists_any_address (const ShotAllow *self, const char *scheme, unsigned port)
{
  for (unsigned i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);
    if (entry->mask != NULL && entry_fits (entry, scheme, port))
      return true;
  }
  return false;
}

static gboolean
fail_unlisted (GError **error, const ShotHost *host, unsigned port)
{
  g_autofree char *target = shot_host_and_port (host, port);

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
               "%s is not among the targets that may be reached: add it to target.allow (--allow)",
               target);
  return FALSE;
}

static gboolean
check_address (const ShotAllow *self, const char *scheme, const ShotHost *host, unsigned port,
               GInetAddress *address, GError **error)
{
  if (lists_address (self, scheme, address, port))
    return TRUE;

  const char *what = find_refusal (address);
  if (what != NULL) {
    g_autofree char *target = shot_host_and_port (host, port);
    g_autofree char *text = g_inet_address_to_string (address);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                 "%s may not be reached: %s is %s; if it is meant, add that address to "
                 "target.allow (--allow)",
                 target, text, what);
    return FALSE;
  }
  /* An address literal has no name that an entry could match, but for "*". */
  return lists_name (self, scheme, host->name, port) || fail_unlisted (error, host, port);
}

static bool
is_refused_name (const ShotAllow *self, const char *name)
{
  if (!g_strv_contains (refused_names, name))
    return false;
  for (unsigned i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);
    if (!entry->is_wildcard && g_strcmp0 (entry->name, name) == 0)
      return false;
  }
  return true;
}

static gboolean
check_host (const ShotAllow *self, const char *scheme, const ShotHost *host, unsigned port,
            GError **error)
{
  if (host->address != NULL)
    return check_address (self, scheme, host, port, host->address, error);
  return lists_name (self, scheme, host->name, port) || lists_any_address (self, scheme, port) ||
         fail_unlisted (error, host, port);
}

gboolean
shot_allow_check_uri (const ShotAllow *self, const char *uri, GError **error)
{
  g_auto (ShotEndpoint) endpoint = { 0 };

  return shot_endpoint_parse (uri, &endpoint, error) &&
         check_host (self, endpoint.scheme, &endpoint.host, endpoint.port, error);
}

gboolean
shot_allow_check_host (const ShotAllow *self, const ShotHost *host, unsigned port, GError **error)
{
  return check_host (self, NULL, host, port, error);
}

gboolean
shot_allow_check_address (const ShotAllow *self, const ShotHost *host, unsigned port,
                          GInetAddress *address, GError **error)
{
  return check_address (self, NULL, host, port, address, error);
}

gboolean
shot_allow_check_unresolved (const ShotAllow *self, const ShotHost *host, unsigned port,
                             GError **error)
{
  if (host->address != NULL)
    return check_address (self, NULL, host, port, host->address, error);
  if (is_refused_name (self, host->name)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                 "%s may not be reached: clouds keep their metadata there; if it is meant, add "
                 "that name to target.allow (--allow)",
                 host->name);
    return FALSE;
  }
  return lists_name (self, NULL, host->name, port) || fail_unlisted (error, host, port);
}
