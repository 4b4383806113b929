#include "config.h"

#include "session.h"

#include <string.h>

#include "rundir.h"
#include "tls.h"

#define MAX_TRUSTED_HOSTS 8

struct _ShotSession {
  WebKitNetworkSession *session;    /* (owned) */
  char                 *key;        /* (owned) */
  char                 *folder;     /* (owned) (nullable): our own, with all that is in it */
  GHashTable           *trusted;    /* (owned) (element-type utf8): hosts */
  GPtrArray            *clearing;   /* (owned) (element-type Call): that wait for the last clear */
  unsigned              n_clears;   /* under way */
  bool                  has_failed; /* one of them */
  grefcount             references; /* one for the owner, one for each clear */
};

/* A call that WebKit answers later. */
typedef struct {
  ShotSessionDone done_cb;
  void           *user_data; /* (borrowed) */
} Call;

/* What belongs to somebody. Not the cache on disk: see webext/rules.h. */
#define PERSONAL_DATA (WEBKIT_WEBSITE_DATA_ALL & ~WEBKIT_WEBSITE_DATA_DISK_CACHE)

/* --- making ------------------------------------------------------------------------------ */

static WebKitNetworkSession *
make (const char *folder)
{
  if (folder == NULL)
    return webkit_network_session_new_ephemeral ();
  g_autofree char *data = g_build_filename (folder, "data", NULL);
  g_autofree char *cache = g_build_filename (folder, "cache", NULL);
  return webkit_network_session_new (data, cache);
}

ShotSession *
shot_session_new (const char *folder, const ShotJob *job, const ShotIdentity *identity)
{
  ShotSession *self = g_new0 (ShotSession, 1);

  g_ref_count_init (&self->references);
  self->clearing = g_ptr_array_new ();
  self->key = g_strdup (identity->session);
  self->trusted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  /* Without a folder there is no cache, and nothing else is lost. */
  if (!identity->has_credential_headers)
    self->folder = shot_rundir_make_folder (folder);
  self->session = make (self->folder);
  webkit_network_session_set_tls_errors_policy (self->session, job->allow_insecure
                                                                   ? WEBKIT_TLS_ERRORS_POLICY_IGNORE
                                                                   : WEBKIT_TLS_ERRORS_POLICY_FAIL);
  webkit_network_session_set_itp_enabled (self->session, FALSE);
  return self;
}

static void
session_unref (ShotSession *self)
{
  if (!g_ref_count_dec (&self->references))
    return;
  g_object_unref (self->session);
  if (self->folder != NULL)
    shot_rundir_remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->key);
  g_hash_table_unref (self->trusted);
  g_ptr_array_unref (self->clearing);
  g_free (self);
}

void
shot_session_free (ShotSession *self)
{
  if (self != NULL)
    session_unref (self);
}

WebKitNetworkSession *
shot_session_get (ShotSession *self)
{
  return self->session;
}

bool
shot_session_fits (const ShotSession *self, const ShotIdentity *identity)
{
  return g_str_equal (self->key, identity->session);
}

/* --- signing in -------------------------------------------------------------------------- */

static Call *
call_new (ShotSessionDone done_cb, void *user_data)
{
  Call *call = g_new0 (Call, 1);

  call->done_cb = done_cb;
  call->user_data = user_data;
  return call;
}

static void
call_end (Call *call, bool is_done)
{
  call->done_cb (is_done, call->user_data);
  g_free (call);
}

static void
policy_cb (GObject *source, GAsyncResult *result, void *data)
{
  webkit_cookie_manager_get_accept_policy_finish (WEBKIT_COOKIE_MANAGER (source), result, NULL);
  call_end (data, true);
}

static void
cookie_added_cb (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GError) error = NULL;

  if (!webkit_cookie_manager_add_cookie_finish (WEBKIT_COOKIE_MANAGER (source), result, &error))
    g_warning ("WebKit refused the render key cookie: %s", error->message);
  /* Without it the page shows its login, which is what the caller will be told. */
  call_end (data, true);
}

/* As the official renderer sets it: session cookie, path "/", nothing else. Bare IPv6 domains are
 * what Grafana sends; libsoup compares hosts without brackets. No domain: the address's host. */
static SoupCookie *
make_cookie (const ShotJob *job)
{
  g_autoptr (GUri) uri = g_uri_parse (job->uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                      NULL);

  if (job->render_key == NULL || uri == NULL)
    return NULL;

  g_autofree char *domain = g_strdup (job->domain != NULL ? job->domain : g_uri_get_host (uri));
  size_t           length = strlen (domain);
  if (length > 2 && domain[0] == '[' && domain[length - 1] == ']') {
    domain[length - 1] = '\0';
    memmove (domain, domain + 1, length - 1);
  }
  return soup_cookie_new ("renderKey", shot_secret_reveal (job->render_key), domain, "/", -1);
}

/* WebKit copies the address, its password included; no more than the relay is lost with it. */
static void
set_relay (WebKitNetworkSession *session, const ShotJob *job)
{
  if (job->relay_uri == NULL)
    return;

  WebKitNetworkProxySettings *settings = webkit_network_proxy_settings_new (
      shot_secret_reveal (job->relay_uri), NULL);
  webkit_network_session_set_proxy_settings (session, WEBKIT_NETWORK_PROXY_MODE_CUSTOM, settings);
  webkit_network_proxy_settings_free (settings);
}

void
shot_session_sign_in_async (ShotSession *self, const ShotJob *job, ShotSessionDone done_cb,
                            void *user_data)
{
  WebKitCookieManager *cookies = webkit_network_session_get_cookie_manager (self->session);
  Call                *call = call_new (done_cb, user_data);
  SoupCookie          *cookie = make_cookie (job);

  /* A limit of one visit; and if the network process has died, it has forgotten them. */
  g_hash_table_remove_all (self->trusted);
  set_relay (self->session, job);
  /* With its proxy the network process drops all requests, those included that overtake the news
   * by way of the web process. So it has to answer first, whatever it is asked. */
  if (cookie == NULL)
    webkit_cookie_manager_get_accept_policy (cookies, NULL, policy_cb, call);
  else
    webkit_cookie_manager_add_cookie (cookies, cookie, NULL, cookie_added_cb, call);
  g_clear_pointer (&cookie, soup_cookie_free);
}

static void
cleared_cb (GObject *source, GAsyncResult *result, void *data)
{
  ShotSession       *self = data;
  g_autoptr (GError) error = NULL;

  bool is_done = webkit_website_data_manager_clear_finish (WEBKIT_WEBSITE_DATA_MANAGER (source),
                                                           result, &error);
  if (!is_done)
    g_warning ("WebKit did not clear its data: %s", error->message);
  self->has_failed = self->has_failed || !is_done;
  self->n_clears--;
  if (self->n_clears == 0) {
    g_autoptr (GPtrArray) calls = g_steal_pointer (&self->clearing);
    self->clearing = g_ptr_array_new ();
    for (unsigned i = 0; i < calls->len; i++)
      call_end (calls->pdata[i], !self->has_failed);
  }
  session_unref (self);
}

void
shot_session_clear_async (ShotSession *self, ShotSessionDone done_cb, void *user_data)
{
  g_ptr_array_add (self->clearing, call_new (done_cb, user_data));
  self->n_clears++;
  g_ref_count_inc (&self->references);
  webkit_website_data_manager_clear (webkit_network_session_get_website_data_manager (
                                         self->session),
                                     PERSONAL_DATA, 0, NULL, cleared_cb, self);
}

/* --- certificates ------------------------------------------------------------------------ */

gboolean
shot_session_trust (ShotSession *self, GTlsCertificate *certificate, const char *uri,
                    const char *ca_pem)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                         NULL);
  const char      *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;

  /* A host that is trusted already has its reload under way. */
  if (ca_pem == NULL || host == NULL || g_hash_table_contains (self->trusted, host) ||
      g_hash_table_size (self->trusted) >= MAX_TRUSTED_HOSTS ||
      !shot_tls_is_trusted (certificate, uri, ca_pem))
    return FALSE;
  g_hash_table_add (self->trusted, g_strdup (host));
  webkit_network_session_allow_tls_certificate_for_host (self->session, certificate, host);
  return TRUE;
}
