#include "config.h"

#include "alarm.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct _ShotAlarm {
  int      fd;
  unsigned source;
  void (*ring) (void *user_data);
  void *user_data; /* (borrowed) */
};

static gboolean
ready_cb (int fd, GIOCondition condition, void *user_data)
{
  ShotAlarm *self = user_data;
  uint64_t   n;

  /* ECANCELED: the clock was set, timerfd_create(2). It must be armed again either way. */
  if (read (fd, &n, sizeof n) < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  self->ring (self->user_data);
  return G_SOURCE_CONTINUE;
}

ShotAlarm *
shot_alarm_new (void (*ring) (void *user_data), void *user_data)
{
  ShotAlarm *self = g_new0 (ShotAlarm, 1);

  self->ring = ring;
  self->user_data = user_data;
  self->fd = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->fd < 0)
    g_warning ("no timer for the schedule: %s", g_strerror (errno));
  else
    self->source = g_unix_fd_add (self->fd, G_IO_IN, ready_cb, self);
  return self;
}

void
shot_alarm_free (ShotAlarm *self)
{
  if (self == NULL)
    return;
  if (self->source != 0)
    g_source_remove (self->source);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

void
shot_alarm_set (ShotAlarm *self, int64_t at_ms)
{
  /* All zero would disarm it. */
  int64_t           wanted_ms = MAX (at_ms, 1);
  struct itimerspec when = { .it_value = { .tv_sec = (time_t) (wanted_ms / 1000),
                                           .tv_nsec = (long) (wanted_ms % 1000) * 1000000 } };
  const int         flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;

  /* The clock may be set between two calls, and the second one tells so. */
  if (self->fd >= 0 && timerfd_settime (self->fd, flags, &when, NULL) != 0 && errno != ECANCELED)
    g_warning ("cannot set the timer of the schedule: %s", g_strerror (errno));
}
