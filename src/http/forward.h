/* forward.h: what of a caller's headers goes on to the page
 *
 * To the origin of the page's own address, and to no other.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <libsoup/soup.h>

#include "job.h"

G_BEGIN_DECLS

/* Adds to @job the headers of these @names (NULL-terminated), X-Access-Token and a valid trace
 * context, unless it has one of the name already. */
void shot_forward_headers (SoupMessageHeaders *headers, const char *const *names, ShotJob *job);

G_END_DECLS
