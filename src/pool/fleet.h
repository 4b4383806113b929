/* fleet.h: the engines, and their replacement
 *
 * One engine takes jobs. When it has served its pages, is old or has grown large, the next is
 * started beside it, takes over once it has said hello, and the old one ends after its last job; so
 * no request notices. One that crashes, or answers no ping, is replaced when somebody asks again.
 *
 *   an engine:  STARTING > SERVING > RETIRED > gone
 *
 * Owns the engines and their processes; a ShotEngine lives until its "gone" event has returned.
 * All events come from the main loop, never from within a call. Main thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "retry.h"

G_BEGIN_DECLS

typedef struct _ShotFleet ShotFleet;
typedef struct _ShotEngine ShotEngine;

#define SHOT_FLEET_MAX_PIDS 4

/* When an engine is replaced though it works; each 0: never. */
typedef struct {
  unsigned max_pages;
  int64_t  max_age_ms;
  int64_t  max_memory_bytes; /* of the whole tree of processes */
  int64_t  idle_ms; /* without work; the next is started by the next job */
} ShotFleetRules;

/* How often to look; each 0: the default. */
typedef struct {
  unsigned ping_ms;      /* while it has jobs */
  unsigned idle_ping_ms;
  unsigned pong_ms;      /* without an answer for so long, it hangs */
  unsigned check_ms;     /* age and memory */
} ShotFleetTimes;

typedef struct {
  const char        *engine_path; /* NULL: shot_paths_get_engine() */
  const char *const *arguments;   /* (nullable): more for the engine */
  GLogLevelFlags     log_level;
  ShotFleetRules     rules;
  ShotFleetTimes     times;
} ShotFleetOptions;

typedef struct {
  /* There may be an engine that takes jobs now. */
  void (*ready) (void *user_data);
  /* As a ShotLinkMessage; those about the engine itself are kept back. */
  void (*message) (ShotEngine *engine, JsonObject *message, int *fds, unsigned n_fds,
                   void *user_data);
  /* Its jobs are lost. @why: a message of one line, with the cure. */
  void (*gone) (ShotEngine *engine, ShotCause cause, const char *why, void *user_data);
  /* None can be started; what waits may as well be told. */
  void (*unavailable) (const char *why, void *user_data);
} ShotFleetEvents;

/* Why an engine is no more, other than that it was told to go. */
typedef enum {
  SHOT_POOL_END_CRASHED, /* by itself, or killed from outside */
  SHOT_POOL_END_HUNG,    /* it did not answer, and was killed */
  SHOT_POOL_END_START,   /* it never became ready */
  SHOT_POOL_N_ENDS
} ShotPoolEnd;

/* Why an engine was told to go while the service went on. */
typedef enum {
  SHOT_POOL_CHANGE_PAGES,
  SHOT_POOL_CHANGE_AGE,
  SHOT_POOL_CHANGE_MEMORY,
  SHOT_POOL_CHANGE_IDLE,
  SHOT_POOL_CHANGE_SETTINGS, /* it was started with others than those in force */
  SHOT_POOL_N_CHANGES
} ShotPoolChange;

/* As the engine last told. */
typedef struct {
  unsigned cold;
  unsigned warm;
  unsigned resident;
  unsigned busy;
} ShotPoolSlots;

typedef struct {
  const char   *webkit;    /* NULL before an engine was ready; until the fleet is called again */
  const char   *sandbox;   /* likewise */
  const char   *last_line; /* what an engine wrote last to its stderr, "" for nothing */
  GPid          pid;       /* of the one that takes jobs, 0 while there is none */
  GPid          pids[SHOT_FLEET_MAX_PIDS]; /* of all, that one first; 0: no more */
  unsigned      pages;      /* that it was given */
  int64_t       age_ms;
  bool          has_slots;  /* it told of them */
  ShotPoolSlots slots;
  unsigned      ends[SHOT_POOL_N_ENDS];       /* since the fleet was made */
  unsigned      changes[SHOT_POOL_N_CHANGES]; /* likewise */
} ShotFleetStatus;

const char *shot_pool_end_get_name    (ShotPoolEnd end);       /* "crashed" */
const char *shot_pool_change_get_name (ShotPoolChange change); /* "pages" */

/* @events: (borrowed), must outlive the fleet. (transfer full) */
ShotFleet *shot_fleet_new  (const ShotFleetOptions *options, const ShotFleetEvents *events,
                            void *user_data);
void       shot_fleet_free (ShotFleet *self); /* kills; no event follows; accepts NULL */

void shot_fleet_set_rules     (ShotFleet *self, const ShotFleetRules *rules);
void shot_fleet_set_log_level (ShotFleet *self, GLogLevelFlags log_level); /* of those to come */

/* An engine that runs with others is replaced. */
void shot_fleet_set_arguments (ShotFleet *self, const char *const *arguments);

/* Starts an engine unless there is one or it is too early for another try. */
void shot_fleet_start (ShotFleet *self);

/* The one that takes jobs now; NULL while there is none. (transfer none) */
ShotEngine *shot_fleet_get_ready (const ShotFleet *self);

/* FALSE with SHOT_ERROR_USAGE for a job that can never be sent, else when the engine is gone. */
gboolean shot_fleet_send_job (ShotFleet *self, ShotEngine *engine, JsonObject *job,
                              GError **error);

/* Without an answer: when it cannot be sent, the engine's end will tell. */
void shot_fleet_send_cancel (ShotEngine *engine, const char *id);

/* Each job that was sent ends once, its engine's end included. */
void shot_fleet_end_job (ShotFleet *self, ShotEngine *engine);

/* Whether the engine had served nothing before its last job. */
bool shot_engine_is_new (const ShotEngine *engine);

/* @reason: static, "was restarted because …", for the other jobs. */
void shot_fleet_kill (ShotEngine *engine, const char *reason);

/* Starts no more, tells all to end, or kills them. */
void shot_fleet_stop     (ShotFleet *self);
void shot_fleet_kill_all (ShotFleet *self, const char *reason);
bool shot_fleet_is_empty (const ShotFleet *self);

/* Takes the exit status of what WebKit left behind. */
void shot_fleet_reap (ShotFleet *self);

void shot_fleet_get_status (const ShotFleet *self, ShotFleetStatus *out_status);

G_END_DECLS
