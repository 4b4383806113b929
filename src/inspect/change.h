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
  double picture_change; /* 0: alike, 1: nothing in common; below 0: not compared */
  char  *reason;         /* (owned): one line, English; see shot_change_translate() */
} ShotChange;

void shot_change_clear (ShotChange *self);

/* Any of the four may be NULL. Pictures: PNG. Data: CSV as data/page/panels.js writes it, not
 * compressed. The cells tell state and flags. @before_name: as shot_change_name_before() says it, at any
 * rate without ";". */
void shot_change_compare (const ShotCell *now, GBytes *picture_now, const char *data_now,
                          const ShotCell *before, GBytes *picture_before, const char *data_before,
                          const char *before_name, ShotChange *out_change);

/* "last week", "yesterday", "3 hours ago": the @before_name that can be translated. @now_ms,
 * @before_ms: the nows of both runs. (transfer full) */
char *shot_change_name_before (int64_t now_ms, int64_t before_ms);

/* PNG of the size of @now: the picture dimmed, what was not there before in orange, what is not there
 * any more in blue. NULL with @error. */
GBytes *shot_change_draw (GBytes *picture_now, GBytes *picture_before, GError **error);

/* WebP, at most 400 pixels wide, for lists. */
GBytes *shot_change_make_thumbnail (GBytes *picture, GError **error);

/* A reason in another language ("zh-CN"). (transfer full) */
char *shot_change_translate (const char *reason, const char *language);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotChange, shot_change_clear)

G_END_DECLS
