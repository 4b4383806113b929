/* options.h: what the commands share about options and messages
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "secret.h"

G_BEGIN_DECLS

/* One line on stderr, "panelshot: …", masked. Returns the exit status of the error. */
int shot_cli_fail (const GError *error);

/* Options are taken out of @argv; SHOT_ERROR_USAGE names the one that is wrong. @command is for
 * the hint. */
gboolean shot_options_parse (const GOptionEntry *entries, const char *command, int *argc,
                             char ***argv, GError **error);

/* The same, but leaves options that are not in the table in @argv. */
gboolean shot_options_parse_some (const GOptionEntry *entries, const char *command, int *argc,
                                  char ***argv, GError **error);

/* On stdout, made from the table. @tail may be "". */
void shot_options_print_help (const GOptionEntry *entries, const char *usage, const char *tail);

/* Overwrites the value of each @option ("--render-key") in the process's own arguments, which
 * everybody on the machine can list. Call after parsing, with a copy of the vector from before. */
void shot_options_hide (char **argv, const char *option);

/* NULL @text leaves @out_value. @option is for the message. */
gboolean shot_options_read_int      (const char *option, const char *text, int least, int most,
                                     int *out_value, GError **error);
gboolean shot_options_read_double   (const char *option, const char *text, double least,
                                     double most, double *out_value, GError **error);
gboolean shot_options_read_duration (const char *option, const char *text, int64_t *out_ms,
                                     GError **error);
gboolean shot_options_read_level    (const char *text, GLogLevelFlags *out_level, GError **error);

/* NULL @path gives NULL with no error. @name is how messages name the file: an option, a setting.
 * (transfer full) (nullable) */
char *shot_options_read_ca (const char *name, const char *path, GError **error);

/* Both files' text together, for ShotJob.client_pem; @key_path may be NULL when the certificate's
 * file has the key, too. @name as above, for both. (transfer full) */
ShotSecret *shot_options_read_pair (const char *name, const char *certificate_path,
                                    const char *key_path, GError **error);

/* From @file when given, else from environment variable @name, else NULL with no error.
 * (transfer full) (nullable) */
ShotSecret *shot_options_read_secret (const char *file, const char *name, GError **error);

G_END_DECLS
