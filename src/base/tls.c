#include "config.h"

#include "tls.h"

#include <stdint.h>
#include <string.h>

#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"

gboolean
shot_tls_is_trusted (GTlsCertificate *certificate, const char *uri, const char *ca_pem)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED,
                                         NULL);

  if (parsed == NULL || g_uri_get_host (parsed) == NULL)
    return FALSE;

  int                            port = g_uri_get_port (parsed);
  g_autoptr (GSocketConnectable) identity = g_network_address_new (
      g_uri_get_host (parsed), (uint16_t) (port > 0 ? port : 443));
  for (const char *next = strstr (ca_pem, CERTIFICATE_BEGIN); next != NULL;
       next = strstr (next + 1, CERTIFICATE_BEGIN)) {
    g_autoptr (GTlsCertificate) authority = g_tls_certificate_new_from_pem (next, -1, NULL);

    if (authority != NULL && g_tls_certificate_verify (certificate, identity, authority) == 0)
      return TRUE;
  }
  return FALSE;
}
