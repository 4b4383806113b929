#include "config.h"

#include "range.h"

#include <string.h>

#include "error.h"
#include "range-private.h"

#define MAX_LABEL_CHARACTERS 100

static const int64_t unit_ms[] = {
  [SHOT_UNIT_SECOND] = 1000,
  [SHOT_UNIT_MINUTE] = 60000,
  [SHOT_UNIT_HOUR] = 3600000,
};

void
shot_range_free (ShotRange *self)
{
  if (self == NULL)
    return;
  g_free (self->label);
  g_free (self->text);
  g_free (self);
}

/* The name that a plan gives: blanks at its ends are not meant. (transfer full) (nullable) */
static char *
read_label (const char *label, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (label));

  if (*stripped == '\0' || !g_utf8_validate (stripped, -1, NULL) ||
      g_utf8_strlen (stripped, -1) > MAX_LABEL_CHARACTERS) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                 "the name of a range is 1 to %d characters long", MAX_LABEL_CHARACTERS);
    return NULL;
  }
  for (const char *at = stripped; *at != '\0'; at = g_utf8_next_char (at)) {
    if (g_unichar_iscntrl (g_utf8_get_char (at))) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE,
                   "the name of a range is one line without control characters");
      return NULL;
    }
  }
  return g_steal_pointer (&stripped);
}

ShotRange *
shot_range_new (const char *label, const char *text, GError **error)
{
  ShotRangeSpec    spec;
  g_autofree char *name = NULL;

  if (!shot_range_parse (text, &spec, error))
    return NULL;
  if (label != NULL && (name = read_label (label, error)) == NULL)
    return NULL;

  ShotRange *self = g_new0 (ShotRange, 1);
  self->text = shot_range_write (&spec);
  self->label = name != NULL ? g_steal_pointer (&name) : g_strdup (self->text);
  return self;
}

/* Hours and less are lengths of time; days and more move the hands on the wall. */
static int64_t
move (int64_t ms, const ShotRangeSpan *span, int sign, GTimeZone *zone, ShotWallChoice choice)
{
  int amount = sign * span->amount;

  if (amount == 0)
    return ms;
  if (span->unit < SHOT_UNIT_DAY)
    return ms + amount * unit_ms[span->unit];

  ShotWall wall = shot_wall_from_ms (ms, zone);
  if (span->unit == SHOT_UNIT_MONTH)
    wall = shot_wall_add_months (&wall, amount);
  else if (span->unit == SHOT_UNIT_YEAR)
    wall = shot_wall_add_months (&wall, amount * 12);
  else
    wall.day += amount * (span->unit == SHOT_UNIT_WEEK ? 7 : 1);
  return shot_wall_to_ms (&wall, zone, choice) + (ms % 1000 + 1000) % 1000;
}

/* The beginning of the unit in which @wall is, @units later. */
static ShotWall
find_beginning (const ShotWall *wall, ShotRangeUnit unit, int units)
{
  ShotWall date = { .year = wall->year, .month = wall->month, .day = wall->day };

  switch (unit) {
  case SHOT_UNIT_WEEK:
    date.day += 7 * units - (shot_wall_get_weekday (wall) + 6) % 7;
    break;
  case SHOT_UNIT_MONTH:
    date.day = 1;
    date.month += units;
    break;
  case SHOT_UNIT_YEAR:
    date.day = 1;
    date.month = 1;
    date.year += units;
    break;
  default:
    date.day += units;
    break;
  }
  return shot_wall_normalize (&date);
}

/* Of seconds to hours: by the clock, but never back over a moment at which it was set. */
static int64_t
round_short (int64_t ms, ShotRangeUnit unit, GTimeZone *zone)
{
  ShotWall wall = shot_wall_from_ms (ms, zone);
  int64_t  whole = ms - (ms % 1000 + 1000) % 1000;
  int64_t  passed = unit == SHOT_UNIT_SECOND ? 0 : wall.second;

  passed += unit == SHOT_UNIT_HOUR ? wall.minute * 60 : 0;
  wall.second = unit == SHOT_UNIT_SECOND ? wall.second : 0;
  wall.minute = unit == SHOT_UNIT_HOUR ? 0 : wall.minute;
  whole -= passed * 1000;

  ShotWall reached = shot_wall_from_ms (whole, zone);
  return shot_wall_is_equal (&reached, &wall) ? whole
                                              : shot_wall_to_ms (&wall, zone, SHOT_WALL_FIRST);
}

/* As Grafana rounds: for the end of a range to the last millisecond of the unit. */
static int64_t
round_to (int64_t ms, ShotRangeUnit unit, bool is_end, GTimeZone *zone)
{
  if (unit < SHOT_UNIT_DAY)
    return round_short (ms, unit, zone) + (is_end ? unit_ms[unit] - 1 : 0);

  ShotWall wall = shot_wall_from_ms (ms, zone);
  ShotWall edge = find_beginning (&wall, unit, is_end ? 1 : 0);
  return shot_wall_to_ms (&edge, zone, SHOT_WALL_FIRST) - (is_end ? 1 : 0);
}

static int64_t
resolve_end (const ShotRangeEnd *end, bool is_end, int64_t now_ms, GTimeZone *zone)
{
  ShotWallChoice choice = is_end ? SHOT_WALL_LAST : SHOT_WALL_FIRST;
  int64_t        ms = now_ms;

  if (!end->is_now && end->is_date) {
    ShotWall edge = find_beginning (&end->wall, SHOT_UNIT_DAY, is_end ? 1 : 0);
    return shot_wall_to_ms (&edge, zone, SHOT_WALL_FIRST) - (is_end ? 1 : 0);
  }
  if (!end->is_now)
    return shot_wall_to_ms (&end->wall, zone, choice);
  for (unsigned i = 0; i < end->n_steps; i++) {
    const ShotRangeStep *step = &end->steps[i];
    ms = step->is_rounding ? round_to (ms, step->span.unit, is_end, zone)
                           : move (ms, &step->span, 1, zone, choice);
  }
  return ms;
}

static void
resolve (const ShotRangeSpec *spec, int64_t now_ms, GTimeZone *zone, int64_t *out_from,
         int64_t *out_to)
{
  int64_t  now = move (now_ms, &spec->shift, -1, zone, SHOT_WALL_LAST);
  ShotWall wall = shot_wall_from_ms (now, zone);
  ShotWall edge;

  *out_to = now;
  switch (spec->kind) {
  case SHOT_RANGE_LAST:
    *out_from = move (now, &spec->span, -1, zone, SHOT_WALL_FIRST);
    break;
  case SHOT_RANGE_WHOLE:
    edge = find_beginning (&wall, spec->span.unit, -spec->span.amount);
    *out_from = shot_wall_to_ms (&edge, zone, SHOT_WALL_FIRST);
    edge = find_beginning (&wall, spec->span.unit, 1 - spec->span.amount);
    *out_to = shot_wall_to_ms (&edge, zone, SHOT_WALL_FIRST) - 1;
    break;
  case SHOT_RANGE_SO_FAR:
    *out_from = round_to (now, spec->span.unit, false, zone);
    break;
  case SHOT_RANGE_SAME_HOUR:
    /* Always an hour long, whatever a clock does in it. */
    *out_to = move (now, &spec->span, -1, zone, SHOT_WALL_LAST);
    *out_from = *out_to - unit_ms[SHOT_UNIT_HOUR];
    break;
  case SHOT_RANGE_BETWEEN:
    *out_from = resolve_end (&spec->from, false, now, zone);
    *out_to = resolve_end (&spec->to, true, now, zone);
    break;
  }
}

gboolean
shot_range_resolve (const ShotRange *self, int64_t now_ms, GTimeZone *zone, int64_t *out_from_ms,
                    int64_t *out_to_ms, GError **error)
{
  ShotRangeSpec spec;
  int64_t       from_ms = 0;
  int64_t       to_ms = 0;
  const char   *wrong = NULL;

  if (!shot_range_parse (self->text, &spec, error))
    return FALSE;
  resolve (&spec, now_ms, zone, &from_ms, &to_ms);
  if (to_ms < from_ms)
    wrong = "it ends before it begins";
  else if (from_ms > now_ms)
    wrong = "it begins after now, so there is nothing to see yet";
  else if (from_ms < 0)
    wrong = "it begins before 1970, when there was nothing to see";
  if (wrong != NULL) {
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_USAGE, "range \"%s\": %s", self->text, wrong);
    return FALSE;
  }
  *out_from_ms = from_ms;
  *out_to_ms = to_ms;
  return TRUE;
}
