/* replay.c: runs a fuzz target over its corpus, without libFuzzer
 *
 *   fuzz-NAME FOLDER…     every file of the folders, as one test case each
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <glib.h>

#include "target.h"

static void
test_file (const void *data)
{
  g_autofree char   *bytes = NULL;
  g_autoptr (GError) error = NULL;
  size_t             length = 0;

  g_assert_true (g_file_get_contents (data, &bytes, &length, &error));
  /* Without a byte behind the input, so that a sanitizer sees one that is read. */
  g_autofree uint8_t *exact = g_memdup2 (bytes, length);
  g_assert_cmpint (LLVMFuzzerTestOneInput (exact, length), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GDir)   folder = g_dir_open (argv[i], 0, &error);
    g_assert_no_error (error);
    for (const char *name; (name = g_dir_read_name (folder)) != NULL;) {
      g_autofree char *test = g_strconcat ("/", name, NULL);
      g_test_add_data_func_full (test, g_build_filename (argv[i], name, NULL), test_file, g_free);
    }
  }
  return g_test_run ();
}
