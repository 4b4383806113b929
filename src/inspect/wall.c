#include "config.h"

#include "wall.h"

#define DAY_SECONDS INT64_C (86400)
#define MAX_OFFSETS 8

static int64_t
divide_down (int64_t a, int64_t b)
{
  return a / b - (a % b < 0 ? 1 : 0);
}

/* https://howardhinnant.github.io/date_algorithms.html#days_from_civil; the month is in bounds. */
static int64_t
days_from_date (int64_t year, int month, int day)
{
  year -= month <= 2 ? 1 : 0;
  int64_t era = divide_down (year, 400);
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

  return era * 146097 + day_of_era - 719468;
}

static void
date_from_days (int64_t days, ShotWall *out_wall)
{
  days += 719468;
  int64_t era = divide_down (days, 146097);
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                         day_of_era / 146096) /
                        365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month_from_march = (5 * day_of_year + 2) / 153;

  out_wall->day = (int) (day_of_year - (153 * month_from_march + 2) / 5 + 1);
  out_wall->month = (int) (month_from_march + (month_from_march < 10 ? 3 : -9));
  out_wall->year = (int) (year_of_era + era * 400 + (out_wall->month <= 2 ? 1 : 0));
}

int64_t
shot_wall_count_days (const ShotWall *self)
{
  int64_t months = self->year * INT64_C (12) + self->month - 1;
  int64_t year = divide_down (months, 12);

  return days_from_date (year, (int) (months - year * 12) + 1, 1) + self->day - 1;
}

/* As if the zone were UTC. */
static int64_t
count_seconds (const ShotWall *self)
{
  return shot_wall_count_days (self) * DAY_SECONDS + self->hour * INT64_C (3600) +
         self->minute * INT64_C (60) + self->second;
}

static ShotWall
wall_from_seconds (int64_t seconds)
{
  int64_t  days = divide_down (seconds, DAY_SECONDS);
  int      rest = (int) (seconds - days * DAY_SECONDS);
  ShotWall wall = { .hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60 };

  date_from_days (days, &wall);
  return wall;
}

static int64_t
get_offset (GTimeZone *zone, int64_t seconds)
{
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, seconds);

  return g_time_zone_get_offset (zone, interval);
}

ShotWall
shot_wall_from_ms (int64_t ms, GTimeZone *zone)
{
  int64_t seconds = divide_down (ms, 1000);

  return wall_from_seconds (seconds + get_offset (zone, seconds));
}

/* The offsets that are in use within a day of this reading; zones have changed by as much. */
static unsigned
list_offsets (GTimeZone *zone, int64_t reading, int64_t offsets[MAX_OFFSETS])
{
  int      from = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, reading - DAY_SECONDS);
  int      to = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, reading + DAY_SECONDS);
  unsigned n = 0;

  for (int interval = from; interval <= to && n < MAX_OFFSETS; interval++)
    offsets[n++] = g_time_zone_get_offset (zone, interval);
  return n;
}

/* The first moment at which the clock is beyond @reading, which it never shows. */
static int64_t
find_end_of_gap (GTimeZone *zone, int64_t reading)
{
  int64_t before = reading - DAY_SECONDS;
  int64_t after = reading + DAY_SECONDS;

  while (after - before > 1) {
    int64_t middle = before + (after - before) / 2;
    if (middle + get_offset (zone, middle) >= reading)
      after = middle;
    else
      before = middle;
  }
  return after;
}

int64_t
shot_wall_to_ms (const ShotWall *self, GTimeZone *zone, ShotWallChoice choice)
{
  int64_t  reading = count_seconds (self);
  int64_t  offsets[MAX_OFFSETS];
  unsigned n_offsets = list_offsets (zone, reading, offsets);
  int64_t  found = 0;
  bool     is_found = false;

  for (unsigned i = 0; i < n_offsets; i++) {
    int64_t seconds = reading - offsets[i];
    if (get_offset (zone, seconds) != offsets[i])
      continue;
    if (!is_found || (choice == SHOT_WALL_LAST ? seconds > found : seconds < found))
      found = seconds;
    is_found = true;
  }
  return (is_found ? found : find_end_of_gap (zone, reading)) * 1000;
}

ShotWall
shot_wall_normalize (const ShotWall *self)
{
  return wall_from_seconds (count_seconds (self));
}

ShotWall
shot_wall_add_months (const ShotWall *self, int months)
{
  ShotWall wall = *self;
  int64_t  all = wall.year * INT64_C (12) + wall.month - 1 + months;

  wall.year = (int) divide_down (all, 12);
  wall.month = (int) (all - wall.year * INT64_C (12)) + 1;
  wall.day = MIN (wall.day, shot_wall_get_month_length (wall.year, wall.month));
  return wall;
}

int
shot_wall_get_weekday (const ShotWall *self)
{
  int64_t days = shot_wall_count_days (self) + 4;

  return (int) (days - divide_down (days, 7) * 7);
}

int
shot_wall_get_month_length (int year, int month)
{
  static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  bool             is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

  return lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

bool
shot_wall_is_equal (const ShotWall *a, const ShotWall *b)
{
  return count_seconds (a) == count_seconds (b);
}
