/* manifest.c: fuzzes the manifest of an export, which a stranger may have written
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <string.h>

#include "error.h"
#include "manifest.h"
#include "pruned.h"
#include "target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError)       error = NULL;
  g_autofree char         *text = g_malloc (size + 1);
  g_autoptr (ShotManifest) manifest = NULL;
  g_autoptr (ShotPruned)   pruned = NULL;

  memcpy (text, data, size);
  text[size] = '\0';
  manifest = shot_manifest_read (text, size, &error);
  g_assert ((manifest == NULL) == (error != NULL));
  pruned = shot_pruned_read (text, size, NULL);
  if (manifest == NULL) {
    g_assert (error->domain == SHOT_ERROR && strlen (error->message) < 400);
    return 0;
  }

  /* What was read is all that there was. */
  g_autofree char *again = shot_manifest_to_text (manifest);
  g_assert (strlen (again) == size && memcmp (again, data, size) == 0);
  g_assert (manifest->cells->len == manifest->verdicts->len);
  return 0;
}
