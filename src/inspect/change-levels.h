/* change-levels.h: what of a panel's data is not as it was
 *
 * A day is never like the one before: a level counts by its ratio and by how far it is from where
 * the series wobbles anyway. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "change-data.h"
#include "change-reason.h"

G_BEGIN_DECLS

/* Adds it, if it has a score. */
void shot_levels_add (GArray *reasons, ShotReason reason);

/* Adds what there is to say of two that both hold something to @reasons (element-type ShotReason).
 * @durations: the range now by the range before. The names belong to the data. */
void shot_levels_compare (const ShotChangeData *now, const ShotChangeData *before, double durations,
                          GArray *reasons);

G_END_DECLS
