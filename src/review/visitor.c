#include "config.h"

#include "visitor.h"

#include <string.h>
#include <sys/random.h>

#include "error.h"

#define MAX_COOKIE_BYTES 8192
#define MAX_NAME_CHARACTERS 64
#define MAX_TEXT_BYTES 512 /* of a token, a session, an anti-forgery text */
#define BEARER "Bearer "
#define TOKEN_START "pst_"

static ShotSecret *
make_key (void)
{
  uint8_t bytes[32];
  char    text[2 * sizeof bytes + 1];

  /* So few bytes come whole, and always once the system has started. */
  if (getrandom (bytes, sizeof bytes, 0) != (ssize_t) sizeof bytes)
    g_error ("the system gives no random numbers"); /* nocheck:exit there is no going on */
  for (size_t i = 0; i < sizeof bytes; i++)
    g_snprintf (text + 2 * i, 3, "%02x", bytes[i]);
  return shot_secret_new (text);
}

void
shot_visitor_rules_init (ShotVisitorRules *self)
{
  *self = (ShotVisitorRules){
    .trusted = g_ptr_array_new_with_free_func (g_object_unref),
    .creates_users = true,
    .hosts = g_new0 (char *, 1),
    .life_ms = (int64_t) 7 * 24 * 3600 * 1000,
    .idle_ms = (int64_t) 8 * 3600 * 1000,
    .forgery_key = make_key (),
  };
}

void
shot_visitor_rules_clear (ShotVisitorRules *self)
{
  g_free (self->proxy_header);
  g_clear_pointer (&self->trusted, g_ptr_array_unref);
  g_free (self->url);
  g_strfreev (self->hosts);
  shot_secret_unref (self->forgery_key);
  *self = (ShotVisitorRules){ 0 };
}

gboolean
shot_visitor_rules_trust (ShotVisitorRules *self, const char *address, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GInetAddressMask  *mask = g_inet_address_mask_new_from_string (address, &cause);

  if (mask == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "\"%s\" is no address: want such as 10.0.0.0/8 or ::1", address);
    return FALSE;
  }
  g_ptr_array_add (self->trusted, mask);
  return TRUE;
}

/* What an IPv6 socket calls ::ffff:10.0.0.1 is 10.0.0.1. (transfer full) */
static GInetAddress *
unmap (GInetAddress *address)
{
  const uint8_t *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      memcmp (bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0)
    return g_inet_address_new_from_bytes (bytes + 12, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

static bool
is_trusted (const ShotVisitorRules *rules, GInetAddress *address)
{
  for (unsigned i = 0; i < rules->trusted->len; i++) {
    if (g_inet_address_mask_matches (rules->trusted->pdata[i], address))
      return true;
  }
  return false;
}

/* The last address of X-Forwarded-For that is not one of our proxies: those before it may have been
 * written by anybody. (transfer full) */
static GInetAddress *
find_client (const ShotVisitorRules *rules, const char *forwarded, GInetAddress *peer)
{
  g_auto (GStrv)           parts = g_strsplit (forwarded, ",", 64);
  g_autoptr (GInetAddress) found = g_object_ref (peer);

  for (unsigned i = g_strv_length (parts); i > 0; i--) {
    g_autoptr (GInetAddress) next = g_inet_address_new_from_string (g_strstrip (parts[i - 1]));
    if (next == NULL)
      break;
    g_autoptr (GInetAddress) plain = unmap (next);
    g_set_object (&found, plain);
    if (!is_trusted (rules, plain))
      break;
  }
  return g_steal_pointer (&found);
}

static ShotSecret *
find_cookie (const char *header)
{
  g_auto (GStrv) parts = NULL;

  if (header == NULL || strlen (header) > MAX_COOKIE_BYTES)
    return NULL;
  parts = g_strsplit_set (header, ";,", -1);
  for (char **part = parts; *part != NULL; part++) {
    const char *text = g_strstrip (*part);
    if (!g_str_has_prefix (text, SHOT_VISITOR_COOKIE "="))
      continue;
    const char *value = text + strlen (SHOT_VISITOR_COOKIE "=");
    if (*value != '\0' && strlen (value) <= MAX_TEXT_BYTES)
      return shot_secret_new (value);
  }
  return NULL;
}

static bool
is_name (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL) || *text == '\0' ||
      g_utf8_strlen (text, -1) > MAX_NAME_CHARACTERS)
    return false;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return false;
  }
  return true;
}

static void
read_proxy (ShotVisitor *self, const ShotVisitorRules *rules, ShotExchange *exchange)
{
  const char *user = rules->proxy_header != NULL
                         ? shot_exchange_get_header (exchange, rules->proxy_header)
                         : NULL;
  const char *protocol = shot_exchange_get_header (exchange, "X-Forwarded-Proto");

  if (user != NULL && is_name (user))
    self->proxy_user = g_strdup (user);
  self->is_secure = self->is_secure ||
                    (protocol != NULL && g_ascii_strcasecmp (protocol, "https") == 0);
}

void
shot_visitor_read (ShotVisitor *self, const ShotVisitorRules *rules, ShotExchange *exchange)
{
  GInetAddress            *address = shot_exchange_get_peer (exchange);
  g_autoptr (GInetAddress) peer = address != NULL ? unmap (address) : NULL;
  const char              *authorization = shot_exchange_get_header (exchange, "Authorization");
  const char              *forwarded = shot_exchange_get_header (exchange, "X-Forwarded-For");

  self->is_secure = shot_exchange_is_tls (exchange) ||
                    (rules->url != NULL && g_ascii_strncasecmp (rules->url, "https:", 6) == 0);
  self->forgery = g_strdup (shot_exchange_get_header (exchange, "X-Panelshot-CSRF"));
  self->session = find_cookie (shot_exchange_get_header (exchange, "Cookie"));
  if (authorization != NULL && g_str_has_prefix (authorization, BEARER TOKEN_START) &&
      strlen (authorization) <= MAX_TEXT_BYTES)
    self->token = shot_secret_new (authorization + strlen (BEARER));
  if (peer != NULL && is_trusted (rules, peer)) {
    g_autoptr (GInetAddress) client = forwarded != NULL ? find_client (rules, forwarded, peer)
                                                        : g_object_ref (peer);
    g_set_object (&peer, client);
    read_proxy (self, rules, exchange);
  }
  g_autofree char *text = peer != NULL ? g_inet_address_to_string (peer) : g_strdup ("local");
  g_strlcpy (self->origin, text, sizeof self->origin);
}

void
shot_visitor_clear (ShotVisitor *self)
{
  shot_secret_unref (self->token);
  shot_secret_unref (self->session);
  shot_user_free (self->user);
  g_free (self->proxy_user);
  g_free (self->forgery);
  *self = (ShotVisitor){ 0 };
}

static bool
is_own_host (const ShotVisitorRules *rules, const char *host)
{
  g_autofree char *name = NULL;

  if (rules->hosts[0] == NULL)
    return true;
  if (host == NULL)
    return false;
  name = g_ascii_strdown (host, -1);
  for (char **own = rules->hosts; *own != NULL; own++) {
    size_t length = strlen (*own);
    if (g_ascii_strncasecmp (name, *own, length) == 0 &&
        (name[length] == '\0' || name[length] == ':'))
      return true;
  }
  return false;
}

/* Whether "https://host:port" names the server that "host:port" does. */
static bool
is_same_origin (const ShotVisitorRules *rules, const char *origin, const char *host)
{
  const char *rest = strstr (origin, "://");

  if (rules->url != NULL && g_ascii_strcasecmp (origin, rules->url) == 0)
    return true;
  return rest != NULL && host != NULL && g_ascii_strcasecmp (rest + 3, host) == 0;
}

gboolean
shot_visitor_check_origin (const ShotVisitorRules *rules, ShotExchange *exchange, bool is_change,
                           GError **error)
{
  const char *host = shot_exchange_get_header (exchange, "Host");
  const char *origin = shot_exchange_get_header (exchange, "Origin");

  if (!is_own_host (rules, host)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
                 "this name of the server is not in review.host");
    return FALSE;
  }
  if (!is_change || origin == NULL || is_same_origin (rules, origin, host))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
               "the request comes from another page; behind a proxy, name the page's own address "
               "in review.url");
  return FALSE;
}

static gboolean
refuse (GError **error)
{
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED, "sign in first");
  return FALSE;
}

/* (transfer full) */
static ShotUser *
find_proxy_user (const ShotVisitor *self, const ShotVisitorRules *rules, ShotArchive *archive,
                 GError **error)
{
  g_autoptr (GError) cause = NULL;
  ShotUser          *user = shot_people_find (archive, self->proxy_user, &cause);

  if (user != NULL)
    return user;
  if (!g_error_matches (cause, SHOT_ERROR, SHOT_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (!rules->creates_users) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_UNAUTHORIZED,
                 "you are not known here: ask an administrator");
    return NULL;
  }
  g_clear_error (&cause);
  /* Two first requests at once: the second finds what the first has made. */
  if (!shot_people_add (archive, self->proxy_user, rules->proxy_role, NULL, &cause) &&
      !g_error_matches (cause, SHOT_ERROR, SHOT_ERROR_CONFLICT)) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  return shot_people_find (archive, self->proxy_user, error);
}

gboolean
shot_visitor_identify (ShotVisitor *self, const ShotVisitorRules *rules, ShotArchive *archive,
                       GError **error)
{
  if (self->token != NULL) {
    self->via = SHOT_VIA_TOKEN;
    self->user = shot_people_find_token (archive, self->token, error);
  } else if (self->proxy_user != NULL) {
    self->via = SHOT_VIA_PROXY;
    self->user = find_proxy_user (self, rules, archive, error);
  } else if (self->session != NULL) {
    self->via = SHOT_VIA_PASSWORD;
    self->user = shot_people_find_session (archive, self->session, rules->idle_ms, error);
  } else {
    return refuse (error);
  }
  if (self->user == NULL)
    return FALSE;
  if (!self->user->is_disabled)
    return TRUE;
  g_clear_pointer (&self->user, shot_user_free);
  return refuse (error);
}

gboolean
shot_visitor_check_role (const ShotVisitor *self, ShotRole role, GError **error)
{
  if (self->user->role >= role)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED, "this takes the role %s, yours is %s",
               shot_role_get_name (role), shot_role_get_name (self->user->role));
  return FALSE;
}

char *
shot_visitor_make_forgery_text (const ShotVisitor *self, const ShotVisitorRules *rules)
{
  const char *key = NULL;

  if (self->via == SHOT_VIA_PASSWORD)
    key = shot_secret_reveal (self->session);
  else if (self->via == SHOT_VIA_PROXY)
    key = shot_secret_reveal (rules->forgery_key);
  if (key == NULL)
    return NULL;
  return g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) key, strlen (key),
                                    self->via == SHOT_VIA_PROXY ? self->user->name : "csrf", -1);
}

gboolean
shot_visitor_check_forgery (const ShotVisitor *self, const ShotVisitorRules *rules, GError **error)
{
  g_autofree char *text = shot_visitor_make_forgery_text (self, rules);

  if (text == NULL)
    return TRUE;

  g_autoptr (ShotSecret) expected = shot_secret_new (text);
  if (self->forgery != NULL && shot_secret_equal (expected, self->forgery))
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_REFUSED,
               "X-Panelshot-CSRF is missing or old: take it from GET /api/v1/session");
  return FALSE;
}

char *
shot_visitor_make_cookie (const ShotVisitor *self, const ShotVisitorRules *rules,
                          const ShotSecret *secret)
{
  int64_t seconds = secret != NULL ? rules->life_ms / 1000 : 0;

  return g_strdup_printf (SHOT_VISITOR_COOKIE "=%s; Path=/; Max-Age=%" G_GINT64_FORMAT
                                              "; HttpOnly; SameSite=Strict%s",
                          secret != NULL ? shot_secret_reveal (secret) : "", seconds,
                          self->is_secure ? "; Secure" : "");
}

const char *
shot_via_get_name (ShotVia via)
{
  switch (via) {
  case SHOT_VIA_NONE:
    return "none";
  case SHOT_VIA_PASSWORD:
    return "password";
  case SHOT_VIA_PROXY:
    return "proxy";
  case SHOT_VIA_TOKEN:
    return "token";
  }
  g_assert_not_reached ();
}
