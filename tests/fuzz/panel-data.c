/* panel-data.c: fuzzes the tables that a page hands over, and its variables
 *
 * Whatever it says, no table reaches beyond the answer, and what is handed on can be read again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "panel-data.h"

#include <json-glib/json-glib.h>

#include "result.h"
#include "target.h"

static void
check_tables (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes)    answer = g_bytes_new (data, size);
  g_autoptr (GPtrArray) tables = shot_panel_data_parse (answer);
  size_t                total = 0;

  for (unsigned i = 0; tables != NULL && i < tables->len; i++) {
    const ShotPanelTable *table = tables->pdata[i];
    total += table->csv != NULL ? g_bytes_get_size (table->csv) : 0;
    g_assert (table->csv == NULL || g_bytes_get_size (table->csv) > 0);
  }
  g_assert (total <= size);
}

static void
check_variables (const char *text)
{
  g_autoptr (GBytes)     clean = shot_variables_clean (text);
  g_autoptr (JsonParser) parser = json_parser_new ();
  size_t                 length = 0;

  if (clean == NULL)
    return;
  const char *written = g_bytes_get_data (clean, &length);
  g_assert (g_utf8_validate (written, (gssize) length, NULL));
  g_assert (json_parser_load_from_data (parser, written, (gssize) length, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  check_tables (data, size);
  check_variables (text);
  return 0;
}
