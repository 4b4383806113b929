#include "config.h"

#include "retry.h"

#define MAX_WEB_ENDS 2
#define SUSPECT_ENGINE_ENDS 2

static const char *const names[SHOT_N_CAUSES] = { "engine", "hung", "network-process",
                                                  "web-process" };

const char *
shot_cause_get_name (ShotCause cause)
{
  g_return_val_if_fail (cause < SHOT_N_CAUSES, "engine");
  return names[cause];
}

bool
shot_cause_from_name (const char *name, ShotCause *out_cause)
{
  for (int i = SHOT_CAUSE_NETWORK; i < SHOT_N_CAUSES; i++) {
    if (g_strcmp0 (name, names[i]) != 0)
      continue;
    *out_cause = i;
    return true;
  }
  return false;
}

ShotRetryVerdict
shot_retry_judge (ShotRetry *self, ShotCause cause, int64_t left_ms, int64_t cold_ms)
{
  self->web_ends = cause == SHOT_CAUSE_WEB ? self->web_ends + 1 : 0;
  self->engine_ends += cause == SHOT_CAUSE_ENGINE || cause == SHOT_CAUSE_HUNG ? 1 : 0;
  if (self->web_ends >= MAX_WEB_ENDS)
    return SHOT_RETRY_PAGE;
  if (self->attempts >= SHOT_RETRY_MAX_ATTEMPTS || left_ms < cold_ms)
    return SHOT_RETRY_GIVE_UP;
  return SHOT_RETRY_AGAIN;
}

bool
shot_retry_is_suspect (const ShotRetry *self)
{
  return self->engine_ends >= SUSPECT_ENGINE_ENDS;
}
