/* tls-stream.h: the server's side of TLS on a connection
 *
 * GIO does handshakes in a pool of ten threads, so that ten clients who say half a hello keep out
 * all others, and cannot be told the oldest version. This one has GnuTLS work on the socket as
 * data comes, without threads. It has what libsoup uses of a stream: pollable reads and writes.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <gnutls/gnutls.h>

G_BEGIN_DECLS

/* What all sessions of one certificate share, in a reference counted box. */
typedef struct {
  gnutls_certificate_credentials_t certificate; /* (owned) */
  gnutls_priority_t                priority;    /* (owned) */
} ShotTlsCredentials;

void shot_tls_credentials_unref (ShotTlsCredentials *self); /* accepts NULL */

/* Holds @connection and @credentials; closing it closes the connection. (transfer full) */
GIOStream *shot_tls_stream_new (GSocketConnection *connection, ShotTlsCredentials *credentials);

/* Before all else. Ends early when the socket is shut down. */
void     shot_tls_stream_handshake_async  (GIOStream *stream, GAsyncReadyCallback callback,
                                           void *user_data);
gboolean shot_tls_stream_handshake_finish (GIOStream *stream, GAsyncResult *result, GError **error);

G_END_DECLS
