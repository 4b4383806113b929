#include "config.h"

#include "usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static void
test_usage (void)
{
  const struct rlimit limit = { 123, 456 };
  const double        now = (double) g_get_real_time () / G_USEC_PER_SEC;
  ShotUsage           before;
  ShotUsage           after;
  volatile unsigned   work = 0;

  shot_usage_read (&before);
  g_assert_cmpfloat (before.start_seconds, <, now + 1);
  g_assert_cmpfloat (before.start_seconds, >, now - 60);
  g_assert_cmpint (before.resident_bytes, >, 100 * 1024);
  g_assert_cmpint (before.virtual_bytes, >, before.resident_bytes);

  /* More processor time, a descriptor, another limit: each is seen. */
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  do {
    for (unsigned i = 0; i < 1000000; i++)
      work = work + i;
    shot_usage_read (&after);
  } while (after.cpu_seconds <= before.cpu_seconds);
  g_assert_cmpint (after.open_fds, ==, before.open_fds + 1);
  g_assert_cmpint (after.max_fds, ==, 123);
  g_assert_cmpfloat_with_epsilon (after.start_seconds, before.start_seconds, 0.1);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usage/usage", test_usage);
  return g_test_run ();
}
