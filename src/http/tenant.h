/* tenant.h: whose requests take turns with whose
 *
 * A tenant is the token that a request came with, by its index, and its X-Tenant-ID, as in quota.h.
 * Only a number is made of them, which tells nothing.
 *
 * Any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* @tenant: (nullable). */
uint64_t shot_tenant_hash (int token_index, const char *tenant);

G_END_DECLS
