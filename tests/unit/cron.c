#include "config.h"

#include "cron.h"

#include <string.h>

#include "error.h"
#include "wall.h"

#define MINUTE_MS INT64_C (60000)

static int64_t
parse_ms (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autofree char      *whole = g_strdup_printf ("%s:00Z", text);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (whole, utc);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * 1000;
}

static ShotCron *
read_line (const char *line)
{
  g_autoptr (GError) error = NULL;
  ShotCron          *cron = shot_cron_new (line, &error);

  g_assert_no_error (error);
  return cron;
}

/* The moments after @after (UTC) on a clock on the wall, as many as @expected has. */
static void
check (const char *zone_name, const char *line, const char *after, const char *expected)
{
  g_autoptr (ShotCron)  cron = read_line (line);
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  g_autoptr (GString)   found = g_string_new (NULL);
  g_auto (GStrv)        moments = g_strsplit (expected, " ", -1);
  int64_t               ms = parse_ms (after);
  int64_t               start = ms;

  for (unsigned i = 0; i < g_strv_length (moments); i++) {
    int64_t next = shot_cron_get_next (cron, ms, zone);
    g_assert_cmpint (next, >, ms);
    /* Backwards it is the same, from the moment itself and from just before. */
    g_assert_cmpint (shot_cron_get_last (cron, ms, next, zone), ==, next);
    g_assert_cmpint (shot_cron_get_last (cron, start, next - 1, zone), ==, i == 0 ? 0 : ms);
    ms = next;
    g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);
    g_autofree char      *text = g_date_time_format (utc, "%Y-%m-%dT%H:%M");
    g_string_append_printf (found, "%s%s", i > 0 ? " " : "", text);
  }
  if (strcmp (found->str, expected) == 0)
    return;
  g_test_message ("\"%s\" in %s after %s: %s instead of %s", line, zone_name, after, found->str,
                  expected);
  g_test_fail ();
}

static void
test_fields (void)
{
  static const struct {
    const char *line;
    const char *expected;
  } rows[] = {
    { "* * * * *", "2026-11-25T08:01 2026-11-25T08:02" },
    { "*/15 * * * *", "2026-11-25T08:15 2026-11-25T08:30 2026-11-25T08:45 2026-11-25T09:00" },
    { "5-50/20 * * * *", "2026-11-25T08:05 2026-11-25T08:25 2026-11-25T08:45 2026-11-25T09:05" },
    { "0 8 * * *", "2026-11-26T08:00 2026-11-27T08:00" },
    { "0 8,20 * * *", "2026-11-25T20:00 2026-11-26T08:00" },
    { "30 6-8/2,22 * * *", "2026-11-25T08:30 2026-11-25T22:30 2026-11-26T06:30" },
    { "0 8 * * 1-5", "2026-11-26T08:00 2026-11-27T08:00 2026-11-30T08:00" },
    { "0 8 * * mon-FRI", "2026-11-26T08:00 2026-11-27T08:00 2026-11-30T08:00" },
    { "0 8 * * 0", "2026-11-29T08:00 2026-12-06T08:00" },
    { "0 8 * * 7", "2026-11-29T08:00 2026-12-06T08:00" },
    { "0 8 * * fri-sun", "2026-11-27T08:00 2026-11-28T08:00 2026-11-29T08:00" },
    { "0 8 * * 5-7", "2026-11-27T08:00 2026-11-28T08:00 2026-11-29T08:00" },
    { "0 8 1 * *", "2026-12-01T08:00 2027-01-01T08:00" },
    { "0 8 31 * *", "2026-12-31T08:00 2027-01-31T08:00 2027-03-31T08:00" },
    { "0 8 29 2 *", "2028-02-29T08:00 2032-02-29T08:00" },
    { "0 8 29 feb,apr *", "2027-04-29T08:00 2028-02-29T08:00" },
    { "0 0 1 Jan,jul *", "2027-01-01T00:00 2027-07-01T00:00" },
    /* Both restricted: either will do. With a star in one of them, both must. */
    { "0 8 13 * fri", "2026-11-27T08:00 2026-12-04T08:00 2026-12-11T08:00 2026-12-13T08:00" },
    { "0 8 */2 * 5", "2026-11-27T08:00 2026-12-11T08:00 2026-12-25T08:00" },
    { "0 8 29 2 */7", "2032-02-29T08:00 2060-02-29T08:00" },
    { "  0\t8  *  *  * ", "2026-11-26T08:00" },
    { "@hourly", "2026-11-25T09:00 2026-11-25T10:00" },
    { "@daily", "2026-11-26T00:00 2026-11-27T00:00" },
    { "@Midnight", "2026-11-26T00:00" },
    { "@weekly", "2026-11-29T00:00 2026-12-06T00:00" },
    { "@monthly", "2026-12-01T00:00 2027-01-01T00:00" },
    { "@yearly", "2027-01-01T00:00 2028-01-01T00:00" },
    { "@annually", "2027-01-01T00:00" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    check ("UTC", rows[i].line, "2026-11-25T08:00", rows[i].expected);
}

static void
test_clocks (void)
{
  static const struct {
    const char *zone;
    const char *line;
    const char *after;
    const char *expected;
  } rows[] = {
    /* Berlin, 2026-03-29: 02:00 is 03:00, which is 01:00 UTC. */
    { "Europe/Berlin", "30 2 * * *", "2026-03-28T00:00",
      "2026-03-28T01:30 2026-03-29T01:00 2026-03-30T00:30" },
    { "Europe/Berlin", "0,15,30 2 * * *", "2026-03-28T02:00",
      "2026-03-29T01:00 2026-03-30T00:00 2026-03-30T00:15" },
    { "Europe/Berlin", "0 2,3 * * *", "2026-03-28T02:00",
      "2026-03-29T01:00 2026-03-30T00:00 2026-03-30T01:00" },
    { "Europe/Berlin", "0 8 * * *", "2026-03-28T00:00",
      "2026-03-28T07:00 2026-03-29T06:00 2026-03-30T06:00" },
    { "Europe/Berlin", "0 * * * *", "2026-03-28T23:30",
      "2026-03-29T00:00 2026-03-29T01:00 2026-03-29T02:00" },
    { "Europe/Berlin", "30 */2 * * *", "2026-03-28T23:00",
      "2026-03-28T23:30 2026-03-29T02:30 2026-03-29T04:30" },
    { "Europe/Berlin", "*/30 * * * *", "2026-03-29T00:15",
      "2026-03-29T00:30 2026-03-29T01:00 2026-03-29T01:30" },
    /* Berlin, 2026-10-25: 03:00 is 02:00 again, from 01:00 UTC on. */
    { "Europe/Berlin", "30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30 2026-10-26T01:30" },
    { "Europe/Berlin", "30 2 * * *", "2026-10-25T01:00", "2026-10-26T01:30" },
    { "Europe/Berlin", "0,30 2 * * *", "2026-10-25T00:00",
      "2026-10-25T00:30 2026-10-26T01:00 2026-10-26T01:30" },
    { "Europe/Berlin", "0 3 * * *", "2026-10-24T12:00", "2026-10-25T02:00 2026-10-26T02:00" },
    { "Europe/Berlin", "30 * * * *", "2026-10-24T23:30",
      "2026-10-25T00:30 2026-10-25T01:30 2026-10-25T02:30" },
    { "Europe/Berlin", "30 0-23 * * *", "2026-10-24T23:30",
      "2026-10-25T00:30 2026-10-25T01:30 2026-10-25T02:30" },
    { "Europe/Berlin", "0 */2 * * *", "2026-10-24T22:30",
      "2026-10-25T00:00 2026-10-25T01:00 2026-10-25T03:00" },
    { "Europe/Berlin", "@daily", "2026-10-24T12:00", "2026-10-24T22:00 2026-10-25T23:00" },
    { "America/New_York", "30 2 8 3 *", "2026-01-01T00:00", "2026-03-08T07:00 2027-03-08T07:30" },
    { "America/New_York", "30 1 1 11 *", "2026-01-01T00:00", "2026-11-01T05:30 2027-11-01T05:30" },
    /* Half an hour: 2026-10-04 02:00 is 02:30; 2026-04-05 02:00 is 01:30 again. */
    { "Australia/Lord_Howe", "15 2 * * *", "2026-10-02T17:00",
      "2026-10-03T15:30 2026-10-04T15:15" },
    { "Australia/Lord_Howe", "45 1 * * *", "2026-04-04T00:00",
      "2026-04-04T14:45 2026-04-05T15:15" },
    { "Australia/Lord_Howe", "45 * * * *", "2026-04-04T14:00",
      "2026-04-04T14:45 2026-04-04T15:15 2026-04-04T16:15" },
    /* Midnight left out, 2018-11-04; 23:00 twice, 2018-02-17. */
    { "America/Sao_Paulo", "@daily", "2018-11-03T04:00",
      "2018-11-04T03:00 2018-11-05T02:00 2018-11-06T02:00" },
    { "America/Sao_Paulo", "0 0 4 11 *", "2018-01-01T00:00", "2018-11-04T03:00" },
    { "America/Sao_Paulo", "30 23 * * *", "2018-02-17T03:00", "2018-02-18T01:30 2018-02-19T02:30" },
    /* Samoa had no 30th of December 2011. */
    { "Pacific/Apia", "0 8 30 * *", "2011-12-01T00:00", "2011-12-30T10:00 2012-01-29T18:00" },
    { "Asia/Shanghai", "0 8 * * *", "2026-03-28T12:00", "2026-03-29T00:00 2026-03-30T00:00" },
    { "Asia/Kolkata", "0 8 * * *", "2026-03-28T12:00", "2026-03-29T02:30" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    check (rows[i].zone, rows[i].line, rows[i].after, rows[i].expected);
}

static void
test_refused (void)
{
  static const struct {
    const char *line;
    const char *message;
  } rows[] = {
    { "", "has 0 fields: give five" },
    { "0 8 * *", "has 4 fields: give five" },
    { "0 0 8 * * *", "has 6 fields: give five" },
    { "@reboot", "has 1 fields: give five" },
    { "60 8 * * *", "the minute \"60\" of the schedule: give 0 to 59" },
    { "0 24 * * *", "the hour \"24\" of the schedule: give 0 to 23" },
    { "0 8 0 * *", "the day of month \"0\" of the schedule: give 1 to 31" },
    { "0 8 32 * *", "the day of month \"32\"" },
    { "0 8 * 13 *", "the month \"13\" of the schedule: give 1 to 12, names of three letters" },
    { "0 8 * * 8", "the day of week \"8\"" },
    { "0 8 * * monday", "the day of week \"monday\"" },
    { "0 8 * * mon-", "the day of week \"mon-\"" },
    { "0 8 * jan-mar-may *", "the month \"jan-mar-may\"" },
    { "-1 8 * * *", "the minute \"-1\"" },
    { "+1 8 * * *", "the minute \"+1\"" },
    { "0 8, * * *", "the hour \"\"" },
    { "0 ,8 * * *", "the hour \"\"" },
    { "*/0 * * * *", "a step is a number from 1" },
    { "*/ * * * *", "a step is a number from 1" },
    { "*/61 * * * *", "a step is a number from 1" },
    { "*/2/3 * * * *", "a step is a number from 1" },
    { "5/15 * * * *", "a step needs a range or \"*\" in front of it" },
    { "0 22-2 * * *", "the range ends before it begins: write it as two" },
    { "0 8 30 2 *", "is never due: no month that it names has day of month 30" },
    { "0 8 31 2,4,6,9,11 *", "is never due" },
    { "0 8 30-31 feb */2", "is never due" },
    { "0 8 * * *\n0 9 * * *", "is no line of five fields" },
    { "0 8 * * \xc3\xa9", "is no line of five fields" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)   error = NULL;
    g_autoptr (ShotCron) cron = shot_cron_new (rows[i].line, &error);
    g_assert_null (cron);
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    if (strstr (error->message, rows[i].message) == NULL)
      g_test_message ("%s: %s", rows[i].line, error->message);
    g_assert_nonnull (strstr (error->message, rows[i].message));
  }
}

static bool
is_due_at (const ShotWall *wall)
{
  int weekday = shot_wall_get_weekday (wall);

  return wall->minute % 20 == 0 && weekday >= 1 && weekday <= 5;
}

/* Against the plain way: every minute is looked at. */
static void
test_every_minute (void)
{
  g_autoptr (ShotCron)  cron = read_line ("*/20 * * * 1-5");
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Africa/Casablanca");
  int64_t               start = parse_ms ("2026-01-01T00:00");
  int64_t               end = parse_ms ("2027-01-01T00:00");
  int64_t               next = shot_cron_get_next (cron, start - 1, zone);

  for (int64_t ms = start; ms < end; ms += MINUTE_MS) {
    ShotWall wall = shot_wall_from_ms (ms, zone);
    if (!is_due_at (&wall))
      continue;
    g_assert_cmpint (next, ==, ms);
    next = shot_cron_get_next (cron, ms, zone);
  }
  g_assert_cmpint (next, >=, end);
}

static void
test_last (void)
{
  g_autoptr (ShotCron)  cron = read_line ("0 8 29 2 *");
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  int64_t               leap = parse_ms ("2024-02-29T07:00");

  g_assert_cmpint (shot_cron_get_last (cron, 0, parse_ms ("2026-11-25T08:00"), zone), ==, leap);
  g_assert_cmpint (shot_cron_get_last (cron, 0, leap, zone), ==, leap);
  g_assert_cmpint (shot_cron_get_last (cron, leap, parse_ms ("2026-11-25T08:00"), zone), ==, 0);
  g_assert_cmpint (shot_cron_get_last (cron, leap - 1, leap, zone), ==, leap);
  g_assert_cmpint (shot_cron_get_last (cron, leap, leap, zone), ==, 0);
  g_assert_cmpint (shot_cron_get_last (cron, leap, leap - 5, zone), ==, 0);
}

/* A page asks for many of these. */
static void
test_speed (void)
{
  g_autoptr (ShotCron)  rare = read_line ("0 8 29 2 */7");
  g_autoptr (ShotCron)  frequent = read_line ("* * * * *");
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  int64_t               start = g_get_monotonic_time ();

  for (int i = 0; i < 20; i++) {
    shot_cron_get_next (rare, parse_ms ("2088-03-01T00:00"), zone);
    shot_cron_get_next (frequent, parse_ms ("2026-03-29T00:59"), zone);
    shot_cron_get_last (frequent, 0, parse_ms ("2026-10-25T02:00"), zone);
  }
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cron/fields", test_fields);
  g_test_add_func ("/cron/clocks", test_clocks);
  g_test_add_func ("/cron/refused", test_refused);
  g_test_add_func ("/cron/every-minute", test_every_minute);
  g_test_add_func ("/cron/last", test_last);
  g_test_add_func ("/cron/speed", test_speed);
  return g_test_run ();
}
