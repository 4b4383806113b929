/* clients.h: the connections of the server, each with a deadline for what it does now
 *
 *   HANDSHAKE  TLS only                              header_timeout_ms, from the accept
 *   HEADERS    the request's line and headers        likewise: what the handshake left of it
 *   REFUSED    a head that libsoup shall not see    a second, to read our answer (head.h)
 *   BODY       the rest of the request               body_timeout_ms
 *   WAITING    our answer is in the making           none: a render has its own
 *   SENDING    the answer is on its way              send_timeout_ms, all of it
 *   DROPPED    shut down; libsoup is about to close
 *
 * libsoup has none of these deadlines; it gets a connection once the head is there, and closes what
 * it has got after one answer. With that the connection ends, too, unless somebody has asked to keep
 * it: then it is back at HEADERS for keep_timeout_ms. When all places are taken the oldest that has
 * not asked yet makes way: who says nothing must not keep out who does. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>
#include <stdbool.h>
#include <stdint.h>

#include "certificate.h"

G_BEGIN_DECLS

typedef struct _ShotClients ShotClients;

#define SHOT_CLIENTS_HEADER_TIMEOUT_MS 3000
#define SHOT_CLIENTS_BODY_TIMEOUT_MS 10000
#define SHOT_CLIENTS_SEND_TIMEOUT_MS 60000
#define SHOT_CLIENTS_KEEP_TIMEOUT_MS 15000
#define SHOT_CLIENTS_MAX 512

typedef struct {
  ShotCertificate *certificate;       /* (borrowed) (nullable): NULL is plain HTTP */
  unsigned         header_timeout_ms; /* 0: the default above, as for the others */
  unsigned         body_timeout_ms;
  unsigned         send_timeout_ms;
  unsigned         max_connections; /* never more than half of the descriptors we may open */
  unsigned         keep_timeout_ms;
} ShotClientsOptions;

/* @soup gets the connections and must outlive it. (transfer full) */
ShotClients *shot_clients_new  (SoupServer *soup, const ShotClientsOptions *options);
void         shot_clients_free (ShotClients *self); /* accepts NULL; drops all */

/* Takes a reference. */
void shot_clients_accept (ShotClients *self, GSocketConnection *connection);

unsigned shot_clients_get_count (const ShotClients *self);

/* The socket that the request came on. (transfer none) (nullable) */
GSocket *shot_clients_find_socket (ShotClients *self, SoupServerMessage *message);

/* Its answer may take as long as it likes: whoever sends it sees to its end. */
void shot_clients_set_endless (ShotClients *self, SoupServerMessage *message);

/* Its answer has so many bytes: so much longer than send_timeout_ms may it take. */
void shot_clients_set_length (ShotClients *self, SoupServerMessage *message, uint64_t length);

/* When all of this request has been read and all of its answer was written, the connection is there
 * for another one. False when it is not possible: then say "Connection: close". */
bool shot_clients_keep (ShotClients *self, SoupServerMessage *message);

/* Ends the connection at once. */
void shot_clients_drop (ShotClients *self, SoupServerMessage *message);

G_END_DECLS
