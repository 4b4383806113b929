/* archive-fixture.h: archives of tests
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "archive.h"

G_BEGIN_DECLS

char        *fixture_make_folder (void); /* (transfer full) */
void         fixture_remove      (const char *folder);
ShotArchive *fixture_open        (const char *folder);

/* Started on 25 November 2026, 08:15 UTC. */
ShotRun   *fixture_make_run   (const char *plan);
/* "Panel 0" to "Panel N-1" of dashboard "ops". */
GPtrArray *fixture_make_cells (unsigned n);
/* Records the cell with @picture and a few small files. */
void       fixture_capture    (ShotArchive *archive, ShotCell *cell, const char *picture);

/* A run of @n cells, captured, judged and signed. (transfer full): the head */
char      *fixture_sign       (ShotArchive *archive, const char *plan, unsigned n);

G_END_DECLS
