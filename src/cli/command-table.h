/* command-table.h: commands by their names: those of the program, or of one of its commands
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "commands.h"

G_BEGIN_DECLS

typedef struct {
  const char        *name; /* (nullable): of the command whose commands these are */
  const char        *opening;
  const char        *ending;
  int                width; /* of the column of names */
  const ShotCommand *rows; /* the last one has no name */
} ShotCommandTable;

const ShotCommand *shot_command_table_find (const ShotCommandTable *self, const char *name);

/* What --help prints. Returns 0. */
int shot_command_table_help (const ShotCommandTable *self);
/* The same on stderr, where a command is missing. Returns the exit status of wrong usage, as the next. */
int shot_command_table_miss (const ShotCommandTable *self);
int shot_command_table_fail (const ShotCommandTable *self, const char *unknown);

/* Runs the command that argv[1] names and returns its exit status. */
int shot_command_table_run (const ShotCommandTable *self, int argc, char **argv);

G_END_DECLS
