/* main.c: panelshot, the front
 *
 * Commands and the HTTP server; pages are opened by panelshot-engine, so none can take this
 * process down.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <locale.h>

#include "cli.h"
#include "process.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  shot_process_prepare ();
  return shot_cli_run (argc, argv);
}
