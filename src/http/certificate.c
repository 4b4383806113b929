#include "config.h"

#include "certificate.h"

#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "stamp.h"
#include "tls-stream.h"

#define MAX_FILE_BYTES (1024 * 1024)

struct _ShotCertificate {
  char               *paths[2];  /* (owned): of the certificate and the key, as in the others */
  ShotStamp           stamps[2]; /* of the files when they were last looked at */
  GTlsProtocolVersion min_version;
  ShotTlsCredentials *pair; /* (owned) */
};

enum {
  CERTIFICATE,
  KEY
};

static const struct {
  const char         *name;
  const char         *priority;
  GTlsProtocolVersion version;
} versions[] = {
  { "1.3", ":+VERS-TLS1.3", G_TLS_PROTOCOL_VERSION_TLS_1_3 },
  { "1.2", ":+VERS-TLS1.2", G_TLS_PROTOCOL_VERSION_TLS_1_2 },
  { "1.1", ":+VERS-TLS1.1", G_TLS_PROTOCOL_VERSION_TLS_1_1 },
  { "1.0", ":+VERS-TLS1.0", G_TLS_PROTOCOL_VERSION_TLS_1_0 },
};

gboolean
shot_certificate_read_version (const char *text, GTlsProtocolVersion *out_version, GError **error)
{
  const char *number = text != NULL && *text != '\0' ? text : "1.2";

  if (g_ascii_strncasecmp (number, "TLSv", 4) == 0)
    number += 4;
  for (size_t i = 0; i < G_N_ELEMENTS (versions); i++) {
    if (g_str_equal (number, versions[i].name)) {
      *out_version = versions[i].version;
      return TRUE;
    }
  }
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
               "there is no TLS version \"%s\": give 1.0, 1.1, 1.2 or 1.3", text);
  return FALSE;
}

static char *
read_file (const char *path, GError **error)
{
  g_autofree char   *text = NULL;
  size_t             length = 0;
  g_autoptr (GError) cause = NULL;

  if (!g_file_get_contents (path, &text, &length, &cause)) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "%s: name a file that this user may read",
                 cause->message);
    return NULL;
  }
  if (length > MAX_FILE_BYTES || strlen (text) != length) {
    explicit_bzero (text, length);
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "\"%s\" is no PEM file: convert it", path);
    return NULL;
  }
  return g_steal_pointer (&text);
}

static void
set_pair_error (const ShotCertificate *self, const char *key, int status, GError **error)
{
  if (strstr (key, "ENCRYPTED") != NULL)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the key in \"%s\" is encrypted: remove its passphrase (openssl pkey -in … -out "
                 "…) and protect the file instead",
                 self->paths[KEY]);
  else if (status == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the key in \"%s\" does not belong to the first certificate in \"%s\": give the "
                 "two of one pair, the server's certificate before those of its authorities",
                 self->paths[KEY], self->paths[CERTIFICATE]);
  else
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "\"%s\" and \"%s\" are not a certificate and its key in PEM: %s",
                 self->paths[CERTIFICATE], self->paths[KEY], gnutls_strerror (status));
}

static char *
make_priority (GTlsProtocolVersion min_version)
{
  g_autoptr (GString) text = g_string_new ("NORMAL:%COMPAT:-VERS-ALL");

  for (size_t i = 0; i < G_N_ELEMENTS (versions) && versions[i].version >= min_version; i++)
    g_string_append (text, versions[i].priority);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static ShotTlsCredentials *
make_pair (const ShotCertificate *self, char *certificate, char *key, GError **error)
{
  const gnutls_datum_t certificate_data = { (unsigned char *) certificate,
                                            (unsigned) strlen (certificate) };
  const gnutls_datum_t key_data = { (unsigned char *) key, (unsigned) strlen (key) };
  g_autofree char     *priority = make_priority (self->min_version);
  ShotTlsCredentials  *pair = g_rc_box_new0 (ShotTlsCredentials);
  int                  status = gnutls_priority_init (&pair->priority, priority, NULL);

  if (status >= GNUTLS_E_SUCCESS)
    status = gnutls_certificate_allocate_credentials (&pair->certificate);
  if (status >= GNUTLS_E_SUCCESS)
    status = gnutls_certificate_set_x509_key_mem2 (pair->certificate, &certificate_data, &key_data,
                                                   GNUTLS_X509_FMT_PEM, NULL, 0);
  if (status >= GNUTLS_E_SUCCESS)
    return pair;
  set_pair_error (self, key, status, error);
  shot_tls_credentials_unref (pair);
  return NULL;
}

gboolean
shot_certificate_reload (ShotCertificate *self, GError **error)
{
  g_autofree char *certificate = NULL;
  g_autofree char *key = NULL;

  /* The stamps first: a change during the reading is then seen the next time. */
  for (int i = CERTIFICATE; i <= KEY; i++)
    shot_stamp_take (&self->stamps[i], self->paths[i]);
  certificate = read_file (self->paths[CERTIFICATE], error);
  key = certificate != NULL ? read_file (self->paths[KEY], error) : NULL;
  if (key == NULL)
    return FALSE;

  ShotTlsCredentials *pair = make_pair (self, certificate, key, error);
  explicit_bzero (key, strlen (key));
  if (pair == NULL)
    return FALSE;
  shot_tls_credentials_unref (self->pair);
  self->pair = pair;
  return TRUE;
}

ShotCertificate *
shot_certificate_new (const char *certificate_path, const char *key_path,
                      GTlsProtocolVersion min_version, GError **error)
{
  if (certificate_path == NULL || key_path == NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "TLS needs a certificate and its key: name the %s file too, or neither",
                 key_path == NULL ? "key" : "certificate");
    return NULL;
  }

  g_autoptr (ShotCertificate) self = g_new0 (ShotCertificate, 1);
  self->paths[CERTIFICATE] = g_strdup (certificate_path);
  self->paths[KEY] = g_strdup (key_path);
  self->min_version = min_version;
  return shot_certificate_reload (self, error) ? g_steal_pointer (&self) : NULL;
}

void
shot_certificate_free (ShotCertificate *self)
{
  if (self == NULL)
    return;
  shot_tls_credentials_unref (self->pair);
  g_free (self->paths[CERTIFICATE]);
  g_free (self->paths[KEY]);
  g_free (self);
}

static void
reload_if_changed (ShotCertificate *self)
{
  g_autoptr (GError) error = NULL;

  if (!shot_stamp_has_changed (&self->stamps[CERTIFICATE], self->paths[CERTIFICATE]) &&
      !shot_stamp_has_changed (&self->stamps[KEY], self->paths[KEY]))
    return;
  if (shot_certificate_reload (self, &error))
    g_message ("certificate %s has changed and was read again", self->paths[CERTIFICATE]);
  else
    g_warning ("%s; the certificate read before stays in force", error->message);
}

GIOStream *
shot_certificate_wrap (ShotCertificate *self, GSocketConnection *connection)
{
  reload_if_changed (self);
  return shot_tls_stream_new (connection, self->pair);
}
