#include "config.h"

#include "netwatch.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel keeps 15 letters. */
#define NAME "(WebKitNetworkPr)"

struct _ShotNetwatch {
  int      pidfd; /* -1: none is known */
  unsigned n_deaths;
};

ShotNetwatch *
shot_netwatch_new (void)
{
  ShotNetwatch *self = g_new0 (ShotNetwatch, 1);

  self->pidfd = -1;
  return self;
}

void
shot_netwatch_free (ShotNetwatch *self)
{
  if (self == NULL)
    return;
  if (self->pidfd >= 0)
    close (self->pidfd);
  g_free (self);
}

/* "4711 (WebKitNetworkPr) S 4700 …": a child of ours that has not ended. */
static bool
is_network_process (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *stat = NULL;

  if (!g_file_get_contents (path, &stat, NULL, NULL))
    return false;
  const char *state = strstr (stat, " " NAME " ");
  if (state == NULL)
    return false;
  state += strlen (" " NAME " ");
  return *state != 'Z' && g_ascii_strtoll (state + 1, NULL, 10) == getpid ();
}

static void
find (ShotNetwatch *self)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc", 0, NULL);

  for (const char *name; folder != NULL && (name = g_dir_read_name (folder)) != NULL;) {
    if (!g_ascii_isdigit (*name) || !is_network_process (name))
      continue;
    self->pidfd = (int) syscall (SYS_pidfd_open, (pid_t) g_ascii_strtoll (name, NULL, 10), 0);
    return;
  }
}

unsigned
shot_netwatch_count_deaths (ShotNetwatch *self)
{
  struct pollfd end = { .fd = self->pidfd, .events = POLLIN };

  if (self->pidfd >= 0 && poll (&end, 1, 0) > 0) {
    close (self->pidfd);
    self->pidfd = -1;
    self->n_deaths++;
  }
  if (self->pidfd < 0)
    find (self);
  return self->n_deaths;
}

void
shot_netwatch_kill (ShotNetwatch *self)
{
  shot_netwatch_count_deaths (self); /* finds the one that there is */
  if (self->pidfd >= 0)
    syscall (SYS_pidfd_send_signal, self->pidfd, SIGKILL, NULL, 0);
}
