/* tls.h: private certificate authorities
 *
 * WebKit's network process and libsoup know the system's authorities only. A certificate that they
 * refuse is checked again here against the caller's own. Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether @certificate, with its chain, is good for the host of @uri under one of the authorities
 * in @ca_pem: name, dates and signatures. */
gboolean shot_tls_is_trusted (GTlsCertificate *certificate, const char *uri, const char *ca_pem);

G_END_DECLS
