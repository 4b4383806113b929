/* origin.h: scheme, host and port, compared as browsers compare them
 *
 * Decides which requests may carry a credential, so it is pure and has a table test. Linked
 * into the web-process extension as well: GLib only.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "scheme://host:port" in lower case, the port always written, IPv6 hosts in brackets.
 * NULL when @uri is not an absolute http or https address with a host. (transfer full) */
char *shot_origin_from_uri (const char *uri);

/* Whether @uri belongs to @origin, a text that shot_origin_from_uri() made. */
gboolean shot_origin_matches (const char *origin, const char *uri);

G_END_DECLS
