#include "config.h"

#include "schedule.h"

void
shot_schedule_look (const ShotPlan *plan, int64_t seen_ms, int64_t now_ms, ShotDue *out_due)
{
  g_autoptr (GTimeZone) zone = NULL;

  *out_due = (ShotDue){ 0 };
  if (plan->cron == NULL)
    return;
  zone = shot_plan_open_timezone (plan->cron_timezone);
  out_due->due_ms = shot_cron_get_last (plan->cron, seen_ms, now_ms, zone);
  /* With the clock set back, what comes again was dealt with already. */
  out_due->next_ms = shot_cron_get_next (plan->cron, MAX (now_ms, seen_ms), zone);
  out_due->is_missed = out_due->due_ms != 0 && plan->missed == SHOT_MISSED_SKIP &&
                       now_ms - out_due->due_ms > SHOT_SCHEDULE_GRACE_MS;
}
