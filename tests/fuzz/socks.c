/* socks.c: what a client of the relay sends */
#include "config.h"

#include "socks.h"

#include "target.h"

/* Never more bytes are taken than there are, and what is whole has its texts. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  g_autofree char *host = NULL;
  bool             offers_password = false;
  unsigned         port = 0;
  ShotSocksReply   reply = SHOT_SOCKS_FAILED;

  g_assert_cmpint (shot_socks_read_greeting (data, length, &offers_password), <=, (int) length);
  int taken = shot_socks_read_login (data, length, &user, &password);
  g_assert_cmpint (taken, <=, (int) length);
  g_assert_true (taken <= 0 || (user != NULL && password != NULL));
  taken = shot_socks_read_request (data, length, &host, &port, &reply);
  g_assert_cmpint (taken, <=, (int) length);
  g_assert_true (taken <= 0 || reply != SHOT_SOCKS_SUCCEEDED || (host != NULL && port <= 65535));
  return 0;
}
