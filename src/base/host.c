#include "config.h"

#include "host.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "error.h"
#include "mask.h"

#define MAX_NAME_BYTES 253
#define MAX_TEXT_BYTES 1024 /* percent-encoded, before it is shortened */
#define MAX_QUOTED_BYTES 100
#define MAX_IPV4_PARTS 4

/* What is quoted may be anything, and long. */
static gboolean
fail (GError **error, const char *text, const char *reason)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_QUOTED_BYTES));
  g_autofree char *quoted = g_strescape (valid, NULL);
  g_autofree char *masked = shot_mask_uri (quoted);

  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "“%s” %s", masked, reason);
  return FALSE;
}

/* --- IPv4 in every spelling -------------------------------------------------------------- */

/* Decimal, octal with a leading 0, hexadecimal with 0x; "0x" alone is 0. */
static gboolean
parse_ipv4_number (const char *text, uint64_t *out_value)
{
  unsigned base = 10;
  uint64_t value = 0;

  if (*text == '\0')
    return FALSE;
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text += 2;
  } else if (text[0] == '0' && text[1] != '\0') {
    base = 8;
    text++;
  }
  for (; *text != '\0'; text++) {
    int digit = g_ascii_xdigit_value (*text);
    if (digit < 0 || (unsigned) digit >= base)
      return FALSE;
    value = MIN (value * base + (unsigned) digit, G_MAXUINT32 + (uint64_t) 1);
  }
  *out_value = value;
  return TRUE;
}

/* Whether browsers take the name for an IPv4 address, well-formed or not. */
static gboolean
ends_in_number (const char *name)
{
  const char *dot = strrchr (name, '.');
  const char *last = dot != NULL ? dot + 1 : name;
  uint64_t    ignored;

  return *last != '\0' &&
         (strspn (last, "0123456789") == strlen (last) || parse_ipv4_number (last, &ignored));
}

/* (transfer full) (nullable) */
static GInetAddress *
parse_ipv4 (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", MAX_IPV4_PARTS + 1);
  unsigned       n_parts = g_strv_length (parts);
  uint64_t       address = 0;

  if (n_parts > MAX_IPV4_PARTS)
    return NULL;
  for (unsigned i = 0; i < n_parts; i++) {
    uint64_t part;
    /* The last part fills all the bytes that are left. */
    unsigned n_bytes = i == n_parts - 1 ? MAX_IPV4_PARTS - i : 1;
    if (!parse_ipv4_number (parts[i], &part) || part >= (uint64_t) 1 << (8 * n_bytes))
      return NULL;
    address = address << (8 * n_bytes) | part;
  }
  uint32_t bytes = GUINT32_TO_BE ((uint32_t) address);
  return g_inet_address_new_from_bytes ((const uint8_t *) &bytes, G_SOCKET_FAMILY_IPV4);
}

/* --- names ------------------------------------------------------------------------------- */

/* The standard forbids more; what is left here is what names on a network are made of. */
static gboolean
is_plain_name (const char *name)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

  return *name != '\0' && *name != '.' && strlen (name) <= MAX_NAME_BYTES &&
         strspn (name, letters) == strlen (name) && strstr (name, "..") == NULL &&
         !g_str_has_suffix (name, ".");
}

/* GLib reads names by the rules of 2003; where those and today's lead to different hosts (sharp s,
 * final sigma, the joiners), no guess is good. */
static gboolean
is_deviating (const char *name)
{
  static const char *const characters[] = { "ß", "ẞ", "ς", "\xe2\x80\x8c", "\xe2\x80\x8d" };

  for (size_t i = 0; i < G_N_ELEMENTS (characters); i++) {
    if (strstr (name, characters[i]) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* Lower case ASCII. (transfer full) (nullable) */
static char *
name_to_ascii (const char *text)
{
  g_autofree char *decoded = g_uri_unescape_string (text, NULL);

  if (decoded == NULL || !g_utf8_validate (decoded, -1, NULL) || is_deviating (decoded))
    return NULL;
  g_autofree char *ascii = g_hostname_to_ascii (decoded);
  if (ascii == NULL)
    return NULL;
  char *lower = g_ascii_strdown (ascii, -1);
  /* "grafana.example." is the same host as without the dot. */
  size_t length = strlen (lower);
  if (length > 1 && lower[length - 1] == '.')
    lower[length - 1] = '\0';
  return lower;
}

static gboolean
parse_ipv6 (const char *text, ShotHost *out_host, GError **error)
{
  size_t           length = strlen (text);
  g_autofree char *inner = g_strndup (text + 1, length - 1);

  if (inner[strcspn (inner, "]")] != ']' || strchr (inner, ']')[1] != '\0')
    return fail (error, text, "is not an IPv6 address in brackets");
  *strchr (inner, ']') = '\0';
  /* A zone ("%eth0") names an interface of this machine; browsers know none either. */
  g_autoptr (GInetAddress) address = strchr (inner, '%') == NULL
                                         ? g_inet_address_new_from_string (inner)
                                         : NULL;
  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return fail (error, text, "is not an IPv6 address in brackets");
  out_host->address = g_steal_pointer (&address);
  return TRUE;
}

gboolean
shot_host_parse (const char *text, ShotHost *out_host, GError **error)
{
  ShotHost host = { 0 };

  if (*text == '\0')
    return fail (error, text, "names no host: write http://host/");
  if (strlen (text) > MAX_TEXT_BYTES)
    return fail (error, text, "is too long for a host");
  if (*text == '[') {
    if (!parse_ipv6 (text, &host, error))
      return FALSE;
    *out_host = host;
    return TRUE;
  }

  g_autofree char *name = name_to_ascii (text);
  if (name == NULL || !is_plain_name (name))
    return fail (error, text, "is not a host: write its name in letters, digits, dots and hyphens");
  if (!ends_in_number (name)) {
    host.name = g_steal_pointer (&name);
  } else {
    host.address = parse_ipv4 (name);
    if (host.address == NULL)
      return fail (error, text, "is not a host: a name that ends in a number must be an address");
  }
  *out_host = host;
  return TRUE;
}

char *
shot_host_to_text (const ShotHost *self)
{
  return self->address != NULL ? g_inet_address_to_string (self->address) : g_strdup (self->name);
}

char *
shot_host_and_port (const ShotHost *host, unsigned port)
{
  g_autofree char *text = shot_host_to_text (host);

  return g_strdup_printf (strchr (text, ':') != NULL ? "[%s]:%u" : "%s:%u", text, port);
}

void
shot_host_clear (ShotHost *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_object (&self->address);
}

/* --- addresses --------------------------------------------------------------------------- */

gboolean
shot_port_parse (const char *text, unsigned *out_port)
{
  uint64_t port;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 65535, &port, NULL))
    return FALSE;
  *out_port = (unsigned) port;
  return TRUE;
}

/* Browsers drop or replace these in front of a host; nobody needs them there. */
static gboolean
is_odd (const char *authority)
{
  for (; *authority != '\0'; authority++) {
    if ((unsigned char) *authority <= 0x20 || *authority == 0x7f || *authority == '\\')
      return TRUE;
  }
  return FALSE;
}

gboolean
shot_endpoint_parse (const char *uri, ShotEndpoint *out_endpoint, GError **error)
{
  size_t           scheme_length = strcspn (uri, ":/?#");
  g_autofree char *scheme = g_ascii_strdown (uri, (gssize) scheme_length);
  bool             is_https = g_str_equal (scheme, "https");

  if ((!is_https && !g_str_equal (scheme, "http")) ||
      !g_str_has_prefix (uri + scheme_length, "://"))
    return fail (error, uri, "may not be opened: only http:// and https:// addresses may");

  const char      *start = uri + scheme_length + 3;
  g_autofree char *authority = g_strndup (start, strcspn (start, "/?#"));
  if (is_odd (authority))
    return fail (error, uri, "has a blank or a backslash in its host");
  /* All up to the last "@" is a user and a password. */
  const char      *at = strrchr (authority, '@');
  g_autofree char *host_text = g_strdup (at != NULL ? at + 1 : authority);
  const char      *bracket = strrchr (host_text, ']');
  char            *colon = strchr (bracket != NULL ? bracket : host_text, ':');
  unsigned         port = is_https ? 443 : 80;
  if (colon != NULL) {
    *colon = '\0';
    if (colon[1] != '\0' && !shot_port_parse (colon + 1, &port))
      return fail (error, uri, "has no port that can be: write one from 1 to 65535");
  }
  if (!shot_host_parse (host_text, &out_endpoint->host, error))
    return FALSE;
  out_endpoint->scheme = g_steal_pointer (&scheme);
  out_endpoint->port = port;
  return TRUE;
}

void
shot_endpoint_clear (ShotEndpoint *self)
{
  g_clear_pointer (&self->scheme, g_free);
  shot_host_clear (&self->host);
}
