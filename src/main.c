/* main.c: panelshot, the front
 *
 * Commands and the HTTP server; pages are opened by panelshot-engine, so none can take this
 * process down.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <glib.h>
#include <locale.h>

#include "cli.h"
#include "process.h"

/* Cron, systemd and containers set no language: then arguments and output are UTF-8 all the same, as
 * titles and notes are, and not what ASCII makes of them. */
static void
prepare_locale (void)
{
  setlocale (LC_ALL, "");
  if (!g_get_charset (NULL))
    setlocale (LC_CTYPE, "C.UTF-8");
}

int
main (int argc, char **argv)
{
  prepare_locale ();
  shot_process_prepare ();
  return shot_cli_run (argc, argv);
}
