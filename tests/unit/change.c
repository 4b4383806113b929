/* change.c: what is said of two captures of the same panel */
#include "config.h"

#include "change.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define HOUR_MS (3600 * (int64_t) 1000)

/* Cells that say nothing but a range of one hour, and that they were captured. */
static ShotCell
make_cell (unsigned flags)
{
  return (ShotCell){ .state = SHOT_CELL_CAPTURED, .flags = flags, .to_ms = HOUR_MS };
}

static ShotChange
compare_texts (const char *now, const char *before)
{
  ShotCell   here = make_cell (0), there = make_cell (0);
  ShotChange change;

  shot_change_compare (&here, NULL, now, &there, NULL, before, "last week", &change);
  g_assert_cmpfloat (change.score, >=, 0);
  g_assert_cmpfloat (change.score, <=, 1);
  g_assert_cmpfloat (change.picture_change, <, 0);
  return change;
}

/* Adds a series that waves around @level; @seed: another day. */
static void
add_series (GString *csv, const char *name, double level, unsigned seed)
{
  for (int i = 0; i < 60; i++) {
    double value = level * (1 + 0.2 * sin (i / 7.0 + seed) + 0.03 * ((i * 7 + (int) seed) % 5));
    g_string_append_printf (csv, "2026-11-25T10:%02d:00.000Z,%s,%.3f\r\n", i, name, value);
  }
}

static char *
make_series (unsigned seed, const char *first, ...)
{
  GString *csv = g_string_new ("time,series,value\r\n");
  va_list  list;

  va_start (list, first);
  for (const char *name = first; name != NULL; name = va_arg (list, const char *))
    add_series (csv, name, va_arg (list, double), seed);
  va_end (list);
  return g_string_free (csv, FALSE);
}

static void
check (const char *now, const char *before, double low, double high, const char *reason)
{
  ShotChange change = compare_texts (now, before);

  if (!(change.score >= low && change.score <= high) || strcmp (change.reason, reason) != 0)
    g_test_message ("score %.3f, reason %s", change.score, change.reason);
  g_assert_cmpfloat (change.score, >=, low);
  g_assert_cmpfloat (change.score, <=, high);
  g_assert_cmpstr (change.reason, ==, reason);
  shot_change_clear (&change);
}

static void
test_series (void)
{
  g_autofree char *before = make_series (1, "2xx", 400.0, "4xx", 12.0, "5xx", 3.0, NULL);
  g_autofree char *same = make_series (2, "2xx", 410.0, "4xx", 11.0, "5xx", 3.1, NULL);
  g_autofree char *risen = make_series (2, "2xx", 400.0, "4xx", 12.0, "5xx", 12.3, NULL);
  g_autofree char *lost = make_series (2, "2xx", 400.0, NULL);
  g_autofree char *renamed = make_series (2, "2xx", 400.0, "4xx", 12.0, "5YY", 3.0, NULL);

  check (before, before, 0, 0, "");
  check (same, before, 0, 0.1, "");
  check (risen, before, 0.6, 0.9, "mean of “5xx” 4.0× last week");
  check (lost, before, 0.7, 0.95, "2 series gone");
  check (before, lost, 0.3, 0.5, "2 series new");
  check (renamed, before, 0.3, 0.6, "series “5xx” gone; series “5YY” new");
  check ("", before, 1, 1, "no data, had data last week");
  check ("time,series,value\r\n", before, 1, 1, "no data, had data last week");
  check (before, "", 0.3, 0.5, "data, had none last week");
  check ("", "", 0, 0, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/change/series", test_series);
  return g_test_run ();
}
