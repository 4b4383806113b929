/* change.h: how different two captures of the same cell are, and one line that says why
 *
 * Orders the reviewer's queue, never decides. Two things are compared: pixels, with axis labels and
 * what else is bound to move set aside, and the data where both have it. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>

#include "record.h"

G_BEGIN_DECLS

typedef struct {
  double score;          /* 0: alike, 1: nothing in common */
  double picture_change; /* share of pixels; below 0: not compared */
  char  *reason;         /* (owned): one line, English; see shot_change_translate() */
} ShotChange;

void shot_change_clear (ShotChange *self);

/* Any of the four may be NULL. Pictures: PNG. Data: CSV as data/page/panels.js writes it, not
 * compressed. The cells tell state and flags ("no data, had data yesterday"). */
void shot_change_compare (const ShotCell *now, GBytes *picture_now, const char *data_now,
                          const ShotCell *before, GBytes *picture_before, const char *data_before,
                          const char *before_name, ShotChange *out_change);

/* PNG of the size of @now: the picture dimmed, what differs marked. NULL with @error. */
GBytes *shot_change_draw (GBytes *picture_now, GBytes *picture_before, GError **error);

/* WebP, at most 400 pixels wide, for lists. */
GBytes *shot_change_make_thumbnail (GBytes *picture, GError **error);

/* A reason in another language ("zh-CN"). (transfer full) */
char *shot_change_translate (const char *reason, const char *language);

G_END_DECLS
