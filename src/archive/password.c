#include "config.h"

#include "password.h"

#include <argon2.h>
#include <string.h>
#include <sys/random.h>

#include "error.h"

/* More than OWASP asks for (19 MiB, 2 passes), and still below 100 ms on a small machine. */
#define PASSES 3
#define MEMORY_KIB (32 * 1024)
#define LANES 1
#define SALT_BYTES 16
#define HASH_BYTES 32
#define MIN_BYTES 10
#define MAX_BYTES 1024
#define RANDOM_BYTES 32

/* Of no password: what an unknown name is compared with. The same cost as above. */
static const char nobody[] = "$argon2id$v=19$m=32768,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA"
                             "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static gboolean
fill_random (void *data, size_t size, GError **error)
{
  if (getrandom (data, size, 0) == (ssize_t) size)
    return TRUE;
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "the system gives no random numbers");
  return FALSE;
}

char *
shot_password_hash (const ShotSecret *password, GError **error)
{
  const char *text = shot_secret_reveal (password);
  size_t      length = strlen (text);
  guint8      salt[SALT_BYTES];
  char        encoded[256];

  if (length < MIN_BYTES || length > MAX_BYTES) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "a password has %d to %d bytes", MIN_BYTES,
                 MAX_BYTES);
    return NULL;
  }
  if (!fill_random (salt, sizeof salt, error))
    return NULL;

  int result = argon2id_hash_encoded (PASSES, MEMORY_KIB, LANES, text, length, salt, sizeof salt,
                                      HASH_BYTES, encoded, sizeof encoded);
  if (result == ARGON2_OK)
    return g_strdup (encoded);
  g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot hash the password: %s",
               argon2_error_message (result));
  return NULL;
}

bool
shot_password_check (const ShotSecret *password, const char *hash)
{
  const char *text = shot_secret_reveal (password);
  size_t      length = MIN (strlen (text), MAX_BYTES + 1);
  bool        is_right = argon2id_verify (hash != NULL ? hash : nobody, text, length) == ARGON2_OK;

  return is_right && hash != NULL;
}

ShotSecret *
shot_password_make_random (const char *prefix, GError **error)
{
  guint8 data[RANDOM_BYTES];

  if (!fill_random (data, sizeof data, error))
    return NULL;

  g_autofree char *base64 = g_base64_encode (data, sizeof data);
  base64[strcspn (base64, "=")] = '\0';
  for (char *at = base64; *at != '\0'; at++)
    *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
  g_autofree char *text = g_strconcat (prefix, base64, NULL);
  ShotSecret      *secret = shot_secret_new (text);
  explicit_bzero (data, sizeof data);
  explicit_bzero (base64, strlen (base64));
  explicit_bzero (text, strlen (text));
  return secret;
}

char *
shot_password_digest (const ShotSecret *secret)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, shot_secret_reveal (secret), -1);
}
