#include "config.h"

#include "stamp.h"

#include <string.h>

void
shot_stamp_take (ShotStamp *self, const char *path)
{
  struct stat status;

  memset (self, 0, sizeof *self);
  if (stat (path, &status) != 0)
    return;
  self->changed = status.st_mtim;
  self->size_bytes = status.st_size;
  self->inode = status.st_ino;
}

bool
shot_stamp_has_changed (const ShotStamp *self, const char *path)
{
  ShotStamp now;

  shot_stamp_take (&now, path);
  return now.changed.tv_sec != self->changed.tv_sec ||
         now.changed.tv_nsec != self->changed.tv_nsec || now.size_bytes != self->size_bytes ||
         now.inode != self->inode;
}
