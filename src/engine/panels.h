/* panels.h: the panels that a page has, and where each of them is put for its picture
 *
 * What data/page/panels.js tells comes from a page that may be hostile: whatever is missing or of
 * the wrong type keeps its default, numbers are clamped, and there are at most SHOT_JOB_MAX_PANELS.
 *
 * Places are made for pixels: each panel begins at a whole one, below the one before it and beside
 * it where both fit into the view, so that a picture of the view is cut without mixing two.
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "geometry.h"
#include "job.h"
#include "panel.h"

G_BEGIN_DECLS

/* Longer lists are no script's of ours. */
#define SHOT_PANELS_MAX_BYTES (4 * 1024 * 1024)

/* Device pixels of one batch at most: what is held several times over while it is made. */
#define SHOT_PANELS_BATCH_PIXELS INT64_C (32000000)

typedef struct {
  ShotPanel *panel;    /* (owned) */
  unsigned   index;    /* in the page's own list */
  bool       is_told;  /* by the caller: the page keeps its data, and has told its status */
  bool       is_taken; /* by the caller: its picture is made, it needs no place any more */
  bool       is_there; /* the page has its element, with this box in the view, CSS pixels: */
  double     x, y, width, height;
} ShotPanelBox;

typedef struct {
  GPtrArray *boxes;    /* (owned) (element-type ShotPanelBox): in the dashboard's order */
  ShotPanel *dashboard; /* (owned): its uid is the key of this, its title the title */
  int64_t    dashboard_version; /* 0: not told */
  unsigned   n_all;    /* with those beyond the limit, without those that are not chosen */
  unsigned   n_opened; /* rows */
} ShotPanelList;

/* Where a panel goes. Of those without a place the width is 0. */
typedef struct {
  unsigned batch;
  int      x, y;          /* device pixels; y counts from the top of all batches together */
  int      width, height; /* of the picture, device pixels */
  double   css_x, css_y, css_width, css_height; /* the same, to the page */
} ShotPanelPlace;

/* One view of it. */
typedef struct {
  int    top;     /* device pixels: its first line */
  int    height;  /* likewise */
  double css_top; /* the same, to the page */
} ShotPanelBatch;

typedef struct {
  ShotPanelPlace *places;  /* (owned): one per panel */
  unsigned       *indexes; /* (owned): likewise, in the page's own list */
  unsigned        n_places;
  GArray         *batches; /* (owned) (element-type ShotPanelBatch) */
  int             width;   /* of the view, as a job has it */
} ShotPanelPlan;

/* NULL for what is not JSON of the expected shape. (transfer full) */
ShotPanelList *shot_panels_parse (const char *text);
void           shot_panels_free  (ShotPanelList *self); /* accepts NULL */

/* Leaves only those boxes that are one of @keys (nullable) (element-type utf8), or a clone of one.
 * "panel-4" is that of "panel-4-clone-1", and of "row-1/panel-4" within a repeated row. */
void shot_panels_choose (ShotPanelList *self, const GPtrArray *keys);

/* Whether @key, of a panel of the page, is one that @wanted stands for. */
bool shot_panels_stands_for (const char *wanted, const char *key);

/* Of the wish's size, and of their own those that are cut out, or all that are there when the wish
 * is for the grid. What is larger than a picture may be has no place. (transfer full) */
ShotPanelPlan *shot_panels_plan      (const ShotPanelList *list, const ShotJob *job,
                                      const ShotPictureWish *wish);
void           shot_panels_plan_free (ShotPanelPlan *self); /* accepts NULL */

/* The options of panels.js's step "place". (transfer full) */
char *shot_panels_plan_to_json (const ShotPanelPlan *self);

/* Whether the panel is where the plan has it, in a view that shows its batch. */
bool shot_panels_is_in_place (const ShotPanelPlan *self, unsigned index, const ShotPanelBox *box);

/* Height of the view that shows a batch, as a job has it. */
int shot_panels_get_view_height (const ShotPanelPlan *self, unsigned batch, const ShotJob *job);

/* Whether both tell of the same panels. */
bool shot_panels_are_equal (const ShotPanelList *a, const ShotPanelList *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPanelList, shot_panels_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotPanelPlan, shot_panels_plan_free)

G_END_DECLS
