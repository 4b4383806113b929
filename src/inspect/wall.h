/* wall.h: what a clock on the wall shows in a time zone
 *
 * The Gregorian calendar, far beyond the years that GDateTime has. Pure, any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Fields beyond their bounds (month 13, day 0, hour 30) are carried over. */
typedef struct {
  int year;
  int month; /* from 1 */
  int day;   /* from 1 */
  int hour;
  int minute;
  int second;
} ShotWall;

/* When a clock is set back, one reading comes twice. */
typedef enum {
  SHOT_WALL_FIRST,
  SHOT_WALL_LAST,
} ShotWallChoice;

ShotWall shot_wall_from_ms (int64_t ms, GTimeZone *zone);

/* A reading that a clock set forward leaves out is the first moment after the gap. */
int64_t shot_wall_to_ms (const ShotWall *self, GTimeZone *zone, ShotWallChoice choice);

/* Puts fields beyond their bounds right. */
ShotWall shot_wall_normalize (const ShotWall *self);

/* Months and years later; a day that the month does not have is its last. */
ShotWall shot_wall_add_months (const ShotWall *self, int months);

/* From 1970-01-01; of the date alone. */
int64_t shot_wall_count_days (const ShotWall *self);

int  shot_wall_get_weekday (const ShotWall *self); /* 0 is Sunday */
int  shot_wall_get_month_length (int year, int month); /* month from 1 to 12 */
bool shot_wall_is_equal (const ShotWall *a, const ShotWall *b);

G_END_DECLS
