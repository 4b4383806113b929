/* shelf.h: the plans of a folder, as they are now
 *
 * Files that end in .yaml or .yml; one that cannot be read is there with its error. They are read in
 * a thread, again whenever the folder changes. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "plan.h"

G_BEGIN_DECLS

typedef struct _ShotShelf ShotShelf;

#define SHOT_SHELF_MAX 1000

typedef struct {
  char     *name;  /* (owned) */
  ShotPlan *plan;  /* (owned) (nullable) */
  char     *error; /* (owned) (nullable): why there is no plan */
} ShotShelfPlan;

/* @changed: called after the first reading, too, never before the return. (transfer full);
 * SHOT_ERROR_USAGE when the folder cannot be read. */
ShotShelf *shot_shelf_new  (const char *folder, void (*changed) (void *user_data), void *user_data,
                            GError **error);
void       shot_shelf_free (ShotShelf *self); /* accepts NULL */

/* By name. (transfer none) (element-type ShotShelfPlan), until the next change */
const GPtrArray *shot_shelf_list (const ShotShelf *self);
/* (transfer none) (nullable) */
const ShotShelfPlan *shot_shelf_find (const ShotShelf *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotShelf, shot_shelf_free)

G_END_DECLS
