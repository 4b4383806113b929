/* certificate.h: what the server shows to those who connect over TLS
 *
 * A certificate with its chain, and its key, from two PEM files that are looked at for each
 * connection and read again once one has changed. A pair that cannot be used is told in the log
 * and the last good one stays; connections keep the pair they began with.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ShotCertificate ShotCertificate;

/* "1.0" to "1.3", also as "TLSv1.2"; SHOT_ERROR_USAGE for another. NULL or "" is 1.2. */
gboolean shot_certificate_read_version (const char *text, GTlsProtocolVersion *out_version,
                                        GError **error);

/* SHOT_ERROR_USAGE, which names file and cure, when a path is NULL, or the files are not
 * readable, no PEM, encrypted or no pair. (transfer full) */
ShotCertificate *shot_certificate_new  (const char *certificate_path, const char *key_path,
                                        GTlsProtocolVersion min_version, GError **error);
void             shot_certificate_free (ShotCertificate *self); /* accepts NULL */

/* Reads the files now, changed or not. On failure the last good pair stays. */
gboolean shot_certificate_reload (ShotCertificate *self, GError **error);

/* The server's side of TLS, before its handshake (tls-stream.h). (transfer full) */
GIOStream *shot_certificate_wrap (ShotCertificate *self, GSocketConnection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotCertificate, shot_certificate_free)

G_END_DECLS
