#include "config.h"

#include "range.h"

#include <string.h>

#include "error.h"
#include "wall.h"

/* "2026-11-25T08:00:00.123Z", or without seconds */
static int64_t
parse_ms (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  bool                  is_short = strlen (text) == strlen ("2026-11-25T08:00Z");
  g_autofree char      *whole = g_strdup_printf ("%.16s%s", text, is_short ? ":00Z" : text + 16);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (whole, utc);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * 1000 + g_date_time_get_microsecond (time) / 1000;
}

/* As in the tables: UTC without seconds when they are none; ".999" is the end of a minute. */
static char *
show_ms (int64_t ms)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (ms / 1000);
  g_autofree char      *minutes = g_date_time_format (time, "%Y-%m-%dT%H:%M");

  if (ms % 60000 == 0)
    return g_steal_pointer (&minutes);
  if (ms % 60000 == 59999)
    return g_strdup_printf ("%s|", minutes);
  return g_strdup_printf ("%s:%02d.%03d", minutes, (int) (ms / 1000 % 60), (int) (ms % 1000));
}

/* "from to", or the error. */
static char *
resolve (const char *zone_name, const char *now, const char *text)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  g_autoptr (GError)    error = NULL;
  g_autoptr (ShotRange) range = shot_range_new (NULL, text, &error);
  int64_t               from_ms = 1;
  int64_t               to_ms = 2;

  g_assert_no_error (error);
  g_assert_nonnull (zone);
  if (!shot_range_resolve (range, parse_ms (now), zone, &from_ms, &to_ms, &error)) {
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    g_assert_cmpint (from_ms, ==, 1);
    g_assert_cmpint (to_ms, ==, 2);
    return g_strdup (error->message);
  }
  g_autofree char *from = show_ms (from_ms);
  g_autofree char *to = show_ms (to_ms);
  return g_strdup_printf ("%s %s", from, to);
}

typedef struct {
  const char *zone;
  const char *now;
  const char *text;
  const char *expected;
} Row;

static void
check_rows (const Row *rows, size_t n_rows)
{
  for (size_t i = 0; i < n_rows; i++) {
    g_autofree char *found = resolve (rows[i].zone, rows[i].now, rows[i].text);
    if (strcmp (found, rows[i].expected) == 0)
      continue;
    g_test_message ("row %zu: %s at %s: \"%s\": %s instead of %s", i, rows[i].zone, rows[i].now,
                    rows[i].text, found, rows[i].expected);
    g_test_fail ();
  }
}

/* A Wednesday, no clock is set anywhere near. */
static void
test_forms (void)
{
  static const char here[] = "Asia/Shanghai"; /* UTC+8, for good */
  static const char now[] = "2026-11-25T08:05:30.500Z";
  static const Row  rows[] = {
     { here, now, "last 90m", "2026-11-25T06:35:30.500 2026-11-25T08:05:30.500" },
     { here, now, "last 6h", "2026-11-25T02:05:30.500 2026-11-25T08:05:30.500" },
     { here, now, "Last  30 Seconds", "2026-11-25T08:05:00.500 2026-11-25T08:05:30.500" },
     { here, now, "last 2d", "2026-11-23T08:05:30.500 2026-11-25T08:05:30.500" },
     { here, now, "last 1w", "2026-11-18T08:05:30.500 2026-11-25T08:05:30.500" },
     { here, now, "last 3M", "2026-08-25T08:05:30.500 2026-11-25T08:05:30.500" },
     { here, now, "last 1 year", "2025-11-25T08:05:30.500 2026-11-25T08:05:30.500" },
     { here, now, "today", "2026-11-24T16:00 2026-11-25T15:59|" },
     { here, now, "yesterday", "2026-11-23T16:00 2026-11-24T15:59|" },
     { here, now, "the day before yesterday", "2026-11-22T16:00 2026-11-23T15:59|" },
     { here, now, "today so far", "2026-11-24T16:00 2026-11-25T08:05:30.500" },
     { here, now, "this week so far", "2026-11-22T16:00 2026-11-25T08:05:30.500" },
     { here, now, "this month so far", "2026-10-31T16:00 2026-11-25T08:05:30.500" },
     { here, now, "this year so far", "2025-12-31T16:00 2026-11-25T08:05:30.500" },
     { here, now, "this week", "2026-11-22T16:00 2026-11-29T15:59|" },
     { here, now, "last week", "2026-11-15T16:00 2026-11-22T15:59|" },
     { here, now, "this month", "2026-10-31T16:00 2026-11-30T15:59|" },
     { here, now, "last month", "2026-09-30T16:00 2026-10-31T15:59|" },
     { here, now, "this year", "2025-12-31T16:00 2026-12-31T15:59|" },
     { here, now, "last year", "2024-12-31T16:00 2025-12-31T15:59|" },
     { here, now, "same hour a week ago", "2026-11-18T07:05:30.500 2026-11-18T08:05:30.500" },
     { here, now, "same hour yesterday", "2026-11-24T07:05:30.500 2026-11-24T08:05:30.500" },
     { here, now, "same hour 2w ago", "2026-11-11T07:05:30.500 2026-11-11T08:05:30.500" },
     { here, now, "last 1h, 1w ago", "2026-11-18T07:05:30.500 2026-11-18T08:05:30.500" },
     { here, now, "yesterday, 1M ago", "2026-10-23T16:00 2026-10-24T15:59|" },
     { here, now, "last month , a month ago", "2026-08-31T16:00 2026-09-30T15:59|" },
     { here, now, "last 1h, 90m ago", "2026-11-25T05:35:30.500 2026-11-25T06:35:30.500" },
     { here, now, "now-6h to now", "2026-11-25T02:05:30.500 2026-11-25T08:05:30.500" },
     { here, now, "now/d to now", "2026-11-24T16:00 2026-11-25T08:05:30.500" },
     { here, now, "now-1d/d to now-1d/d", "2026-11-23T16:00 2026-11-24T15:59|" },
     { here, now, "now-1w/w to now-1w/w", "2026-11-15T16:00 2026-11-22T15:59|" },
     { here, now, "now-1M/M TO now-1M/M", "2026-09-30T16:00 2026-10-31T15:59|" },
     { here, now, "now/y to now/y", "2025-12-31T16:00 2026-12-31T15:59|" },
     { here, now, "now-1h/h to now-1h/h", "2026-11-25T07:00 2026-11-25T07:59|" },
     { here, now, "now - 5m/m to now/m", "2026-11-25T08:00 2026-11-25T08:05|" },
     { here, now, "now/d+8h to now/d-6h", "2026-11-25T00:00 2026-11-25T09:59|" },
     { here, now, "2026-11-01 to 2026-11-08", "2026-10-31T16:00 2026-11-08T15:59|" },
     { here, now, "2026-11-21", "2026-11-20T16:00 2026-11-21T15:59|" },
     { here, now, "2026-11-01T08:00 to 2026-11-01 09:30", "2026-11-01T00:00 2026-11-01T01:30" },
     { here, now, "2026-11-01T08:00:05 to 2026-11-02", "2026-11-01T00:00:05.000 2026-11-02T15:59|" },
     { here, now, "2026-11-01 to now", "2026-10-31T16:00 2026-11-25T08:05:30.500" },
  };

  check_rows (rows, G_N_ELEMENTS (rows));
}

/* Europe/Berlin: 2026-03-29 at 02:00 to 03:00, 2026-10-25 at 03:00 back to 02:00. */
static void
test_berlin (void)
{
  static const char here[] = "Europe/Berlin";
  static const Row  rows[] = {
     /* Days of 23 and 25 hours. */
    { here, "2026-03-30T08:00Z", "yesterday", "2026-03-28T23:00 2026-03-29T21:59|" },
    { here, "2026-10-26T08:00Z", "yesterday", "2026-10-24T22:00 2026-10-25T22:59|" },
    { here, "2026-03-29T08:00Z", "today", "2026-03-28T23:00 2026-03-29T21:59|" },
    { here, "2026-03-29T08:00Z", "today so far", "2026-03-28T23:00 2026-03-29T08:00" },
    { here, "2026-03-29T08:00Z", "this week", "2026-03-22T23:00 2026-03-29T21:59|" },
    { here, "2026-11-02T08:00Z", "last month", "2026-09-30T22:00 2026-10-31T22:59|" },
    /* Days keep the time of day, hours their length. */
    { here, "2026-03-29T10:00Z", "last 1d", "2026-03-28T11:00 2026-03-29T10:00" },
    { here, "2026-03-29T10:00Z", "last 24h", "2026-03-28T10:00 2026-03-29T10:00" },
    { here, "2026-10-25T11:00Z", "last 1d", "2026-10-24T10:00 2026-10-25T11:00" },
    { here, "2026-10-28T09:00Z", "same hour a week ago", "2026-10-21T07:00 2026-10-21T08:00" },
    { here, "2026-04-01T08:00Z", "same hour a week ago", "2026-03-25T08:00 2026-03-25T09:00" },
    { here, "2026-04-01T08:00Z", "last 6h, 1w ago", "2026-03-25T03:00 2026-03-25T09:00" },
    { here, "2026-04-01T08:00Z", "last 6h, 168h ago", "2026-03-25T02:00 2026-03-25T08:00" },
    /* 02:30 does not exist: the first moment after the gap, 03:00. */
    { here, "2026-04-05T00:30Z", "same hour a week ago", "2026-03-29T00:00 2026-03-29T01:00" },
    { here, "2026-03-30T00:30Z", "last 1d", "2026-03-29T01:00 2026-03-30T00:30" },
    { here, "2026-03-30T08:00Z", "2026-03-29T02:30 to 2026-03-29T04:00",
       "2026-03-29T01:00 2026-03-29T02:00" },
    /* 02:30 comes twice: the first begins, the second ends. */
    { here, "2026-11-01T01:30Z", "same hour a week ago", "2026-10-25T00:30 2026-10-25T01:30" },
    { here, "2026-10-26T08:00Z", "2026-10-25T02:30 to 2026-10-25T02:30:01",
       "2026-10-25T00:30 2026-10-25T01:30:01.000" },
    { here, "2026-10-26T01:30Z", "last 1d", "2026-10-25T00:30 2026-10-26T01:30" },
    { here, "2026-10-26T01:30Z", "now-1d to now", "2026-10-25T00:30 2026-10-26T01:30" },
    { here, "2026-10-25T01:30Z", "now/h to now/h", "2026-10-25T01:00 2026-10-25T01:59|" },
    { here, "2026-10-25T00:30Z", "now/h to now/h", "2026-10-25T00:00 2026-10-25T00:59|" },
    { here, "2026-10-25T00:30Z", "now/d to now/d", "2026-10-24T22:00 2026-10-25T22:59|" },
  };

  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_other_zones (void)
{
  static const Row rows[] = {
    /* 2026-03-08 and 2026-11-01 at 02:00. */
    { "America/New_York", "2026-03-09T12:00Z", "yesterday", "2026-03-08T05:00 2026-03-09T03:59|" },
    { "America/New_York", "2026-11-02T12:00Z", "yesterday", "2026-11-01T04:00 2026-11-02T04:59|" },
    { "America/New_York", "2026-11-02T03:00Z", "today", "2026-11-01T04:00 2026-11-02T04:59|" },
    { "America/New_York", "2026-03-11T12:00Z", "same hour a week ago",
      "2026-03-04T12:00 2026-03-04T13:00" },
    /* Half an hour: 2026-04-05 at 02:00 back to 01:30, 2026-10-04 at 02:00 to 02:30. */
    { "Australia/Lord_Howe", "2026-04-06T00:00Z", "yesterday",
      "2026-04-04T13:00 2026-04-05T13:29|" },
    { "Australia/Lord_Howe", "2026-10-05T00:00Z", "yesterday",
      "2026-10-03T13:30 2026-10-04T12:59|" },
    { "Australia/Lord_Howe", "2026-10-05T00:00Z", "2026-10-04T02:15 to 2026-10-04T03:00",
      "2026-10-03T15:30 2026-10-03T16:00" },
    { "Australia/Lord_Howe", "2026-04-06T00:00Z", "2026-04-05T01:45 to 2026-04-05T01:46",
      "2026-04-04T14:45 2026-04-04T15:16" },
    /* Midnight itself was left out on 2018-11-04, and 23:00 came twice on 2018-02-17. */
    { "America/Sao_Paulo", "2018-11-05T12:00Z", "yesterday", "2018-11-04T03:00 2018-11-05T01:59|" },
    { "America/Sao_Paulo", "2018-11-04T12:00Z", "yesterday", "2018-11-03T03:00 2018-11-04T02:59|" },
    { "America/Sao_Paulo", "2018-11-04T12:00Z", "today so far",
      "2018-11-04T03:00 2018-11-04T12:00" },
    { "America/Sao_Paulo", "2018-02-18T12:00Z", "yesterday", "2018-02-17T02:00 2018-02-18T02:59|" },
    { "America/Sao_Paulo", "2018-11-05T02:10Z", "same hour yesterday",
      "2018-11-04T02:00 2018-11-04T03:00" },
    /* Samoa had no 30th of December 2011 at all. */
    { "Pacific/Apia", "2012-01-01T12:00Z", "2011-12-30", "2011-12-30T10:00 2011-12-30T09:59|" },
    { "Pacific/Apia", "2011-12-31T00:00Z", "yesterday", "2011-12-30T10:00 2011-12-30T09:59|" },
    { "Asia/Shanghai", "2026-03-30T00:00Z", "yesterday", "2026-03-28T16:00 2026-03-29T15:59|" },
    { "Asia/Kolkata", "2026-03-30T00:00Z", "yesterday", "2026-03-28T18:30 2026-03-29T18:29|" },
    { "UTC", "2026-03-30T00:00Z", "today so far", "2026-03-30T00:00 2026-03-30T00:00" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    /* A day that does not exist ends where it begins. */
    bool is_empty = strcmp (rows[i].zone, "Pacific/Apia") == 0;
    if (!is_empty) {
      check_rows (&rows[i], 1);
      continue;
    }
    g_autofree char *found = resolve (rows[i].zone, rows[i].now, rows[i].text);
    g_assert_nonnull (strstr (found, "it ends before it begins"));
  }
}

static void
test_calendar (void)
{
  static const Row rows[] = {
    /* Months are not of a length: the last day stands for one that is not there. */
    { "UTC", "2026-03-31T12:00Z", "last 1M", "2026-02-28T12:00 2026-03-31T12:00" },
    { "UTC", "2028-03-31T12:00Z", "last 1M", "2028-02-29T12:00 2028-03-31T12:00" },
    { "UTC", "2028-02-29T12:00Z", "last 1y", "2027-02-28T12:00 2028-02-29T12:00" },
    { "UTC", "2028-02-29T12:00Z", "last 4y", "2024-02-29T12:00 2028-02-29T12:00" },
    { "UTC", "2026-03-31T12:00Z", "last month", "2026-02-01T00:00 2026-02-28T23:59|" },
    { "UTC", "2028-03-31T12:00Z", "last month", "2028-02-01T00:00 2028-02-29T23:59|" },
    { "UTC", "2026-01-31T12:00Z", "last month", "2025-12-01T00:00 2025-12-31T23:59|" },
    { "UTC", "2026-12-31T12:00Z", "this month", "2026-12-01T00:00 2026-12-31T23:59|" },
    { "UTC", "2026-12-31T12:00Z", "last month, 1M ago", "2026-10-01T00:00 2026-10-31T23:59|" },
    { "UTC", "2026-01-01T00:00Z", "yesterday", "2025-12-31T00:00 2025-12-31T23:59|" },
    { "UTC", "2026-03-01T12:00Z", "yesterday", "2026-02-28T00:00 2026-02-28T23:59|" },
    { "UTC", "2028-03-01T12:00Z", "yesterday", "2028-02-29T00:00 2028-02-29T23:59|" },
    { "UTC", "2028-03-01T12:00Z", "day before yesterday", "2028-02-28T00:00 2028-02-28T23:59|" },
    { "UTC", "2028-03-01T12:00Z", "2028-02-29", "2028-02-29T00:00 2028-02-29T23:59|" },
    /* Weeks begin on Monday, also on a Sunday and over a year's end. */
    { "UTC", "2026-11-29T23:59Z", "this week", "2026-11-23T00:00 2026-11-29T23:59|" },
    { "UTC", "2026-11-30T00:00Z", "this week", "2026-11-30T00:00 2026-12-06T23:59|" },
    { "UTC", "2027-01-01T12:00Z", "this week", "2026-12-28T00:00 2027-01-03T23:59|" },
    { "UTC", "2027-01-01T12:00Z", "last year", "2026-01-01T00:00 2026-12-31T23:59|" },
    /* Beyond the years that GDateTime knows nothing happens. */
    { "Europe/Berlin", "2026-01-01T12:00Z", "last 100000y",
      "range \"last 100000y\": it begins before 1970, when there was nothing to see" },
    { "UTC", "2026-01-01T12:00Z", "now-1d to now-2d",
      "range \"now-1d to now-2d\": it ends before it begins" },
    { "UTC", "2026-01-01T12:00Z", "now+1h to now+2h",
      "range \"now+1h to now+2h\": it begins after now, so there is nothing to see yet" },
    { "UTC", "2026-01-01T12:00Z", "2026-01-02",
      "range \"2026-01-02\": it begins after now, so there is nothing to see yet" },
    { "UTC", "2026-01-01T12:00Z", "now to 2025-12-01",
      "range \"now to 2025-12-01\": it ends before it begins" },
  };

  check_rows (rows, G_N_ELEMENTS (rows));
}

static void
test_labels (void)
{
  static const struct {
    const char *text;
    const char *label;
  } rows[] = {
    { "  Last\t 6 Hours ", "last 6h" },
    { "LAST 6H", "last 6h" },
    { "last 3M", "last 3M" },
    { "last 3m", "last 3m" },
    { "last 3 months", "last 3M" },
    { "last 3 minutes", "last 3m" },
    { "The Day Before Yesterday", "day before yesterday" },
    { "same hour 1 week ago", "same hour a week ago" },
    { "same hour a day ago", "same hour yesterday" },
    { "same hour 3d ago", "same hour 3d ago" },
    { "last 1h,a week ago", "last 1h, 1w ago" },
    { "Now - 1d / d TO Now", "now-1d/d to now" },
    { "now-1M to now-1m", "now-1M to now-1m" },
    { "2026-11-01 to 2026-11-01", "2026-11-01" },
    { "2026-11-01t08:00:00 to 2026-11-02 09:30:01", "2026-11-01T08:00 to 2026-11-02T09:30:01" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError)    error = NULL;
    g_autoptr (ShotRange) range = shot_range_new (NULL, rows[i].text, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (range->label, ==, rows[i].label);
    /* What is written is read as the same. */
    g_autoptr (ShotRange) again = shot_range_new (" Name ", range->text, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (again->text, ==, range->text);
    g_assert_cmpstr (again->label, ==, "Name");
  }
}

static void
test_refused (void)
{
  static const struct {
    const char *label;
    const char *text;
    const char *message;
  } rows[] = {
    { NULL, "", "unknown range \"\"" },
    { NULL, "yesterdy", "did you mean \"yesterday\"?" },
    { NULL, "this weak so far", "did you mean \"this week so far\"?" },
    { NULL, "tomorrow morning", "write one such as" },
    { NULL, "last 0h", "unknown range" },
    { NULL, "last 100001h", "unknown range" },
    { NULL, "last 99999999999999999999h", "unknown range" },
    { NULL, "last -1h", "unknown range" },
    { NULL, "last 1.5h", "unknown range" },
    { NULL, "last 6 parsecs", "unknown range" },
    { NULL, "last hour", "unknown range" },
    { NULL, "last 1h, 1w", "behind the comma stands how long ago" },
    { NULL, "last 1h, 1w ago, 1w ago", "behind the comma stands how long ago" },
    { NULL, "2026-11-01, 1w ago", "unknown range" },
    { NULL, "same hour", "unknown range" },
    { NULL, "now-6 to now", "on both sides of \"to\"" },
    { NULL, "now-6h/ to now", "on both sides of \"to\"" },
    { NULL, "nowhere to now", "on both sides of \"to\"" },
    { NULL, "now+1h-1h+1h-1h+1h-1h+1h-1h+1h to now", "on both sides of \"to\"" },
    { NULL, "2026-02-29", "unknown range" },
    { NULL, "2026-02-29 to 2026-03-01", "on both sides of \"to\"" },
    { NULL, "2026-13-01 to 2026-13-02", "on both sides of \"to\"" },
    { NULL, "2026-11-01T24:00 to 2026-11-02", "on both sides of \"to\"" },
    { NULL, "2026-11-01T08 to 2026-11-02", "on both sides of \"to\"" },
    { NULL, "2026-11-01T08:00", "unknown range" },
    { NULL, "2026-11-02 to 2026-11-01", "it ends before it begins: exchange the two" },
    { NULL, "2026-11-01T08:00 to 2026-11-01T08:00", "it ends before it begins" },
    { "", "today", "1 to 100 characters" },
    { "a\nb", "today", "without control characters" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (shot_range_new (rows[i].label, rows[i].text, &error));
    g_assert_error (error, SHOT_ERROR, SHOT_ERROR_USAGE);
    if (strstr (error->message, rows[i].message) == NULL)
      g_test_message ("row %zu: %s: %s", i, rows[i].text, error->message);
    g_assert_nonnull (strstr (error->message, rows[i].message));
  }
}

/* Every quarter of an hour of two years, in zones of all kinds: a reading leads back to itself. */
static void
test_readings (void)
{
  static const char *const zones[] = {
    "Europe/Berlin",     "America/New_York",  "Australia/Lord_Howe",
    "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia",
    "America/Havana",    "Asia/Shanghai",     NULL
  };
  int64_t start = parse_ms ("2011-01-01T00:00Z");

  for (const char *const *name = zones; *name != NULL; name++) {
    g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (*name);
    for (int i = 0; i < 2 * 365 * 96; i++) {
      int64_t  ms = start + i * INT64_C (900000);
      ShotWall wall = shot_wall_from_ms (ms, zone);
      int64_t  first = shot_wall_to_ms (&wall, zone, SHOT_WALL_FIRST);
      int64_t  last = shot_wall_to_ms (&wall, zone, SHOT_WALL_LAST);
      g_assert_true (ms == first || ms == last);
      g_assert_cmpint (first, <=, last);
      if (i % 96 == 0) {
        g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);
        g_autoptr (GDateTime) time = g_date_time_to_timezone (utc, zone);
        g_assert_cmpint (wall.year, ==, g_date_time_get_year (time));
        g_assert_cmpint (wall.month, ==, g_date_time_get_month (time));
        g_assert_cmpint (wall.day, ==, g_date_time_get_day_of_month (time));
        g_assert_cmpint (wall.hour, ==, g_date_time_get_hour (time));
        g_assert_cmpint (wall.minute, ==, g_date_time_get_minute (time));
        g_assert_cmpint (shot_wall_get_weekday (&wall), ==, g_date_time_get_day_of_week (time) % 7);
      }
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/range/forms", test_forms);
  g_test_add_func ("/range/berlin", test_berlin);
  g_test_add_func ("/range/other-zones", test_other_zones);
  g_test_add_func ("/range/calendar", test_calendar);
  g_test_add_func ("/range/labels", test_labels);
  g_test_add_func ("/range/refused", test_refused);
  g_test_add_func ("/range/readings", test_readings);
  return g_test_run ();
}
