/* make-archive.c: a run in an archive, without capturing anything
 *
 *   panelshot-make-archive FOLDER PLAN N [signed]    a run of N cells; prints its head if it is signed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "archive-fixture.h"

static void
make_open (ShotArchive *archive, const char *plan, unsigned n)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) cells = fixture_make_cells (n);
  g_autoptr (ShotRun)   run = fixture_make_run (plan);

  shot_archive_begin_run (archive, run, cells, &error);
  g_assert_no_error (error);
  /* The last one is left as when a run is interrupted. */
  for (unsigned i = 0; i + 1 < n; i++) {
    g_autofree char *picture = g_strdup_printf ("%s %u", plan, i);
    fixture_capture (archive, cells->pdata[i], picture);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (ShotArchive) archive = fixture_open (argv[1]);
  unsigned                n = (unsigned) g_ascii_strtoull (argv[3], NULL, 10);

  if (argc > 4) {
    g_autofree char *head = fixture_sign (archive, argv[2], n);
    g_print ("%s\n", head);
  } else {
    make_open (archive, argv[2], n);
  }
  return 0;
}
