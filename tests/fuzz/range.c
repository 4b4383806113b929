/* range.c: fuzzes what plans say of time: ranges, and lines of cron
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "cron.h"
#include "error.h"
#include "range.h"
#include "target.h"

/* 2026-03-29 08:00 in Berlin, on the day on which clocks are set. */
#define NOW_MS INT64_C (1774764000000)

static void
try_range (const char *text, GTimeZone *zone)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (ShotRange) range = shot_range_new (NULL, text, &error);
  int64_t               from_ms = 0;
  int64_t               to_ms = 0;

  if (range == NULL) {
    g_assert (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE));
    return;
  }
  g_autoptr (ShotRange) again = shot_range_new (NULL, range->text, NULL);
  g_assert (again != NULL && strcmp (again->text, range->text) == 0);
  if (!shot_range_resolve (range, NOW_MS, zone, &from_ms, &to_ms, &error)) {
    g_assert (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE));
    return;
  }
  g_assert (from_ms >= 0 && from_ms <= NOW_MS && from_ms <= to_ms);
}

static void
try_cron (const char *text, GTimeZone *zone)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (ShotCron) cron = shot_cron_new (text, &error);

  if (cron == NULL) {
    g_assert (g_error_matches (error, SHOT_ERROR, SHOT_ERROR_USAGE));
    return;
  }
  int64_t next = shot_cron_get_next (cron, NOW_MS, zone);
  g_assert (next > NOW_MS && next % 60000 == 0);
  g_assert (shot_cron_get_last (cron, NOW_MS, next, zone) == next);
  g_assert (shot_cron_get_last (cron, NOW_MS, next - 1, zone) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char      *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");

  if (zone == NULL)
    zone = g_time_zone_new_utc ();
  try_range (text, zone);
  try_cron (text, zone);
  return 0;
}
