/* proxy.h: the address of an upstream proxy, as people write it
 *
 * "http://", "https://", "socks5://" (also socks5h:// and socks://), then user:password@ if it
 * wants them, then host and port. Without a scheme it is HTTP, as with curl; without a port it is
 * the scheme's own. SOCKS 4 is none of them: it takes addresses alone, so names would have to be
 * resolved where the list of targets does not look.
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

#include "secret.h"

G_BEGIN_DECLS

/* As GIO wants it. SHOT_ERROR_USAGE quotes nothing of @text. (transfer full) */
ShotSecret *shot_proxy_parse (const char *text, GError **error);

/* With "***" in place of user and password, of what is no address too. (transfer full) */
char *shot_proxy_mask (const char *text);

/* Whether @text is an address that _parse() takes; for tables of settings. */
gboolean shot_proxy_check (const char *text, GError **error);

G_END_DECLS
