/* pool-fixture.h: a pool with the false engine, and what came of its jobs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "pool.h"

G_BEGIN_DECLS

#define MIB ((int64_t) 1024 * 1024)
#define PLENTY_MS 60000

/* A pool, what came of its jobs, and a folder for what engines count. */
typedef struct {
  ShotPool  *pool;     /* (owned) */
  GMainLoop *loop;     /* (owned) */
  GPtrArray *outcomes; /* (owned) (element-type FixtureOutcome): in the order of their ends */
  char      *folder;   /* (owned) */
  unsigned   pending;
  unsigned   most_running;
  unsigned   guard;
} Fixture;

typedef struct {
  Fixture *fixture;
  char    *name;  /* (owned) */
  GError  *error; /* (owned) (nullable) */
  char    *body;  /* (owned) (nullable): of the first picture */
  unsigned attempts;
  uint64_t tenant;
  int64_t  began_us;
  int64_t  ended_us;
} FixtureOutcome;

/* A test that waits for what does not come ends after half a minute. */
void fixture_set_up    (Fixture *self, const ShotPoolOptions *options);
void fixture_tear_down (Fixture *self);

/* One more job; @path: "/ok", a '#' in it becomes the name of a file of our own. The loop ends with
 * the last job. */
void fixture_submit (Fixture *self, const char *path, int64_t timeout_ms, ShotLane lane,
                     uint64_t tenant);

/* One job of the batch, to its end; and the last one that has ended. (transfer none) */
const FixtureOutcome *fixture_render   (Fixture *self, const char *path, int64_t timeout_ms);
const FixtureOutcome *fixture_get_last (const Fixture *self);

ShotPoolStatus fixture_get_status (const Fixture *self);

/* No engine has died, and every job got its picture by the first attempt. */
void fixture_assert_nothing_lost (const Fixture *self);

void fixture_remove_tree (const char *path);

/* In place of g_test_init(): warnings are what these tests want. */
void fixture_init (int *argc, char ***argv);

G_END_DECLS
