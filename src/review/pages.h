/* pages.h: the files of the review page
 *
 * They are the same for everybody, signed in or not: what they show they ask the API for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "exchange.h"

G_BEGIN_DECLS

#define SHOT_PAGES_POLICY                                                                         \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "               \
  "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

void shot_pages_handle (ShotExchange *exchange);

G_END_DECLS
