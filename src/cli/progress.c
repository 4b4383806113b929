#include "config.h"

#include "progress.h"

#include <string.h>
#include <unistd.h>

#define INTERVAL_MS 100
#define ERASE "\r\033[K"

struct _ShotProgress {
  ShotStage stage;
  unsigned  n_done;
  unsigned  n_all; /* 0: not known */
  int64_t   started_us;
  unsigned  timer;
};

static gboolean
show_cb (void *user_data)
{
  ShotProgress *self = user_data;
  double        seconds = (double) (g_get_monotonic_time () - self->started_us) / G_USEC_PER_SEC;
  const char   *stage = self->stage == SHOT_STAGE_QUEUED ? "starting"
                                                         : shot_stage_get_name (self->stage);

  if (self->n_all > 0)
    g_printerr (ERASE "%u of %u panels... %.1f s", self->n_done, self->n_all, seconds);
  else
    g_printerr (ERASE "%s... %.1f s", stage, seconds);
  return G_SOURCE_CONTINUE;
}

ShotProgress *
shot_progress_start (void)
{
  if (!isatty (STDERR_FILENO) || g_strcmp0 (g_getenv ("TERM"), "dumb") == 0)
    return NULL;

  ShotProgress *self = g_new0 (ShotProgress, 1);
  self->started_us = g_get_monotonic_time ();
  self->timer = g_timeout_add (INTERVAL_MS, show_cb, self);
  return self;
}

void
shot_progress_stop (ShotProgress *self)
{
  if (self == NULL)
    return;
  g_source_remove (self->timer);
  g_printerr (ERASE);
  g_free (self);
}

void
shot_progress_set_stage (ShotProgress *self, ShotStage stage, unsigned n_done, unsigned n_all)
{
  if (self == NULL)
    return;
  self->stage = stage;
  if (n_all > 0) {
    self->n_done = n_done;
    self->n_all = n_all;
  }
}
