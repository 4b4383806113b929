/* socks.h: the messages of SOCKS 5 (RFC 1928) with user and password (RFC 1929)
 *
 * Reading returns how many bytes the message takes, 0 when it is not complete yet, -1 when it is
 * none. Only what a relay for CONNECT needs.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_SOCKS_MAX_BYTES 513 /* of one message: a user and a password of 255 bytes each */
#define SHOT_SOCKS_ANSWER_BYTES 2
#define SHOT_SOCKS_REPLY_BYTES 10

#define SHOT_SOCKS_METHOD_PASSWORD 0x02
#define SHOT_SOCKS_METHOD_NONE 0xff /* none of those offered */

typedef enum {
  SHOT_SOCKS_SUCCEEDED,
  SHOT_SOCKS_FAILED,
  SHOT_SOCKS_NOT_ALLOWED,
  SHOT_SOCKS_NETWORK_UNREACHABLE,
  SHOT_SOCKS_HOST_UNREACHABLE,
  SHOT_SOCKS_REFUSED,
  SHOT_SOCKS_TTL_EXPIRED,
  SHOT_SOCKS_COMMAND_UNKNOWN,
  SHOT_SOCKS_ADDRESS_UNKNOWN,
} ShotSocksReply;

int shot_socks_read_greeting (const uint8_t *bytes, size_t length, bool *out_offers_password);

/* (transfer full) both */
int shot_socks_read_login (const uint8_t *bytes, size_t length, char **out_user,
                           char **out_password);

/* @out_host: a name, or an address as it stands in an http address: IPv6 in brackets. (transfer
 * full). SHOT_SOCKS_SUCCEEDED in @out_reply, or why there is no host. */
int shot_socks_read_request (const uint8_t *bytes, size_t length, char **out_host,
                             unsigned *out_port, ShotSocksReply *out_reply);

void shot_socks_write_method (uint8_t out_bytes[SHOT_SOCKS_ANSWER_BYTES], uint8_t method);
void shot_socks_write_login  (uint8_t out_bytes[SHOT_SOCKS_ANSWER_BYTES], bool is_known);
/* The address that we connected from stays our own business: 0.0.0.0:0. */
void shot_socks_write_reply  (uint8_t out_bytes[SHOT_SOCKS_REPLY_BYTES], ShotSocksReply reply);

G_END_DECLS
