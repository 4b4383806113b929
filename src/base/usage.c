#include "config.h"

#include "usage.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Field @number, as proc(5) counts, of /proc/self/stat; those from the third on follow the name,
 * which may hold anything. */
static uint64_t
get_field (const char *stat, int number)
{
  const char *at = stat != NULL ? strrchr (stat, ')') : NULL;

  for (int i = 2; at != NULL && i < number; i++)
    at = strchr (at + 1, ' ');
  return at != NULL ? g_ascii_strtoull (at, NULL, 10) : 0;
}

static double
get_seconds (clockid_t clock)
{
  struct timespec now = { 0 };

  clock_gettime (clock, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static int64_t
count_fds (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  int64_t          count = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    count++;
  /* The one of the listing itself is among them. */
  return MAX (count - 1, 0);
}

void
shot_usage_read (ShotUsage *out_usage)
{
  g_autofree char *stat = NULL;
  struct rlimit    limit = { RLIM_INFINITY, RLIM_INFINITY };
  const double     ticks = (double) sysconf (_SC_CLK_TCK);

  g_file_get_contents ("/proc/self/stat", &stat, NULL, NULL);
  getrlimit (RLIMIT_NOFILE, &limit);
  double age = get_seconds (CLOCK_BOOTTIME) - (double) get_field (stat, 22) / ticks;
  *out_usage = (ShotUsage){
    .cpu_seconds = (double) (get_field (stat, 14) + get_field (stat, 15)) / ticks,
    .start_seconds = get_seconds (CLOCK_REALTIME) - age,
    .virtual_bytes = (int64_t) get_field (stat, 23),
    .resident_bytes = (int64_t) get_field (stat, 24) * sysconf (_SC_PAGESIZE),
    .open_fds = count_fds (),
    .max_fds = limit.rlim_cur == RLIM_INFINITY ? INT64_MAX : (int64_t) limit.rlim_cur,
  };
}
