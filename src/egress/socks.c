#include "config.h"

#include "socks.h"

#include <arpa/inet.h>
#include <string.h>

#define VERSION 5
#define LOGIN_VERSION 1
#define COMMAND_CONNECT 1

enum {
  ADDRESS_IPV4 = 1,
  ADDRESS_NAME = 3,
  ADDRESS_IPV6 = 4
};

int
shot_socks_read_greeting (const uint8_t *bytes, size_t length, bool *out_offers_password)
{
  if (length >= 1 && bytes[0] != VERSION)
    return -1;
  if (length < 2 || length < 2u + bytes[1])
    return 0;
  *out_offers_password = memchr (bytes + 2, SHOT_SOCKS_METHOD_PASSWORD, bytes[1]) != NULL;
  return 2 + bytes[1];
}

int
shot_socks_read_login (const uint8_t *bytes, size_t length, char **out_user, char **out_password)
{
  if (length >= 1 && bytes[0] != LOGIN_VERSION)
    return -1;
  if (length < 2 || length < 3u + bytes[1])
    return 0;
  size_t         user_length = bytes[1];
  const uint8_t *password = bytes + 2 + user_length;
  if (length < 3 + user_length + password[0])
    return 0;
  *out_user = g_strndup ((const char *) bytes + 2, user_length);
  *out_password = g_strndup ((const char *) password + 1, password[0]);
  return (int) (3 + user_length + password[0]);
}

/* (transfer full) (nullable) */
static char *
read_host (const uint8_t *address, int kind)
{
  char text[INET6_ADDRSTRLEN];

  if (kind == ADDRESS_IPV4)
    return g_strdup (inet_ntop (AF_INET, address, text, sizeof text));
  if (kind == ADDRESS_IPV6)
    return g_strdup_printf ("[%s]", inet_ntop (AF_INET6, address, text, sizeof text));
  /* A NUL would end the name early, before what was checked. */
  if (memchr (address + 1, '\0', address[0]) != NULL)
    return NULL;
  return g_strndup ((const char *) address + 1, address[0]);
}

int
shot_socks_read_request (const uint8_t *bytes, size_t length, char **out_host, unsigned *out_port,
                         ShotSocksReply *out_reply)
{
  if (length >= 1 && bytes[0] != VERSION)
    return -1;
  if (length < 5)
    return 0;

  size_t         address_length = 0;
  const uint8_t *address = bytes + 4;
  switch (bytes[3]) {
  case ADDRESS_IPV4:
    address_length = 4;
    break;
  case ADDRESS_IPV6:
    address_length = 16;
    break;
  case ADDRESS_NAME:
    address_length = 1u + address[0];
    break;
  default:
    *out_reply = SHOT_SOCKS_ADDRESS_UNKNOWN;
    return (int) length;
  }
  if (length < 6 + address_length)
    return 0;

  *out_reply = SHOT_SOCKS_COMMAND_UNKNOWN;
  if (bytes[1] == COMMAND_CONNECT) {
    *out_port = (unsigned) address[address_length] << 8 | address[address_length + 1];
    *out_host = *out_port != 0 ? read_host (address, bytes[3]) : NULL;
    *out_reply = *out_host != NULL ? SHOT_SOCKS_SUCCEEDED : SHOT_SOCKS_ADDRESS_UNKNOWN;
  }
  return (int) (6 + address_length);
}

void
shot_socks_write_method (uint8_t out_bytes[SHOT_SOCKS_ANSWER_BYTES], uint8_t method)
{
  out_bytes[0] = VERSION;
  out_bytes[1] = method;
}

void
shot_socks_write_login (uint8_t out_bytes[SHOT_SOCKS_ANSWER_BYTES], bool is_known)
{
  out_bytes[0] = LOGIN_VERSION;
  out_bytes[1] = is_known ? 0 : 1;
}

void
shot_socks_write_reply (uint8_t out_bytes[SHOT_SOCKS_REPLY_BYTES], ShotSocksReply reply)
{
  memset (out_bytes, 0, SHOT_SOCKS_REPLY_BYTES);
  out_bytes[0] = VERSION;
  out_bytes[1] = (uint8_t) reply;
  out_bytes[3] = ADDRESS_IPV4;
}
