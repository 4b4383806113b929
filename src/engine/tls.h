/* tls.h: private certificate authorities
 *
 * WebKit's network process knows the system's authorities only. A certificate that it refuses is
 * checked again here against the job's own.
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
