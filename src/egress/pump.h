/* pump.h: carries bytes from one stream to another
 *
 * Never blocks; holds at most SHOT_PUMP_BYTES that the other side has not taken yet. Runs in the
 * main context of its creator. Borrows the streams.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOT_PUMP_BYTES (128 * 1024)

typedef struct _ShotPump ShotPump;

typedef struct {
  void (*moved) (size_t n_bytes, void *user_data);
  /* Once, as the last call. @is_broken: not the end of what there was to read. The pump may be
   * freed in it. */
  void (*ended) (bool is_broken, void *user_data);
} ShotPumpEvents;

/* @first: bytes that come before those of @input. Nothing is called before shot_pump_start(). */
ShotPump *shot_pump_new   (GInputStream *input, GOutputStream *output,
                           const ShotPumpEvents *events, void *user_data);
void      shot_pump_start (ShotPump *self, const void *first, size_t n_first);
void      shot_pump_free  (ShotPump *self); /* accepts NULL */

G_END_DECLS
