/* migrations.h: how the database came to look as it does
 *
 * Each step leads from one version to the next, in one transaction; before the first step of an
 * existing database it is copied into the folder of backups. A step that has been released is never
 * changed. PRAGMA user_version is the version, application_id says that it is ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "database.h"

G_BEGIN_DECLS

#define SHOT_APPLICATION_ID 0x50536841 /* "PShA" */

typedef struct {
  const char *sql; /* leads to the version that is this row's index + 1 */
} ShotMigration;

extern const ShotMigration shot_migrations[];
extern const unsigned      shot_n_migrations; /* the version that this program writes */

/* Whether it is ours and not newer than @n_steps; sets @out_version, 0 for an empty file. Changes
 * nothing. */
gboolean shot_migrations_check (ShotDatabase *database, unsigned n_steps, unsigned *out_version,
                                GError **error);

/* Runs what is missing. Two processes may try at once. When a step fails the database is as it was
 * before that step. */
gboolean shot_migrations_run   (ShotDatabase *database, const ShotMigration *steps, unsigned n_steps,
                                const char *backups, GError **error);

G_END_DECLS
