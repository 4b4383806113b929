/* admission.h: may this request be rendered?
 *
 * In the order of the official renderer: who asks (401), for what address (403, 400), whether there
 * is room (429). What its parameters say comes after that. Each answer is counted.
 *
 * Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "query.h"
#include "server-private.h"

G_BEGIN_DECLS

/* By X-Auth-Token. @out_token: which of the tokens it was. A valid token is not counted here, as a
 * request may be looked at twice: shot_admission_admit() does. */
gboolean shot_admission_identify (ShotServer *self, SoupServerMessage *message, int *out_token,
                                  GError **error);

/* Address and room. May set Retry-After. An address that is missing is no error here. */
gboolean shot_admission_admit (ShotServer *self, SoupServerMessage *message, int token,
                               const ShotQuery *query, GError **error);

G_END_DECLS
