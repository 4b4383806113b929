/* range-private.h: what the text of a range says, before there is a now
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "range.h"
#include "wall.h"

G_BEGIN_DECLS

#define SHOT_RANGE_MAX_STEPS 8

/* From short to long: those before the day are lengths of time, from there on the calendar's. */
typedef enum {
  SHOT_UNIT_SECOND,
  SHOT_UNIT_MINUTE,
  SHOT_UNIT_HOUR,
  SHOT_UNIT_DAY,
  SHOT_UNIT_WEEK,
  SHOT_UNIT_MONTH,
  SHOT_UNIT_YEAR,
  SHOT_N_UNITS
} ShotRangeUnit;

typedef struct {
  int           amount;
  ShotRangeUnit unit;
} ShotRangeSpan;

typedef struct {
  bool          is_rounding; /* to the unit's beginning, or to its end for the end of a range */
  ShotRangeSpan span;        /* added; the amount may be negative */
} ShotRangeStep;

/* One side of "X to Y": arithmetic on now, or a reading of the clock. */
typedef struct {
  bool          is_now;
  ShotRangeStep steps[SHOT_RANGE_MAX_STEPS];
  unsigned      n_steps;
  ShotWall      wall;
  bool          is_date; /* without a time: the whole day */
} ShotRangeEnd;

typedef enum {
  SHOT_RANGE_LAST,      /* @span up to now */
  SHOT_RANGE_WHOLE,     /* the whole unit, @span.amount units ago */
  SHOT_RANGE_SO_FAR,    /* the unit that is under way, up to now */
  SHOT_RANGE_SAME_HOUR, /* the hour before now, @span ago */
  SHOT_RANGE_BETWEEN,   /* @from to @to */
} ShotRangeKind;

typedef struct {
  ShotRangeKind kind;
  ShotRangeSpan span;
  ShotRangeSpan shift; /* of now; the amount is 0 for none */
  ShotRangeEnd  from;
  ShotRangeEnd  to;
} ShotRangeSpec;

/* SHOT_ERROR_USAGE. */
gboolean shot_range_parse (const char *text, ShotRangeSpec *out_spec, GError **error);

/* The text that this would be parsed from, as it is to be written. (transfer full) */
char *shot_range_write (const ShotRangeSpec *spec);

G_END_DECLS
