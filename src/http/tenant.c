#include "config.h"

#include "tenant.h"

#include <string.h>

uint64_t
shot_tenant_hash (int token_index, const char *tenant)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const char           *text = tenant != NULL ? tenant : "";
  unsigned char         digest[32];
  size_t                length = sizeof digest;
  uint64_t              hash;

  g_checksum_update (checksum, (const unsigned char *) &token_index, sizeof token_index);
  g_checksum_update (checksum, (const unsigned char *) text, (gssize) strlen (text));
  g_checksum_get_digest (checksum, digest, &length);
  memcpy (&hash, digest, sizeof hash);
  return hash;
}
