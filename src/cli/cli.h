/* cli.h: the command line
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Runs the command that @argv names and returns the exit status. Secrets in @argv are
 * overwritten. */
int shot_cli_run (int argc, char **argv);

G_END_DECLS
