/* record-text.h: the JSON of many cells, as text
 *
 * What shot_cell_to_json() of each gives, without a tree in between: a page of 2,000 cells is wanted
 * at once. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "record.h"

G_BEGIN_DECLS

/* Adds "[…]". @cells: (element-type ShotCell) */
void shot_cells_write_json (const GPtrArray *cells, GString *text);

G_END_DECLS
