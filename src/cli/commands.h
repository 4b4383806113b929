/* commands.h: the commands, each in a file of its name
 *
 * argv[0] is the command's name. Each returns an exit status.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv);
} ShotCommand;

/* Ends with a row without name. */
extern const ShotCommand shot_commands[];

int shot_command_render       (int argc, char **argv);
int shot_command_serve        (int argc, char **argv);
int shot_command_print_config (int argc, char **argv);
int shot_command_healthcheck  (int argc, char **argv);
int shot_command_doctor       (int argc, char **argv);
int shot_command_inspect      (int argc, char **argv);

/* Of inspect: rows of its table. */
int shot_command_inspect_init (int argc, char **argv);
int shot_command_inspect_check (int argc, char **argv);
int shot_command_inspect_run  (int argc, char **argv);
int shot_command_inspect_report (int argc, char **argv);

/* Those of `panelshot archive`. */
int shot_command_archive         (int argc, char **argv);
int shot_command_archive_list    (int argc, char **argv);
int shot_command_archive_show    (int argc, char **argv);
int shot_command_archive_export  (int argc, char **argv);
int shot_command_archive_import  (int argc, char **argv);
int shot_command_archive_backup  (int argc, char **argv);
int shot_command_archive_verify  (int argc, char **argv);
int shot_command_archive_prune   (int argc, char **argv);
int shot_command_archive_sign    (int argc, char **argv);
int shot_command_archive_verdict (int argc, char **argv);
int shot_command_archive_users   (int argc, char **argv);
int shot_command_archive_token   (int argc, char **argv);

G_END_DECLS
