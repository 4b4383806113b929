/* archive-common.h: what the commands of `panelshot archive` share
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <json-glib/json-glib.h>

#include "archive-folder.h"
#include "archive.h"

G_BEGIN_DECLS

/* Options that all of them have; the rows of a command follow. */
typedef struct {
  char *folder; /* (owned) (nullable) */
  int   json;
  int   help;
} ShotArchiveCommand;

#define SHOT_ARCHIVE_COMMAND_ENTRIES(self)                                                         \
  { "archive", 0, 0, G_OPTION_ARG_FILENAME, &(self).folder,                                        \
    "folder of the archive [PANELSHOT_ARCHIVE]", "DIR" },                                          \
      { "json", 0, 0, G_OPTION_ARG_NONE, &(self).json, "results as JSON", NULL },                  \
      { "help", 'h', 0, G_OPTION_ARG_NONE, &(self).help, "show this help", NULL }

void shot_archive_command_clear (ShotArchiveCommand *self);

/* Options are taken out; the words left are from @least to @most (below 0: any number). @usage is the
 * first line of the help, "Usage: panelshot archive list …". Returns -1 to go on, else the exit status. */
int shot_archive_command_parse (ShotArchiveCommand *self, const GOptionEntry *entries,
                                const char *usage, const char *tail, int least, int most, int *argc,
                                char ***argv);

/* (transfer full) */
ShotArchive *shot_archive_command_open (const ShotArchiveCommand *self, ShotArchiveMode mode,
                                        GError **error);

/* For a terminal: one line, nothing that moves the cursor or turns the direction of writing; at most
 * @columns, 0 for any. (transfer full) */
char *shot_archive_command_show_text (const char *text, unsigned columns);
char *shot_archive_command_show_time (int64_t ms); /* local; "-" for 0. (transfer full) */
/* Takes @object. On stdout. */
void  shot_archive_command_print_json (JsonObject *object);
/* On stderr if it is a terminal: for the progress functions of the archive. @user_data: what is done. */
void  shot_archive_command_progress_cb (int64_t done, int64_t all, void *user_data);
void  shot_archive_command_end_progress (void);

/* Ctrl-C and its like cancel instead of ending the process, so that nothing half done is left. The
 * archive's calls block, so a thread waits for the signal. */
typedef struct _ShotArchiveInterrupt ShotArchiveInterrupt;

ShotArchiveInterrupt *shot_archive_interrupt_new  (void);
void                  shot_archive_interrupt_free (ShotArchiveInterrupt *self); /* accepts NULL */
GCancellable         *shot_archive_interrupt_get  (ShotArchiveInterrupt *self); /* (transfer none) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShotArchiveInterrupt, shot_archive_interrupt_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShotArchiveCommand, shot_archive_command_clear)

G_END_DECLS
