/* mask.h: takes secrets out of whatever is about to be read by people
 *
 * Addresses and header values reach logs, errors and JSON only through here.
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Replaces the value of every query parameter (of the address itself and of addresses that ride
 * in its parameters, percent-encoded or not) whose name tells that it is a secret (renderKey,
 * auth_token, token, access_token, api_key, apikey, key, secret, password, jwt, code, sig …, in
 * any case), the user:password part, and anything that looks like a JWT or a Grafana token
 * (glsa_…, glc_…, eyJ….….…) by "***". Works on whole log lines too. Beyond 64 KiB a text is
 * cut. (transfer full) */
char *shot_mask_uri (const char *text);

/* Whether a header of this name carries a secret: Authorization, Cookie, X-Auth-Token … */
gboolean shot_mask_is_secret_header (const char *name);

G_END_DECLS
