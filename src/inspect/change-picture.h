/* change-picture.h: how different two pictures of the same panel look
 *
 * What a panel says is in its colours: series, thresholds. A sketch counts, for each of some hues,
 * how much of it lies where, in a coarse grid; what is grey (axes, grid, text) counts little beside
 * it. Sketches of panels of different size compare as well. A curve that moved along with time has
 * its colours at the same heights, in the same amounts. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "change-pixels.h"

G_BEGIN_DECLS

typedef struct ShotSketch ShotSketch;

/* (transfer full) */
ShotSketch *shot_sketch_new  (const ShotChangePixels *pixels);
void        shot_sketch_free (ShotSketch *self); /* accepts NULL */

/* The parts that the verdict is made of; each 0 to 1. */
typedef struct {
  double hues;     /* how much of each colour there is */
  double presence; /* of the one that came or went the most */
  double rows;     /* at which heights */
  double tiles;    /* at which places, once what moved sideways is moved back */
} ShotSketchParts;

/* 0: alike, 1: nothing in common. @out_parts: (nullable) */
double shot_sketch_compare (const ShotSketch *now, const ShotSketch *before,
                            ShotSketchParts *out_parts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotSketch, shot_sketch_free)

G_END_DECLS
