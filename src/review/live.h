/* live.h: the address of a cell's panel in Grafana, over the very range that was captured
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "record.h"

G_BEGIN_DECLS

/* @grafana: of the run. NULL when that is no http address: an archive from elsewhere may say
 * anything. (transfer full) (nullable) */
char *shot_live_make_address (const char *grafana, const ShotCell *cell);

G_END_DECLS
