#include "config.h"

#include "retry.h"

/* Two that are the page's own doing, or three that may be. */
#define ALL_BLAME 6
#define OWN_BLAME 3
#define CRASH_BLAME 2
#define SUSPECT_ENGINE_ENDS 2

static const char *const names[SHOT_N_CAUSES] = { "engine", "hung", "network-process",
                                                  "web-process", "web-crash" };

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
  switch (cause) {
  case SHOT_CAUSE_WEB:
    self->blame += OWN_BLAME;
    break;
  case SHOT_CAUSE_CRASH:
    self->blame += CRASH_BLAME;
    break;
  case SHOT_CAUSE_ENGINE:
  case SHOT_CAUSE_HUNG:
  case SHOT_CAUSE_NETWORK:
  case SHOT_N_CAUSES:
    self->blame = 0;
    break;
  }
  self->engine_ends += cause == SHOT_CAUSE_ENGINE || cause == SHOT_CAUSE_HUNG ? 1 : 0;
  if (self->blame >= ALL_BLAME)
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
