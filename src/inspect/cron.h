/* cron.h: when a plan is due
 *
 * Five fields as in crontab(5) (lists, ranges, steps, names of months and days, 0 and 7 are Sunday;
 * when day of month and day of week are both restricted either will do), or @hourly, @daily,
 * @weekly, @monthly, @yearly. In a time zone: a local time that a clock set forward leaves out is due
 * at the first moment after the gap, one that comes twice is due once, the first time (schedules
 * that name every hour or step through them follow elapsed hours instead, as cron does).
 *
 * Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _ShotCron ShotCron;

/* SHOT_ERROR_USAGE names the field; also for what never happens, such as 30 February. (transfer full) */
ShotCron *shot_cron_new  (const char *text, GError **error);
void      shot_cron_free (ShotCron *self); /* accepts NULL */

/* The first time strictly after @after_ms. */
int64_t shot_cron_get_next (const ShotCron *self, int64_t after_ms, GTimeZone *zone);

/* The last time at or before @until_ms and after @after_ms; 0 when there is none. */
int64_t shot_cron_get_last (const ShotCron *self, int64_t after_ms, int64_t until_ms,
                            GTimeZone *zone);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotCron, shot_cron_free)

G_END_DECLS
