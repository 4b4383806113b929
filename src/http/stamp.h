/* stamp.h: by what one sees that a file has changed
 *
 * Asked when the file is needed, so that nothing runs in between; by path, so that a mounted
 * Kubernetes secret, whose link moves on, is seen as well.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

typedef struct {
  struct timespec changed;
  off_t           size_bytes;
  ino_t           inode;
} ShotStamp;

/* A file that is not there has a stamp of its own. */
void shot_stamp_take        (ShotStamp *self, const char *path);
bool shot_stamp_has_changed (const ShotStamp *self, const char *path);
