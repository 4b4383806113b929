#include "config.h"

#include "memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"

int
shot_memory_file_open (GError **error)
{
  int fd = memfd_create ("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "no memory file for the picture: %s",
                 g_strerror (errno));
  return fd;
}

void
shot_memory_file_seal (int fd)
{
  fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int
shot_memory_file_from_bytes (GBytes *bytes, GError **error)
{
  int         fd = shot_memory_file_open (error);
  size_t      left;
  const char *at = g_bytes_get_data (bytes, &left);

  while (fd >= 0 && left > 0) {
    ssize_t n = write (fd, at, left);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      g_set_error (error, SHOT_ERROR, SHOT_ERROR_ENGINE, "cannot write a memory file: %s",
                   g_strerror (errno));
      close (fd);
      return -1;
    }
    at += n;
    left -= (size_t) n;
  }
  if (fd >= 0)
    shot_memory_file_seal (fd);
  return fd;
}
