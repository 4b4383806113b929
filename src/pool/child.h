/* child.h: one engine process, from its start to its end
 *
 * Owns the process with its whole group, the link to it and the pipe that its stderr is read
 * from; log lines pass through to our stderr, the rest (WebKit's and drivers' chatter) is debug.
 * Main thread only.
 *
 *   STARTING > READY > STOPPING > GONE
 *
 * READY is reached by "hello" in time; GONE, from anywhere, by the end of the process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct _ShotChild ShotChild;

typedef enum {
  SHOT_CHILD_STARTING,
  SHOT_CHILD_READY,
  SHOT_CHILD_STOPPING, /* the link is closed, or it was killed */
  SHOT_CHILD_GONE,
} ShotChildState;

/* Never called from within a call to the child. */
typedef struct {
  /* When READY is reached, and again when the engine has told more about itself. */
  void (*ready) (ShotChild *self, void *user_data);
  /* As a ShotLinkMessage, "hello" excepted. */
  void (*message) (ShotChild *self, JsonObject *message, int *fds, unsigned n_fds, void *user_data);
  /* Once, last; may free @self. */
  void (*gone) (ShotChild *self, void *user_data);
} ShotChildEvents;

/* @arguments: (nullable): more of them. @events is borrowed and must outlive the child. (transfer
 * full); NULL with @error when it cannot be started: @out_is_lasting when that will stay so, as
 * there is no such program; else the machine has no room for it at the moment. */
ShotChild *shot_child_spawn (const char *path, const char *const *arguments,
                             GLogLevelFlags log_level, const ShotChildEvents *events,
                             void *user_data, bool *out_is_lasting, GError **error);

/* Kills what still runs and waits for its end; no event follows. Accepts NULL. */
void shot_child_free (ShotChild *self);

gboolean shot_child_send (ShotChild *self, JsonObject *message, GError **error);

/* Closes the link, which tells the engine to end; kills it three seconds later. */
void shot_child_stop (ShotChild *self);
void shot_child_kill (ShotChild *self);

ShotChildState shot_child_get_state (const ShotChild *self);
GPid           shot_child_get_pid   (const ShotChild *self);

/* As "hello" told; NULL before. */
const char *shot_child_get_webkit  (const ShotChild *self);
const char *shot_child_get_sandbox (const ShotChild *self);

/* Of stderr, masked; "" when it was silent. */
const char *shot_child_get_last_line (const ShotChild *self);

/* After GONE: "was killed by signal 9 (Killed)". (transfer full) */
char *shot_child_describe_end (const ShotChild *self);

/* GONE before "hello". */
gboolean shot_child_has_failed_to_start (const ShotChild *self);

G_END_DECLS
