/* range.h: what "yesterday" means
 *
 * A range of a plan is resolved against one frozen now, in one time zone, to the milliseconds that
 * Grafana is asked for. Pure, any thread.
 *
 *   last 90m, last 6h, last 2d, last 1w        up to now
 *   today, yesterday, day before yesterday     whole calendar days ("today" up to its end)
 *   today so far, this week so far, this month so far, this year so far
 *   this week, last week, this month, last month, last year       whole (weeks begin on Monday)
 *   same hour a week ago, same hour yesterday  the hour before now, moved back by calendar days
 *   last 1h, 1w ago                            any of the above, moved back by calendar units
 *   now-6h to now, now/d to now                Grafana's own arithmetic
 *   2026-11-01 to 2026-11-08, 2026-11-01T08:00 to 2026-11-01T09:30     local times of the zone
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  char *label; /* (owned): for people and for the cell's key: the text, blanks and case put right,
                * or the name that the plan gives it */
  char *text;  /* (owned) */
} ShotRange;

void shot_range_free (ShotRange *self); /* accepts NULL */

/* Whether it can be understood at all: SHOT_ERROR_USAGE names what is wrong and shows what is
 * possible. @label: (nullable). (transfer full) */
ShotRange *shot_range_new (const char *label, const char *text, GError **error);

/* Local times that do not exist (a clock set forward) are the first that does; of two that are alike
 * the first is taken for a beginning, the second for an end. SHOT_ERROR_USAGE when it ends before it
 * begins, or begins after now. */
gboolean shot_range_resolve (const ShotRange *self, int64_t now_ms, GTimeZone *zone,
                             int64_t *out_from_ms, int64_t *out_to_ms, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotRange, shot_range_free)

G_END_DECLS
