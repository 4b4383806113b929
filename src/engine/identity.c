#include "config.h"

#include "identity.h"

#include <string.h>

#include "geometry.h"
#include "origin.h"

/* Between parts of a key: in no part, since texts end there. */
static void
add_text (GChecksum *sum, const char *text)
{
  /* NULL is another thing than "". */
  g_checksum_update (sum, (const guchar *) (text != NULL ? "+" : "-"), 1);
  if (text != NULL)
    g_checksum_update (sum, (const guchar *) text, (gssize) strlen (text) + 1);
}

static void
add_secret (GChecksum *sum, const ShotSecret *secret)
{
  add_text (sum, secret != NULL ? shot_secret_reveal (secret) : NULL);
}

static void
add_number (GChecksum *sum, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  add_text (sum, g_ascii_dtostr (text, sizeof text, number));
}

/* (transfer full) */
static char *
finish (GChecksum *sum)
{
  char *text = g_strdup (g_checksum_get_string (sum));

  g_checksum_free (sum);
  return text;
}

/* It names one request and nobody. */
static bool
is_trace (const ShotJobHeader *header)
{
  return g_ascii_strcasecmp (header->name, "traceparent") == 0 ||
         g_ascii_strcasecmp (header->name, "tracestate") == 0;
}

static bool
add_headers (GChecksum *sum, const ShotJob *job)
{
  bool has_any = false;

  for (unsigned i = 0; i < job->headers->len; i++) {
    const ShotJobHeader *header = g_ptr_array_index (job->headers, i);
    if (is_trace (header))
      continue;
    has_any = true;
    add_text (sum, header->origin);
    add_text (sum, header->name);
    add_secret (sum, header->value);
  }
  return has_any;
}

bool
shot_identity_is_route (const char *name)
{
  static const char *const names[] = { "panelId", "viewPanel", "from",    "to",  "width",
                                       "height",  "render",    "refresh", "tab", NULL };

  return g_strv_contains (names, name) || g_str_has_prefix (name, "var-");
}

/* What the address asks of Grafana's start: theme, organisation, feature switches, a token. As it is
 * spelled: another spelling is another page, and that is all. */
static void
add_start_parameters (GChecksum *sum, GUri *uri)
{
  const char    *query = g_uri_get_query (uri);
  g_auto (GStrv) parts = g_strsplit (query != NULL ? query : "", "&", -1);

  for (char **part = parts; *part != NULL; part++) {
    g_autofree char *name = g_strndup (*part, strcspn (*part, "="));
    if (!shot_identity_is_route (name))
      add_text (sum, *part);
  }
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Which of the values that Grafana keeps, range and variables, an address speaks of: about those it
 * is silent on, nothing could be proven but that they are somebody's. */
static void
add_route_names (GChecksum *sum, GUri *uri)
{
  const char           *query = g_uri_get_query (uri);
  g_auto (GStrv)        parts = g_strsplit (query != NULL ? query : "", "&", -1);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (char **part = parts; *part != NULL; part++) {
    g_autofree char *name = g_strndup (*part, strcspn (*part, "="));
    bool             is_kept = g_str_equal (name, "from") || g_str_equal (name, "to") ||
                   g_str_has_prefix (name, "var-");
    if (is_kept && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  g_ptr_array_sort (names, compare_names);
  for (unsigned i = 0; i < names->len; i++)
    add_text (sum, names->pdata[i]);
}

/* "/grafana/d-solo/abc/shop": where Grafana is, "/grafana". NULL when that is no dashboard's or
 * panel's address. (transfer full) (nullable) */
static char *
find_base (GUri *uri)
{
  const char *path = g_uri_get_path (uri);
  const char *solo = strstr (path, "/d-solo/");
  const char *whole = strstr (path, "/d/");
  const char *at = solo != NULL ? solo : whole;

  return at != NULL ? g_strndup (path, (size_t) (at - path)) : NULL;
}

static bool
wants_pictures_alone (const ShotJob *job)
{
  for (unsigned i = 0; i < job->pictures->len; i++) {
    const ShotPictureWish *wish = g_ptr_array_index (job->pictures, i);
    if (wish->kind > SHOT_PICTURE_ELEMENT)
      return false;
  }
  return true;
}

static char *
make_session_key (const ShotJob *job, bool *out_has_credential_headers)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

  add_text (sum, job->allow_insecure ? "insecure" : "secure");
  add_text (sum, job->ca_pem);
  add_secret (sum, job->client_pem);
  add_text (sum, job->relay_uri != NULL ? "relay" : "direct");
  /* WebKit notes down the headers of a page's requests beside its cache, for the next visit. */
  GChecksum *headers = g_checksum_new (G_CHECKSUM_SHA256);
  *out_has_credential_headers = add_headers (headers, job);
  g_checksum_free (headers);
  add_text (sum, *out_has_credential_headers ? "no cache" : "cache");
  return finish (sum);
}

static char *
make_shell_key (const ShotJob *job)
{
  ShotGeometry geometry;

  shot_geometry_init (&geometry, job, job->width, job->height);
  return g_strdup_printf ("%d %s", geometry.output_scale,
                          job->timezone != NULL ? job->timezone : "");
}

static char *
make_person_key (const ShotJob *job, GUri *uri, const char *base)
{
  ShotGeometry geometry;
  GChecksum   *sum = g_checksum_new (G_CHECKSUM_SHA256);

  add_text (sum, base);
  add_headers (sum, job);
  add_secret (sum, job->render_key);
  add_text (sum, job->domain);
  add_text (sum, job->language);
  add_text (sum, job->user_agent);
  add_number (sum, job->scale);
  add_number (sum, job->zoom);
  /* The scripts of a document are told it, and it can follow from the size. */
  shot_geometry_init (&geometry, job, job->width, job->height);
  add_number (sum, shot_geometry_get_device_pixel_ratio (&geometry));
  if (uri != NULL) {
    add_start_parameters (sum, uri);
    add_route_names (sum, uri);
  }
  return finish (sum);
}

ShotIdentity *
shot_identity_new (const ShotJob *job)
{
  ShotIdentity    *self = g_new0 (ShotIdentity, 1);
  g_autoptr (GUri) uri = g_uri_parse (job->uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                      NULL);
  g_autofree char *base = uri != NULL ? find_base (uri) : NULL;

  self->origin = shot_origin_from_uri (job->uri);
  if (self->origin == NULL)
    self->origin = g_strdup ("");
  self->session = make_session_key (job, &self->has_credential_headers);
  self->shell = make_shell_key (job);
  self->person = make_person_key (job, uri, base);
  /* Who comes with a render key does not come twice. */
  self->can_reside = base != NULL && job->render_key == NULL && wants_pictures_alone (job) &&
                     job->wait_expression == NULL;
  return self;
}

void
shot_identity_free (ShotIdentity *self)
{
  if (self == NULL)
    return;
  g_free (self->origin);
  g_free (self->session);
  g_free (self->shell);
  g_free (self->person);
  g_free (self);
}
