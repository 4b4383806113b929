/* alarm.h: a timer of the wall clock
 *
 * Rings at its time by the calendar, also when the machine slept or the clock was set meanwhile; and
 * whenever the clock is set, so that its owner can look again. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _ShotAlarm ShotAlarm;

/* (transfer full) */
ShotAlarm *shot_alarm_new  (void (*ring) (void *user_data), void *user_data);
void       shot_alarm_free (ShotAlarm *self); /* accepts NULL */

/* @at_ms since 1970; what is past rings soon. */
void shot_alarm_set (ShotAlarm *self, int64_t at_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotAlarm, shot_alarm_free)

G_END_DECLS
