#include "config.h"

#include "schedule.h"

GTimeZone *
shot_schedule_get_zone (const ShotPlan *plan)
{
  GTimeZone *zone = plan->look.timezone != NULL ? g_time_zone_new_identifier (plan->look.timezone)
                                                : NULL;

  return zone != NULL ? zone : g_time_zone_new_local ();
}

void
shot_schedule_look (const ShotPlan *plan, int64_t seen_ms, int64_t now_ms, ShotDue *out_due)
{
  g_autoptr (GTimeZone) zone = shot_schedule_get_zone (plan);

  *out_due = (ShotDue){ 0 };
  if (plan->cron == NULL)
    return;
  if (seen_ms > now_ms + SHOT_SCHEDULE_MAX_AHEAD_MS)
    seen_ms = now_ms;
  out_due->due_ms = shot_cron_get_last (plan->cron, seen_ms, now_ms, zone);
  /* With the clock set back, what comes again was dealt with already. */
  out_due->next_ms = shot_cron_get_next (plan->cron, MAX (now_ms, seen_ms), zone);
  out_due->is_missed = out_due->due_ms != 0 && plan->missed == SHOT_MISSED_SKIP &&
                       now_ms - out_due->due_ms > SHOT_SCHEDULE_GRACE_MS;
}
